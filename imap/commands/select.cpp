// SELECT and EXAMINE (RFC 9051 6.3.2, 6.3.3), UNSELECT (6.4.2), CLOSE (6.4.1).
#include "imap/capabilities.hpp"
#include "imap/commands/commands.hpp"
#include "imap/commands/message_sets.hpp"
#include "imap/object_id.hpp"

namespace imap::commands {
namespace {

using base::raw;

struct Opened {
  std::unique_ptr<Selected> selected;
  store::Mailbox row;
  std::vector<store::Keyword> keywords;
  std::uint32_t first_unseen = 0;  // sequence number
};

// The same mailbox again, and nothing has happened since this session last looked: what it knows is what a walk would find.
bool still_holds(const Selected* known, const store::Mailbox& row) {
  return known != nullptr && !known->gone && known->id == row.id && known->uid_validity == row.uid_validity && known->synced == row.highest_modseq &&
         !known->view.has_pending_exists() && !known->view.has_pending_expunges() && known->view.exists() == row.messages;
}

proto::NumberSet walk(const store::Snapshot& snap, store::AccountId account, store::MailboxId id) {
  proto::NumberSet uids;
  snap.for_each_hot(account, id, store::Uid(1), store::kLastUid, [&](store::Uid uid, const store::HotRow& hot) {
    if ((hot.derived & store::kHidden) == 0) uids.append(raw(uid));
    return true;
  });
  return uids;
}

std::uint32_t first_unseen(const store::Snapshot& snap, store::AccountId account, const store::Mailbox& row, const proto::MailboxView& view) {
  std::uint32_t seq = 0;
  if (row.unseen == 0) return seq;
  snap.for_each_hot(account, row.id, store::Uid(1), store::kLastUid, [&](store::Uid uid, const store::HotRow& hot) {
    if ((hot.flags & store::kSeen) == 0) seq = view.seq_of(uid);
    return seq == 0;
  });
  return seq;
}

std::optional<Opened> open(const store::Snapshot& snap, store::AccountId account, const proto::Select& c, const Selected* known) {
  auto row = snap.mailbox(account, c.mailbox.str());
  if (!row) return std::nullopt;
  Opened o;
  proto::MailboxView view = still_holds(known, *row) ? known->view : proto::MailboxView(walk(snap, account, row->id));
  o.first_unseen = first_unseen(snap, account, *row, view);
  o.keywords = snap.keywords(account, row->id);
  o.selected = std::make_unique<Selected>(Selected{row->id, c.mailbox, c.read_only, row->uid_validity, row->highest_modseq, row->uid_next,
                                                   std::move(view), FlagNames(o.keywords), {}, {}});
  o.row = std::move(*row);
  return o;
}

void untagged_ok(proto::Out& out, std::string_view code, std::string_view text) {
  proto::status_line(out, "*", proto::Condition::ok, code, text);
}

void announce(Session& s, const Opened& o) {
  proto::Out& out = s.out();
  proto::exists(out, o.selected->view.exists());
  // \Recent is gone in IMAP4rev2 and no client can rely on it in rev1: always none (RFC 9051 Appendix A.2).
  if (!s.rev2()) proto::recent(out, 0);
  tell_flag_names(out, o.keywords);
  // Derived keywords are in FLAGS only: no client can change them (CONTRACT.md 2).
  std::vector<std::string_view> permanent;
  if (!o.selected->read_only) permanent = {"\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"};
  if (!o.selected->read_only)
    for (const store::Keyword& k : o.keywords) permanent.push_back(k.name);
  proto::Out code;
  proto::permanent_flags_code(code, permanent, !o.selected->read_only && o.keywords.size() < store::kMaxKeywords);
  untagged_ok(out, code.view(), "Flags that can be kept.");
  if (!s.rev2() && o.first_unseen != 0) untagged_ok(out, "UNSEEN " + std::to_string(o.first_unseen), "First unseen.");
  untagged_ok(out, "UIDVALIDITY " + std::to_string(raw(o.row.uid_validity)), "UIDs are valid.");
  untagged_ok(out, "UIDNEXT " + std::to_string(raw(o.row.uid_next)), "Next UID.");
  untagged_ok(out, "HIGHESTMODSEQ " + std::to_string(raw(o.row.highest_modseq)), "Highest mod-sequence.");
  const ObjectId id = mailbox_id(s.account(), o.row.id);
  untagged_ok(out, "MAILBOXID (" + std::string(std::string_view(id)) + ")", "Mailbox id.");
  if (!s.rev2()) return;
  proto::ListEntry entry;  // RFC 9051 6.3.2: "The server SHOULD send ... a LIST response" with the canonical name
  entry.mailbox = o.row.name;
  proto::list(out, entry);
}

// RFC 9051 7.1, CLOSED: what follows belongs to the newly selected mailbox.
void leave(Session& s) {
  if (!s.has_selected()) return;
  s.unselect();
  untagged_ok(s.out(), "CLOSED", "Previous mailbox closed.");
}

}  // namespace

Task<Reply> select(Session& s, const proto::Select& c) {
  if (c.qresync) co_return bad("QRESYNC was not enabled.");
  if (c.condstore) s.enable_condstore();
  const Selected* const known = s.has_selected() ? &s.selected() : nullptr;
  std::optional<Opened> opened;
  const auto row = s.snapshot().mailbox(s.account(), c.mailbox.str());
  if (row && row->messages > kRowsInline) {
    auto work = [&] { return open(s.snapshot(), s.account(), c, known); };
    auto done = co_await s.blocking(work);
    if (done) opened = std::move(*done);
  }
  if (!opened) opened = open(s.snapshot(), s.account(), c, known);  // small, absent, or the pool is full
  leave(s);  // also when the new one cannot be opened (RFC 9051 6.3.2)
  if (!opened) co_return no("No such mailbox.", "NONEXISTENT");
  announce(s, *opened);
  s.select(std::move(opened->selected));
  if (c.read_only) co_return ok("Opened for reading.", "READ-ONLY");
  co_return ok("Opened.", "READ-WRITE");
}

Task<Reply> unselect(Session& s) {
  s.unselect();
  co_return ok("Closed.");
}

Task<Reply> close(Session& s) {
  // RFC 9051 6.4.1: no EXPUNGE responses; nothing is removed from a mailbox opened with EXAMINE.
  if (!s.selected().read_only && !s.selected().gone) {
    const base::Result<void> done = co_await expunge_deleted(s);
    if (!done) co_return refusal(done.error(), s.peer().id);
  }
  s.unselect();
  co_return ok("Closed.");
}

}  // namespace imap::commands
