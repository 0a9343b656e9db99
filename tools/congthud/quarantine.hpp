// Takes mail out of the quarantine: releases it into its mailboxes and the queue as if it were delivered now, or refuses it with
// notices to those it concerns, or refuses what nobody decided about in time. Each is one commit with its audit row.
// What a legal hold protects is not refused. Thread rule: any pool thread; expiry has a thread of its own.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "tools/admin/quarantine_entry.hpp"
#include "tools/congthud/smtp_backend.hpp"

namespace tools {

class Quarantine {
 public:
  Quarantine(store::Store& store, SmtpBackend& backend, const base::Clock& clock, std::string hostname, unsigned keep_days, std::function<void()> queue_changed);
  ~Quarantine();
  void start();
  void stop();
  void configure(unsigned keep_days);

  // not_found; denied: a hold, or the policy refuses it by now; conflict: no recipient is left, or no room.
  base::Result<void> decide(store::QueueId id, admin::QuarantineVerb verb, const std::string& reason, const std::string& payload);
  base::Result<std::size_t> expire();  // now; gives how many went

 private:
  struct Kept;
  base::Result<Kept> kept(store::QueueId id, bool with_content) const;
  base::Result<void> release(store::QueueId id, const std::string& payload);
  base::Result<void> refuse(store::QueueId id, const std::string& reason, const std::string& payload, bool expired);
  void loop();

  store::Store& store_;
  SmtpBackend& backend_;
  const base::Clock& clock_;
  const std::string hostname_;
  std::function<void()> queue_changed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  unsigned keep_days_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tools
