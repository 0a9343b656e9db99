// Tells who sent a document that it came and got a number (NĐ 30/2020 Điều 21.2c: on the same day), where the configuration asks for it.
// What is to be told is a row of the registers, so that nothing is told twice or forgotten over a restart. Called by the thread of
// ReadWatch, or by tests.
#pragma once
#include <functional>
#include <string>

#include "store/store.hpp"

namespace tools {

class ReceiptNotices {
 public:
  ReceiptNotices(store::Store& store, const base::Clock& clock, std::string hostname, std::function<void()> queue_changed)
      : store_(store), clock_(clock), hostname_(std::move(hostname)), queue_changed_(std::move(queue_changed)) {}
  base::Result<void> run_once();  // all that wait

 private:
  base::Result<bool> tell(const std::string& key);  // whether something was queued

  store::Store& store_;
  const base::Clock& clock_;
  const std::string hostname_;
  std::function<void()> queue_changed_;
};

}  // namespace tools
