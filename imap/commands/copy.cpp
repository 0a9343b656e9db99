// COPY, MOVE and their UID forms (RFC 9051 6.4.7, 6.4.8; RFC 6851). Slices of one commit each: a COPY that fails in a later slice
// takes back the earlier ones (the store does when this program dies), a MOVE leaves every message in exactly one of the two mailboxes.
#include "imap/commands/commands.hpp"
#include "imap/commands/message_sets.hpp"
#include "store/copy_job.hpp"

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
Task<> take_back(Session& s, std::uint64_t job) {
  for (bool more = job != 0; more;) {
    store::UndoCopy op;
    op.account = s.account();
    op.job = job;
    const auto done = co_await s.commit(std::move(op));
    if (!done) co_return;  // the collector goes on with it
    more = *done;
  }
}

// One commit of it. A COPY that has more to come stands on record, under a job, until its last slice.
Task<base::Result<store::CopySliceOutcome>> commit_slice(Session& s, Transfer t, std::vector<store::Uid> uids, std::uint64_t job, bool more) {
  store::CopyMessages op;
  op.account = s.account();
  op.from = t.from;
  op.to = t.to;
  op.uids = std::move(uids);
  op.move = t.move;
  if (t.move) {
    auto moved = co_await s.commit(std::move(op));
    if (!moved) co_return moved.error();
    co_return store::CopySliceOutcome{std::move(*moved), 0};
  }
  store::CopySlice slice;
  slice.copy = std::move(op);
  slice.more = more;
  slice.job = job;
  co_return co_await s.commit(std::move(slice));
}

Task<base::Result<Copied>> run(Session& s, Transfer t, std::vector<store::Uid> uids) {
  Copied all;
  std::uint64_t job = 0;
  auto slices = store::slices(uids, kMessageSlice);
  for (auto& slice : slices) {
    const bool more = &slice != &slices.back();
    auto done = co_await commit_slice(s, t, std::move(slice), job, more);
    if (!done) {
      if (t.move && !all.from.empty()) break;  // the rest stays where it was: told by what COPYUID leaves out
      co_await take_back(s, job);
      co_return done.error();
    }
    job = done->job;
    all.validity = done->copied.uid_validity;
    for (const auto& [from, to] : done->copied.uids) {
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
  Present found = co_await find_present(s, s.selected().id, *uids);
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
  Present found = co_await find_present(s, s.selected().id, *uids);
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
