// Makes the reports of [[reports.schedule]] when their period has ended, and mails them to their readers: once for each period, late rather
// than never when the server was down. What was sent last stands in the directory, in the commit of the mail. A schedule that fails is tried
// again each hour, the log says so, and the others go on. Thread rule: any thread.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "base/clock.hpp"
#include "base/config.hpp"
#include "store/store.hpp"

namespace tools {

class ReportSchedule {
 public:
  ReportSchedule(store::Store& store, const base::Clock& clock, std::shared_ptr<const base::Config> config, std::function<void()> queue_changed);
  ~ReportSchedule();
  void start();
  void stop();
  void configure(std::shared_ptr<const base::Config> config);
  std::size_t run_due();  // all that is due now; tells how many were sent
  // Mails that one now, sent before or not. Only the last period that has ended counts as sent by it: an old one asked for again is no mark
  // from which on others are missing.
  base::Result<void> send_now(const base::ReportSchedule& schedule, const std::string& from, const std::string& to, const std::string& who);
  nlohmann::ordered_json problems() const;  // {NAME: why its last try failed}
  nlohmann::ordered_json status() const;    // {"schedules","problem"}

 private:
  void loop();
  base::Result<void> send(const base::ReportSchedule& schedule, const std::string& from, const std::string& to, const std::string& who, bool mark);
  base::Result<std::size_t> run(const base::ReportSchedule& schedule);

  store::Store& store_;
  const base::Clock& clock_;
  std::function<void()> queue_changed_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const base::Config> config_;
  struct Trouble {
    std::string why;
    base::Time again{};
  };
  std::map<std::string, Trouble> troubles_;  // by schedule
  bool stopping_ = false, changed_ = false;
  std::thread thread_;
};

}  // namespace tools
