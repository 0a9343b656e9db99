// Backups by configuration ([backup] directory, every, keep): one background thread that makes one when the newest is older than
// `every`, forgets what is beyond `keep`, and says in the log and through status() what became of it. A failure is tried again
// soon; it never stops the server. Thread-safe; stop() (and the destructor) ends a running backup, whose files the next one uses.
#pragma once
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "base/config.hpp"
#include "store/store.hpp"

namespace tools {

class BackupSchedule {
 public:
  BackupSchedule(store::Store& store, const base::BackupConfig& config);
  ~BackupSchedule();
  BackupSchedule(const BackupSchedule&) = delete;
  void start();
  void stop();
  void configure(const base::BackupConfig& config);  // after a reload
  // {"every","keep","next","running","last_failure":{"at","error"}|null}; null when nothing is scheduled
  nlohmann::ordered_json status() const;

 private:
  void loop();
  base::Time next(const base::BackupConfig& config) const;
  void make(const base::BackupConfig& config);

  store::Store& store_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  base::BackupConfig config_;
  bool stopping_ = false, changed_ = false, running_ = false;
  struct Failure {
    base::Time at{};
    std::string error;
  };
  std::optional<Failure> failed_;  // since the last success
  std::optional<base::Time> next_;
  std::thread thread_;
};

}  // namespace tools
