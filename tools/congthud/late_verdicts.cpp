#include "tools/congthud/late_verdicts.hpp"

#include "base/encoding.hpp"
#include "base/log.hpp"

namespace tools {
namespace {

constexpr std::chrono::seconds kLookEvery{15};
constexpr std::size_t kMostLooks = 10000;  // of one round

}  // namespace

void LateVerdicts::configure(const base::SignatureConfig& config) {
  const std::lock_guard lock(mutex_);
  config_ = config;
}

void LateVerdicts::start() { thread_ = std::thread([this] { loop(); }); }

void LateVerdicts::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void LateVerdicts::trust_changed() {
  {
    const std::lock_guard lock(mutex_);
    ++generation_;
  }
  wake_.notify_all();
}

void LateVerdicts::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::uint64_t generation = generation_;
    lock.unlock();
    try {
      run_once(generation);
    } catch (const store::Failure& failure) {
      base::log_warn("late_verdicts_wait", {{"error", failure.error()}});
    }
    lock.lock();
    wake_.wait_for(lock, kLookEvery, [&] { return stopping_ || generation_ != generation; });
  }
}

void LateVerdicts::run_once(std::uint64_t generation) {
  std::vector<std::string> waiting;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return base::log_warn("late_verdicts_wait", {{"error", snapshot.error()}});
    snapshot->for_each_record(store::RecordTable::evidence, "w", "x", [&](std::string_view key, std::string_view) {
      waiting.emplace_back(key.substr(1));
      return waiting.size() < kMostLooks;
    });
  }
  std::map<std::string, std::uint64_t> still;
  for (const std::string& digest : waiting)
    if (const auto known = judged_.find(digest); known != judged_.end()) still.insert(*known);
  judged_ = std::move(still);
  for (const std::string& digest : waiting) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    look(digest, generation);
  }
}

// With the same trust a mail would get the same verdict again: then only its data is asked for, until its time is over.
void LateVerdicts::look(const std::string& digest, std::uint64_t generation) {
  base::Time limit;
  {
    const std::lock_guard lock(mutex_);
    limit = clock_.now() - config_.pending_limit;
  }
  bool over = false;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return;
    const auto row = snapshot->record(store::RecordTable::evidence, admin::message_evidence_key(digest));
    const auto judgement = row ? admin::decode_judgement(*row) : base::Result<admin::Judgement>(base::fail(base::Errc::not_found, "no judgement"));
    over = !judgement || judgement->at < limit;
    if (judgement && !over) fetcher_.want(judgement->wanted);
  }
  std::uint64_t& judged = judged_[digest];
  if (judged == generation && !over) return;
  const auto again = judgements_.again(digest, over, "congthud", "signature.final");
  if (!again) return base::log_warn("late_verdict_failed", {{"message", base::hex_encode(digest)}, {"error", again.error()}});
  judged = generation;
  if (!again->waiting)
    base::log_info("late_verdict", {{"message", base::hex_encode(digest)}, {"before", again->before}, {"after", again->after}, {"changed", again->changed}});
}

}  // namespace tools
