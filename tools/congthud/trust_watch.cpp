#include "tools/congthud/trust_watch.hpp"

#include <map>

#include "base/log.hpp"
#include "tools/admin/trust_about.hpp"

namespace tools {
namespace {

constexpr std::chrono::hours kTrustLookEvery{24};

// A label's value: backslash, quote and newline escaped (Prometheus text format 0.0.4).
std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out.push_back('\\');
    out.push_back(c == '\n' ? ' ' : c);
  }
  return out;
}

void warn(const admin::TrustRow& row, const policy::trust::ObjectInfo& info, std::string_view state) {
  base::log_warn(state == "expired" ? "trust_expired" : "trust_expiring",
                 {{"kind", admin::to_string(row.kind)}, {"name", info.subject.empty() ? info.issuer : info.subject},
                  {"fingerprint", row.fingerprint.substr(0, 16)}, {"not_after", info.end ? base::rfc3339(*info.end) : std::string()}});
}

}  // namespace

void TrustWatch::start() { thread_ = std::thread([this] { loop(); }); }

void TrustWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TrustWatch::changed(unsigned warn_days) {
  {
    const std::lock_guard lock(mutex_);
    warn_days_ = warn_days;
    changed_ = true;
  }
  wake_.notify_all();
}

std::string TrustWatch::metrics() const {
  const std::lock_guard lock(mutex_);
  return metrics_;
}

void TrustWatch::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_ = false;
    lock.unlock();
    try {
      if (auto done = look(); !done) base::log_warn("trust_watch", {{"error", done.error()}});
    } catch (const store::Failure& failure) {
      base::log_warn("trust_watch", {{"error", failure.error()}});
    }
    lock.lock();
    wake_.wait_for(lock, kTrustLookEvery, [&] { return stopping_ || changed_; });
  }
}

base::Result<void> TrustWatch::look() {
  unsigned warn_days = 0;
  {
    const std::lock_guard lock(mutex_);
    warn_days = warn_days_;
  }
  std::vector<admin::TrustRow> rows;
  {
    auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    auto read = admin::trust_rows(*snapshot);
    if (!read) return read.error();
    rows = *std::move(read);
  }
  const base::Time now = clock_.now();
  std::map<std::string_view, std::size_t> counts{{"current", 0}, {"expiring", 0}, {"expired", 0}};
  std::string ends;
  for (const admin::TrustRow& row : rows) {
    const auto info = policy::trust::describe_object(row.der);
    if (!info) {
      base::log_warn("trust_row_unreadable", {{"fingerprint", row.fingerprint}, {"error", info.error()}});
      continue;
    }
    const std::string_view state = admin::trust_state(*info, now, warn_days);
    ++counts[state];
    if (state == "expiring" || state == "expired") warn(row, *info, state);
    if (!info->end) continue;
    ends += "congthu_trust_not_after_seconds{kind=\"" + std::string(admin::to_string(row.kind)) + "\",fingerprint=\"" + row.fingerprint.substr(0, 16) + "\",name=\"" +
            label_value(info->subject.empty() ? info->issuer : info->subject) + "\"} " + std::to_string(info->end->time_since_epoch().count() / 1000) + "\n";
  }
  std::string text = "# TYPE congthu_trust_objects gauge\n";
  for (const auto& [state, count] : counts) text += "congthu_trust_objects{state=\"" + std::string(state) + "\"} " + std::to_string(count) + "\n";
  if (!ends.empty()) text += "# TYPE congthu_trust_not_after_seconds gauge\n" + ends;
  const std::lock_guard lock(mutex_);
  metrics_ = std::move(text);
  return {};
}

}  // namespace tools
