// Tells who must be told, after the commit. An event is only a hint: a session pulls from by_modseq and expunged after its own
// last modseq, so hints may be merged or lost. Callbacks run on the writer thread: post and return. Thread-safe; after
// unsubscribe() (or the Subscription's end) returns, the callback runs no more, unless it is itself the caller.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "store/types.hpp"

namespace store {

struct Hint {
  AccountId account{};
  MailboxId mailbox{};  // 0: the account's list of mailboxes changed
  ModSeq modseq{};
};

class ChangeBus {
 public:
  using Callback = std::function<void(const Hint&)>;
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&& other) noexcept;
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription() { reset(); }
    void reset();

   private:
    friend class ChangeBus;
    struct Slot;
    Subscription(std::weak_ptr<void> bus, std::shared_ptr<Slot> slot) : bus_(std::move(bus)), slot_(std::move(slot)) {}
    std::weak_ptr<void> bus_;
    std::shared_ptr<Slot> slot_;
  };
  ChangeBus();
  ~ChangeBus();
  [[nodiscard]] Subscription subscribe(AccountId account, MailboxId mailbox, Callback callback);  // mailbox 0 = all of the account
  [[nodiscard]] Subscription subscribe_all(Callback callback);                                   // e.g. indexer, queue
  void publish(const std::vector<Hint>& hints);  // the writer

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace store
