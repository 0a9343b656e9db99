#include "tools/congthud/backup_schedule.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/units.hpp"
#include "store/backup.hpp"

namespace tools {
namespace {
constexpr auto kRetry = std::chrono::minutes(10);
}

BackupSchedule::BackupSchedule(store::Store& store, const base::BackupConfig& config) : store_(store), config_(config) {}
BackupSchedule::~BackupSchedule() { stop(); }

void BackupSchedule::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
}

void BackupSchedule::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void BackupSchedule::configure(const base::BackupConfig& config) {
  {
    const std::lock_guard lock(mutex_);
    config_ = config;
    changed_ = true;
  }
  wake_.notify_all();
}

// After the newest there is, made by whomever; after a failure soon again, whatever the directory says.
base::Time BackupSchedule::next(const base::BackupConfig& config) const {
  const base::Time now = base::system_clock().now();
  base::Time due = now;
  if (const auto all = store::list_backups(config.directory.string()); all)
    for (const auto& g : *all)
      if (!g.problem) due = g.created + config.every;
  const std::lock_guard lock(mutex_);
  if (failed_) due = std::max(due, failed_->at + std::min<base::Millis>(kRetry, config.every));
  return due;
}

void BackupSchedule::make(const base::BackupConfig& config) {
  const std::string directory = config.directory.string();
  const auto go_on = [this](const store::BackupProgress&) {
    const std::lock_guard lock(mutex_);
    return !stopping_;
  };
  auto made = store::backup(store_, {directory, go_on});
  std::optional<Failure> failed;
  if (!made) {
    failed = Failure{base::system_clock().now(), made.error().detail()};
  } else if (const auto pruned = store::prune_backups(directory, config.keep); !pruned) {
    base::log_error("backup_prune_failed", {{"directory", directory}, {"error", pruned.error()}});
    failed = Failure{base::system_clock().now(), pruned.error().detail()};
  }
  const std::lock_guard lock(mutex_);
  failed_ = stopping_ ? std::nullopt : std::move(failed);
}

void BackupSchedule::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_ = false;
    const base::BackupConfig config = config_;
    if (config.directory.empty()) {
      next_.reset();
      failed_.reset();
      wake_.wait(lock, [&] { return stopping_ || changed_; });
      continue;
    }
    lock.unlock();
    const base::Time due = next(config);
    lock.lock();
    next_ = due;
    const auto wait = due - base::system_clock().now();
    if (wait > base::Millis(0)) {  // looked at again every hour: clocks are set, backups are made by hand
      wake_.wait_for(lock, std::min<base::Millis>(wait, std::chrono::hours(1)), [&] { return stopping_ || changed_; });
      continue;
    }
    if (stopping_) break;
    running_ = true;
    lock.unlock();
    make(config);
    lock.lock();
    running_ = false;
  }
}

nlohmann::ordered_json BackupSchedule::status() const {
  const std::lock_guard lock(mutex_);
  if (config_.directory.empty()) return nullptr;
  nlohmann::ordered_json out = {{"every", base::format_duration(config_.every)}, {"keep", config_.keep}, {"next", nullptr}, {"running", running_}, {"last_failure", nullptr}};
  if (next_) out["next"] = base::rfc3339(*next_);
  if (failed_) out["last_failure"] = {{"at", base::rfc3339(failed_->at)}, {"error", failed_->error}};
  return out;
}

}  // namespace tools
