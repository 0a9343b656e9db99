// Sees when recipients here read a registered document (\Seen on their copy, wherever they moved it) and tells the registers. Follows the
// store's hints; at the start it looks once through the mailboxes of those who have unread copies. Costs nothing where there are none.
// Thread rule: a thread of its own (start, stop), or run_once() by the caller.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "store/store.hpp"
#include "tools/registers/rules.hpp"

namespace tools {

class ReadWatch {
 public:
  // `also` is done each round, after the reads.
  explicit ReadWatch(store::Store& store, std::function<base::Result<void>()> also = {});
  ~ReadWatch() { stop(); }
  void start();
  void stop();
  base::Result<void> run_once();  // all that is known to have changed

 private:
  using Box = std::pair<store::AccountId, store::MailboxId>;
  void loop();
  void note(const store::Hint& hint);
  std::map<Box, store::ModSeq> take();
  base::Result<void> look(const Box& box, store::ModSeq since);
  base::Result<void> walk();  // every mailbox of those who have unread copies
  bool stopping();

  store::Store& store_;
  std::function<base::Result<void>()> also_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<Box, store::ModSeq> changed_;  // -> look at what came after that
  bool walked_ = false, stopping_ = false;
  store::ChangeBus::Subscription subscription_;
  std::thread thread_;
};

}  // namespace tools
