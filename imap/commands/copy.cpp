// COPY, MOVE and their UID forms (RFC 9051 6.4.7, 6.4.8; RFC 6851). Slices of one commit each: a COPY that fails in a later slice
// takes back the earlier ones, a MOVE leaves every message in exactly one of the two mailboxes.
#include "imap/commands/commands.hpp"
#include "imap/commands/message_sets.hpp"

namespace imap::commands {
namespace {

struct Transfer {
  store::MailboxId from{}, to{};
  bool move = false;
};

struct Copied {
  store::UidValidity validity{};
  proto::NumberSet from, to;
  std::string code() const {  // RFC 4315 3: both sets name the messages in the same order, which is that of their UIDs
    if (from.empty()) return {};
    proto::Out out;
    proto::copy_uid_code(out, validity, from, to);
    return out.take();
  }
};

Reply refuse(const base::Error& error, const Session& s) {
  // RFC 9051 6.4.7: "it MUST send the response code [TRYCREATE] if the mailbox can be created".
  if (error.code() == base::Errc::not_found) return no("No such mailbox.", "TRYCREATE");
  return refusal(error, s.peer().id);
}

// RFC 9051 6.4.7: "If the COPY command is unsuccessful for any reason, server implementations MUST restore the destination
// mailbox to its state before the COPY attempt".
Task<> take_back(Session& s, store::MailboxId mailbox, proto::NumberSet copies) {
  std::vector<store::Uid> uids;
  copies.each([&](std::uint32_t uid) { uids.push_back(store::Uid(uid)); });
  for (auto& slice : store::slices(uids)) {
    store::Expunge op;
    op.account = s.account();
    op.mailbox = mailbox;
    op.uids = std::move(slice);
    op.only_deleted = false;
    const auto done = co_await s.commit(std::move(op));
    if (!done) co_return;
  }
}

Task<base::Result<Copied>> run(Session& s, Transfer t, std::vector<store::Uid> uids) {
  Copied all;
  for (auto& slice : store::slices(uids)) {
    store::CopyMessages op;
    op.account = s.account();
    op.from = t.from;
    op.to = t.to;
    op.uids = std::move(slice);
    op.move = t.move;
    auto done = co_await s.commit(std::move(op));
    if (!done) {
      if (t.move && !all.from.empty()) break;  // the rest stays where it was: told by what COPYUID leaves out
      if (!t.move) co_await take_back(s, t.to, all.to);
      co_return done.error();
    }
    all.validity = done->uid_validity;
    for (const auto& [from, to] : done->uids) {
      all.from.append(base::raw(from));
      all.to.append(base::raw(to));
    }
  }
  co_return all;
}

}  // namespace

Task<Reply> copy(Session& s, const proto::Copy& c) {
  auto uids = resolve(s.selected().view, c.set, c.uid);
  if (!uids) co_return bad(uids.error().detail());
  const auto target = s.snapshot().mailbox(s.account(), c.mailbox.str());
  if (!target) co_return no("No such mailbox.", "TRYCREATE");
  Present found = present(s, s.selected().id, *uids);
  if (found.missing && !c.uid) co_return no("Some of the messages are gone.", "EXPUNGEISSUED");
  const Transfer transfer{s.selected().id, target->id, false};
  const auto copied = co_await run(s, transfer, std::move(found.uids));
  if (!copied) co_return refuse(copied.error(), s);
  co_return ok("Copied.", copied->code());
}

Task<Reply> move(Session& s, const proto::Move& c) {
  if (s.selected().read_only) co_return no("The mailbox is open for reading only.", "READ-ONLY");
  auto uids = resolve(s.selected().view, c.set, c.uid);
  if (!uids) co_return bad(uids.error().detail());
  const auto target = s.snapshot().mailbox(s.account(), c.mailbox.str());
  if (!target) co_return no("No such mailbox.", "TRYCREATE");
  Present found = present(s, s.selected().id, *uids);
  const std::size_t wanted = found.uids.size();
  const bool missing = found.missing && !c.uid;
  const Transfer transfer{s.selected().id, target->id, true};
  const auto moved = co_await run(s, transfer, std::move(found.uids));
  if (!moved) co_return refuse(moved.error(), s);
  // RFC 6851 4.3: COPYUID goes "in an untagged OK before sending EXPUNGE"; those follow with the other changes.
  if (!moved->from.empty()) proto::status_line(s.out(), "*", proto::Condition::ok, moved->code(), "Moved.");
  if (moved->from.count() < wanted) co_return no("Some of the messages were not moved.", "LIMIT");
  if (missing) co_return no("Some of the messages are gone.", "EXPUNGEISSUED");
  co_return ok("Moved.");
}

}  // namespace imap::commands
