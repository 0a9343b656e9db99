#include "tools/congthud/report_schedule.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/report_schedules.hpp"
#include "tools/admin/reports.hpp"
#include "tools/congthud/notice.hpp"
#include "tools/report/csv.hpp"
#include "tools/report/html.hpp"
#include "tools/report/pdf.hpp"
#include "tools/report/xlsx.hpp"

namespace tools {
namespace {

constexpr std::chrono::minutes kReportLook{1};
constexpr std::chrono::hours kReportRetry{1};
base::Result<mime::Attachment> attachment(const admin::Json& reply, const base::ReportSchedule& s, const std::string& format, const std::string& name) {
  const auto made = report::make_report(reply, s.lang);
  if (!made) return made.error();
  const auto file = [&](std::string type, base::Result<std::string> bytes) -> base::Result<mime::Attachment> {
    if (!bytes) return bytes.error();
    return mime::Attachment{name + "." + format, std::move(type), *std::move(bytes)};
  };
  if (format == "csv") return file("text/csv", report::to_csv(*made));
  if (format == "json") return file("application/json", admin::dump(reply) + "\n");
  if (format == "html") return file("text/html", report::to_html(*made));
  if (format == "xlsx") return file("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", report::to_xlsx(*made));
  return file("application/pdf", report::to_pdf(*made));
}

// What holds rows of persons goes to this site and to domains that the configuration calls official; a public edition to anybody. A reader
// here who has no mailbox is an error, not one reader less.
base::Result<void> check_readers(const store::Snapshot& snapshot, const base::Config& config, const base::ReportSchedule& s) {
  for (const std::string& reader : s.readers) {
    const std::string domain = reader.substr(reader.rfind('@') + 1);
    const auto address = store::canonical_address(reader);
    if (!address) return base::fail(base::Errc::invalid, "reader " + reader + ": no mail address");
    if (snapshot.domain(domain) && !snapshot.resolve(*address)) return base::fail(base::Errc::invalid, "reader " + reader + ": no such mailbox here");
    if (s.for_all) continue;
    const auto& sector = config.policy.sector_domains;
    if (!snapshot.domain(domain) && std::find(sector.begin(), sector.end(), domain) == sector.end())
      return base::fail(base::Errc::invalid, "reader " + reader + ": not of this site and not of policy.sector_domains; only a public edition goes there (public = true)");
  }
  return {};
}

Notice report_notice(const base::ReportSchedule& s, const admin::Json& reply, const std::string& from, const std::string& to) {
  const admin::Json title = reply.value("title", admin::Json());
  const auto word = [&](const char* lang) { return title.is_object() ? title.value(lang, s.report) : s.report; };
  Notice n;
  n.to = s.readers;
  n.subject = word("vi") + ", " + from + " - " + to + " / " + word("en");
  n.text = "Báo cáo \"" + word("vi") + "\" kỳ từ " + from + " đến " + to + " do máy chủ thư lập theo lịch \"" + s.name + "\"; các tệp đính kèm cùng một số liệu.\n\n" +
           "The report \"" + word("en") + "\" of " + from + " to " + to + ", made by the mail server by its schedule \"" + s.name + "\"; all attachments hold the same figures.\n";
  return n;
}

}  // namespace

ReportSchedule::ReportSchedule(store::Store& store, const base::Clock& clock, std::shared_ptr<const base::Config> config, std::function<void()> queue_changed)
    : store_(store), clock_(clock), queue_changed_(std::move(queue_changed)), config_(std::move(config)) {}
ReportSchedule::~ReportSchedule() { stop(); }

void ReportSchedule::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
}

void ReportSchedule::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ReportSchedule::configure(std::shared_ptr<const base::Config> config) {
  {
    const std::lock_guard lock(mutex_);
    config_ = std::move(config);
    troubles_.clear();  // what was wrong may be right now
    changed_ = true;
  }
  wake_.notify_all();
}

base::Result<void> ReportSchedule::send(const base::ReportSchedule& s, const std::string& from, const std::string& to, const std::string& who, bool mark) {
  std::shared_ptr<const base::Config> kept;
  {
    const std::lock_guard lock(mutex_);
    kept = config_;
  }
  const base::Config& config = *kept;
  const base::Time now = clock_.now();
  const std::string key = admin::kReportSent + s.name;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    if (auto good = check_readers(*snapshot, config, s); !good) return good.error();
  }
  const admin::Context context{store_, config, clock_, {}, now};
  admin::Request request;
  request.who = who;
  std::map<std::string, std::string, std::less<>> query = {{"from", from}, {"to", to}};
  for (const auto& [name, value] : {std::pair{"by", &s.by}, std::pair{"table", &s.table}, std::pair{"agency", &s.agency}})
    if (!value->empty()) query[name] = *value;
  const auto reply = admin::make_report_of({context, request, {}, {}}, s.report, query, s.for_all);
  if (!reply) return reply.error();
  Notice notice = report_notice(s, *reply, from, to);
  for (const std::string& format : s.formats) {
    auto file = attachment(*reply, s, format, s.name + "-" + to);
    if (!file) return file.error();
    notice.attachments.push_back(*std::move(file));
  }
  admin::Change change;
  bool queued = false;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    auto message = make_notice(*snapshot, config.server.hostname, now, notice);
    if (!message) return message.error();
    if (!*message) return base::fail(base::Errc::not_found, "none of the readers has a mailbox");
    (*message)->prepare(store_.env());
    queued = !(*message)->outbound.empty();
    change.steps.push_back(admin::step(**std::move(message)));
  }
  if (mark) change.steps.push_back(admin::step(store::PutEntry{store::Entry::policy, key, to, true}));
  const admin::Json row = {{"at", base::rfc3339(now)}, {"who", who}, {"what", "report.sent"}, {"target", s.name},
                           {"detail", {{"report", s.report}, {"query", query}, {"public", s.for_all}, {"readers", s.readers}}}};
  change.audit = admin::dump(row);
  if (const auto done = store_.run(std::move(change)); !done) return done.error();
  base::log_info("report_sent", {{"schedule", s.name}, {"report", s.report}, {"from", from}, {"to", to}, {"readers", s.readers.size()}});
  if (queued && queue_changed_) queue_changed_();
  return {};
}

base::Result<void> ReportSchedule::send_now(const base::ReportSchedule& s, const std::string& from, const std::string& to, const std::string& who) {
  return send(s, from, to, who, to == admin::last_period(s.period, base::vietnam_date(clock_.now())).second);
}

// Each missed period, the oldest first: a clock set back sends nothing twice.
base::Result<std::size_t> ReportSchedule::run(const base::ReportSchedule& s) {
  std::string sent;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    if (const auto last = snapshot->entry(store::Entry::policy, admin::kReportSent + s.name)) sent = *last;
  }
  std::size_t count = 0;
  for (const auto& [from, to] : admin::periods_due(s, sent, clock_.now())) {
    if (auto done = send(s, from, to, "congthud", true); !done) return done.error();
    ++count;
  }
  return count;
}

std::size_t ReportSchedule::run_due() {
  std::shared_ptr<const base::Config> config;
  std::map<std::string, Trouble> troubles;
  {
    const std::lock_guard lock(mutex_);
    config = config_;
    troubles = troubles_;
  }
  std::size_t sent = 0;
  std::map<std::string, Trouble> left;
  for (const base::ReportSchedule& s : config->reports.schedule) {
    const auto before = troubles.find(s.name);
    if (before != troubles.end() && clock_.now() < before->second.again) {
      left.insert(*before);
      continue;
    }
    const auto done = run(s);
    if (done) {
      sent += *done;
      continue;
    }
    left[s.name] = {done.error().detail(), clock_.now() + kReportRetry};
    base::log_error("report_not_sent", {{"schedule", s.name}, {"error", done.error()}});
  }
  const std::lock_guard lock(mutex_);
  if (config == config_) troubles_ = std::move(left);
  return sent;
}

void ReportSchedule::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_ = false;
    if (config_->reports.schedule.empty()) {
      troubles_.clear();
      wake_.wait(lock, [&] { return stopping_ || changed_; });
      continue;
    }
    lock.unlock();
    try {
      run_due();
    } catch (const std::exception& e) {  // a damaged row: the others of the server go on
      base::log_error("report_not_sent", {{"error", e.what()}});
    }
    lock.lock();
    wake_.wait_for(lock, kReportLook, [&] { return stopping_ || changed_; });
  }
}

nlohmann::ordered_json ReportSchedule::problems() const {
  const std::lock_guard lock(mutex_);
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const auto& [name, trouble] : troubles_) out[name] = trouble.why;
  return out;
}

nlohmann::ordered_json ReportSchedule::status() const {
  const std::lock_guard lock(mutex_);
  return {{"schedules", config_->reports.schedule.size()},
          {"problem", troubles_.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(troubles_.begin()->first + ": " + troubles_.begin()->second.why)}};
}

}  // namespace tools
