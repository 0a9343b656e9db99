#include "tools/congthud/late_secrecy.hpp"

#include <algorithm>
#include <set>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "mime/decode.hpp"
#include "mime/structure.hpp"
#include "store/secrecy.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/secrecy.hpp"
#include "tools/congthud/notice.hpp"

namespace tools {
namespace {

using admin::Json;
constexpr double kCertainStamp = 0.9;                      // as the rule secrecy-stamp has it
constexpr std::chrono::minutes kBetweenAlerts{10};
constexpr std::size_t kMaxDocument = 256u << 20;

struct Seen {
  store::MessageCopy copy;
  std::optional<mime::ByteRange> part;  // of the content
  std::string content;                  // its digest
};

// The attachment that bears the stamp, by its digest; a mail whose own text bears it has none.
std::optional<mime::ByteRange> part_of(std::string_view content, const std::string& digest) {
  const mime::Structure structure = mime::scan(content);
  for (const mime::Part& part : structure.parts) {
    if (part.first_child != mime::kNoPart || digest.empty()) continue;
    if (base::sha256_hex(mime::decode(part.body.of(content), mime::encoding_of(part.encoding), kMaxDocument)) == digest) return part.body;
  }
  return std::nullopt;
}

base::Result<Seen> look_at(const store::Snapshot& snapshot, store::AccountId account, store::EmailId email, const std::string& digest) {
  const auto copies = store::copies_of_email(snapshot, account, email);
  if (copies.empty()) return base::fail(base::Errc::not_found, "no such mail");
  Seen out{copies.front(), {}, {}};
  const auto live = out.copy.grave ? std::nullopt : snapshot.message(account, out.copy.mailbox, out.copy.uid);
  const auto grave = live ? std::nullopt : snapshot.tombstone(account, out.copy.mailbox, out.copy.uid);
  if (!live && !grave) return base::fail(base::Errc::not_found, "no such mail");
  const store::MessageView& m = live ? *live : grave->message;
  auto bytes = snapshot.read_all(account, m);
  if (!bytes) return bytes.error();
  const std::string content = bytes->substr(bytes->size() - m.detail.content_size);
  out.content = base::sha256_hex(content);
  out.part = part_of(content, digest);
  return out;
}

Notice found_letter(const std::vector<std::string>& to, const Json& row) {
  Notice n;
  n.to = to;
  const std::string id = row.at("id"), stamp = row.at("stamp");
  n.subject = "Phát hiện dấu độ mật sau khi thư đã đến: " + id;
  n.text = "Một tài liệu mang dấu độ mật (" + stamp + ") được phát hiện trong thư đã đến. Thư đã bị ẩn khỏi " + std::to_string(row.at("copies").size()) +
           " hộp thư ngay lập tức. Xem: congthu secrecy show " + id + "\nQuyết định: congthu secrecy purge " + id + " --reason ... (xóa hẳn) hoặc congthu secrecy release " + id +
           " --reason ... (hiện lại).\n\nA document with a secrecy stamp (" + stamp + ") was found in mail that had been delivered. It was hidden at once in " +
           std::to_string(row.at("copies").size()) + " mailboxes. Look: congthu secrecy show " + id + "\nDecide: congthu secrecy purge " + id +
           " --reason ... (destroy) or congthu secrecy release " + id + " --reason ... (show again).\n\nThư này do máy chủ tự động gửi. / This message was sent automatically.\n";
  return n;
}

base::Result<void> send(store::Store& store, const base::Clock& clock, const std::string& hostname, Notice notice, const std::function<void()>& queue_changed) {
  base::Result<std::optional<store::SubmitMessage>> made = std::optional<store::SubmitMessage>();
  {
    const auto snapshot = store.snapshot();
    if (!snapshot) return snapshot.error();
    notice.to = admin::officers(*snapshot);
    made = make_notice(*snapshot, hostname, clock.now(), notice);
  }
  if (!made) return made.error();
  if (!*made) return base::log_warn("secrecy_nobody_to_tell", {{"advice", "grant somebody the role compliance: congthu role grant"}}), base::Result<void>();
  const bool outbound = !(*made)->outbound.empty();
  if (const auto sent = store.run(std::move(**made)); !sent) return sent.error();
  if (outbound && queue_changed) queue_changed();
  return {};
}

Json row_json(const std::string& id, const FoundStamp& stamp, base::Time now) {
  return {{"schema", "congthu.secrecy_row/1"}, {"id", id}, {"found", base::rfc3339(now)}, {"found_by", stamp.found_by}, {"stamp", stamp.stamp}, {"confidence", stamp.confidence},
          {"digest", stamp.digest}, {"state", "hidden"}, {"copies", Json::array()}, {"queued", Json::array()}, {"decided", nullptr}};
}

// Adds what the row does not name yet.
void add_mails(Json& row, const store::SameBytes& same) {
  const auto add = [](Json& list, Json one) {
    if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(std::move(one));
  };
  for (const store::MessageCopy& c : same.copies) add(row["copies"], {{"account", store::raw(c.account)}, {"email", store::raw(c.email)}});
  for (const store::QueueId q : same.queued) add(row["queued"], store::raw(q));
}

}  // namespace

base::Result<LateFind> LateSecrecy::found(store::AccountId account, store::EmailId email, const FoundStamp& stamp) {
  if (stamp.confidence < kCertainStamp) return base::fail(base::Errc::invalid, "the stamp is not certain enough to hide a mail");
  const base::Time now = clock_.now();
  LateFind out;
  std::vector<store::MessageCopy> copies;
  Json row;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    const auto seen = look_at(*snapshot, account, email, stamp.digest);
    if (!seen) return seen.error();
    out.row = base::sha256_hex(stamp.digest.empty() ? seen->content : stamp.digest).substr(0, 12);
    const auto value = snapshot->record(store::RecordTable::documents, admin::secrecy_key(out.row));
    row = value ? Json::parse(*value, nullptr, false) : Json();
    out.fresh = !row.is_object();
    if (out.fresh) row = row_json(out.row, stamp, now);
    // An officer has looked and shown it: reading the same pages again is no news.
    if (row.value("state", "") == "released") return out;
    const auto same = store::same_bytes(*snapshot, seen->copy, seen->part);
    for (const store::MessageCopy& c : same.copies) {
      const auto hot = snapshot->hot(c.account, c.mailbox, c.uid);
      const auto grave = hot ? std::nullopt : snapshot->tombstone(c.account, c.mailbox, c.uid);
      if (((hot ? *hot : grave ? grave->message.hot : store::HotRow()).derived & store::kHidden) == 0) copies.push_back(c);
    }
    row["state"] = "hidden";  // what was purged has come again
    add_mails(row, same);
  }
  out.hidden = copies.size();
  std::vector<admin::Change::Step> steps{admin::step(store::PutRecords{{{store::RecordTable::documents, admin::secrecy_key(out.row), admin::dump(row), {}}}})};
  for (std::size_t at = 0; at < copies.size(); at += store::kMaxSlice)
    steps.push_back(admin::step(store::HideCopies{{copies.begin() + std::ptrdiff_t(at), copies.begin() + std::ptrdiff_t(std::min(at + store::kMaxSlice, copies.size()))}, true}));
  const Json audit = {{"at", base::rfc3339(now)}, {"who", "congthud"}, {"what", "secrecy.hide"}, {"target", out.row},
                      {"detail", {{"stamp", stamp.stamp}, {"digest", stamp.digest}, {"found_by", stamp.found_by}, {"copies", out.hidden}}}};
  if (copies.empty() && !out.fresh) return out;
  if (const auto done = store_.run(admin::Change{std::move(steps), admin::dump(audit)}); !done) return done.error();
  base::log_warn("secrecy_found_late", {{"row", out.row}, {"stamp", stamp.stamp}, {"found_by", stamp.found_by}, {"hidden", out.hidden}});
  if (!out.fresh) return out;
  // Hidden is hidden, whether anybody can be told or not.
  if (const auto told = send(store_, clock_, hostname_, found_letter({}, row), queue_changed_); !told) base::log_error("secrecy_alert_not_sent", {{"row", out.row}, {"error", told.error()}});
  return out;
}

void LateSecrecy::refused(std::string_view channel, std::string_view stamp) {
  std::uint64_t others = 0;
  {
    const std::lock_guard lock(mutex_);
    ++refused_;
    const base::Time now = clock_.now();
    if (last_alert_ != base::Time{} && now < last_alert_ + kBetweenAlerts) {
      ++untold_;
      return;
    }
    last_alert_ = now;
    others = std::exchange(untold_, 0);
  }
  Notice n;
  n.subject = "Thư mang dấu độ mật đã bị từ chối";
  n.text = "Máy chủ đã từ chối một thư mang dấu độ mật (" + std::string(stamp) + ", " + std::string(channel) + "); không lưu nội dung. Từ lần báo trước còn " + std::to_string(others) +
           " thư khác. Chi tiết: congthu report policy.\n\nThe server refused mail with a secrecy stamp (" + std::string(stamp) + ", " + std::string(channel) +
           "); nothing of it was kept. Others since the last alert: " + std::to_string(others) + ". Details: congthu report policy.\n";
  if (const auto told = send(store_, clock_, hostname_, std::move(n), queue_changed_); !told) base::log_error("secrecy_alert_not_sent", {{"error", told.error()}});
}

std::uint64_t LateSecrecy::refusals() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

}  // namespace tools
