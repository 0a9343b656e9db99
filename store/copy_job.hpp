// A COPY of more than one commit that is done wholly or not at all (RFC 9051 6.4.7: the target is "restored to its state before the COPY
// attempt"), also when the program dies within it. While slices follow, a row says which UIDs the copies were given; the last slice
// strikes it off. Until then they may be taken back: by the session when a slice is refused, at the next start when the program died,
// by the collector when the session did. Thread rule: operations.
#pragma once
#include <chrono>

#include "store/operations.hpp"

namespace store {

inline constexpr std::chrono::minutes kCopyPatience{10};  // between two slices of one COPY

struct CopySliceOutcome {
  CopyOutcome copied;
  std::uint64_t job = 0;  // to be named by the next slice; 0 = nothing was copied yet, or it ended
};
struct CopySlice {  // Errc::not_found: the copies of this job were taken back; the target is gone
  using Outcome = CopySliceOutcome;
  CopyMessages copy;      // REQUIRES no move: every slice of a MOVE is whole
  bool more = false;      // others follow
  std::uint64_t job = 0;  // of the slices before
  Result<Outcome> apply(WriteContext& w) const;
};

struct UndoCopy {  // a slice of a job's copies, newest first; false: nothing is left of it
  using Outcome = bool;
  AccountId account{};
  std::uint64_t job = 0;
  Result<Outcome> apply(WriteContext& w) const;
};
struct UndoCopies {  // the same of the first job that nobody has continued since; false: there is none
  using Outcome = bool;
  Time untouched_since{};
  Result<Outcome> apply(WriteContext& w) const;
};

bool unfinished_copies(const Txn& txn);

}  // namespace store
