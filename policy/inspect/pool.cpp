#include "policy/inspect/pool.hpp"

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/crypto.hpp"
#include "policy/inspect/cache.hpp"
#include "policy/inspect/worker_process.hpp"

namespace policy::inspect {
using base::Errc;
using base::fail;
using base::Result;
using Json = nlohmann::json;

namespace {
struct Slot {
  WorkerProcess process;
  bool busy = false;
  std::uint32_t served = 0;
  std::uint64_t generation = 0;
  int pid = 0;  // of the last started process; guarded by the pool's mutex, unlike the process itself
};

std::string hello_of(const PoolOptions& o) {
  const Json j = {{"schema", "congthu.inspect/1"},
                  {"limits", {{"bytes", o.max_bytes}, {"memory_mib", o.memory_mib}, {"cpu_seconds", o.cpu_seconds}, {"pages", o.max_pages}, {"text", o.max_text},
                              {"ocr_pages", o.ocr_pages}, {"ocr_seconds", o.ocr_seconds}}}};
  return j.dump();
}

std::string safe_name(std::string_view s) { return std::string(s.substr(0, 255)); }

Facts facts_of(const Json& j, std::string text) {
  Facts f;
  f.format = j.value("format", "");
  f.documents = document::from_json(j.value("documents", Json::array()).dump());
  f.signatures = j.value("signatures", Json::array()).dump();
  f.signatures_checked = j.value("signatures_checked", false);
  f.verdict = j.value("verdict", "");
  if (const auto until = base::parse_rfc3339(j.value("until", ""))) f.until = *until;
  f.pages = j.value("pages", 0u);
  f.has_text_layer = j.value("has_text_layer", false);
  if (const auto it = j.find("scanned"); it != j.end() && it->is_boolean()) f.scanned = it->get<bool>();
  f.reason = j.value("reason", "");
  f.warnings = j.value("warnings", std::vector<std::string>{});
  f.text = std::move(text);
  return f;
}

void add_times(const InspectPool::Times& times, Json& request) {
  request["at"] = base::rfc3339(times.at);
  if (times.known) request["known"] = base::rfc3339(*times.known);
}

// Nothing: not what was asked for, as from a worker that somebody took over.
std::optional<std::vector<smime::SmimeResult>> results_of(const Json& answer, std::string_view blob, std::size_t count) try {
  const Json &reports = answer.at("reports"), &sizes = answer.at("opaque");
  if (reports.size() != count || sizes.size() != count) return std::nullopt;
  std::vector<smime::SmimeResult> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto report = parse_verify_report(reports[i].get<std::string>());
    if (!report) return std::nullopt;
    out[i].report = *std::move(report);
    if (sizes[i].is_null()) continue;
    const auto size = sizes[i].get<std::size_t>();
    if (size > blob.size()) return std::nullopt;
    out[i].opaque.emplace(blob.substr(0, size));
    blob.remove_prefix(size);
  }
  return out;
} catch (const Json::exception&) {
  return std::nullopt;
}

VerifyReport not_judged(const std::string& why) {
  VerifyReport out;
  add(out.reasons, Code::unparsable_container, why);
  out.verdict = verdict_of(out.reasons);
  return out;
}

std::string joined(const InspectPool::SignatureFile& file) {
  std::string both(file.signature);
  if (file.beside) both.append(*file.beside);
  return both;
}

Json about(const InspectPool::SignatureFile& file) {
  return {{"size", file.signature.size()}, {"beside", file.beside.has_value()}, {"cms", file.must_be_cms}};
}

Facts lost(std::string reason) {
  Facts f;
  f.reason = std::move(reason);
  f.verdict = "indeterminate";
  return f;
}
}  // namespace

struct InspectPool::State {
  explicit State(PoolOptions o)
      : options(std::move(o)), cache(options.cache_entries, options.cache_bytes), slots(std::max(1u, options.workers) + std::max(1u, options.mail_workers)) {}
  std::size_t documents() const { return std::max(1u, options.workers); }  // of the slots; the others are for mail

  // What a worker said; `lost`: it said nothing, and why.
  struct Answer {
    Json json;
    std::string blob, lost;
    std::uint64_t generation = 0;
  };
  [[nodiscard]] Result<Answer> ask(bool mail, Json request, std::string_view blob);
  Slot* free_slot(bool mail);

  mutable std::mutex mutex;
  std::condition_variable freed;
  PoolOptions options;
  FactsCache cache;
  std::vector<Slot> slots;
  PoolCounters counters;
  std::uint64_t next_id = 1;
};

struct InspectPool::Request {
  std::string_view bytes;
  Json json;             // what is asked, without the id
  std::string_view key;  // what else than the bytes makes the answer
};

Slot* InspectPool::State::free_slot(bool mail) {
  const std::size_t begin = mail ? documents() : 0, end = mail ? slots.size() : documents();
  for (std::size_t i = begin; i < end; ++i)
    if (!slots[i].busy) return &slots[i];
  return nullptr;
}

Result<InspectPool::State::Answer> InspectPool::State::ask(bool mail, Json request, std::string_view blob) {
  std::unique_lock lock(mutex);
  // A free worker, for at most twice the time one request may take.
  Slot* slot = nullptr;
  if (!freed.wait_for(lock, 2 * options.time_limit, [&] { return (slot = free_slot(mail)) != nullptr; })) return fail(Errc::timed_out, "every inspect worker is busy");
  slot->busy = true;
  const std::uint64_t id = next_id++, generation = options.generation;
  const bool fresh = !slot->process.running() || slot->served >= options.requests_per_worker || slot->generation != generation;
  const std::chrono::milliseconds time_limit = options.time_limit;
  PoolOptions o;  // a copy only when a worker is started: trust material may change meanwhile
  if (fresh) o = options;
  if (fresh) ++counters.spawned;
  lock.unlock();

  struct Release {  // whatever happens the slot becomes free again
    State& s;
    Slot& slot;
    ~Release() {
      const std::lock_guard guard(s.mutex);
      slot.busy = false;
      s.freed.notify_all();  // of two kinds of waiters
    }
  } release{*this, *slot};
  if (fresh) {
    if (auto started = slot->process.start(o.worker_path, hello_of(o), o.judging, std::chrono::steady_clock::now() + o.start_limit); !started) return started.error();
    slot->served = 0;
    slot->generation = generation;
    const std::lock_guard guard(mutex);
    slot->pid = int(slot->process.pid());
  }
  ++slot->served;
  request["id"] = id;
  auto frame = slot->process.ask(request.dump(-1, ' ', false, Json::error_handler_t::replace), blob, std::chrono::steady_clock::now() + time_limit);
  Answer answer;
  answer.generation = generation;
  if (frame) answer.json = Json::parse(frame->json, nullptr, false);
  if (answer.json.is_object() && answer.json.value("id", std::uint64_t(0)) == id) return answer.blob = std::move(frame->blob), answer;
  slot->process.stop();
  const bool late = !frame && frame.error().code() == Errc::timed_out;
  answer.lost = late ? "worker_timeout" : "worker_crashed";
  const std::lock_guard guard(mutex);
  slot->pid = 0;
  ++(late ? counters.timed_out : counters.crashed);
  return answer;
}

InspectPool::InspectPool(PoolOptions options) : state_(std::make_unique<State>(std::move(options))) {}
InspectPool::~InspectPool() = default;

std::unique_ptr<InspectPool> InspectPool::alike(std::string judging) const {
  PoolOptions o;
  {
    const std::lock_guard lock(state_->mutex);
    o = state_->options;
  }
  o.workers = o.mail_workers = 1;
  o.judging = std::move(judging);
  return std::make_unique<InspectPool>(std::move(o));
}

Result<Facts> InspectPool::inspect(std::string_view bytes, std::string_view content_type, std::string_view file_name,
                                   const std::optional<Times>& times) {
  return facts({bytes, Json{{"what", "document"}, {"type", safe_name(content_type)}, {"name", safe_name(file_name)}}, {}}, times);
}

Result<Facts> InspectPool::inspect(const SignatureFile& file, std::string_view file_name, const std::optional<Times>& times) {
  const std::string both = joined(file);
  const Json asked = about(file);
  const std::string key = asked.dump();
  return facts({both, Json{{"what", "document"}, {"name", safe_name(file_name)}, {"signature", asked}}, key}, times);
}

Result<Facts> InspectPool::facts(Request wanted, const std::optional<Times>& times) {
  State& s = *state_;
  const std::string digest(base::view(base::sha256(wanted.bytes)));
  const auto key_of = [&](std::uint64_t generation) { return digest + std::to_string(generation) + std::string(wanted.key); };
  {
    const std::lock_guard lock(s.mutex);
    ++s.counters.requests;
    if (wanted.bytes.size() > s.options.max_bytes) return lost("too_large");
    if (const Facts* hit = times ? nullptr : s.cache.find(key_of(s.options.generation), base::system_clock().now())) return ++s.counters.cache_hits, *hit;
  }
  if (times) add_times(*times, wanted.json);
  auto answer = s.ask(false, std::move(wanted.json), wanted.bytes);
  if (!answer) return answer.error();
  if (!answer->lost.empty()) return lost(std::move(answer->lost));
  Facts found = facts_of(answer->json, std::move(answer->blob));
  if (times) return found;
  const std::lock_guard lock(s.mutex);
  s.cache.put(key_of(answer->generation), found, base::system_clock().now());
  return found;
}

Result<std::vector<smime::SmimeResult>> InspectPool::verify_mails(std::span<const std::string_view> mails, const Times& times) {
  std::vector<smime::SmimeResult> out;
  if (mails.empty()) return out;
  Json request{{"what", "mails"}, {"sizes", Json::array()}};
  add_times(times, request);
  std::size_t total = 0;
  for (const std::string_view mail : mails) request["sizes"].push_back(mail.size()), total += mail.size();
  std::string together;  // a single one goes as it is
  for (std::size_t i = 0; mails.size() > 1 && i < mails.size() && total <= max_bytes(); ++i) together += mails[i];
  std::string lost = "too_large";
  if (total <= max_bytes()) {
    auto answer = state_->ask(true, std::move(request), mails.size() > 1 ? std::string_view(together) : mails.front());
    if (!answer) return answer.error();
    lost = std::move(answer->lost);
    if (lost.empty()) {
      if (auto results = results_of(answer->json, answer->blob, mails.size())) return *std::move(results);
      lost = "worker_crashed";
    }
  }
  if (mails.size() == 1) return out.push_back({not_judged(lost), {}}), out;
  for (const std::string_view mail : mails) {  // which of them was it?
    auto one = verify_mails(std::span(&mail, 1), times);
    if (!one) return one.error();
    out.push_back(std::move(one->front()));
  }
  return out;
}

Result<VerifyReport> InspectPool::verify_cms(const SignatureFile& file, const Times& times) {
  Json request{{"what", "cms"}, {"signature", about(file)}};
  add_times(times, request);
  const std::string both = joined(file);
  if (both.size() > max_bytes()) return not_judged("too_large");
  auto answer = state_->ask(true, std::move(request), both);
  if (!answer) return answer.error();
  if (!answer->lost.empty()) return not_judged(answer->lost);
  auto report = parse_verify_report(answer->json.value("report", ""));
  return report ? *std::move(report) : not_judged("worker_crashed");
}

std::uint32_t InspectPool::max_bytes() const {
  const std::lock_guard guard(state_->mutex);
  return state_->options.max_bytes;
}

void InspectPool::reconfigure(std::string judging, std::uint64_t generation) {
  const std::lock_guard guard(state_->mutex);
  state_->options.judging = std::move(judging);
  state_->options.generation = generation;
}

PoolCounters InspectPool::counters() const {
  const std::lock_guard guard(state_->mutex);
  return state_->counters;
}

std::vector<int> InspectPool::worker_pids() const {
  const std::lock_guard guard(state_->mutex);
  std::vector<int> out;
  for (const Slot& s : state_->slots)
    if (s.pid > 0) out.push_back(s.pid);
  return out;
}

}  // namespace policy::inspect
