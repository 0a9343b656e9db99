#include "smtp/queue/runner.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "base/net/await_callback.hpp"

namespace smtp::queue {
namespace {

constexpr std::chrono::seconds kAfterTrouble{30};
constexpr unsigned kRecordTries = 12;

}  // namespace

class Runner::Claim {
 public:
  Claim(std::shared_ptr<Runner> runner, base::QueueId id, std::string domain)
      : runner_(std::move(runner)), id_(id), domain_(std::move(domain)) {}
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() {
    {
      const std::lock_guard lock(runner_->mutex_);
      runner_->claimed_.erase(id_);
      const auto it = runner_->active_.find(domain_);
      if (it != runner_->active_.end() && --it->second == 0) runner_->active_.erase(it);
    }
    runner_->wake();
  }

 private:
  std::shared_ptr<Runner> runner_;
  base::QueueId id_;
  std::string domain_;
};

Runner::Runner(net::Runtime& runtime, store::Store& store, client::Deliverer& deliverer, net::Pool& readers, const base::Clock& clock,
               RunnerOptions options)
    : runtime_(runtime), store_(store), deliverer_(deliverer), readers_(readers), clock_(clock), options_(std::move(options)),
      executor_(runtime.next_executor()) {}

std::shared_ptr<Runner> Runner::start(net::Runtime& runtime, store::Store& store, client::Deliverer& deliverer, net::Pool& readers,
                                      const base::Clock& clock, RunnerOptions options) {
  if (options.retry.empty()) options.retry = RunnerOptions{}.retry;
  std::shared_ptr<Runner> runner(new Runner(runtime, store, deliverer, readers, clock, std::move(options)));
  runtime.on_stop([weak = std::weak_ptr<Runner>(runner)] {
    if (const auto self = weak.lock()) {
      self->stopping_ = true;
      self->wake();
    }
  });
  runtime.spawn(runner->executor_, "queue", loop(runner));
  return runner;
}

void Runner::wake() {
  const std::lock_guard lock(mutex_);
  if (signal_) (*signal_)();
}

std::size_t Runner::active() const {
  const std::lock_guard lock(mutex_);
  return claimed_.size();
}

std::unique_ptr<Runner::Claim> Runner::claim(base::QueueId id, const std::string& domain) {
  const std::lock_guard lock(mutex_);
  if (!claimed_.insert(id).second) return nullptr;
  ++active_[domain];
  return std::make_unique<Claim>(shared_from_this(), id, domain);
}

bool Runner::busy(const std::string& domain) const {
  const std::lock_guard lock(mutex_);
  const auto it = active_.find(domain);
  return it != active_.end() && it->second >= options_.per_domain;
}

net::Awaitable<void> Runner::loop(std::shared_ptr<Runner> self) {
  net::Event event(self->executor_);
  {
    const std::lock_guard lock(self->mutex_);
    self->signal_ = event.signal();
  }
  while (!self->stopping_) {
    net::Duration wait = kAfterTrouble;
    try {
      wait = self->start_due();
    } catch (const std::exception& e) {
      base::log_error("queue_scan", {{"error", e.what()}});
    }
    co_await event.wait(wait);
  }
}

// Sleeps until the first entry that is not due yet; what waits for a free place is woken by the Claim that ends.
net::Duration Runner::start_due() {
  const base::Time now = clock_.now();
  std::vector<std::pair<Due, std::unique_ptr<Claim>>> ready;
  net::Duration wait = net::kForever;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return kAfterTrouble;
    snapshot->for_each_due(kNever - Millis(1), [&](const store::QueueRow& row) {
      if (row.due > now) {
        wait = row.due - now;
        return false;
      }
      if (active() >= options_.concurrency) return false;
      auto entry = decode(row.envelope);
      if (!entry) {
        base::log_error("queue_damaged", {{"queue", row.id}, {"error", entry.error()}});
        return true;
      }
      if (busy(entry->domain)) return true;
      if (auto mine = claim(row.id, entry->domain)) ready.emplace_back(Due{row.id, std::move(*entry), row.accepted}, std::move(mine));
      return true;
    });
  }
  for (auto& [due, mine] : ready) {
    runtime_.spawn(executor_, "queue " + std::to_string(raw(due.id)), send(shared_from_this(), std::move(due), std::move(mine)));
  }
  return wait;
}

net::Awaitable<base::Result<std::string>> Runner::content_of(base::QueueId id) {
  auto work = [this, id]() -> base::Result<std::string> {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    const auto row = snapshot->queue_entry(id);
    if (!row) return base::fail(base::Errc::not_found, "no such queue entry");
    std::string bytes;
    const std::uint64_t size = row->prefix.size() + row->content_size;
    bytes.reserve(size);
    const auto read = snapshot->read(*row, {0, size}, [&](std::string_view piece) {
      bytes.append(piece);
      return true;
    });
    if (!read) return read.error();
    return bytes;
  };
  co_return co_await net::offload(readers_, std::move(work));
}

net::Awaitable<void> Runner::send(std::shared_ptr<Runner> self, Due due, [[maybe_unused]] std::unique_ptr<Claim> claimed) {
  const base::Log log = base::Log("queue", std::to_string(raw(due.id)));
  auto content = co_await self->content_of(due.id);
  if (!content) {
    if (content.error().code() == base::Errc::not_found) co_return;
    log.error("queue_content", {{"error", content.error()}});
    co_await net::sleep_for(kAfterTrouble);  // the claim keeps the entry from being tried at once
    co_return;
  }
  client::Job job;
  job.id = std::to_string(raw(due.id));
  job.domain = due.entry.domain;
  job.sender = due.entry.sender;
  // RFC 6531 3.6: SMTPUTF8 is asked for only where something needs it, so that more servers can take the message.
  job.utf8_header = due.entry.smtputf8 && !base::is_ascii(std::string_view(*content).substr(0, content->find("\r\n\r\n")));
  job.content = std::make_shared<const std::string>(std::move(*content));
  for (const Target& t : due.entry.targets) {
    if (t.result.fate == proto::Fate::pending) job.recipients.push_back(t.result.address);
  }
  const auto bytes = job.content;
  const client::Report report = co_await self->deliverer_.deliver(std::move(job));
  const bool final = std::any_of(report.results.begin(), report.results.end(),
                                 [](const proto::RecipientResult& r) { return r.fate != proto::Fate::temporary; });
  if (self->stopping_ && !final) co_return;  // our own stop cut it off: no attempt of theirs
  store::QueueUpdate update = self->settle(due, report, *bytes);
  co_await self->record(due.id, std::move(update));
}

net::Awaitable<void> Runner::record(base::QueueId id, store::QueueUpdate update) {
  // Until it is recorded the entry looks untried, and trying it again would send what was delivered a second time.
  for (unsigned n = 0; n < kRecordTries; ++n) {
    store::CommitLog& commits = store_.commits();
    auto initiate = [&commits, &update](std::function<void(base::Result<bool>)> done) {
      store::QueueUpdate copy = update;
      const auto queued = commits.submit(std::move(copy), [done](base::Result<bool> r) { done(std::move(r)); });
      if (!queued) done(queued.error());
    };
    const base::Result<bool> done = co_await net::await_callback<base::Result<bool>>(std::move(initiate));
    if (done || done.error().code() == base::Errc::not_found) co_return;
    base::log_error("queue_record", {{"queue", id}, {"error", done.error()}});
    if (update.also && done.error().code() != base::Errc::unavailable) update.also.reset();  // e.g. the sender is gone meanwhile
    if (stopping_) co_return;
    co_await net::sleep_for(std::min<net::Duration>(std::chrono::seconds(1u << std::min(n, 6u)), std::chrono::minutes(1)));
  }
}

base::Result<void> Runner::change(base::QueueId id, bool held, base::Time due) {
  const auto mine = claim(id, "");
  if (!mine) return base::fail(base::Errc::conflict, "the entry is being sent");
  store::QueueUpdate update;
  update.id = id;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    const auto row = snapshot->queue_entry(id);
    if (!row) return base::fail(base::Errc::not_found, "no such queue entry");
    auto entry = decode(row->envelope);
    if (!entry) return entry.error();
    entry->held = held;
    update.next = store::Outbound{encode(*entry), due, {}};
  }
  const auto done = store_.run(std::move(update));
  if (!done) return done.error();
  return {};
}

base::Result<void> Runner::retry_now(base::QueueId id) { return change(id, false, clock_.now()); }
base::Result<void> Runner::hold(base::QueueId id) { return change(id, true, kNever); }
base::Result<void> Runner::release(base::QueueId id) { return change(id, false, clock_.now()); }

base::Result<void> Runner::drop(base::QueueId id) {
  const auto mine = claim(id, "");
  if (!mine) return base::fail(base::Errc::conflict, "the entry is being sent");
  store::QueueUpdate update;
  update.id = id;
  if (options_.record) {
    const auto snapshot = store_.snapshot();
    const auto row = snapshot ? snapshot->queue_entry(id) : std::nullopt;
    auto entry = row ? decode(row->envelope) : base::Result<Entry>(base::fail(base::Errc::not_found, "no such queue entry"));
    if (!entry) return entry.error();
    std::vector<proto::RecipientResult> dropped;
    for (Target& t : entry->targets) {
      t.result.fate = proto::Fate::permanent;
      t.result.text = "dropped from the queue by an administrator";
      dropped.push_back(std::move(t.result));
    }
    update.rules.push_back(options_.record(id, dropped, true));
  }
  const auto done = store_.run(std::move(update));
  if (!done) return done.error();
  return {};
}

base::Result<std::vector<Listed>> list(const store::Store& store) {
  const auto snapshot = store.snapshot();
  if (!snapshot) return snapshot.error();
  std::vector<Listed> all;
  snapshot->for_each_queued([&](const store::QueueRow& row) {
    auto entry = decode(row.envelope);
    Listed l;
    l.id = row.id;
    if (entry) l.entry = std::move(*entry);
    l.due = row.due;
    l.accepted = row.accepted;
    l.size = row.prefix.size() + row.content_size;
    all.push_back(std::move(l));
    return true;
  });
  return all;
}

}  // namespace smtp::queue
