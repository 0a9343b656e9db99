// GET /evidence/ID: the verdict of a stored mail, repeated from the data kept with it. POST /signatures/recheck: verdicts of a period,
// judged again with what is known now.
#include <set>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "tools/admin/evidence_rows.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/handlers.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

constexpr std::size_t kLeastDigits = 8, kMostListedChanges = 1000;

// The first digits of the SHA-256 of a mail's content, as records and reports name it: enough of them to mean one mail.
Result<std::string> digest_of(const store::Snapshot& snapshot, std::string_view id) {
  const std::string lower = base::lower_ascii(id);
  if (lower.size() < kLeastDigits || lower.size() > 64 || lower.find_first_not_of("0123456789abcdef") != std::string::npos)
    return fail(Errc::invalid, "no identifier of a stored mail: write at least 8 digits of its \"message\" in the signature records");
  const auto whole = base::hex_decode(lower.substr(0, lower.size() / 2 * 2));
  if (!whole) return whole.error();
  std::vector<std::string> found;
  const std::string from = message_evidence_key(*whole);
  snapshot.for_each_record(store::RecordTable::evidence, from, "n", [&](std::string_view key, std::string_view) {
    if (!key.starts_with(from)) return false;
    if (base::hex_encode(key.substr(1)).starts_with(lower)) found.emplace_back(key.substr(1));
    return found.size() < 2;
  });
  if (found.empty()) return fail(Errc::not_found, "no stored mail with kept evidence has this identifier");
  if (found.size() > 1) return fail(Errc::conflict, "several mails begin with these digits: write more of them");
  return std::move(found.front());
}

// Each mail once, in the order of its first record.
Result<std::vector<std::string>> mails_since(const store::Snapshot& snapshot, const Period& period) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  for_each_in(snapshot, store::RecordTable::signatures, period, [&](const Json& row) {
    const auto digest = base::hex_decode(row.value("message", std::string()));
    if (digest && !digest->empty() && seen.insert(*digest).second) out.push_back(*digest);
  });
  return out;
}

}  // namespace

Result<Json> show_evidence(const Call& call) {
  if (!call.context.services.repeat_verdict) return fail(Errc::unsupported, "only the running server judges stored mail: start congthud");
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  auto digest = digest_of(*snapshot, call.segment(1));
  if (!digest) return digest.error();
  auto report = call.context.services.repeat_verdict(*digest);
  if (!report) return report.error();
  Json out{{"schema", "congthu.stored_verdict/1"}, {"message", base::hex_encode(*digest)}};
  out.update(*report);
  const Json row = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", "signature.repeat"},
                    {"target", base::hex_encode(*digest)}, {"detail", {{"verdict", out["report"]["verdict"]}}}};
  if (const auto written = call.context.store.run(store::AppendAudit{dump(row)}); !written) return written.error();
  return out;
}

Result<Json> recheck_signatures(const Call& call) {
  if (!call.context.services.judge_again) return fail(Errc::unsupported, "only the running server judges stored mail: start congthud");
  const auto since = base::vietnam_day(call.request.arg("since"));
  if (!since) return fail(Errc::invalid, "since: must be a day, as 2026-11-01");
  Period period;
  period.begin = since->first;
  period.end = call.context.clock.now() + std::chrono::hours(1);
  const bool dry = call.request.arg("dry_run") == "true";
  std::vector<std::string> mails;
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    auto found = mails_since(*snapshot, period);
    if (!found) return found.error();
    mails = *std::move(found);
  }
  std::uint64_t done = 0, changed = 0, waiting = 0, gone = 0, failed = 0;
  Json changes = Json::array();
  for (const std::string& digest : mails) {
    if (call.context.services.closing && call.context.services.closing()) return fail(Errc::unavailable, "the server ends");
    const auto again = call.context.services.judge_again(digest, call.request.who, dry);
    if (call.progress && !call.progress(dump({{"progress", {{"done", ++done}, {"total", mails.size()}}}}))) return fail(Errc::unavailable, "nobody listens any more");
    if (!again) {
      ++failed;
      base::log_warn("recheck_failed", {{"message", base::hex_encode(digest)}, {"error", again.error()}});
      continue;
    }
    gone += again->value("gone", false);
    waiting += again->value("waiting", false);
    if (!again->value("changed", false)) continue;
    ++changed;
    if (changes.size() < kMostListedChanges)
      changes.push_back({{"message", base::hex_encode(digest)}, {"before", again->value("before", "")}, {"after", again->value("after", "")}});
  }
  return Json{{"schema", "congthu.recheck/1"}, {"dry_run", dry}, {"checked", mails.size()}, {"changed", changed}, {"waiting", waiting},
              {"gone", gone}, {"failed", failed}, {"changes", std::move(changes)}};
}

}  // namespace admin
