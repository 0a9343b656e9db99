// A SEARCH under way: goes through the UIDs that can match in slices, each with a snapshot of its own, so that a long one can be
// cut off between slices and pins no pages. run_slice() blocks (it reads mail): a pool thread, unless only rows are needed.
#pragma once
#include <chrono>

#include "imap/search_plan.hpp"
#include "store/store.hpp"

namespace imap {

struct SearchHits {
  proto::NumberSet uids;
  store::ModSeq first{}, last{}, highest{};  // mod-sequences: of the first hit, of the last, the highest (RFC 7162 3.1.10)
};

class SearchScan {
 public:
  struct Limits {
    std::uint32_t rows = 20000;                 // of one slice when only rows are read
    std::uint32_t messages = 2000;              // when messages are
    std::chrono::milliseconds time{50};
  };
  SearchScan(SearchPlan plan, store::AccountId account, store::MailboxId mailbox, bool first_only, Limits limits)
      : plan_(std::move(plan)), account_(account), mailbox_(mailbox), first_only_(first_only), limits_(limits) {}
  SearchScan(SearchPlan plan, store::AccountId account, store::MailboxId mailbox, bool first_only = false)
      : SearchScan(std::move(plan), account, mailbox, first_only, Limits()) {}

  const SearchPlan& plan() const { return plan_; }
  // Rows only, and few enough to be walked where the session runs.
  bool is_cheap() const { return plan_.cost() == SearchCost::row && plan_.within().count() <= limits_.rows; }
  void ask(TextIndex& index) { plan_.ask(index, account_, mailbox_); }
  // True when done. Throws store::Failure on damage.
  [[nodiscard]] base::Result<bool> run_slice(const store::Store& store);
  const SearchHits& hits() const { return hits_; }

 private:
  bool take(store::Uid uid, const store::HotRow& row, Facts& facts);  // false: the slice is over
  void rows(const store::Snapshot& snapshot, proto::Range range);
  void messages(const store::Snapshot& snapshot, proto::Range range);

  SearchPlan plan_;
  store::AccountId account_;
  store::MailboxId mailbox_;
  bool first_only_;
  Limits limits_;
  std::size_t range_ = 0;       // of plan_.within()
  std::uint64_t next_ = 0;      // UID to go on from; beyond the range's end: the next range
  std::uint32_t budget_ = 0;
  std::chrono::steady_clock::time_point deadline_;
  bool finished_ = false;
  SearchHits hits_;
};

}  // namespace imap
