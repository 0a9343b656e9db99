// Runner: what one attempt means for the entry and its sender.
#include <algorithm>

#include "base/log.hpp"
#include "smtp/queue/bounce.hpp"
#include "smtp/queue/runner.hpp"

namespace smtp::queue {
namespace {

constexpr std::size_t kMaxHeader = 64 * 1024;  // of the original that a report returns

std::string header_of(std::string_view content) {
  const std::size_t end = content.starts_with("\r\n") ? 0 : content.find("\r\n\r\n");
  std::string_view header = content.substr(0, end == std::string_view::npos ? content.size() : end ? end + 2 : 0);
  if (header.size() > kMaxHeader) header = header.substr(0, header.rfind("\r\n", kMaxHeader) + 2);
  return std::string(header);
}

void log_result(base::QueueId id, const Entry& entry, const proto::RecipientResult& r, const client::Report& report) {
  const std::string_view event = r.fate == proto::Fate::delivered   ? "queue_delivered"
                                 : r.fate == proto::Fate::permanent ? "queue_failed"
                                                                    : "queue_deferred";
  base::log_info(event, {{"queue", id}, {"to", r.address}, {"from", entry.sender}, {"host", report.host}, {"tls", report.tls},
                         {"code", r.code}, {"attempt", entry.attempts}, {"text", r.text}});
}

}  // namespace

std::optional<store::SubmitMessage> Runner::bounce(const Due& due, const std::vector<const Target*>& targets, bool delayed,
                                                   std::string_view content) {
  if (due.entry.sender.empty() || targets.empty()) return std::nullopt;  // RFC 5321 6.1: never a report about a report
  BounceInput in{options_.hostname, due.entry, targets, delayed, due.accepted, clock_.now(), due.accepted + options_.lifetime,
                 header_of(content)};
  auto bytes = make_bounce(in);
  if (!bytes) {
    base::log_error("queue_bounce", {{"queue", due.id}, {"to", due.entry.sender}, {"error", bytes.error()}});
    return std::nullopt;
  }
  const auto snapshot = store_.snapshot();
  if (!snapshot) return std::nullopt;
  auto message = address_bounce(*snapshot, due.entry.sender, std::move(*bytes), in.now);
  base::log_info("queue_report", {{"queue", due.id}, {"to", due.entry.sender}, {"delayed", delayed}, {"sent", message.has_value()}});
  return message;
}

store::QueueUpdate Runner::settle(Due& due, const client::Report& report, std::string_view content) {
  Entry& entry = due.entry;
  const base::Time now = clock_.now();
  const bool expired = now >= due.accepted + options_.lifetime;
  ++entry.attempts;
  if (!report.host.empty()) entry.last_host = report.host;
  std::vector<Target> open, failed;
  std::vector<proto::RecipientResult> settled;
  std::size_t n = 0;
  for (Target& t : entry.targets) {
    if (t.result.fate != proto::Fate::pending || n >= report.results.size()) continue;
    t.result = report.results[n++];
    log_result(due.id, entry, t.result, report);
    if (t.result.fate == proto::Fate::delivered) {
      settled.push_back(t.result);
      continue;
    }
    if (t.result.fate == proto::Fate::temporary && expired) {
      t.result.enhanced = {5, 4, 7};
      t.result.text = "Delivery time expired. Last answer: " + t.result.text;
      t.result.fate = proto::Fate::permanent;
    }
    if (t.result.fate == proto::Fate::permanent) settled.push_back(t.result);
    (t.result.fate == proto::Fate::permanent ? failed : open).push_back(t);
  }
  store::QueueUpdate update;
  update.id = due.id;
  if (options_.record && (!settled.empty() || open.empty())) update.rules.push_back(options_.record(due.id, settled, open.empty()));
  std::vector<const Target*> about;
  const auto choose = [&about](const std::vector<Target>& from) {
    for (const Target& t : from) {
      if (!t.notify_never) about.push_back(&t);
    }
  };
  choose(failed);
  if (!about.empty()) {
    update.also = bounce(due, about, false, content);
  } else if (!open.empty() && !entry.warned && options_.warn_after > Millis(0) && now - due.accepted >= options_.warn_after) {
    choose(open);
    update.also = bounce(due, about, true, content);
    entry.warned = true;
  }
  if (open.empty()) return update;
  for (Target& t : open) t.result.fate = proto::Fate::pending;  // its last answer stays readable in `queue show`
  entry.targets = std::move(open);
  const Millis wait = options_.retry[std::min<std::size_t>(entry.attempts - 1, options_.retry.size() - 1)];
  update.next = store::Outbound{encode(entry), std::min(now + wait, std::max(now, due.accepted + options_.lifetime)), {}};
  return update;
}

}  // namespace smtp::queue
