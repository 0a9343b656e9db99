// Brings signed heads of the audit log to the outside reader of the configuration, a file or a mail address, once a day: what makes a
// log that was cut or written anew visible (congthu audit verify --head). Each head is also a row of the log; when the last went out
// stands in the directory, in the same commit. A reader that cannot be reached is tried again each hour, and the log says so.
// Also the row that tells of a changed configuration. Thread rule: any thread.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "base/clock.hpp"
#include "base/config.hpp"
#include "store/store.hpp"

namespace tools {

class AuditHeads {
 public:
  AuditHeads(store::Store& store, const base::Clock& clock, std::shared_ptr<const base::Config> config, std::function<void()> queue_changed);
  ~AuditHeads();
  void start();
  void stop();
  void configure(std::shared_ptr<const base::Config> config);
  base::Result<void> send();  // now
  nlohmann::ordered_json status() const;  // {"last","problem"}

 private:
  void loop();
  base::Time due(const base::Config& config) const;

  store::Store& store_;
  const base::Clock& clock_;
  std::function<void()> queue_changed_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const base::Config> config_;
  std::string problem_;
  std::optional<base::Time> failed_;
  bool stopping_ = false, changed_ = false;
  std::thread thread_;
};

// "config.change" when the file is another than the one of the last start or reload. `what`: "start", "reload".
base::Result<void> audit_config(store::Store& store, const base::Clock& clock, const base::Config& config, const std::string& what);

}  // namespace tools
