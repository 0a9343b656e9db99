// POST /policy/simulate: what changed rules would have done with the mail that is here.
#include <charconv>

#include "tools/admin/change.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

constexpr std::size_t kMostPolicyFiles = 50;
constexpr std::uint64_t kMostListed = 100'000;

Result<PolicyChange> policy_change_of(const Call& call) {
  const Json body = Json::parse(call.request.body, nullptr, false);
  if (!body.is_object()) return fail(Errc::invalid, "the body is {\"since\",\"until\"?,\"agency\"?,\"rule\"?,\"files\":[{\"name\",\"text\"}],\"modes\":{RULE:MODE},\"limit\"?}");
  PolicyChange out;
  const auto since = base::vietnam_day(text_of(body, "since"));
  if (!since) return fail(Errc::invalid, "since: " + since.error().detail());
  out.since = since->first;
  out.until = call.context.clock.now() + base::Millis(1);
  if (const std::string until = text_of(body, "until"); !until.empty()) {
    const auto day = base::vietnam_day(until);
    if (!day) return fail(Errc::invalid, "until: " + day.error().detail());
    out.until = day->second;
  }
  if (out.until <= out.since) return fail(Errc::invalid, "until is before since");
  out.agency = text_of(body, "agency");
  out.rule = text_of(body, "rule");
  if (body.contains("limit") && body["limit"].is_number_unsigned()) out.limit = std::min(body["limit"].get<std::uint64_t>(), kMostListed);
  const Json files = body.value("files", Json::array()), modes = body.value("modes", Json::object());
  if (!files.is_array() || files.size() > kMostPolicyFiles || !modes.is_object()) return fail(Errc::invalid, "files is a list of at most 50, modes an object");
  for (const Json& f : files) out.files.emplace_back(text_of(f, "name"), text_of(f, "text"));
  for (const auto& [rule, mode] : modes.items()) out.modes.emplace_back(rule, mode.is_string() ? mode.get<std::string>() : std::string());
  if (out.files.empty() && out.modes.empty()) return fail(Errc::invalid, "nothing is changed: give policy files or modes of rules");
  return out;
}

}  // namespace

Result<Json> policy_simulate(const Call& call) {
  if (!call.context.services.policy_simulate) return fail(Errc::unsupported, "the simulation needs the policy, which is not loaded here");
  const auto change = policy_change_of(call);
  if (!change) return change.error();
  if (!change->agency.empty()) {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    if (!snapshot->agency(change->agency)) return fail(Errc::not_found, "agency: no such agency: " + change->agency);
  }
  Json names = Json::array(), modes = Json::object();
  for (const auto& [name, text] : change->files) names.push_back(name);
  for (const auto& [rule, mode] : change->modes) modes[rule] = mode;
  const Json detail = {{"since", base::rfc3339(change->since)}, {"until", base::rfc3339(change->until)}, {"agency", change->agency}, {"files", std::move(names)}, {"modes", std::move(modes)}};
  const auto told = commit(call, {[](store::WriteContext&) -> Result<bool> { return true; }}, "policy.simulate", change->rule, detail);  // it reads everybody's mail
  if (!told) return told.error();
  auto next = std::chrono::steady_clock::now();
  return call.context.services.policy_simulate(*change, [&](std::uint64_t done, std::uint64_t total) {
    if (call.context.services.closing && call.context.services.closing()) return false;
    const auto now = std::chrono::steady_clock::now();
    if (!call.progress || now < next) return true;
    next = now + std::chrono::milliseconds(200);
    return call.progress(dump({{"progress", {{"done", done}, {"total", total}}}}));
  });
}

}  // namespace admin
