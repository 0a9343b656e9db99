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
                  {"limits", {{"bytes", o.max_bytes}, {"memory_mib", o.memory_mib}, {"cpu_seconds", o.cpu_seconds}, {"pages", o.max_pages}, {"text", o.max_text}}}};
  return j.dump();
}

std::string safe_name(std::string_view s) { return std::string(s.substr(0, 255)); }

Result<Facts> facts_of(const Frame& frame, std::uint64_t id) {
  const Json j = Json::parse(frame.json, nullptr, false);
  if (!j.is_object() || j.value("id", std::uint64_t(0)) != id) return fail(Errc::corrupt, "inspect response");
  Facts f;
  f.format = j.value("format", "");
  f.documents = document::from_json(j.value("documents", Json::array()).dump());
  f.signatures = j.value("signatures", Json::array()).dump();
  f.signatures_checked = j.value("signatures_checked", false);
  f.verdict = j.value("verdict", "");
  f.pages = j.value("pages", 0u);
  f.has_text_layer = j.value("has_text_layer", false);
  f.reason = j.value("reason", "");
  f.warnings = j.value("warnings", std::vector<std::string>{});
  f.text = frame.blob;
  return f;
}

Facts lost(std::string reason) {
  Facts f;
  f.reason = std::move(reason);
  f.verdict = "indeterminate";
  return f;
}
}  // namespace

struct InspectPool::State {
  explicit State(PoolOptions o) : options(std::move(o)), cache(options.cache_entries, options.cache_bytes), slots(std::max(1u, options.workers)) {}
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

InspectPool::InspectPool(PoolOptions options) : state_(std::make_unique<State>(std::move(options))) {}
InspectPool::~InspectPool() = default;

std::unique_ptr<InspectPool> InspectPool::alike(std::string judging) const {
  PoolOptions o;
  {
    const std::lock_guard lock(state_->mutex);
    o = state_->options;
  }
  o.workers = 1;
  o.judging = std::move(judging);
  return std::make_unique<InspectPool>(std::move(o));
}

Result<Facts> InspectPool::inspect(std::string_view bytes, std::string_view content_type, std::string_view file_name,
                                   const std::optional<Times>& times) {
  return ask({bytes, Json{{"type", safe_name(content_type)}, {"name", safe_name(file_name)}}, {}}, times);
}

Result<Facts> InspectPool::inspect(const SignatureFile& file, std::string_view file_name, const std::optional<Times>& times) {
  std::string both(file.signature);
  if (file.beside) both.append(*file.beside);
  const Json asked{{"size", file.signature.size()}, {"beside", file.beside.has_value()}, {"cms", file.must_be_cms}};
  const std::string key = asked.dump();
  return ask({both, Json{{"name", safe_name(file_name)}, {"signature", asked}}, key}, times);
}

Result<Facts> InspectPool::ask(const Request& wanted, const std::optional<Times>& times) {
  State& s = *state_;
  const std::string_view bytes = wanted.bytes;
  const base::Digest digest = base::sha256(bytes);
  std::unique_lock lock(s.mutex);
  ++s.counters.requests;
  if (bytes.size() > s.options.max_bytes) return lost("too_large");
  const std::uint64_t generation = s.options.generation;
  const std::string key = std::string(reinterpret_cast<const char*>(digest.data()), digest.size()) + std::to_string(generation) + std::string(wanted.key);
  if (const Facts* hit = times ? nullptr : s.cache.find(key)) { ++s.counters.cache_hits; return *hit; }
  // A free worker, for at most twice the time one request may take.
  Slot* slot = nullptr;
  const auto find_free = [&] {
    for (Slot& one : s.slots)
      if (!one.busy) { slot = &one; return true; }
    return false;
  };
  if (!s.freed.wait_for(lock, 2 * s.options.time_limit, find_free)) return fail(Errc::timed_out, "every inspect worker is busy");
  slot->busy = true;
  const std::uint64_t id = s.next_id++;
  const bool fresh = !slot->process.running() || slot->served >= s.options.requests_per_worker || slot->generation != generation;
  const std::chrono::milliseconds time_limit = s.options.time_limit;
  PoolOptions o;  // a copy only when a worker is started: trust material may change meanwhile
  if (fresh) o = s.options;
  if (fresh) ++s.counters.spawned;
  lock.unlock();

  struct Release {  // whatever happens the slot becomes free again
    State& s;
    Slot& slot;
    ~Release() {
      const std::lock_guard guard(s.mutex);
      slot.busy = false;
      s.freed.notify_one();
    }
  } release{s, *slot};
  if (fresh) {
    if (auto started = slot->process.start(o.worker_path, hello_of(o), o.judging, std::chrono::steady_clock::now() + o.start_limit); !started) return started.error();
    slot->served = 0;
    slot->generation = generation;
    const std::lock_guard guard(s.mutex);
    slot->pid = int(slot->process.pid());
  }
  ++slot->served;
  Json asked = wanted.json;
  asked["id"] = id;
  if (times) asked["at"] = base::rfc3339(times->at), asked["known"] = base::rfc3339(times->known);
  const std::string request = asked.dump(-1, ' ', false, Json::error_handler_t::replace);
  const Result<Frame> answer = slot->process.ask(request, bytes, std::chrono::steady_clock::now() + time_limit);
  Result<Facts> facts = answer ? facts_of(*answer, id) : Result<Facts>(answer.error());
  if (!facts) slot->process.stop();
  lock.lock();
  if (!facts) {
    slot->pid = 0;
    const bool late = facts.error().code() == Errc::timed_out;
    ++(late ? s.counters.timed_out : s.counters.crashed);
    lock.unlock();
    return lost(late ? "worker_timeout" : "worker_crashed");
  }
  if (!times) s.cache.put(key, *facts);
  lock.unlock();
  return facts;
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
