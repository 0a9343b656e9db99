// Finds what the [[retention]] classes keep, and removes what they let go. Everything is walked once when the classes change (the
// store remembers their digest), then the journal is followed; until a message was looked at the collector does not destroy it. Once a
// day, at start and after a reload, a pass expunges what is older than its class allows, in slices, each mailbox audited.
// The mailbox that counts is the one the message was in: what was moved before it was looked at is found again by its email id.
// Thread rule: one thread of its own (start, stop), or run_once() by the caller; configure() from any.
#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "store/retention.hpp"
#include "store/store.hpp"
#include "tools/admin/retention_classes.hpp"

namespace tools {

class RetentionWatch {
 public:
  RetentionWatch(store::Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}
  ~RetentionWatch() { stop(); }
  // Said to the store before it returns, so that nothing is destroyed that new classes may keep. Another pass follows.
  base::Result<void> configure(std::vector<base::RetentionClass> classes);
  void start();
  void stop();
  base::Result<void> run_once();  // all that waits now, and the pass when it is due

 private:
  using Classes = std::shared_ptr<const admin::RetentionClasses>;
  struct Moved {  // looked at only after it was moved
    store::AccountId account{};
    store::EmailId email{};
    store::KeptMessage kept;
  };
  struct Look {  // of one batch
    std::vector<store::KeptMessage> kept;
    std::vector<Moved> moved;
    std::size_t documents = 0;
  };

  void loop();
  base::Result<void> walk(const admin::RetentionClasses& classes, std::string position);
  base::Result<bool> follow(const admin::RetentionClasses& classes);  // a piece of the journal; false: nothing waited
  base::Result<void> expire(const admin::RetentionClasses& classes);
  base::Result<void> expire_mailbox(const admin::RetentionClasses& classes, store::AccountId account, store::MailboxId mailbox);
  base::Result<store::ExpireMessages> finisher(store::AccountId account, store::MailboxId mailbox) const;
  static void look(const admin::RetentionClasses& classes, const store::Snapshot& snapshot, const store::MessageRef& ref, base::Time now, Look& out);
  static void find_moved(const store::Snapshot& snapshot, Look& look);
  base::Result<void> keep(const std::string& digest, Look& look, std::optional<std::string> position, std::optional<store::JournalSeq> done);
  Classes classes();
  bool stopping();

  store::Store& store_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Classes classes_;
  base::Time next_pass_{};
  bool stopping_ = false, changed_ = false;
  std::thread thread_;
};

}  // namespace tools
