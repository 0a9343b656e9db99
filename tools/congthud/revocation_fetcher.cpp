#include "tools/congthud/revocation_fetcher.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/net/fetch.hpp"
#include "tools/admin/evidence_rows.hpp"

namespace tools {
namespace {

using namespace std::chrono_literals;
using policy::RevocationSource;
using policy::trust::RevocationObject;
constexpr unsigned kThreads = 4;
constexpr std::size_t kMostQueued = 2000, kMostKnown = 20000;
constexpr auto kGather = 1s;
constexpr auto kRefreshEvery = 15min;
constexpr std::size_t kMaxAnswer = 256 * 1024;

base::Result<RevocationObject> read(const RevocationSource& source, std::string_view bytes) {
  return source.request.empty() ? policy::trust::read_crl_object(bytes) : policy::trust::read_ocsp_object(bytes, source.request);
}

std::chrono::seconds pause_after(unsigned failures) { return std::min<std::chrono::seconds>(1h, 15s * (1 << std::min(failures, 8u))); }

// An address may turn to something else, by fault or by force: what is known and still counts is not given up for it.
bool supersedes(const RevocationObject& fresh, const RevocationObject& old, base::Time now) {
  if (fresh.issuer != old.issuer) return old.next_update && *old.next_update < now;
  return fresh.this_update > old.this_update;
}

// A CRL is due in the last eighth of its life; one without an end, after a day.
bool is_due(const RevocationObject& crl, base::Time now) {
  if (!crl.next_update) return crl.this_update + 24h < now;
  return *crl.next_update - (*crl.next_update - crl.this_update) / 8 < now;
}

}  // namespace

void RevocationFetcher::configure(const base::SignatureConfig& config) {
  const std::lock_guard lock(mutex_);
  config_ = config;
  known_.clear();  // another proxy, other hosts: what failed may work now
  for (const RevocationSource& s : queue_) known_[admin::fetched_key(s)].queued = true;
}

void RevocationFetcher::start() {
  for (unsigned i = 0; i < kThreads; ++i) threads_.emplace_back([this] { loop(); });
  threads_.emplace_back([this] { refresh_loop(); });
}

void RevocationFetcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  wake_.notify_all();
  refresh_.notify_all();
  for (std::thread& t : threads_) t.join();
  threads_.clear();
}

bool RevocationFetcher::busy() const {
  const std::lock_guard lock(mutex_);
  return under_way_ > 0 || !queue_.empty() || fresh_;
}

RevocationFetcher::Counters RevocationFetcher::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

void RevocationFetcher::want(const std::vector<RevocationSource>& sources) {
  const base::Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (!config_.fetch || stopping_) return;
  for (const RevocationSource& s : sources) {
    if (queue_.size() >= kMostQueued) break;
    if (known_.size() >= kMostKnown) std::erase_if(known_, [](const auto& k) { return !k.second.queued; });
    Known& known = known_[admin::fetched_key(s)];
    if (known.queued || now < known.next_try) continue;
    known.queued = true;
    queue_.push_back(s);
    wake_.notify_one();
  }
}

void RevocationFetcher::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const RevocationSource source = std::move(queue_.front());
    queue_.pop_front();
    ++under_way_;
    lock.unlock();
    get(source);
    lock.lock();
    --under_way_;
    tell_changes(lock);
  }
}

// Trust is made anew by each change, so the answers for a whole mail, or a burst of mails, are told together.
void RevocationFetcher::tell_changes(std::unique_lock<std::mutex>& lock) {
  const auto now = std::chrono::steady_clock::now();
  if (!fresh_ || stopping_ || ((under_way_ > 0 || !queue_.empty()) && now - told_ < kGather)) return;
  fresh_ = false;
  told_ = now;
  ++under_way_;  // busy until it is told
  lock.unlock();
  changed_();
  lock.lock();
  --under_way_;
}

void RevocationFetcher::get(const RevocationSource& source) {
  base::Result<bool> done = base::fail(base::Errc::unavailable, "");
  try {
    done = take(source);
  } catch (const std::exception& e) {  // the store
    done = base::fail(base::Errc::io, e.what());
  }
  const base::Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  Known& known = known_[admin::fetched_key(source)];
  known.queued = false;
  if (done) {
    ++counters_.got;
    known.failures = 0;
    known.next_try = now + 1min;  // what helped no verdict will not help it a moment later
    fresh_ |= *done;
    return base::log_info("revocation_fetched", {{"url", source.url}, {"kind", source.request.empty() ? "crl" : "ocsp"}, {"new", *done}});
  }
  ++counters_.failed;
  known.next_try = now + pause_after(known.failures++);
  base::log_warn("revocation_not_fetched", {{"url", source.url}, {"error", done.error()}, {"next_try", base::rfc3339(known.next_try)}});
}

base::Result<bool> RevocationFetcher::take(const RevocationSource& source) {
  net::FetchOptions options;
  {
    const std::lock_guard lock(mutex_);
    options.proxy = config_.fetch_proxy;
    options.private_hosts = config_.fetch_private_hosts;
    options.limit = config_.fetch_timeout;
    options.max_bytes = source.request.empty() ? config_.fetch_limit : kMaxAnswer;
  }
  net::FetchRequest request{source.url, source.request, source.request.empty() ? "" : "application/ocsp-request"};  // RFC 6960 A.1
  const auto bytes = net::fetch(request, options);
  if (!bytes) return bytes.error();
  auto fresh = read(source, *bytes);
  if (!fresh) return base::fail(fresh.error().code(), source.url + ": " + fresh.error().detail());
  const std::string key = admin::fetched_key(source);
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    const auto row = snapshot->record(store::RecordTable::evidence, key);
    const auto known = row ? admin::decode_fetched(*row) : base::Result<admin::Fetched>(base::fail(base::Errc::not_found, ""));
    const auto old = known ? read(source, known->der) : base::Result<RevocationObject>(base::fail(base::Errc::not_found, ""));
    if (old && !supersedes(*fresh, *old, clock_.now())) return false;
  }
  store::PutRecords op;
  op.puts.push_back({store::RecordTable::evidence, key, admin::encode(admin::Fetched{source, clock_.now(), std::move(fresh->der)})});
  const auto stored = store_.run(std::move(op));
  if (!stored) return stored.error();
  return true;
}

void RevocationFetcher::refresh_loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    try {
      refresh();
    } catch (const store::Failure& failure) {
      base::log_warn("revocation_refresh_waits", {{"error", failure.error()}});
    }
    lock.lock();
    refresh_.wait_for(lock, kRefreshEvery, [this] { return stopping_; });
  }
}

void RevocationFetcher::refresh() {
  const base::Time now = clock_.now();
  std::vector<RevocationSource> due;
  store::PutRecords ended;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return base::log_warn("revocation_refresh_waits", {{"error", snapshot.error()}});
    snapshot->for_each_record(store::RecordTable::evidence, "f", "g", [&](std::string_view key, std::string_view value) {
      auto row = admin::decode_fetched(value);
      const auto object = row ? read(row->source, row->der) : base::Result<RevocationObject>(base::fail(base::Errc::corrupt, ""));
      const bool crl = row && row->source.request.empty();
      if (object && crl && is_due(*object, now)) due.push_back(std::move(row->source));
      const bool over = object && !crl && object->next_update.value_or(object->this_update + 24h) + 24h < now;
      if (over && ended.puts.size() < 1000) ended.puts.push_back({store::RecordTable::evidence, std::string(key), ""});
      return true;
    });
  }
  want(due);
  if (ended.puts.empty()) return;
  if (const auto dropped = store_.run(std::move(ended)); !dropped) base::log_warn("revocation_refresh_waits", {{"error", dropped.error()}});
}

}  // namespace tools
