// Verdicts that wait for revocation data: asks for it again and again, and judges their mail anew whenever something has come, until
// nothing is missing or pending_limit has passed. What waits is in the store, so a restart forgets nothing.
#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "tools/congthud/judgements.hpp"
#include "tools/congthud/revocation_fetcher.hpp"

namespace tools {

class LateVerdicts {
 public:
  LateVerdicts(store::Store& store, Judgements& judgements, RevocationFetcher& fetcher, const base::Clock& clock)
      : store_(store), judgements_(judgements), fetcher_(fetcher), clock_(clock) {}
  ~LateVerdicts() { stop(); }

  void configure(const base::SignatureConfig& config);
  void start();
  void stop();
  void trust_changed();  // any thread: what waits is worth another look

 private:
  void loop();
  void run_once(std::uint64_t generation);
  void look(const std::string& digest, std::uint64_t generation);

  store::Store& store_;
  Judgements& judgements_;
  RevocationFetcher& fetcher_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  base::SignatureConfig config_;
  std::uint64_t generation_ = 1;  // of the trust
  bool stopping_ = false;
  std::map<std::string, std::uint64_t> judged_;  // digest -> generation; the thread's own
  std::thread thread_;
};

}  // namespace tools
