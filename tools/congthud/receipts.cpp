#include "tools/congthud/receipts.hpp"

#include <boost/url/parse.hpp>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/net/fetch.hpp"
#include "mime/header.hpp"
#include "policy/receipt/timestamp_request.hpp"
#include "tools/admin/evidence_rows.hpp"
#include "tools/congthud/ingest.hpp"
#include "tools/congthud/records.hpp"

namespace tools {
namespace {

using namespace std::chrono_literals;
constexpr auto kFirstPause = 2s;      // after an authority's failure, then twice as long each time
constexpr auto kLongestPause = 1h;
constexpr auto kLook = 10min;         // for what was put while nobody said so
constexpr std::size_t kMostAtOnce = 200;
constexpr std::size_t kMaxToken = 256u << 10;
constexpr std::size_t kMaxMessageId = 998;

std::string hex(std::string_view bytes) { return base::hex_encode(bytes); }

std::string message_id_of(const std::string& bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  const auto field = mime::find(std::string_view(bytes).substr(0, end == std::string::npos ? bytes.size() : end + 2), "Message-ID");
  return field ? mime::unfold(field->raw_value).substr(0, kMaxMessageId) : std::string();
}

// Whose key seals the row: the sender's on this site, else the first recipient's.
std::string owner_domain(const policy::receipt::Receipt& r) {
  const auto address = store::canonical_address(!r.login.empty() || r.recipients.empty() ? r.login : r.recipients.front());
  return address ? address->substr(address->rfind('@') + 1) : std::string();
}

}  // namespace

base::Result<std::unique_ptr<Receipts>> Receipts::make(store::Store& store, const base::Config& config, const base::Clock& clock) {
  auto signer = policy::receipt::Signer::open(config.receipt.key, config.receipt.certificate.string());
  if (!signer) return signer.error();
  if ((*signer)->expires() < clock.now())
    base::log_warn("receipt_certificate_expired", {{"subject", (*signer)->subject()}, {"expired", base::rfc3339((*signer)->expires())}});
  return std::unique_ptr<Receipts>(new Receipts(store, config, clock, *std::move(signer)));
}

void Receipts::start() {
  if (!config_.tsa.empty()) thread_ = std::thread([this] { loop(); });
}

void Receipts::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

policy::receipt::Receipt Receipts::describe(const smtp::Envelope& envelope, const std::string& bytes) const {
  policy::receipt::Receipt r;
  r.server = server_;
  r.channel = envelope.client.kind == smtp::proto::Kind::mx ? "inbound" : "submission";
  r.client = envelope.client.address;
  r.login = envelope.client.login;
  r.sender = envelope.sender;
  for (const smtp::Recipient& to : envelope.recipients) r.recipients.push_back(to.address);
  r.message_id = message_id_of(bytes);
  r.size = bytes.size();
  unsigned removed = 0;
  r.received_sha256 = hex(base::view(base::sha256(bytes)));
  r.stored_sha256 = hex(base::view(base::sha256(remove_imitations(bytes, server_, removed))));
  return r;
}

std::vector<store::Put> Receipts::issue(policy::receipt::Receipt r, const std::string& connection) {
  r.accepted = clock_.now();
  const std::string id = record_key(r.accepted);
  r.id = hex(id);
  auto cms = signer_->sign(policy::receipt::to_json(r), r.accepted);
  if (!cms) {
    ++failed_;
    base::log_error("receipt_failed", {{"conn", connection}, {"error", cms.error()}});
    return {};
  }
  ++issued_;
  std::vector<store::Put> out;
  out.push_back({store::RecordTable::evidence, admin::receipt_key(id), *std::move(cms), owner_domain(r)});
  if (config_.tsa.empty()) return out;
  out.push_back({store::RecordTable::evidence, admin::receipt_waiting_key(id), "{}"});
  const std::lock_guard lock(mutex_);
  fresh_ = true;
  wake_.notify_all();
  return out;
}

void Receipts::loop() {
  std::chrono::seconds pause = kFirstPause;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait_for(lock, kLook, [this] { return stopping_ || fresh_; });
    if (stopping_) return;
    fresh_ = false;
    lock.unlock();
    std::this_thread::sleep_for(200ms);  // the commit that holds the row; and several mails share a look
    bool done = false;
    try {
      done = stamp_waiting();
    } catch (const std::exception& e) {
      base::log_error("receipt_timestamps", {{"detail", e.what()}});
    }
    lock.lock();
    if (done) {
      pause = kFirstPause;
      continue;
    }
    wake_.wait_for(lock, pause, [this] { return stopping_; });
    pause = std::min<std::chrono::seconds>(2 * pause, kLongestPause);
    fresh_ = true;
  }
}

bool Receipts::stamp_waiting() {
  std::vector<std::string> ids;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return false;
    snapshot->for_each_record(store::RecordTable::evidence, "t", "u", [&](std::string_view key, std::string_view) {
      ids.emplace_back(key.substr(1));
      return ids.size() < kMostAtOnce;
    });
  }
  for (const std::string& id : ids) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return true;
    }
    if (const auto done = stamp(id); !done) {
      base::log_warn("receipt_timestamp", {{"receipt", hex(id)}, {"tsa", config_.tsa}, {"error", done.error()}});
      return false;  // the others would fare no better
    }
  }
  if (ids.size() < kMostAtOnce) return true;
  const std::lock_guard lock(mutex_);
  return fresh_ = true;
}

base::Result<void> Receipts::stamp(const std::string& id) {
  std::optional<std::string> cms;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    cms = snapshot->record(store::RecordTable::evidence, admin::receipt_key(id));
  }
  store::PutRecords write;
  write.puts.push_back({store::RecordTable::evidence, admin::receipt_waiting_key(id), ""});
  if (cms && !policy::receipt::has_timestamp(*cms)) {
    const auto receipt = policy::receipt::statement_of(*cms);
    const auto request = policy::receipt::timestamp_request(*cms);
    if (!receipt || !request) return receipt ? request.error() : receipt.error();
    net::FetchOptions options;
    options.proxy = fetching_.fetch_proxy;
    options.private_hosts = fetching_.fetch_private_hosts;
    // The operator named it, wherever it is.
    if (const auto url = boost::urls::parse_uri(config_.tsa)) options.private_hosts.push_back(std::string(url->host()));
    options.max_bytes = kMaxToken;
    options.limit = fetching_.fetch_timeout;
    const net::FetchRequest query{config_.tsa, request->der, "application/timestamp-query"};
    const auto answer = net::fetch(query, options);
    if (!answer) return answer.error();
    auto stamped = policy::receipt::with_timestamp(*cms, *answer, *request);
    if (!stamped) return stamped.error();
    write.puts.push_back({store::RecordTable::evidence, admin::receipt_key(id), *std::move(stamped), owner_domain(*receipt)});
    ++stamped_;
  }
  const auto written = store_.run(std::move(write));
  return written ? base::Result<void>() : base::Result<void>(written.error());
}

}  // namespace tools
