#include "tools/cli/local_services.hpp"

#include <mutex>

#include "base/log.hpp"
#include "tools/cli/inspector.hpp"
#include "tools/congthud/dry_run.hpp"
#include "tools/congthud/letters.hpp"
#include "tools/congthud/policy_state.hpp"
#include "tools/congthud/simulate.hpp"

namespace cli {
namespace {

policy::inspect::PoolOptions pool_options(const base::Config& config) {
  policy::inspect::PoolOptions options;
  const auto path = inspect_path(config.inspect.path.string());
  options.worker_path = path ? *path : config.inspect.path.string();  // without it attachments are told as not inspected
  options.workers = 1;
  return options;
}

}  // namespace

struct LocalServices::State {
  State(store::Store& s, const base::Config& c)
      : store(s), config(c), site(s), pool(pool_options(c)), ingest(s, site, pool, base::system_clock(), c.server.hostname) {}
  store::Store& store;
  const base::Config& config;
  tools::StoreSite site;
  policy::inspect::InspectPool pool;
  tools::Ingest ingest;

  std::mutex mutex;
  bool loaded_once = false;

  base::Result<void> load() {  // only when it is asked for: reading all trust takes time
    const std::lock_guard lock(mutex);
    if (loaded_once) return {};
    const auto snapshot = store.snapshot();
    if (!snapshot) return snapshot.error();
    auto loaded = tools::load_policy(*snapshot, config, site);
    if (!loaded) return loaded.error();
    pool.reconfigure(loaded->judging, 1);
    ingest.set_state(std::move(loaded->state));
    loaded_once = true;
    return {};
  }
};

LocalServices::LocalServices(store::Store& store, const base::Config& config) : state_(std::make_unique<State>(store, config)) {}
LocalServices::~LocalServices() = default;

admin::Services LocalServices::services() {
  admin::Services out;
  State* const s = state_.get();
  out.policy_test = [s](const admin::PolicyTest& test) -> base::Result<admin::Json> {
    if (auto loaded = s->load(); !loaded) return loaded.error();
    return tools::dry_run(s->ingest, s->site, test, base::system_clock().now());
  };
  out.policy_simulate = [s](const admin::PolicyChange& change, const std::function<bool(std::uint64_t, std::uint64_t)>& progress) -> base::Result<admin::Json> {
    if (auto loaded = s->load(); !loaded) return loaded.error();
    return tools::simulate(s->store, s->ingest, s->site, s->config, change, progress);
  };
  out.import_message = [s](std::string_view address, std::string bytes) -> base::Result<store::SubmitMessage> {
    if (auto loaded = s->load(); !loaded) return loaded.error();
    const auto record = [s](store::Put put) {
      store::PutRecords op;
      op.puts.push_back(std::move(put));
      if (const auto kept = s->store.run(std::move(op)); !kept) base::log_error("decision_lost", {{"error", kept.error()}});
    };
    return tools::prepare_stored(s->ingest, policy::Channel::import, std::string(address), std::move(bytes), record);
  };
  out.letter = [s](const store::Snapshot& snapshot, const admin::Letter& letter) {
    return tools::make_letter(snapshot, s->config.server.hostname, base::system_clock().now(), letter);
  };
  out.queue_view = [](const store::QueueRow& row) { return tools::queue_view(row); };
  out.queue_action = [](const store::QueueRow& row, admin::QueueAction action) { return tools::queue_action(row, action, base::system_clock().now()); };
  return out;
}

}  // namespace cli
