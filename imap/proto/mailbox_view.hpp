// What one client believes of its selected mailbox: sequence numbers <-> UIDs, changes held back until they may be told, and the
// saved search result. Pure; one per session, one thread. Memory and batch cost grow with runs of consecutive UIDs, not messages:
// look-ups O(log runs), a batch of expunges O(runs + batch), new messages amortised O(1).
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "imap/proto/number_set.hpp"
#include "imap/proto/sequence_set.hpp"

namespace imap::proto {

class MailboxView {
 public:
  MailboxView() = default;
  explicit MailboxView(const NumberSet& uids) { append(uids); }  // as SELECT announces them

  std::uint32_t exists() const { return count_; }  // as last announced, expunged but untold messages included
  base::Uid uid_of(std::uint32_t seq) const;       // Uid{0} when there is no such message
  std::uint32_t seq_of(base::Uid uid) const;       // 0 when the client does not know it (or no more)
  std::uint32_t last_uid() const { return runs_.empty() ? 0 : runs_.back().last; }
  NumberSet uids() const;

  // --- changes from the store; told later ---
  // New messages. UIDs at or below one already known are ignored (a change heard twice).
  void add_new(Range uids);
  void mark_expunged(const NumberSet& uids);  // unknown ones are ignored; not yet announced ones vanish silently
  bool has_pending_exists() const { return !new_.empty(); }
  bool has_pending_expunges() const { return !expunged_.empty(); }
  const NumberSet& pending_expunges() const { return expunged_; }
  bool is_expunged(base::Uid uid) const { return expunged_.contains(base::raw(uid)); }  // its FETCH reads the tombstone

  // --- telling ---
  // Takes in the new messages; the number for "* n EXISTS", or nothing when there are none.
  std::optional<std::uint32_t> take_exists();
  // RFC 9051 7.5.1: an EXPUNGE response "MUST NOT be sent when no command is in progress, nor while responding to a FETCH, STORE,
  // or SEARCH command" (the UID forms are free of that); the caller decides when. Calls tell(seq) from the highest number down, so
  // that each number is right at its turn; returns the UIDs for a session that wants VANISHED.
  NumberSet take_expunges(const std::function<void(std::uint32_t seq)>& tell);

  // --- message sets ---
  // UIDs that are in the view. By sequence number, a number past exists() is an error (RFC 9051 6.4: "BAD"); `$` is the saved result.
  [[nodiscard]] base::Result<NumberSet> resolve_seq(const SequenceSet& set) const;
  NumberSet resolve_uid(const SequenceSet& set) const;
  NumberSet to_seqs(const NumberSet& uids) const;  // sequence numbers of those UIDs that are in the view

  // --- $ (RFC 9051 6.4.4.1) ---
  void save_search(NumberSet uids) { saved_ = std::move(uids); }
  const NumberSet& saved_search() const { return saved_; }  // what was expunged and told has left it

 private:
  struct Run { std::uint32_t first, last, seq; };  // UIDs first..last are messages seq, seq + 1, ...
  using Runs = std::vector<Run>;
  Runs::const_iterator run_of_uid(std::uint32_t uid) const;  // the first run that ends at or after uid
  Runs::const_iterator run_of_seq(std::uint32_t seq) const;  // REQUIRES: 1 <= seq <= count_
  void append(const NumberSet& uids);
  void remove(const NumberSet& uids);
  NumberSet uids_at(const NumberSet& seqs) const;  // REQUIRES: none past count_
  NumberSet known(const NumberSet& uids) const;

  Runs runs_;
  std::uint32_t count_ = 0;
  NumberSet new_, expunged_, saved_;
};

}  // namespace imap::proto
