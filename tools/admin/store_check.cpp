// POST /store/check: the store's own check, the registers' rows, the index against the store; with repair=true mends what can be.
#include "store/repair.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/evidence_rows.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/handlers.hpp"
#include "tools/registers/head.hpp"

namespace admin {
namespace {

constexpr std::size_t kMaxListed = 1000;

Result<bool> flag(const Call& call, std::string_view name, bool otherwise) {
  const std::string_view given = call.request.arg(name);
  if (given.empty()) return otherwise;
  if (given != "true" && given != "false") return fail(Errc::invalid, std::string(name) + ": must be true or false");
  return given == "true";
}

// Our rows of the registers are JSON objects; a report would leave out one that is not. Beside them stand ways to them, which are none.
std::optional<std::string> broken_record(store::RecordTable table, std::string_view key, std::string_view value) {
  if (table == store::RecordTable::evidence) return broken_evidence(key, value);
  if (registers::Head head; table == store::RecordTable::documents && key.starts_with('N'))
    return registers::read_head(value, head) ? std::nullopt : std::optional<std::string>("not the head of a register row");
  if (table == store::RecordTable::documents && key.starts_with('V')) return Json::parse(value, nullptr, false).is_object() ? std::nullopt : std::optional<std::string>("not a JSON object");
  if (table == store::RecordTable::documents && !registers::read_row_key(key)) return std::nullopt;
  const Json row = Json::parse(value, nullptr, false);
  return row.is_object() ? std::nullopt : std::optional<std::string>("not a JSON object");
}

store::CheckOptions options_of(const Call& call, bool digests) {
  store::CheckOptions options;
  options.digests = digests;
  options.record = broken_record;
  auto told = std::make_shared<std::chrono::steady_clock::time_point>();
  options.progress = [&call, told](const store::CheckProgress& p) {
    const auto now = std::chrono::steady_clock::now();
    if (!call.progress || (now - *told < std::chrono::milliseconds(200) && p.done < p.total)) return true;  // some lines a second, however large the store
    *told = now;
    return call.progress(dump({{"progress", {{"done", p.done}, {"total", p.total}, {"rows", p.rows}, {"bytes", p.bytes}}}}));
  };
  return options;
}

Json to_json(const std::vector<store::Finding>& findings) {
  Json out = Json::array();
  for (const store::Finding& f : findings) out.push_back({{"code", f.code}, {"detail", f.detail}});
  return out;
}

// The index is compared where somebody keeps one: in the server. Its accounts that differ are built anew on request.
Result<Json> add_index(const Call& call, bool repair, store::CheckReport& report) {
  if (!call.context.services.check_index) return Json("not_checked");
  auto found = call.context.services.check_index(repair);
  if (!found) return found.error();
  const bool sound = found->empty();
  for (store::Finding& f : *found)
    if (!repair && report.findings.size() < kMaxListed) report.findings.push_back(std::move(f));
  return Json(sound ? "sound" : repair ? "rebuilding" : "differs");
}

Json reply_of(const store::CheckReport& report, const Json& index) {
  return Json{{"schema", "congthu.store_check/1"}, {"ok", report.ok() && report.suppressed == 0}, {"rows", report.rows}, {"bytes", report.bytes},
              {"findings", to_json(report.findings)}, {"suppressed", report.suppressed}, {"index", index}};
}

Result<Json> mended(const Call& call, bool digests) {
  store::RepairOptions options;
  options.check = options_of(call, digests);
  if (const std::string_view into = call.request.arg("into"); !into.empty()) {
    const auto address = store::canonical_address(into);
    if (!address) return address.error();
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    const auto account = snapshot->account(*address);
    if (!account) return fail(Errc::not_found, "into: no such account: " + *address);
    options.into = account->id;
  }
  auto done = store::repair(call.context.store, options);
  if (!done) return done.error();
  const auto index = add_index(call, true, done->left);
  if (!index) return index.error();
  Json counts = Json::object();
  for (const auto& [code, count] : done->mended) counts[code] = count;
  Json reply = reply_of(done->left, *index);
  reply["mended"] = counts;
  reply["moved"] = done->moved;
  reply["first_mended"] = to_json(done->first);
  const Json row = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", "store repair"}, {"target", "store"},
                    {"detail", {{"mended", counts}, {"moved", done->moved}, {"into", call.request.arg("into")}, {"left", done->left.findings.size() + done->left.suppressed}}}};
  const auto audited = call.context.store.run(store::AppendAudit{dump(row)});
  if (!audited) return audited.error();
  return reply;
}

}  // namespace

Result<Json> store_check(const Call& call) {
  const auto digests = flag(call, "digests", true), repair = flag(call, "repair", false);
  if (!digests) return digests.error();
  if (!repair) return repair.error();
  if (*repair) return mended(call, *digests);
  if (!call.request.arg("into").empty()) return fail(Errc::invalid, "into: only with repair=true");
  auto report = store::check(call.context.store.env(), options_of(call, *digests));
  if (!report) return report.error();
  const auto index = add_index(call, false, *report);
  if (!index) return index.error();
  return reply_of(*report, *index);
}

}  // namespace admin
