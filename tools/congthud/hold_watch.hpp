// Finds the messages that document and search holds name: once all that was there when a hold was placed, tombstones too, and then
// what comes, by the journal. It reads the mail itself and not the index, so that it is exact, works where there is no index, and
// sees what is expunged. A message that cannot be read, or not wholly, is held: nothing may be lost for want of a look.
// A query is words and "phrases", all of which must occur (case, diacritics and tone marks aside); from: to: subject: say where.
// Thread rule: one thread of its own (start, stop), or run_once() by the caller.
#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "indexer/message_text.hpp"
#include "store/hold.hpp"
#include "store/store.hpp"

namespace tools {

class HoldQuery {
 public:
  explicit HoldQuery(const store::Hold& hold);
  bool matches(const indexer::MessageText& text) const;

 private:
  enum class Where : unsigned char { anywhere, from, to, subject };
  struct Term {
    Where where{};
    std::string folded;
  };
  void add(Where where, std::string_view words);
  std::vector<Term> terms_;
};

class HoldWatch {
 public:
  explicit HoldWatch(store::Store& store) : store_(store) {}
  ~HoldWatch() { stop(); }
  void start();
  void stop();
  base::Result<void> run_once();  // all that waits now

 private:
  void loop();
  base::Result<void> walk(const store::Hold& hold);             // what was there
  base::Result<bool> follow(const std::vector<store::Hold>& holds);  // a piece of the journal; false: nothing waited
  bool stopping();

  store::Store& store_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tools
