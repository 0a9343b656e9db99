#include "base/net/pool.hpp"

#include <pthread.h>

namespace net {

Pool::Pool(std::string name, unsigned threads, std::size_t max_queued) : name_(std::move(name)), max_queued_(max_queued) {
  for (unsigned i = 0; i < std::max(1U, threads); ++i) {
    threads_.emplace_back([this] { work(); });
    pthread_setname_np(threads_.back().native_handle(), name_.substr(0, 15).c_str());
  }
}

Pool::~Pool() {
  std::deque<std::shared_ptr<Task>> left;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    left.swap(queue_);
  }
  more_.notify_all();
  for (const auto& task : left) task->drop();
  for (std::thread& thread : threads_) thread.join();
}

bool Pool::submit(std::shared_ptr<Task> task) {
  {
    const std::lock_guard lock(mutex_);
    if (ending_ || queue_.size() >= max_queued_) return false;
    queue_.push_back(std::move(task));
  }
  more_.notify_one();
  return true;
}

std::size_t Pool::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void Pool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    more_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (ending_) return;
    std::shared_ptr<Task> task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task->run();
    task.reset();  // its destructor is foreign code: not under the lock
    lock.lock();
  }
}

}  // namespace net
