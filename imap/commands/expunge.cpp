// EXPUNGE and UID EXPUNGE (RFC 9051 6.4.3, 6.4.9), and what CLOSE does of it. Slices of one commit each; who is told is up to
// the session: its own EXPUNGE responses come out with the pending changes, before the tagged line.
#include "imap/commands/commands.hpp"
#include "imap/commands/message_sets.hpp"

namespace imap::commands {
namespace {

Task<base::Result<void>> run(Session& s, std::optional<std::vector<store::Uid>> uids) {
  for (bool more = true; more;) {
    store::Expunge op;
    op.account = s.account();
    op.mailbox = s.selected().id;
    op.uids = uids;
    const auto done = co_await s.commit(std::move(op));
    if (!done) co_return done.error();
    more = done->more;
  }
  co_return base::Result<void>();
}

}  // namespace

Task<base::Result<void>> expunge_deleted(Session& s) {
  std::optional<std::vector<store::Uid>> all;
  co_return co_await run(s, std::move(all));
}

Task<Reply> expunge(Session& s, const proto::Expunge& c) {
  if (s.selected().read_only) co_return no("The mailbox is open for reading only.", "READ-ONLY");
  std::vector<std::optional<std::vector<store::Uid>>> parts(1);
  if (c.uids) {
    const Present found = present(s, s.selected().id, s.selected().view.resolve_uid(*c.uids));
    parts.clear();
    for (auto& slice : store::slices(found.uids)) parts.emplace_back(std::move(slice));
  }
  for (auto& part : parts) {
    const auto done = co_await run(s, std::move(part));
    if (!done) co_return refusal(done.error(), s.peer().id);
  }
  if (!s.condstore()) co_return ok("Expunged.");
  // RFC 7162 3.2.7 asks for it with QRESYNC; a CONDSTORE client saves a STATUS by it.
  const auto box = s.snapshot().mailbox(s.account(), s.selected().id);
  co_return ok("Expunged.", box ? "HIGHESTMODSEQ " + std::to_string(base::raw(box->highest_modseq)) : std::string());
}

}  // namespace imap::commands
