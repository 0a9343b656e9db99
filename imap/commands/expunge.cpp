// EXPUNGE and UID EXPUNGE (RFC 9051 6.4.3, 6.4.9), and what CLOSE does of it. Slices of one commit each; who is told is up to
// the session: its own EXPUNGE responses come out with the pending changes, before the tagged line.
#include "imap/commands/commands.hpp"
#include "imap/commands/message_sets.hpp"

namespace imap::commands {
namespace {

Task<base::Result<void>> run(Session& s, std::vector<store::Uid> uids) {
  for (auto& slice : store::slices(uids, kMessageSlice)) {
    store::Expunge op;
    op.account = s.account();
    op.mailbox = s.selected().id;
    op.uids = std::move(slice);
    const auto done = co_await s.commit(std::move(op));
    if (!done) co_return done.error();
  }
  co_return base::Result<void>();
}

std::vector<store::Uid> marked_deleted(const Session& s, store::MailboxId mailbox) {
  std::vector<store::Uid> out;
  const store::Snapshot snapshot = s.snapshot();
  const auto row = snapshot.mailbox(s.account(), mailbox);
  if (!row || row->deleted == 0) return out;
  snapshot.for_each_hot(s.account(), mailbox, store::Uid(1), store::kLastUid, [&](store::Uid uid, const store::HotRow& hot) {
    if ((hot.flags & store::kDeleted) != 0) out.push_back(uid);
    return out.size() < row->deleted;
  });
  return out;
}

Task<std::vector<store::Uid>> find_deleted(Session& s) {
  const store::MailboxId mailbox = s.selected().id;
  if (s.selected().view.exists() > kRowsInline) {
    auto work = [&] { return marked_deleted(s, mailbox); };
    auto found = co_await s.blocking(work);
    if (found) co_return std::move(*found);
  }
  co_return marked_deleted(s, mailbox);
}

}  // namespace

Task<base::Result<void>> expunge_deleted(Session& s) {
  auto uids = co_await find_deleted(s);
  co_return co_await run(s, std::move(uids));
}

Task<Reply> expunge(Session& s, const proto::Expunge& c) {
  if (s.selected().read_only) co_return no("The mailbox is open for reading only.", "READ-ONLY");
  std::vector<store::Uid> uids;
  if (c.uids) {
    Present found = co_await find_present(s, s.selected().id, s.selected().view.resolve_uid(*c.uids));
    uids = std::move(found.uids);
  } else {
    uids = co_await find_deleted(s);
  }
  const auto done = co_await run(s, std::move(uids));
  if (!done) co_return refusal(done.error(), s.peer().id);
  if (!s.condstore()) co_return ok("Expunged.");
  // RFC 7162 3.2.7 asks for it with QRESYNC; a CONDSTORE client saves a STATUS by it.
  const auto box = s.snapshot().mailbox(s.account(), s.selected().id);
  co_return ok("Expunged.", box ? "HIGHESTMODSEQ " + std::to_string(base::raw(box->highest_modseq)) : std::string());
}

}  // namespace imap::commands
