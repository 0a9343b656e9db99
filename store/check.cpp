#include "store/check.hpp"

#include <algorithm>
#include <chrono>

#include "store/check_rows.hpp"

namespace store {
namespace {

constexpr std::size_t kMaxFindings = 1000;
using Steady = std::chrono::steady_clock;

// What others are derived from comes first, so that a repair that follows the findings mends causes before effects.
constexpr Table kOrder[] = {Table::meta,       Table::directory, Table::mailboxes,    Table::names,         Table::messages, Table::details,
                            Table::tombstones, Table::by_modseq, Table::expunged,     Table::tombstone_due, Table::keywords, Table::threads,
                            Table::queue,      Table::queue_due, Table::inline_bytes, Table::refs,          Table::blobs,    Table::graveyard,
                            Table::journal,    Table::consumers, Table::documents,    Table::decisions,     Table::signatures, Table::evidence,
                            Table::holds,      Table::done,      Table::audit};

class Checker {
 public:
  Checker(const Env& env, const CheckOptions& options) : env_(env), options_(options), rows_(options) {}

  base::Result<CheckReport> run() {
    if (auto counted = count(); !counted) return counted.error();
    for (const Table table : kOrder) {
      std::string next;
      for (bool more = true; more;) {
        auto walked = slice(table, next);
        if (!walked) return walked.error();
        more = *walked;
      }
    }
    report_.rows = rows_.rows();
    report_.bytes = rows_.bytes();
    return std::move(report_);
  }

 private:
  base::Result<void> count() {
    auto txn = env_.read();
    if (!txn) return txn.error();
    for (const Table table : kOrder)
      total_ += txn->rows(table) * (table == Table::blobs && options_.digests ? RowChecks::kChunkUnits : 1);
    return {};
  }

  // One snapshot's worth of rows from `next` on; gives whether there are more.
  base::Result<bool> slice(Table table, std::string& next) {
    bool more = false;
    {
      auto txn = env_.read();
      if (!txn) return txn.error();
      rows_.enter(*txn);
      more = walk(*txn, table, next);
    }
    if (auto told = tell(rows_.leave()); !told) return told.error();
    const CheckProgress progress{std::min(rows_.units(), total_), total_, rows_.rows(), rows_.bytes()};
    if (options_.progress && !options_.progress(progress)) return base::fail(base::Errc::timed_out, "the check was stopped");
    return more;
  }

  bool walk(const Txn& txn, Table table, std::string& next) {
    const auto until = Steady::now() + options_.slice_time;
    const std::uint64_t last = rows_.rows() + std::max<std::size_t>(options_.slice_rows, 1);
    try {
      Cursor c = txn.cursor(table);
      bool more = c.seek(next);  // an empty key: the first row
      while (more && rows_.rows() < last && Steady::now() < until) more = rows_.step(table, c);
      if (more) next.assign(c.key());
      return more;
    } catch (const Failure& failure) {  // a page that cannot be read: the rest of this table cannot be reached
      rows_.unreadable(table, next, failure.error());
      return false;
    }
  }

  base::Result<void> tell(std::vector<Finding> findings) {
    if (findings.empty()) return {};
    if (options_.found) return options_.found(std::move(findings));
    for (Finding& f : findings) {
      if (report_.findings.size() < kMaxFindings) report_.findings.push_back(std::move(f));
      else ++report_.suppressed;
    }
    return {};
  }

  const Env& env_;
  const CheckOptions& options_;
  RowChecks rows_;
  CheckReport report_;
  std::uint64_t total_ = 0;
};

}  // namespace

base::Result<CheckReport> check(const Env& env, const CheckOptions& options) {
  try {
    return Checker(env, options).run();
  } catch (const Failure& failure) {
    return failure.error();
  }
}

}  // namespace store
