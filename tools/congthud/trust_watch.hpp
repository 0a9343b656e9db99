// Says in time that what the site trusts comes to its end: a log line for each anchor, sub-CA certificate and revocation list that has
// ended or ends within signature.warn_days, once a day and after every change, and figures for /metrics. It changes nothing.
// Thread rule: one thread of its own (start, stop), or look() by the caller; the other functions from any.
#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "store/store.hpp"

namespace tools {

class TrustWatch {
 public:
  TrustWatch(store::Store& store, const base::Clock& clock, unsigned warn_days) : store_(store), clock_(clock), warn_days_(warn_days) {}
  ~TrustWatch() { stop(); }
  TrustWatch(const TrustWatch&) = delete;
  TrustWatch& operator=(const TrustWatch&) = delete;
  void start();
  void stop();
  void changed(unsigned warn_days);  // after a change of the trust, or a reload
  base::Result<void> look();         // now: logs, and fills metrics()
  std::string metrics() const;       // Prometheus lines; empty before the first look

 private:
  void loop();

  store::Store& store_;
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  unsigned warn_days_;
  std::string metrics_;
  bool stopping_ = false, changed_ = false;
  std::thread thread_;
};

}  // namespace tools
