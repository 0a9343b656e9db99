// Sends what is queued: takes due entries from the store, a bounded number at a time in all and per domain, gives each to the
// Deliverer, and records the result in one commit: recipients done, next try, report to the sender. State is only in the store,
// so a restart goes on where it was; a crash between a server's "250" and our commit sends once more (RFC 5321 4.5.4.1).
// Thread rule: the work runs on one network thread. wake() from any thread. retry_now(), hold(), release(), drop() and list()
// block for a commit: from admin workers, never from a network thread. Runtime, store, deliverer and pool outlive the stop.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/net/pool.hpp"
#include "base/net/runtime.hpp"
#include "smtp/client/deliverer.hpp"
#include "smtp/queue/entry.hpp"
#include "store/store.hpp"

namespace smtp::queue {

using Millis = std::chrono::milliseconds;

struct RunnerOptions {
  std::string hostname;             // of MAILER-DAEMON
  std::vector<Millis> retry{std::chrono::minutes(5), std::chrono::minutes(15), std::chrono::minutes(30), std::chrono::hours(1),
                            std::chrono::hours(2)};  // waits between attempts; the last one repeats
  Millis lifetime = std::chrono::hours(24 * 5);      // RFC 5321 4.5.4.1: at least 4 to 5 days
  Millis warn_after = std::chrono::hours(4);         // 0 = never
  unsigned concurrency = 20;
  unsigned per_domain = 2;
  // What is to be recorded, in the same commit, when recipients of an entry are delivered or fail for good; `last`: the entry goes.
  std::function<store::RecordRule(base::QueueId id, const std::vector<proto::RecipientResult>& settled, bool last)> record;
};

struct Listed {
  base::QueueId id{};
  Entry entry;
  base::Time due{}, accepted{};
  std::uint64_t size = 0;
};

class Runner : public std::enable_shared_from_this<Runner> {
 public:
  static std::shared_ptr<Runner> start(net::Runtime& runtime, store::Store& store, client::Deliverer& deliverer, net::Pool& readers,
                                       const base::Clock& clock, RunnerOptions options);
  void wake();  // something was queued, or time has passed
  std::size_t active() const;

  // Errors: not_found; conflict = it is being sent at this moment.
  [[nodiscard]] base::Result<void> retry_now(base::QueueId id);
  [[nodiscard]] base::Result<void> hold(base::QueueId id);
  [[nodiscard]] base::Result<void> release(base::QueueId id);
  [[nodiscard]] base::Result<void> drop(base::QueueId id);  // without a report

 private:
  struct Due {
    base::QueueId id{};
    Entry entry;
    base::Time accepted{};
  };
  class Claim;  // an entry that is being worked on

  Runner(net::Runtime& runtime, store::Store& store, client::Deliverer& deliverer, net::Pool& readers, const base::Clock& clock,
         RunnerOptions options);
  static net::Awaitable<void> loop(std::shared_ptr<Runner> self);
  static net::Awaitable<void> send(std::shared_ptr<Runner> self, Due due, std::unique_ptr<Claim> claim);
  net::Duration start_due();  // starts what may start; how long to sleep
  net::Awaitable<base::Result<std::string>> content_of(base::QueueId id);
  store::QueueUpdate settle(Due& due, const client::Report& report, std::string_view content);
  std::optional<store::SubmitMessage> bounce(const Due& due, const std::vector<const Target*>& targets, bool delayed, std::string_view content);
  net::Awaitable<void> record(base::QueueId id, store::QueueUpdate update);
  std::unique_ptr<Claim> claim(base::QueueId id, const std::string& domain);
  bool busy(const std::string& domain) const;
  base::Result<void> change(base::QueueId id, bool held, base::Time due);

  net::Runtime& runtime_;
  store::Store& store_;
  client::Deliverer& deliverer_;
  net::Pool& readers_;
  const base::Clock& clock_;
  const RunnerOptions options_;
  net::Executor executor_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;  // of what follows
  std::optional<net::Event::Signal> signal_;
  std::set<base::QueueId> claimed_;
  std::map<std::string, unsigned, std::less<>> active_;  // by domain
};

[[nodiscard]] base::Result<std::vector<Listed>> list(const store::Store& store);  // in the order of their ids

}  // namespace smtp::queue
