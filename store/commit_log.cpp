#include "store/commit_log.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <exception>

#include "base/log.hpp"
#include "store/change_bus.hpp"
#include "store/env.hpp"
#include "store/keys.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::uint64_t kReserve = 16u << 20;  // of the map: what expunging and collecting may still need

base::Error from_exception() {
  try {
    throw;
  } catch (const Failure& f) {
    return f.error();
  } catch (const std::exception& e) {
    return base::fail(base::Errc::internal, e.what());
  }
}

long major_faults() {
  rusage use{};
  ::getrusage(RUSAGE_THREAD, &use);
  return use.ru_majflt;
}

}  // namespace

struct CommitLog::Batch {
  WriteTxn txn;
  bool nested;  // each operation in a transaction of its own
  Time now;
  std::uint64_t room;
  Steady::time_point started;
  long major_faults;  // of this thread, before
  std::size_t operations = 0, bytes = 0;
  std::vector<std::unique_ptr<Task>> done;
  std::vector<std::pair<std::unique_ptr<Task>, base::Error>> failed;
  std::vector<Hint> hints;
};

CommitLog::CommitLog(Env& env, ChangeBus& bus, const base::Clock& clock, const CommitLogOptions& options)
    : env_(env), bus_(bus), clock_(clock), options_(options), writer_([this] { run(); }) {}

CommitLog::~CommitLog() { close(); }

void CommitLog::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  const std::lock_guard lock(join_mutex_);
  if (writer_.joinable() && !on_writer_thread()) writer_.join();
}

base::Result<void> CommitLog::enqueue(std::unique_ptr<Task> task) {
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return base::fail(base::Errc::unavailable, "the store is closing");
    if (standing_by_) {
      ++stats_.refused;
      return *standing_by_;
    }
    const bool full = queue_.size() >= options_.queue_operations || queue_bytes_ + task->weight > options_.queue_bytes;
    if (full && !queue_.empty()) {
      ++stats_.refused;
      return base::fail(base::Errc::unavailable, "the commit queue is full");
    }
    queue_bytes_ += task->weight;
    queue_.push_back(std::move(task));
    if (queue_.size() > 1 && queue_.size() < crowd_) return {};  // the writer is busy, or gathers and needs no call yet
  }
  wake_.notify_one();
  return {};
}

// Right after a commit its callers come back one by one. Starting with the first of them would make batches of 5 and 59 by
// turns out of 64 writers, so the writer waits a moment, a quarter of a sync at most, for as many as came last time.
bool CommitLog::wait_for_work() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return closing_ || !queue_.empty(); });
  if (queue_.empty()) return false;
  if (crowd_ > 1 && !closing_) wake_.wait_for(lock, gather_, [&] { return closing_ || queue_.size() >= crowd_; });
  return true;
}

std::unique_ptr<Task> CommitLog::pop(const Batch& batch) {
  const std::lock_guard lock(mutex_);
  if (queue_.empty() || batch.operations >= options_.batch_operations) return nullptr;
  const std::size_t weight = queue_.front()->weight;
  if (batch.operations > 0 && batch.bytes + weight > options_.batch_bytes) return nullptr;
  std::unique_ptr<Task> task = std::move(queue_.front());
  queue_.pop_front();
  queue_bytes_ -= weight;
  return task;
}

// A failed operation may have written half of its rows. Nested, only its own transaction goes; else the whole batch has to.
void CommitLog::apply_one(Batch& batch, std::unique_ptr<Task> task) {
  ++batch.operations;
  batch.bytes += task->weight;
  std::optional<base::Error> error;
  try {
    std::optional<WriteTxn> nested;
    if (batch.nested) nested.emplace(batch.txn.child());
    WriteContext context(nested ? *nested : batch.txn, batch.now, batch.room > 2 * batch.bytes ? batch.room - 2 * batch.bytes + 2 * task->weight : 0);
    error = task->apply(context);
    if (!error) {
      if (nested) nested->commit();
      batch.hints.insert(batch.hints.end(), context.hints.begin(), context.hints.end());
    }
  } catch (...) {  // the one place where what LMDB refuses, and what is a bug, becomes an answer
    error = from_exception();
    if (batch.nested) base::log_error("store_operation_failed", {{"error", *error}});
  }
  if (error) batch.failed.emplace_back(std::move(task), *std::move(error));
  else batch.done.push_back(std::move(task));
}

void CommitLog::fill(Batch& batch) {
  while (batch.nested || batch.failed.empty()) {
    if (Steady::now() - batch.started >= options_.batch_time) return;
    std::unique_ptr<Task> task = pop(batch);
    if (task == nullptr) return;
    apply_one(batch, std::move(task));
  }
}

// Operations seldom fail, and LMDB's nested transactions copy every page that one touches: they are used only to do a batch
// again in which one failed. Applying twice is harmless, because an operation changes nothing but its transaction.
bool CommitLog::write_batch(bool nested) {
  const std::uint64_t room = env_.room();
  const std::uint64_t reserve = std::min(kReserve, env_.map_size() / 8);
  Batch batch{env_.write(), nested, clock_.now(), room > reserve ? room - reserve : 0, Steady::now(), major_faults(), 0, 0, {}, {}, {}};
  fill(batch);
  if (nested || batch.failed.empty()) {
    commit(batch);
    return true;
  }
  batch.done.push_back(std::move(batch.failed.front().first));
  const std::lock_guard lock(mutex_);
  for (auto task = batch.done.rbegin(); task != batch.done.rend(); ++task) {
    queue_bytes_ += (*task)->weight;
    queue_.push_front(std::move(*task));
  }
  return false;
}

void CommitLog::commit(Batch& batch) {
  std::optional<base::Error> failure;  // as LMDB said it
  const auto before = Steady::now();
  try {
    if (!batch.done.empty()) batch.txn.commit();
  } catch (...) {
    failure = from_exception();
  }
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - before);
  {
    const std::lock_guard lock(mutex_);
    crowd_ = batch.operations;
    gather_ = std::min(took / 4, std::chrono::microseconds(4000));
    ++stats_.batches;
    stats_.operations += batch.operations;
    stats_.failed += batch.failed.size();
    stats_.failed_commits += failure.has_value();
    if (!batch.done.empty()) {
      stats_.sync_microseconds += std::uint64_t(took.count());
      std::size_t slot = 0;
      for (long long limit = 250; slot + 1 < stats_.sync_histogram.size() && took.count() >= limit; limit *= 2) ++slot;
      ++stats_.sync_histogram[slot];
    }
  }
  tell_if_slow(std::chrono::duration_cast<std::chrono::microseconds>(before - batch.started), took, batch.operations, batch.major_faults);
  std::optional<base::Error> error;
  if (failure) {
    begin_fault(*failure);
    error = base::fail(failure->code() == base::Errc::limit ? base::Errc::limit : base::Errc::unavailable, failure->detail());
  } else if (!batch.done.empty()) {
    end_fault();
  }
  // Commit first, then tell: completions (a reply may go out), then hints (others may look).
  for (auto& task : batch.done) task->finish(error);
  for (auto& [task, why] : batch.failed) task->finish(why);
  if (!error) bus_.publish(batch.hints);
  // A full disk or map failed before the meta page was touched: the next batch may try. After anything else the disk is asked first.
  if (failure && (failure->code() != base::Errc::limit || env_.panicked())) stand_by(*failure);
}

void CommitLog::tell_if_slow(std::chrono::microseconds applying, std::chrono::microseconds syncing, std::size_t operations, long faults_before) const {
  const long faults = major_faults() - faults_before;  // pages that had to be read from the disk: memory is short, or the store was cold
  if (applying + syncing < options_.slow_commit) return;
  base::log_warn("store_slow_commit", {{"applying_ms", applying.count() / 1000}, {"syncing_ms", syncing.count() / 1000},
                                       {"operations", operations}, {"major_faults", faults}});
}

void CommitLog::begin_fault(const base::Error& error) {
  if (fault_since_) return base::log_warn("store_commit_failed", {{"error", error}});
  fault_since_ = Steady::now();
  base::log_error("store_fault", {{"error", error}});
  const std::lock_guard lock(mutex_);
  stats_.faulty = true;
}

void CommitLog::end_fault() {
  if (!fault_since_) return;
  const auto lasted = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - *std::exchange(fault_since_, std::nullopt));
  base::log_info("store_recovered", {{"lasted_ms", lasted.count()}});
  const std::lock_guard lock(mutex_);
  stats_.faulty = false;
  ++stats_.recoveries;
}

void CommitLog::refuse_queue(const base::Error& error) {
  std::deque<std::unique_ptr<Task>> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(queue_);
    queue_bytes_ = 0;
    stats_.failed += all.size();
  }
  for (auto& task : all) task->finish(error);
}

// Only a commit proves that commits work again: its row says when.
base::Result<void> CommitLog::recover() {
  if (auto opened = env_.recover(options_.retry_most); !opened) return opened.error();
  try {
    WriteTxn probe = env_.write();
    Key now;
    probe.put(Table::meta, "recovered", now.time(clock_.now()).view());
    probe.commit();
    return {};
  } catch (...) {
    return from_exception();
  }
}

void CommitLog::stand_by(const base::Error& why) {
  const base::Error refusal = base::fail(base::Errc::unavailable, "the store waits for its disk: " + why.detail());
  {
    const std::lock_guard lock(mutex_);
    standing_by_ = refusal;
  }
  refuse_queue(refusal);
  std::string said;
  for (auto pause = options_.retry_first;; pause = std::min(2 * pause, options_.retry_most)) {
    const auto recovered = recover();
    if (recovered) break;
    const base::Error error = recovered.error();
    const bool lost = error.code() == base::Errc::corrupt;
    if (std::exchange(said, error.detail()) != error.detail()) base::log_error(lost ? "store_lost_commit" : "store_not_recovered", {{"error", error}});
    std::unique_lock lock(mutex_);
    if (lost) standing_by_ = base::fail(base::Errc::unavailable, error.detail());
    if (wake_.wait_for(lock, pause, [&] { return closing_; })) return;
  }
  {
    const std::lock_guard lock(mutex_);
    standing_by_.reset();
  }
  end_fault();
}

void CommitLog::run() {
  while (wait_for_work()) {
    try {
      if (!write_batch(false)) write_batch(true);
    } catch (...) {  // no transaction to be had: nothing was applied
      const base::Error why = from_exception();
      const base::Error error = base::fail(why.code() == base::Errc::limit ? base::Errc::limit : base::Errc::unavailable, why.detail());
      begin_fault(why);
      refuse_queue(error);
      if (env_.panicked()) stand_by(error);
    }
  }
}

CommitStats CommitLog::stats() const {
  const std::lock_guard lock(mutex_);
  CommitStats out = stats_;
  out.queued_operations = queue_.size();
  out.queued_bytes = queue_bytes_;
  return out;
}

}  // namespace store
