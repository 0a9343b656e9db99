// Makes the reports of [[reports.schedule]] when their period has ended, and mails them to their readers: once for each period, late rather
// than never when the server was down. What was sent last stands in the directory, in the commit of the mail. A failure is tried again
// each hour, and the log says so. Thread rule: any thread.
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

// The last period that had ended by that day (Vietnam's), as its first and last day.
std::pair<std::string, std::string> last_period(base::ReportPeriod period, const std::string& today);

class ReportSchedule {
 public:
  ReportSchedule(store::Store& store, const base::Clock& clock, std::shared_ptr<const base::Config> config, std::function<void()> queue_changed);
  ~ReportSchedule();
  void start();
  void stop();
  void configure(std::shared_ptr<const base::Config> config);
  std::size_t run_due();                  // all that is due now; tells how many were sent
  nlohmann::ordered_json status() const;  // {"schedules","problem"}

 private:
  void loop();
  base::Result<bool> run(const base::Config& config, const base::ReportSchedule& schedule);

  store::Store& store_;
  const base::Clock& clock_;
  std::function<void()> queue_changed_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const base::Config> config_;
  std::string problem_;
  bool stopping_ = false, changed_ = false;
  std::thread thread_;
};

}  // namespace tools
