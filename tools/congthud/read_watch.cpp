#include "tools/congthud/read_watch.hpp"

#include <algorithm>
#include <set>

#include "base/log.hpp"
#include "tools/registers/query.hpp"

namespace tools {
namespace {

constexpr std::chrono::seconds kReadPause{2};
constexpr std::size_t kCopies = 200;  // of one commit

}  // namespace

ReadWatch::ReadWatch(store::Store& store, std::function<base::Result<void>()> also) : store_(store), also_(std::move(also)) {
  subscription_ = store_.bus().subscribe_all([this](const store::Hint& hint) { note(hint); });
}

void ReadWatch::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
}

void ReadWatch::stop() {
  subscription_.reset();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool ReadWatch::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

// On the writer's thread: a map and nothing more. Of several changes the first one says from where to look.
void ReadWatch::note(const store::Hint& hint) {
  if (hint.mailbox == store::MailboxId{} || hint.modseq == store::ModSeq{}) return;
  const std::lock_guard lock(mutex_);
  changed_.try_emplace({hint.account, hint.mailbox}, store::ModSeq(store::raw(hint.modseq) - 1));
}

std::map<ReadWatch::Box, store::ModSeq> ReadWatch::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(changed_, {});
}

void ReadWatch::loop() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kReadPause, [&] { return stopping_; })) {
    lock.unlock();
    try {
      if (auto done = run_once(); !done) base::log_warn("receipts_not_noted", {{"error", done.error()}});
      if (also_)
        if (auto done = also_(); !done) base::log_warn("receipt_notices", {{"error", done.error()}});
    } catch (const std::exception& e) {  // a damaged row: the next round may find it mended
      base::log_warn("receipts_not_noted", {{"error", e.what()}});
    }
    lock.lock();
  }
}

base::Result<void> ReadWatch::run_once() {
  const auto boxes = take();
  if (!walked_) {
    if (auto done = walk(); !done) return done;
    walked_ = true;
  }
  for (const auto& [box, since] : boxes) {
    if (stopping()) return {};
    if (auto done = look(box, since); !done) {
      // It may do better the next time: nothing else would look there again.
      const std::lock_guard lock(mutex_);
      for (const auto& [left, from] : boxes) {
        const auto [at, fresh] = changed_.try_emplace(left, from);
        if (!fresh) at->second = std::min(at->second, from);
      }
      return done;
    }
  }
  return {};
}

base::Result<void> ReadWatch::walk() {
  std::vector<Box> boxes;
  {
    auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    for (const store::AccountId account : registers::accounts_with_unread(*snapshot))
      for (const store::Mailbox& m : snapshot->mailboxes(account)) boxes.emplace_back(account, m.id);
  }
  for (const Box& box : boxes) {
    if (stopping()) return {};
    if (auto done = look(box, store::ModSeq{}); !done) return done;
  }
  return {};
}

base::Result<void> ReadWatch::look(const Box& box, store::ModSeq since) {
  std::vector<registers::SeenCopy> found;
  {
    auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    if (!registers::has_unread(*snapshot, box.first)) return {};
    std::set<store::EmailId> seen;
    snapshot->changed_since(box.first, box.second, since, [&](store::Uid uid, store::ModSeq) {
      const auto hot = snapshot->hot(box.first, box.second, uid);
      if (hot && (hot->flags & store::kSeen) != 0) seen.insert(hot->email);
      return true;
    });
    for (const store::EmailId email : seen)
      if (auto copy = registers::unread_copy(*snapshot, box.first, email)) found.push_back(*std::move(copy));
  }
  for (std::size_t at = 0; at < found.size(); at += kCopies) {
    std::vector<registers::SeenCopy> some(found.begin() + std::ptrdiff_t(at), found.begin() + std::ptrdiff_t(std::min(at + kCopies, found.size())));
    if (auto told = store_.run(store::ApplyRules{{registers::news_of_copies(std::move(some))}}); !told) return told.error();
  }
  return {};
}

}  // namespace tools
