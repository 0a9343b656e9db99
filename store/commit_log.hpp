// Group commit. submit() queues and returns; the one writer thread drains the queue, runs the operations in one
// transaction, syncs once, then calls the completions, then publishes hints. An idle server commits at once: batches grow only
// while a sync is running. Thread rule: submit() from any thread; completions may submit too.
// Completions run on the writer thread: post to your executor and return. They must not throw.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace store {

class Env;
class ChangeBus;
class WriteContext;

struct CommitLogOptions {
  std::size_t batch_operations = 1024;
  std::size_t batch_bytes = 32u << 20;
  std::chrono::milliseconds batch_time{50};  // of applying; whatever is left goes to the next batch
  std::size_t queue_operations = 20000;      // beyond: Errc::unavailable at submit()
  std::size_t queue_bytes = 256u << 20;
  std::chrono::milliseconds slow_commit{1000};  // one that takes longer is told in the log
  std::chrono::milliseconds retry_first{50}, retry_most{5000};  // after a fault: when to try the disk again
};

struct CommitStats {
  std::uint64_t batches = 0, operations = 0, failed = 0, refused = 0, failed_commits = 0;
  std::uint64_t recoveries = 0;
  bool faulty = false;  // the last commit failed, and none has succeeded since
  std::uint64_t queued_operations = 0, queued_bytes = 0;
  // Commits by time of the sync: < 0.25, 0.5, 1, 2, 4, ... 1024 ms, and more.
  std::array<std::uint64_t, 14> sync_histogram{};
  std::uint64_t sync_microseconds = 0;
};

// One queued operation, its type erased.
class Task {
 public:
  virtual ~Task() = default;
  virtual std::optional<base::Error> apply(WriteContext& w) = 0;  // keeps its outcome
  virtual void finish(const std::optional<base::Error>& error) = 0;
  std::size_t weight = 0;
};

class CommitLog {
 public:
  CommitLog(Env& env, ChangeBus& bus, const base::Clock& clock, const CommitLogOptions& options = {});
  ~CommitLog();  // drains
  CommitLog(const CommitLog&) = delete;

  // `done` is called with Result<Op::Outcome> once the commit is on disk (or the operation failed), exactly once; never when
  // submit() itself fails (Errc::unavailable: queue full or closing). Errors of an operation: its own; Errc::limit: the store
  // is full (its map or the disk); Errc::unavailable: the batch could not be committed, nothing was done. After a fault of the disk
  // nothing is done twice by itself: the writer opens the store again (README "Faults"), and until then submit() refuses.
  template <class Op, class F>
  [[nodiscard]] base::Result<void> submit(Op op, F done) {
    if constexpr (requires { op.prepare(env_); }) op.prepare(env_);  // what is expensive, in this thread and not in the writer
    auto task = std::make_unique<OpTask<Op, F>>(std::move(op), std::move(done));
    return enqueue(std::move(task));
  }

  void close();  // refuses new work, finishes what is queued; idempotent
  CommitStats stats() const;
  bool on_writer_thread() const { return std::this_thread::get_id() == writer_.get_id(); }

 private:
  template <class Op, class F>
  class OpTask final : public Task {
   public:
    OpTask(Op op, F done) : op_(std::move(op)), done_(std::move(done)) {
      if constexpr (requires { op_.weight(); }) weight = op_.weight();
      else weight = 512;
    }
    std::optional<base::Error> apply(WriteContext& w) override {
      base::Result<typename Op::Outcome> result = op_.apply(w);
      if (!result) return result.error();
      outcome_.emplace(std::move(*result));
      return std::nullopt;
    }
    void finish(const std::optional<base::Error>& error) override {
      if (error) done_(base::Result<typename Op::Outcome>(*error));
      else done_(base::Result<typename Op::Outcome>(std::move(*outcome_)));
    }

   private:
    Op op_;
    F done_;
    std::optional<typename Op::Outcome> outcome_;
  };
  struct Batch;

  base::Result<void> enqueue(std::unique_ptr<Task> task);
  void run();
  bool wait_for_work();            // false: closing and drained
  bool write_batch(bool nested);   // false: one failed, nothing was done, all are in the queue again
  void fill(Batch& batch);         // applies operations until a limit or the queue's end; not nested: or a failure
  void apply_one(Batch& batch, std::unique_ptr<Task> task);
  void commit(Batch& batch);
  std::unique_ptr<Task> pop(const Batch& batch);
  void tell_if_slow(std::chrono::microseconds applying, std::chrono::microseconds syncing, std::size_t operations, long faults_before) const;
  void begin_fault(const base::Error& error);
  void end_fault();
  void stand_by(const base::Error& why);  // until the environment is sound again, or close()
  base::Result<void> recover();
  void refuse_queue(const base::Error& error);

  Env& env_;
  ChangeBus& bus_;
  const base::Clock& clock_;
  CommitLogOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Task>> queue_;
  std::size_t queue_bytes_ = 0;
  std::size_t crowd_ = 0;                       // operations of the last batch: how many writers to expect
  std::chrono::microseconds gather_{0};         // at most this long: a part of what a sync costs
  bool closing_ = false;
  std::optional<base::Error> standing_by_;      // set: submit() refuses with it
  std::optional<std::chrono::steady_clock::time_point> fault_since_;  // writer thread
  CommitStats stats_;
  std::mutex join_mutex_;
  std::thread writer_;
};

}  // namespace store
