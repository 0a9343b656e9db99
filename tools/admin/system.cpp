// Store, configuration, health, and what needs a service: search and the dry run.
#include "base/ascii.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/handlers.hpp"
#include "tools/admin/numbers.hpp"

namespace admin {
namespace {
constexpr std::string_view kSystemVersion = "0.1.0";
double two_digits(double value) { return double(std::int64_t(value * 100 + 0.5)) / 100; }
}

Result<Json> store_stats(const Call& call) {
  const store::StoreStats stats = call.context.store.stats();
  Json tables = Json::array();
  for (const auto& [table, rows] : stats.rows) tables.push_back({{"table", table}, {"rows", rows}});
  const store::CommitStats& c = stats.commit;
  Json commits = {{"batches", c.batches}, {"operations", c.operations}, {"failed", c.failed}, {"refused", c.refused},
                  {"failed_commits", c.failed_commits}, {"sync_microseconds", c.sync_microseconds}, {"sync_histogram", c.sync_histogram}};
  const store::ContentSample& s = stats.sample;
  const auto share = [&](std::uint64_t part) { return s.plain_bytes == 0 ? Json(nullptr) : Json(two_digits(double(part) / double(s.plain_bytes))); };
  return Json{{"schema", "congthu.store_stats/1"}, {"incarnation", call.context.store.env().incarnation()},
              {"map_size", stats.env.map_size}, {"used_bytes", stats.env.used_bytes}, {"free_bytes", stats.env.free_bytes},
              {"readers", stats.env.readers}, {"max_readers", stats.env.max_readers}, {"logical_bytes", stats.logical_bytes},
              {"content_bytes", stats.content_bytes},
              {"ratio", stats.content_bytes == 0 ? Json(nullptr) : Json(two_digits(double(stats.logical_bytes) / double(stats.content_bytes)))},
              {"oldest_reader_commits", stats.env.oldest_reader_txn == 0 ? 0 : stats.env.last_txn - stats.env.oldest_reader_txn},
              {"mean_sync_us", c.batches == 0 ? Json(nullptr) : Json(c.sync_microseconds / c.batches)},
              {"sampled_pieces", s.blobs}, {"sampled_bytes", s.plain_bytes}, {"sampled_stored_bytes", s.stored_bytes},
              {"packed_share", share(s.packed_bytes)}, {"shared_share", share(s.shared_bytes)}, {"sealed_share", share(s.sealed_bytes)},
              {"tables", std::move(tables)}, {"commits", std::move(commits)}};
}

Result<Json> config_check(const Call& call) {
  const auto& file = call.context.config.file;
  const auto loaded = base::load_config(file);
  Json problems = Json::array();
  // error() is a copy: its text has to outlive the loop over pieces of it.
  const std::string text = loaded ? std::string() : loaded.error().detail();
  for (std::string_view line : base::split(text, '\n'))
    if (!line.empty()) problems.push_back(line);
  return Json{{"schema", "congthu.config_check/1"}, {"ok", loaded.has_value()}, {"file", file.string()}, {"problems", std::move(problems)}};
}

Result<Json> search(const Call& call) {
  if (!call.context.services.search) return fail(Errc::unsupported, "search needs the running server");
  const auto limit = number_arg(call, "limit", 50, 10'000);
  if (!limit) return limit.error();
  const std::string_view query = call.request.arg("q");
  if (query.empty()) return fail(Errc::invalid, "q: is missing");
  const auto address = store::canonical_address(call.request.arg("account"));
  if (!address) return address.error();
  std::optional<store::Account> account;
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    account = snapshot->account(std::string_view(*address));
  }
  if (!account) return fail(Errc::not_found, "no such account: " + *address);
  const std::string_view reason = call.request.arg("reason");
  if (reason.empty() && call.context.config.audit.require_reason) return fail(Errc::invalid, "reason: is missing; this site's audit.require_reason asks for one");
  // Reading somebody else's mail is an act that leaves a trace (ARCHITECTURE "audit"), also when nothing is found.
  const Json row = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", "search"},
                    {"target", *address}, {"detail", {{"query", query}, {"reason", reason}}}};
  if (const auto written = call.context.store.run(store::AppendAudit{dump(row)}); !written) return written.error();
  auto found = call.context.services.search(account->id, query, *limit);
  if (!found) return found.error();
  Json out = {{"schema", "congthu.search/1"}, {"account", *address}, {"query", query}};
  out.update(*found);
  return out;
}

Result<Json> policy_test(const Call& call) {
  if (!call.context.services.policy_test) return fail(Errc::unsupported, "the dry run needs the policy, which is not loaded here");
  PolicyTest test;
  test.from = call.request.arg("from");
  for (std::string_view to : base::split(call.request.arg("to"), ','))
    if (!base::trim(to).empty()) test.to.emplace_back(base::trim(to));
  test.login = call.request.arg("login");
  const std::string_view channel = call.request.arg("channel");
  if (channel == "submission") test.channel = policy::Channel::submission;
  else if (channel == "inbound") test.channel = policy::Channel::inbound;
  else if (!channel.empty()) return fail(Errc::invalid, "channel: must be submission or inbound");
  if (test.to.empty()) return fail(Errc::invalid, "to: is missing");
  if (call.request.body.empty()) return fail(Errc::invalid, "the message is missing");
  test.message = call.request.body;
  return call.context.services.policy_test(test);
}

Result<Json> health(const Call& call) {
  const auto& c = call.context;
  const auto up = std::chrono::duration_cast<std::chrono::seconds>(c.clock.now() - c.started).count();
  auto snapshot = c.store.snapshot();  // a store that cannot be read is not healthy
  return Json{{"schema", "congthu.health/1"}, {"ok", snapshot.has_value()}, {"version", kSystemVersion},
              {"uptime_seconds", c.started == base::Time{} ? Json(nullptr) : Json(up)},
              {"components", c.services.health ? c.services.health() : Json::object()}};
}

std::string metrics_text(const Context& c) {
  const store::CommitStats s = c.store.commits().stats();
  const store::EnvInfo env = c.store.env().info();
  std::string out;
  const auto add = [&](std::string_view name, std::string_view type, std::uint64_t value) {
    out.append("# TYPE congthu_").append(name).append(" ").append(type).append("\ncongthu_").append(name).append(" ");
    out += std::to_string(value) + "\n";
  };
  add("store_used_bytes", "gauge", env.used_bytes);
  add("store_map_bytes", "gauge", env.map_size);
  add("store_readers", "gauge", env.readers);
  add("store_batches_total", "counter", s.batches);
  add("store_operations_total", "counter", s.operations);
  add("store_failed_operations_total", "counter", s.failed);
  add("store_refused_operations_total", "counter", s.refused);
  add("store_failed_commits_total", "counter", s.failed_commits);
  add("store_queued_operations", "gauge", s.queued_operations);
  add("store_sync_microseconds_total", "counter", s.sync_microseconds);
  if (c.services.metrics) out += c.services.metrics();
  return out;
}

}  // namespace admin
