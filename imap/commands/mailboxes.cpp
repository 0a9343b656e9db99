// CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 9051 6.3.4 to 6.3.8, RFC 6154 for special uses).
#include "imap/commands/commands.hpp"
#include "imap/commands/message_sets.hpp"
#include "imap/object_id.hpp"

namespace imap::commands {
namespace {

std::optional<store::SpecialUse> use_of(const std::vector<proto::SpecialUse>& uses) {
  if (uses.empty()) return store::SpecialUse::none;
  if (uses.size() > 1) return std::nullopt;
  switch (uses.front()) {
    case proto::SpecialUse::archive: return store::SpecialUse::archive;
    case proto::SpecialUse::drafts: return store::SpecialUse::drafts;
    case proto::SpecialUse::junk: return store::SpecialUse::junk;
    case proto::SpecialUse::sent: return store::SpecialUse::sent;
    case proto::SpecialUse::trash: return store::SpecialUse::trash;
    default: return std::nullopt;  // \All and \Flagged would be virtual mailboxes
  }
}

bool is_taken(const store::Snapshot& snap, store::AccountId account, store::SpecialUse use) {
  for (const store::Mailbox& m : snap.mailboxes(account))
    if (m.special == use) return true;
  return false;
}

// RFC 9051 6.3.4: "the server SHOULD create any superior hierarchical names that are needed". Those that exist are left alone.
Task<std::optional<base::Error>> make_parents(Session& s, const std::string& name) {
  for (std::size_t at = name.find(proto::kSeparator); at != std::string::npos; at = name.find(proto::kSeparator, at + 1)) {
    store::CreateMailbox op;
    op.account = s.account();
    op.name = name.substr(0, at);
    if (s.snapshot().mailbox(op.account, op.name)) continue;
    const auto made = co_await s.commit(std::move(op));
    if (!made && made.error().code() != base::Errc::exists) co_return made.error();
  }
  co_return std::nullopt;
}

}  // namespace

Task<Reply> create(Session& s, const proto::Create& c) {
  const auto use = use_of(c.uses);
  if (!use) co_return no("This special use is not offered.", "USEATTR");
  {
    const store::Snapshot snap = s.snapshot();
    if (snap.mailbox(s.account(), c.mailbox.str())) co_return no("The mailbox exists.", "ALREADYEXISTS");
    if (*use != store::SpecialUse::none && is_taken(snap, s.account(), *use)) co_return no("Another mailbox has this use.", "USEATTR");
  }
  const auto failed = co_await make_parents(s, c.mailbox.str());
  if (failed) co_return refusal(*failed, s.peer().id);
  store::CreateMailbox op;
  op.account = s.account();
  op.name = c.mailbox.str();
  op.special = *use;
  const auto made = co_await s.commit(std::move(op));
  if (!made) co_return refusal(made.error(), s.peer().id);
  const ObjectId id = mailbox_id(s.account(), *made);
  co_return ok("Created.", "MAILBOXID (" + std::string(std::string_view(id)) + ")");  // RFC 8474 4.1
}

Task<Reply> remove(Session& s, const proto::Delete& c) {
  if (c.mailbox.is_inbox()) co_return no("INBOX cannot be deleted.", "CANNOT");
  store::DeleteMailbox op;
  op.account = s.account();
  op.name = c.mailbox.str();
  const auto gone = co_await s.commit(std::move(op));
  if (!gone) co_return refusal(gone.error(), s.peer().id);
  co_return ok("Deleted.");
}

namespace {

// What one commit could not take: INBOX with more than store::kMaxSlice messages.
Task<std::optional<base::Error>> move_rest_of_inbox(Session& s, store::MailboxId to) {
  for (;;) {
    store::CopyMessages op;
    op.account = s.account();
    op.to = to;
    op.move = true;
    {
      const store::Snapshot snap = s.snapshot();
      const auto inbox = snap.mailbox(op.account, "INBOX");
      if (!inbox) co_return std::nullopt;
      op.from = inbox->id;
      snap.for_each_hot(op.account, op.from, store::Uid(1), store::kLastUid, [&op](store::Uid uid, const store::HotRow&) {
        op.uids.push_back(uid);
        return op.uids.size() < kMessageSlice;
      });
    }
    if (op.uids.empty()) co_return std::nullopt;
    const auto moved = co_await s.commit(std::move(op));
    if (!moved) co_return moved.error();
  }
}

}  // namespace

Task<Reply> rename(Session& s, const proto::Rename& c) {
  if (!s.snapshot().mailbox(s.account(), c.to.str())) {
    const auto failed = co_await make_parents(s, c.to.str());
    if (failed) co_return refusal(*failed, s.peer().id);
  }
  store::RenameMailbox op;
  op.account = s.account();
  op.from = c.from.str();
  op.to = c.to.str();
  const auto renamed = co_await s.commit(std::move(op));
  if (!renamed) co_return refusal(renamed.error(), s.peer().id);
  if (renamed->more) {
    const auto failed = co_await move_rest_of_inbox(s, renamed->mailbox);
    if (failed) co_return refusal(*failed, s.peer().id);
  }
  co_return ok("Renamed.");
}

Task<Reply> subscribe(Session& s, const proto::MailboxName& mailbox, bool on) {
  store::Subscribe op;
  op.account = s.account();
  op.name = mailbox.str();
  op.on = on;
  const auto done = co_await s.commit(std::move(op));
  if (!done) co_return refusal(done.error(), s.peer().id);
  co_return ok("Done.");
}

}  // namespace imap::commands
