// Remembers that somebody newly read mail today: once a day and mailbox it costs a small commit that nobody waits for, else a look into
// a set. What is lost in a crash is noted again at the next reading. Mail sent is noted by its own commit (ingest). Thread-safe.
#pragma once
#include <memory>

#include "store/store.hpp"

namespace tools {

class UseRecorder {
 public:
  UseRecorder(store::Store& store, const base::Clock& clock);
  void read(store::AccountId account);  // never blocks

 private:
  struct State;
  std::shared_ptr<State> state_;  // a completion may outlive us
};

}  // namespace tools
