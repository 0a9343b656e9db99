// Records decisions about mail that was not accepted: in batches, without waiting, bounded. While a batch is being committed the
// next one gathers; beyond kMost pending rows new ones are counted and dropped, so that a flood of refusals costs neither
// memory nor the commits of real mail. Thread-safe; flush() at the end.
#pragma once
#include <memory>

#include "store/store.hpp"

namespace tools {

class Recorder {
 public:
  static constexpr std::size_t kMost = 10'000;
  static constexpr std::size_t kBatch = 500;
  explicit Recorder(store::Store& store);
  ~Recorder();
  void add(store::Put put);
  void flush();  // waits until nothing is pending; never on the writer thread
  std::uint64_t dropped() const;

 private:
  struct State;
  static void send(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;  // a completion may outlive us
};

}  // namespace tools
