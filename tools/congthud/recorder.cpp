#include "tools/congthud/recorder.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/log.hpp"

namespace tools {

struct Recorder::State {
  store::Store& store;
  std::mutex mutex;
  std::condition_variable idle;
  std::deque<store::Put> pending;
  bool sending = false;
  std::uint64_t dropped = 0;
  explicit State(store::Store& s) : store(s) {}
};

Recorder::Recorder(store::Store& store) : state_(std::make_shared<State>(store)) {}
Recorder::~Recorder() { flush(); }

void Recorder::add(store::Put put) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->pending.size() >= kMost) {
      if (state_->dropped++ % 1000 == 0) base::log_warn("decisions_dropped", {{"pending", state_->pending.size()}});
      return;
    }
    state_->pending.push_back(std::move(put));
    if (state_->sending) return;
    state_->sending = true;
  }
  send(state_);
}

void Recorder::send(const std::shared_ptr<State>& state) {
  store::PutRecords op;
  {
    const std::lock_guard lock(state->mutex);
    while (!state->pending.empty() && op.puts.size() < kBatch) {
      op.puts.push_back(std::move(state->pending.front()));
      state->pending.pop_front();
    }
    if (op.puts.empty()) {
      state->sending = false;
      state->idle.notify_all();
      return;
    }
  }
  const std::size_t count = op.puts.size();
  const auto queued = state->store.commits().submit(std::move(op), [state, count](const base::Result<bool>& done) {
    if (!done) base::log_warn("decisions_lost", {{"count", count}, {"error", done.error()}});
    send(state);
  });
  if (queued) return;
  base::log_warn("decisions_lost", {{"count", count}, {"error", queued.error()}});
  const std::lock_guard lock(state->mutex);
  state->pending.clear();  // the store is closing or overloaded: mail comes first
  state->sending = false;
  state->idle.notify_all();
}

void Recorder::flush() {
  std::unique_lock lock(state_->mutex);
  state_->idle.wait(lock, [this] { return !state_->sending; });
}

std::uint64_t Recorder::dropped() const {
  const std::lock_guard lock(state_->mutex);
  return state_->dropped;
}

}  // namespace tools
