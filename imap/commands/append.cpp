// APPEND (RFC 9051 6.3.12). The bytes are kept as they are; the policy looks at them first and may refuse (CONTRACT.md 3).
#include "imap/commands/commands.hpp"
#include "imap/system_flags.hpp"

namespace imap::commands {
namespace {

void fill(store::Delivery& d, store::AccountId account, store::MailboxId mailbox, const proto::AppendMessage& m) {
  d.account = account;
  d.mailbox = mailbox;
  for (const proto::Flag& f : m.flags) {
    if (!f.is_keyword()) d.flags |= bit_of(f.system());
    else if (!store::is_derived_keyword(f.str())) d.keywords.push_back(f.str());  // CONTRACT.md 2: no client sets those
  }
  if (!m.date) return;
  d.internal_date = *m.date;
  d.tz_minutes = std::int16_t(m.date_offset);
}

}  // namespace

Task<Reply> append(Session& s, const proto::Append& c, std::vector<std::string> messages) {
  // RFC 3502 is not offered: several messages would have to be one commit.
  if (c.messages.size() != 1 || messages.size() != 1) co_return bad("One message at a time.");
  if (messages[0].empty()) co_return no("An empty message is none.", "CANNOT");
  const store::AccountId account = s.account();
  store::MailboxId mailbox{};
  {
    const store::Snapshot snap = s.snapshot();
    const auto found = snap.mailbox(account, c.mailbox.str());
    if (!found) co_return no("No such mailbox.", "TRYCREATE");
    if (!store::quota_allows(snap, account, messages[0].size())) co_return no("Over quota.", "OVERQUOTA");
    mailbox = found->id;
  }
  auto work = [&] { return s.backend().prepare_append(account, std::move(messages[0])); };
  auto prepared = co_await s.blocking(work, Pool::ingest);
  if (!prepared) {
    const base::Errc code = prepared.error().code();
    if (code == base::Errc::denied) co_return no(prepared.error().detail(), "NOPERM");
    if (code == base::Errc::invalid) co_return no("Not a message.", "CANNOT");
    co_return refusal(prepared.error(), s.peer().id);
  }
  if (prepared->deliveries.empty()) prepared->deliveries.emplace_back();
  fill(prepared->deliveries[0], account, mailbox, c.messages[0]);
  prepared->enforce_quota = true;
  const auto done = co_await s.commit(std::move(*prepared));
  if (!done) {
    if (done.error().code() == base::Errc::not_found) co_return no("No such mailbox.", "TRYCREATE");
    co_return refusal(done.error(), s.peer().id);
  }
  proto::NumberSet uid;
  uid.append(base::raw(done->deliveries.at(0).uid));
  proto::Out code;
  proto::append_uid_code(code, done->deliveries[0].uid_validity, uid);
  co_return ok("Appended.", code.take());
}

}  // namespace imap::commands
