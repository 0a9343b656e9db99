#include "tools/congthud/audit_heads.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "tools/admin/audit_head.hpp"
#include "tools/admin/change.hpp"
#include "tools/congthud/notice.hpp"

namespace tools {
namespace {

constexpr auto kHeadRetry = std::chrono::hours(1);
constexpr const char* kHeadSent = "audit-head-sent";
constexpr const char* kConfigDigest = "config-digest";

base::Result<void> append_line(const std::string& file, const std::string& line) {
  const auto failed = [&] { return base::fail(base::Errc::io, "audit.heads_file " + file + ": " + std::strerror(errno)); };
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return failed();
  const std::string bytes = line + "\n";
  const bool written = ::write(fd, bytes.data(), bytes.size()) == ssize_t(bytes.size()) && ::fsync(fd) == 0;
  const auto error = written ? std::optional<base::Error>() : std::optional<base::Error>(failed());
  ::close(fd);
  if (error) return *error;
  return {};
}

Notice head_notice(const std::vector<std::string>& to, const admin::AuditHead& head, const std::string& line) {
  Notice n;
  n.to = to;
  const std::string number = std::to_string(head.link.seq);
  n.subject = "Mốc nhật ký kiểm toán " + number + " / Audit log head " + number;
  n.text = "Mốc đã ký của nhật ký kiểm toán trên máy chủ thư " + head.site + ": dòng " + number + ", lúc " + head.at +
           ".\nHãy giữ thư này ở nơi quản trị viên máy chủ không sửa được. Nhật ký bị cắt hay viết lại sẽ lộ khi chạy:\n"
           "congthu audit verify --head TỆP (tệp đính kèm, hoặc chính thư này)\n\n"
           "A signed head of the audit log of the mail server " + head.site + ": row " + number + ", at " + head.at +
           ".\nKeep this mail where the server's administrators cannot change it. A log that was cut or written anew shows in:\n"
           "congthu audit verify --head FILE (the attachment, or this mail)\n";
  n.attachments.push_back({"audit-head-" + number + ".json", "application/json", line + "\n"});
  return n;
}

}  // namespace

AuditHeads::AuditHeads(store::Store& store, const base::Clock& clock, std::shared_ptr<const base::Config> config, std::function<void()> queue_changed)
    : store_(store), clock_(clock), queue_changed_(std::move(queue_changed)), config_(std::move(config)) {}
AuditHeads::~AuditHeads() { stop(); }

void AuditHeads::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
}

void AuditHeads::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void AuditHeads::configure(std::shared_ptr<const base::Config> config) {
  {
    const std::lock_guard lock(mutex_);
    config_ = std::move(config);
    changed_ = true;
    failed_.reset();
  }
  wake_.notify_all();
}

base::Time AuditHeads::due(const base::Config& config) const {
  const base::Time now = clock_.now();
  base::Time out = now;
  if (const auto snapshot = store_.snapshot())
    if (const auto row = snapshot->entry(store::Entry::policy, kHeadSent))
      if (const auto at = base::parse_rfc3339(*row)) out = std::min(*at, now) + config.audit.heads_every;  // a clock set back must not delay it for years
  const std::lock_guard lock(mutex_);
  return failed_ ? *failed_ + std::min<base::Millis>(kHeadRetry, config.audit.heads_every) : out;
}

base::Result<void> AuditHeads::send() {
  std::shared_ptr<const base::Config> config;
  {
    const std::lock_guard lock(mutex_);
    config = config_;
  }
  const auto key = admin::audit_key(*config);
  if (!key) return key.error();
  const base::Time now = clock_.now();
  admin::Change change;
  std::string line;
  bool queued = false;
  admin::Json detail;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    const admin::AuditHead head = admin::sign_head(*key, config->server.hostname, store_.origin(), snapshot->audit_end(), now);
    detail = admin::to_json(head);
    line = detail.dump();
    if (!config->audit.heads_mail.empty()) {
      auto notice = make_notice(*snapshot, config->server.hostname, now, head_notice(config->audit.heads_mail, head, line));
      if (!notice) return notice.error();
      if (*notice) {
        (*notice)->prepare(store_.env());
        queued = !(*notice)->outbound.empty();
        change.steps.push_back(admin::step(**std::move(notice)));
      } else {
        base::log_error("audit_head_nobody", {{"readers", config->audit.heads_mail.size()}});
      }
    }
  }
  const auto kept = config->audit.heads_file.empty() ? base::Result<void>() : append_line(config->audit.heads_file.string(), line);
  if (kept) change.steps.push_back(admin::step(store::PutEntry{store::Entry::policy, kHeadSent, base::rfc3339(now), true}));
  if (!kept && change.steps.empty()) return kept;
  const nlohmann::ordered_json row = {{"at", base::rfc3339(now)}, {"who", "congthud"}, {"what", "audit.head"}, {"target", "audit"}, {"detail", detail}};
  change.audit = row.dump();
  if (const auto done = store_.run(std::move(change)); !done) return done.error();
  if (queued && queue_changed_) queue_changed_();
  return kept;
}

void AuditHeads::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_ = false;
    const auto config = config_;
    if (config->audit.heads_file.empty() && config->audit.heads_mail.empty()) {
      wake_.wait(lock, [&] { return stopping_ || changed_; });
      continue;
    }
    lock.unlock();
    const base::Time at = due(*config);
    lock.lock();
    const auto wait = at - clock_.now();
    if (wait > base::Millis(0)) {  // looked at again every hour: clocks are set
      wake_.wait_for(lock, std::min<base::Millis>(wait, kHeadRetry), [&] { return stopping_ || changed_; });
      continue;
    }
    if (stopping_) break;
    lock.unlock();
    const auto sent = send();
    lock.lock();
    if (sent) failed_.reset();
    else failed_ = clock_.now();
    problem_ = sent ? "" : sent.error().detail();
    if (!sent) base::log_error("audit_head_failed", {{"error", sent.error()}});
  }
}

nlohmann::ordered_json AuditHeads::status() const {
  nlohmann::ordered_json out = {{"last", nullptr}, {"problem", nullptr}};
  if (const auto snapshot = store_.snapshot())
    if (const auto row = snapshot->entry(store::Entry::policy, kHeadSent)) out["last"] = *row;
  const std::lock_guard lock(mutex_);
  if (!problem_.empty()) out["problem"] = problem_;
  return out;
}

base::Result<void> audit_config(store::Store& store, const base::Clock& clock, const base::Config& config, const std::string& what) {
  std::ifstream file(config.file, std::ios::binary);
  if (!file) return {};  // made in memory: there is no file that could have changed
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::string digest = base::hex_encode(base::view(base::sha256(text)));
  std::optional<std::string> before;
  {
    const auto snapshot = store.snapshot();
    if (!snapshot) return snapshot.error();
    before = snapshot->entry(store::Entry::policy, kConfigDigest);
  }
  if (before == digest) return {};
  nlohmann::ordered_json rules = nlohmann::ordered_json::object(), modes = nlohmann::ordered_json::array();
  for (const auto& [rule, mode] : config.policy.rules) rules[rule] = base::to_string(mode);
  for (const auto& m : config.policy.modes)
    modes.push_back({{"rule", m.rule}, {"mode", base::to_string(m.mode)}, {"domain", m.domain}, {"agency", m.agency}});
  const nlohmann::ordered_json detail = {{"when", what}, {"sha256", digest}, {"before", before ? nlohmann::ordered_json(*before) : nlohmann::ordered_json(nullptr)},
                                         {"rules", rules}, {"modes", modes}, {"revocation", base::to_string(config.signature.revocation)}};
  const nlohmann::ordered_json row = {{"at", base::rfc3339(clock.now())}, {"who", "congthud"}, {"what", "config.change"}, {"target", config.file.filename().string()}, {"detail", detail}};
  admin::Change change{{admin::step(store::PutEntry{store::Entry::policy, kConfigDigest, digest, true})},
                       row.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
  if (const auto done = store.run(std::move(change)); !done) return done.error();
  return {};
}

}  // namespace tools
