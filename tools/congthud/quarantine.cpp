#include "tools/congthud/quarantine.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "tools/admin/change.hpp"
#include "tools/congthud/notice.hpp"

namespace tools {
namespace {

constexpr auto kExpireEvery = std::chrono::hours(1);

std::string words_about(const admin::QuarantineEntry& e, const std::string& reason, base::Lang lang) {
  const bool vi = lang == base::Lang::vi;
  std::string to;
  for (const auto& r : e.recipients) to += (to.empty() ? "" : ", ") + r.address;
  const std::string who = e.sender.empty() ? e.from : e.sender;
  std::string out = (vi ? "  Người gửi: " : "  From: ") + who + (vi ? "\n  Người nhận: " : "\n  To: ") + to + (vi ? "\n  Tiêu đề: " : "\n  Subject: ") + e.subject +
                    (vi ? "\n  Nhận lúc: " : "\n  Received: ") + base::rfc3339(e.received) + (vi ? "\n  Bị giữ vì: " : "\n  Held because: ") + (vi ? e.text_vi : e.text_en);
  if (!reason.empty()) out += (vi ? "\n  Lý do từ chối: " : "\n  Refused because: ") + reason;
  return out + "\n";
}

// Header fields cannot hold the line ends that a subject from outside may smuggle in; the body may.
Notice refusal(std::vector<std::string> to, const admin::QuarantineEntry& e, const std::string& reason, bool sender) {
  Notice n;
  n.to = std::move(to);
  n.subject = sender ? "Thư của bạn không được chuyển / Your message was not delivered" : "Một thư gửi cho bạn đã bị từ chối / A message to you was refused";
  n.text = std::string(sender ? "Thư sau đây của bạn bị giữ để kiểm tra và không được chuyển tới người nhận.\n\n" : "Thư sau đây gửi cho bạn bị giữ để kiểm tra và đã bị từ chối.\n\n") +
           words_about(e, reason, base::Lang::vi) +
           (sender ? "\nThe following message of yours was held for inspection and not delivered.\n\n" : "\nThe following message to you was held for inspection and refused.\n\n") +
           words_about(e, reason, base::Lang::en);
  return n;
}

}  // namespace

struct Quarantine::Kept {
  admin::QuarantineEntry entry;
  std::string prefix, content;
  bool held = false;  // a hold protects it
};

Quarantine::Quarantine(store::Store& store, SmtpBackend& backend, const base::Clock& clock, std::string hostname, unsigned keep_days, std::function<void()> queue_changed)
    : store_(store), backend_(backend), clock_(clock), hostname_(std::move(hostname)), queue_changed_(std::move(queue_changed)), keep_days_(keep_days) {}
Quarantine::~Quarantine() { stop(); }

void Quarantine::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
}

void Quarantine::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Quarantine::configure(unsigned keep_days) {
  const std::lock_guard lock(mutex_);
  keep_days_ = keep_days;
}

base::Result<Quarantine::Kept> Quarantine::kept(store::QueueId id, bool with_content) const {
  const auto snapshot = store_.snapshot();
  if (!snapshot) return snapshot.error();
  const auto row = snapshot->queue_entry(id);
  if (!row || !admin::is_quarantined(row->envelope)) return base::fail(base::Errc::not_found, "no such mail in the quarantine");
  auto entry = admin::decode_quarantined(row->envelope);
  if (!entry) return entry.error();
  Kept out{*std::move(entry), std::string(row->prefix), {}, snapshot->held({})};
  for (const store::Account& a : admin::concerned(*snapshot, out.entry)) out.held = out.held || snapshot->held(a.id);
  if (!with_content) return out;
  const auto read = snapshot->read(*row, {row->prefix.size(), row->content_size}, [&](std::string_view piece) { return out.content.append(piece), true; });
  if (!read) return read.error();
  return out;
}

base::Result<void> Quarantine::release(store::QueueId id, const std::string& payload) {
  auto mail = kept(id, true);
  if (!mail) return mail.error();
  auto message = backend_.released(mail->entry, std::move(mail->prefix), std::move(mail->content));
  if (!message) return message.error();
  const bool outbound = !message->outbound.empty();
  store::QueueUpdate update;
  update.id = id;
  update.also = *std::move(message);
  update.prepare(store_.env());
  admin::Change change{{admin::step(std::move(update))}, payload};
  if (const auto done = store_.run(std::move(change)); !done) return done.error();
  if (outbound && queue_changed_) queue_changed_();
  return {};
}

base::Result<void> Quarantine::refuse(store::QueueId id, const std::string& reason, const std::string& payload, bool expired) {
  const auto mail = kept(id, false);
  if (!mail) return mail.error();
  if (mail->held) return base::fail(base::Errc::denied, "a legal hold protects this mail: release it, or wait until the hold is lifted");
  store::QueueUpdate update;
  update.id = id;
  admin::Change change{{admin::step(std::move(update))}, payload};
  bool outbound = false;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    std::vector<std::string> to;
    for (const auto& r : mail->entry.recipients)
      if (r.local) to.push_back(r.address);
    // Whoever sent from outside may not be who the mail says: told only when a person decided so.
    const bool tell_sender = !mail->entry.sender.empty() && (mail->entry.submission || !expired);
    std::vector<Notice> notices;
    if (!to.empty()) notices.push_back(refusal(std::move(to), mail->entry, reason, false));
    if (tell_sender) notices.push_back(refusal({mail->entry.sender}, mail->entry, reason, true));
    for (const Notice& n : notices) {
      auto notice = make_notice(*snapshot, hostname_, clock_.now(), n);
      if (!notice) return notice.error();
      if (!*notice) continue;
      outbound = outbound || !(*notice)->outbound.empty();
      (*notice)->prepare(store_.env());
      change.steps.push_back(admin::step(**std::move(notice)));
    }
  }
  if (const auto done = store_.run(std::move(change)); !done) return done.error();
  if (outbound && queue_changed_) queue_changed_();
  return {};
}

base::Result<void> Quarantine::decide(store::QueueId id, admin::QuarantineVerb verb, const std::string& reason, const std::string& payload) {
  return verb == admin::QuarantineVerb::release ? release(id, payload) : refuse(id, reason, payload, false);
}

base::Result<std::size_t> Quarantine::expire() {
  unsigned days = 0;
  {
    const std::lock_guard lock(mutex_);
    days = keep_days_;
  }
  if (days == 0) return std::size_t(0);
  const base::Time now = clock_.now();
  std::vector<store::QueueId> due;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    snapshot->for_each_queued([&](const store::QueueRow& row) {
      if (admin::is_quarantined(row.envelope) && row.accepted + std::chrono::hours(24) * std::int64_t(days) <= now) due.push_back(row.id);
      return true;
    });
  }
  std::size_t gone = 0;
  for (const store::QueueId id : due) {
    const auto mail = kept(id, false);
    if (!mail) {
      base::log_error("quarantine_expire", {{"queue", id}, {"error", mail.error()}});
      continue;
    }
    if (mail->held) continue;
    admin::Json recipients = admin::Json::array();
    for (const auto& r : mail->entry.recipients) recipients.push_back(r.address);
    const admin::Json row = {{"at", base::rfc3339(now)}, {"who", "congthud"}, {"what", "quarantine.expire"}, {"target", std::to_string(store::raw(id))},
                             {"detail", {{"sender", mail->entry.sender}, {"recipients", std::move(recipients)}, {"rule", mail->entry.rule}, {"days", days}}}};
    const std::string reason = "sau " + std::to_string(days) + " ngày không ai quyết định / nobody decided within " + std::to_string(days) + " days";
    const auto done = refuse(id, reason, row.dump(-1, ' ', false, admin::Json::error_handler_t::replace), true);
    if (done) ++gone;
    else base::log_error("quarantine_expire", {{"queue", id}, {"error", done.error()}});
  }
  return gone;
}

void Quarantine::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    try {
      if (const auto done = expire(); !done) base::log_error("quarantine_expire", {{"error", done.error()}});
    } catch (const std::exception& e) {  // a damaged row: the next round may find it mended
      base::log_error("quarantine_expire", {{"error", e.what()}});
    }
    lock.lock();
    wake_.wait_for(lock, kExpireEvery, [this] { return stopping_; });
  }
}

}  // namespace tools
