// Gets the CRLs and OCSP answers that verdicts miss, from the addresses in certificates that chain to an anchor, and keeps the newest
// of each address in the store (table `evidence`, kind f). Never on the way of a mail: want() returns at once, threads of its own do
// the waiting. One exchange for one address at a time; after a failure the next try waits, twice as long each time. CRLs are got
// again before they end, answers that ended are dropped. What came counts by its signature only, when a path is judged.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/config.hpp"
#include "policy/core/signature_report.hpp"
#include "policy/trust/revocation_object.hpp"
#include "store/store.hpp"

namespace tools {

class RevocationFetcher {
 public:
  // `changed`: the store has new data; called on one of the threads, not more than once in kGather while more is being got.
  RevocationFetcher(store::Store& store, const base::Clock& clock, std::function<void()> changed)
      : store_(store), clock_(clock), changed_(std::move(changed)) {}
  ~RevocationFetcher() { stop(); }

  void configure(const base::SignatureConfig& config);
  void start();
  void stop();  // waits for exchanges under way: at most fetch_timeout
  void want(const std::vector<policy::RevocationSource>& sources);  // any thread
  bool busy() const;  // something is being got, or waits for it

  struct Counters {
    std::uint64_t got = 0, failed = 0;
  };
  Counters counters() const;

 private:
  struct Known {
    base::Time next_try{};
    unsigned failures = 0;
    bool queued = false;  // or under way
  };

  void loop();
  void refresh_loop();
  void refresh();
  void get(const policy::RevocationSource& source);
  base::Result<bool> take(const policy::RevocationSource& source);  // true: the store has something new
  void tell_changes(std::unique_lock<std::mutex>& lock);

  store::Store& store_;
  const base::Clock& clock_;
  const std::function<void()> changed_;
  mutable std::mutex mutex_;
  std::condition_variable wake_, refresh_;
  base::SignatureConfig config_;
  std::deque<policy::RevocationSource> queue_;
  std::map<std::string, Known> known_;  // by evidence key
  std::size_t under_way_ = 0;
  std::chrono::steady_clock::time_point told_{};
  bool fresh_ = false, stopping_ = false;
  Counters counters_;
  std::vector<std::thread> threads_;
};

}  // namespace tools
