// The message set of a command as UIDs of the view, and how many of them one commit takes.
#pragma once
#include <vector>

#include "imap/session.hpp"

namespace imap::commands {

// The writer serves everybody: a commit that keeps it longer than some 30 ms is felt by every delivery. Measured with a million messages
// in the mailbox (tests/bench/scale): 5 us a flag change; 50 us a message that is copied, moved or expunged, most of it random pages.
inline constexpr std::size_t kFlagSlice = 2500, kMessageSlice = 250;
// A scan of more rows than this leaves the network thread, which others share.
inline constexpr std::size_t kRowsInline = 20'000;

// Errc::invalid: a sequence number that the mailbox does not have ("BAD"). Unknown UIDs are left out (RFC 9051 6.4.9).
inline base::Result<proto::NumberSet> resolve(const proto::MailboxView& view, const proto::SequenceSet& set, bool uid) {
  if (uid) return view.resolve_uid(set);
  return view.resolve_seq(set);
}

struct Present {
  std::vector<store::Uid> uids;  // in order
  bool missing = false;          // somebody expunged some of them
};
// Those of `uids` that are in the mailbox and may be seen: one scan of rows.
inline Present present(const Session& s, store::MailboxId mailbox, const proto::NumberSet& uids) {
  Present out;
  std::uint64_t hidden = 0;
  const store::Snapshot snapshot = s.snapshot();
  for (const proto::Range& r : uids.ranges())
    snapshot.for_each_hot(s.account(), mailbox, store::Uid(r.first), store::Uid(r.last), [&](store::Uid uid, const store::HotRow& row) {
      if ((row.derived & store::kHidden) == 0) out.uids.push_back(uid);
      else ++hidden;
      return true;
    });
  out.missing = out.uids.size() + hidden < uids.count();
  return out;
}

inline Task<Present> find_present(Session& s, store::MailboxId mailbox, proto::NumberSet uids) {
  if (uids.count() > kRowsInline) {
    auto work = [&] { return present(s, mailbox, uids); };
    auto found = co_await s.blocking(work);
    if (found) co_return std::move(*found);
  }
  co_return present(s, mailbox, uids);  // few, or the pool is full
}

}  // namespace imap::commands
