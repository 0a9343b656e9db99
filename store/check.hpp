// store check: every invariant of store/README.md, online. It never changes anything. It looks at one row after the other, each with
// everything that belongs to it, in snapshots of some milliseconds: no long reader, memory independent of the store's size, and
// no false finding by what changes between two snapshots, because no judgement reaches over two. Only a mailbox's counters and a
// blob's digest take as long as their rows are many. Thread rule: any thread but the writer's; blocks.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/env.hpp"
#include "store/types.hpp"

namespace store {

struct Finding {
  std::string code;  // stable: "counter", "missing_blob", ...
  std::string detail;
  Table table{};     // the row that the finding is about
  std::string key;
  std::array<std::int64_t, 4> delta{};  // counter, quota: what the counters lack (messages, unseen, deleted, bytes)
};
struct CheckReport {
  std::vector<Finding> findings;  // at most 1,000; `suppressed` counts the rest
  std::uint64_t suppressed = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;  // of content that was hashed
  bool ok() const { return findings.empty(); }
};
struct CheckProgress {
  std::uint64_t done = 0, total = 0;  // in rows; a chunk of content that is hashed counts for several
  std::uint64_t rows = 0, bytes = 0;
};
struct CheckOptions {
  bool digests = true;                     // read and hash every blob
  std::size_t slice_rows = 2000;           // of one snapshot
  std::chrono::milliseconds slice_time{20};
  std::function<bool(const CheckProgress&)> progress;  // after each snapshot; false: stop (Errc::timed_out)
  // After each snapshot, with what it showed; none is open meanwhile. Without it the report keeps them.
  std::function<base::Result<void>(std::vector<Finding>)> found;
  // What a row of the registers lacks by the rules of who wrote it (the store does not know them); nullopt = nothing.
  std::function<std::optional<std::string>(RecordTable, std::string_view key, std::string_view value)> record;
};
[[nodiscard]] base::Result<CheckReport> check(const Env& env, const CheckOptions& options = {});

}  // namespace store
