// Signed receipts of accepted mail ([receipt] of the configuration): their rows go into the mail's own transaction; a thread gets the time-stamps afterwards, so that an authority that is slow or away delays nothing. What waits stands in the store
// (evidence, kind t) and outlives a restart. A key that fails (a token pulled out) costs the receipt, never the mail; it is logged and
// counted. describe() and issue() from any thread.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/config.hpp"
#include "policy/receipt/receipt.hpp"
#include "policy/receipt/signer.hpp"
#include "smtp/backend.hpp"
#include "store/store.hpp"

namespace tools {

class Receipts {
 public:
  // Errors are those of the key and the certificate.
  [[nodiscard]] static base::Result<std::unique_ptr<Receipts>> make(store::Store& store, const base::Config& config, const base::Clock& clock);
  ~Receipts() { stop(); }

  void start();
  void stop();  // waits for an exchange under way
  policy::receipt::Receipt describe(const smtp::Envelope& envelope, const std::string& bytes) const;  // `bytes` as they came
  std::vector<store::Put> issue(policy::receipt::Receipt receipt, const std::string& connection);     // accepted now

  struct Counters {
    std::uint64_t issued = 0, failed = 0, stamped = 0;
  };
  Counters counters() const { return {issued_, failed_, stamped_}; }

 private:
  Receipts(store::Store& store, const base::Config& config, const base::Clock& clock, std::unique_ptr<policy::receipt::Signer> signer)
      : store_(store), config_(config.receipt), fetching_(config.signature), server_(config.server.hostname), clock_(clock), signer_(std::move(signer)) {}
  void loop();
  bool stamp_waiting();  // false: some could not be stamped now
  base::Result<void> stamp(const std::string& id);

  store::Store& store_;
  const base::ReceiptConfig config_;
  const base::SignatureConfig fetching_;
  const std::string server_;
  const base::Clock& clock_;
  const std::unique_ptr<policy::receipt::Signer> signer_;
  std::atomic<std::uint64_t> issued_{0}, failed_{0}, stamped_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool fresh_ = true, stopping_ = false;
  std::thread thread_;
};

}  // namespace tools
