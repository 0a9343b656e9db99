#include "imap/search_scan.hpp"

#include <algorithm>

#include "imap/search_facts.hpp"

namespace imap {

base::Result<bool> SearchScan::run_slice(const store::Store& store) {
  auto snapshot = store.snapshot();
  if (!snapshot) return snapshot.error();
  const bool row_only = plan_.cost() == SearchCost::row;
  budget_ = row_only ? limits_.rows : limits_.messages;
  deadline_ = std::chrono::steady_clock::now() + limits_.time;
  const auto& ranges = plan_.within().ranges();
  while (range_ < ranges.size() && budget_ > 0 && !finished_) {
    proto::Range range = ranges[range_];
    if (next_ > range.last) {
      ++range_;
      continue;
    }
    range.first = std::max(range.first, std::uint32_t(next_));
    next_ = std::uint64_t(range.last) + 1;  // unless the slice ends before
    if (row_only) rows(*snapshot, range);
    else messages(*snapshot, range);
  }
  return finished_ || range_ >= ranges.size();
}

bool SearchScan::take(store::Uid uid, const store::HotRow& row, Facts& facts) {
  // A message with a late secrecy stamp is shown to nobody.
  if ((row.derived & store::kHidden) == 0 && plan_.matches(facts)) {
    if (hits_.uids.empty()) hits_.first = row.modseq;
    hits_.last = row.modseq;
    hits_.highest = std::max(hits_.highest, row.modseq);
    hits_.uids.append(base::raw(uid));
    finished_ = first_only_;
  }
  --budget_;
  if (!finished_ && budget_ > 0) return true;
  next_ = std::uint64_t(base::raw(uid)) + 1;
  return false;
}

void SearchScan::rows(const store::Snapshot& snapshot, proto::Range range) {
  snapshot.for_each_hot(account_, mailbox_, store::Uid(range.first), store::Uid(range.last), [&](store::Uid uid, const store::HotRow& row) {
    RowFacts facts(uid, row);
    return take(uid, row, facts);
  });
}

void SearchScan::messages(const store::Snapshot& snapshot, proto::Range range) {
  snapshot.for_each_message(account_, mailbox_, store::Uid(range.first), store::Uid(range.last), [&](const store::MessageView& m) {
    StoredFacts facts(snapshot, account_, m);
    if (std::chrono::steady_clock::now() >= deadline_) budget_ = 1;  // this one, and over
    return take(m.uid, m.hot, facts);
  });
}

}  // namespace imap
