#include "store/change_bus.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace store {

struct ChangeBus::Subscription::Slot {
  AccountId account{};
  MailboxId mailbox{};
  bool all = false;
  std::recursive_mutex running;  // held while the callback runs; recursive: it may end its own subscription
  Callback callback;             // empty once ended
};

struct ChangeBus::State {
  using Slots = std::vector<std::shared_ptr<Subscription::Slot>>;
  std::mutex mutex;
  std::map<std::uint64_t, Slots> by_account;
  Slots everything;

  Slots& slots(const Subscription::Slot& s) { return s.all ? everything : by_account[raw(s.account)]; }
  void remove(const std::shared_ptr<Subscription::Slot>& slot) {
    const std::lock_guard lock(mutex);
    std::erase(slots(*slot), slot);
    if (!slot->all && by_account[raw(slot->account)].empty()) by_account.erase(raw(slot->account));
  }
};

ChangeBus::ChangeBus() : state_(std::make_shared<State>()) {}
ChangeBus::~ChangeBus() = default;

ChangeBus::Subscription::Subscription(Subscription&& other) noexcept : bus_(std::move(other.bus_)), slot_(std::move(other.slot_)) {}

ChangeBus::Subscription& ChangeBus::Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    reset();
    bus_ = std::move(other.bus_);
    slot_ = std::move(other.slot_);
  }
  return *this;
}

void ChangeBus::Subscription::reset() {
  const std::shared_ptr<Slot> slot = std::exchange(slot_, nullptr);
  if (slot == nullptr) return;
  if (const auto bus = bus_.lock()) static_cast<State*>(bus.get())->remove(slot);
  const std::lock_guard lock(slot->running);  // waits for a callback that runs right now on the writer thread
  Callback ended;
  std::swap(ended, slot->callback);
}

ChangeBus::Subscription ChangeBus::subscribe(AccountId account, MailboxId mailbox, Callback callback) {
  auto slot = std::make_shared<Subscription::Slot>();
  slot->account = account;
  slot->mailbox = mailbox;
  slot->callback = std::move(callback);
  const std::lock_guard lock(state_->mutex);
  state_->slots(*slot).push_back(slot);
  return Subscription(state_, std::move(slot));
}

ChangeBus::Subscription ChangeBus::subscribe_all(Callback callback) {
  auto slot = std::make_shared<Subscription::Slot>();
  slot->all = true;
  slot->callback = std::move(callback);
  const std::lock_guard lock(state_->mutex);
  state_->everything.push_back(slot);
  return Subscription(state_, std::move(slot));
}

void ChangeBus::publish(const std::vector<Hint>& hints) {
  for (const Hint& hint : hints) {
    State::Slots due;  // callbacks run without the bus's lock: they may subscribe
    {
      const std::lock_guard lock(state_->mutex);
      due = state_->everything;
      if (const auto found = state_->by_account.find(raw(hint.account)); found != state_->by_account.end())
        for (const auto& slot : found->second)
          if (slot->mailbox == MailboxId{} || slot->mailbox == hint.mailbox) due.push_back(slot);
    }
    for (const auto& slot : due) {
      const std::lock_guard lock(slot->running);
      if (!slot->callback) continue;
      const Callback keep = slot->callback;  // the callback may end its own subscription
      keep(hint);
    }
  }
}

}  // namespace store
