#include "tools/admin/policy_exceptions.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

constexpr std::string_view kExceptionPrefix = "exception/";
constexpr std::size_t kMostWords = 500;
// Rules from which somebody may be excepted: the duties of directives, and free providers. Never secrecy, never whose name one bears.
constexpr std::string_view kExceptable[] = {"free-provider", "pdf-duty", "signature-duty", "scanned-seal", "agency-mailbox", "exchange-class", "meeting-papers-24h",
                                            "schedule-before-website", "urgent-deadline"};

Result<base::Time> day_of(std::string_view name, const std::string& text, bool end) {
  const auto day = base::vietnam_day(text);
  if (!day) return fail(Errc::invalid, std::string(name) + ": must be a day such as 2026-12-31");
  return end ? day->second : day->first;
}

Result<void> check_whom(const store::Snapshot& snapshot, const std::string& agency, std::string& address) {
  if (agency.empty() == address.empty()) return fail(Errc::invalid, "give either agency or address");
  if (!agency.empty() && !snapshot.agency(agency)) return fail(Errc::not_found, "no such agency: " + agency);
  if (address.empty()) return {};
  auto canonical = store::canonical_address(address);
  if (!canonical) return canonical.error();
  if (!snapshot.address(*canonical)) return fail(Errc::not_found, "no such address here: " + address);
  address = *std::move(canonical);
  return {};
}

Result<Json> told(const Call& call, Result<Json> reply) {
  if (reply && call.context.services.changed) call.context.services.changed(Changed::domains);  // the rules are made again
  return reply;
}

}  // namespace

void for_each_exception(const store::Snapshot& snapshot, const std::function<void(const Json&)>& use) {
  snapshot.for_each_entry(store::Entry::policy, kExceptionPrefix, [&](std::string_view key, std::string_view value) {
    Json row = Json::parse(value, nullptr, false);
    if (!row.is_object()) return base::log_warn("policy_exception_unreadable", {{"row", key}}), true;
    row["id"] = std::string(key.substr(kExceptionPrefix.size()));
    use(row);
    return true;
  });
}

Result<Json> list_exceptions(const Call& call) {
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const base::Time now = call.context.clock.now();
  Json rows = Json::array();
  for_each_exception(*snapshot, [&](const Json& row) {
    rows.push_back(row);
    const auto from = base::parse_rfc3339(text_of(row, "from")), until = base::parse_rfc3339(text_of(row, "until"));
    rows.back()["state"] = until && now >= *until ? "over" : from && now < *from ? "not yet" : "in force";
  });
  return Json{{"schema", "congthu.policy_exceptions/1"}, {"exceptions", std::move(rows)}};
}

Result<Json> add_exception(const Call& call) {
  Body body(call.request.body);
  const std::string rule = body.required("rule"), approver = body.required("approver"), reason = body.required("reason"), until = body.required("until");
  const std::string agency = body.text("agency").value_or(""), from = body.text("from").value_or("");
  std::string address = body.text("address").value_or("");
  if (auto error = body.error()) return *error;
  if (std::find(std::begin(kExceptable), std::end(kExceptable), rule) == std::end(kExceptable)) {
    std::string all;
    for (std::string_view one : kExceptable) all.append(all.empty() ? "" : ", ").append(one);
    return fail(Errc::invalid, "rule: nobody is excepted from " + rule + "; one of " + all);
  }
  if (approver.size() > kMostWords || reason.size() > kMostWords) return fail(Errc::invalid, "approver and reason: at most 500 bytes");
  const base::Time now = call.context.clock.now();
  const auto end = day_of("until", until, true);
  if (!end) return end.error();
  const auto begin = from.empty() ? Result<base::Time>(now) : day_of("from", from, false);
  if (!begin) return begin.error();
  if (*end <= *begin || *end <= now) return fail(Errc::invalid, "until: that day is over, or before the first one");
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    if (auto good = check_whom(*snapshot, agency, address); !good) return good.error();
  }
  Json row = {{"rule", rule}, {"agency", text_or_null(agency)}, {"address", text_or_null(address)}, {"from", base::rfc3339(*begin)}, {"until", base::rfc3339(*end)},
              {"approver", approver}, {"reason", reason}, {"entered_by", call.request.who}, {"entered", base::rfc3339(now)}};
  const std::string id = base::hex_encode(base::random_bytes(6));
  auto reply = told(call, commit(call, {step(store::PutEntry{store::Entry::policy, std::string(kExceptionPrefix) + id, dump(row)})}, "policy.exception.add", id, row));
  if (reply) (*reply)["id"] = id;
  return reply;
}

Result<Json> remove_exception(const Call& call) {
  const std::string id(call.segment(2));
  Json was;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    for_each_exception(*snapshot, [&](const Json& row) {
      if (text_of(row, "id") == id) was = row;
    });
  }
  if (was.is_null()) return fail(Errc::not_found, "no such exception: " + id + "; those of policy files are taken out of the file");
  return told(call, commit(call, {step(store::PutEntry{store::Entry::policy, std::string(kExceptionPrefix) + id, ""})}, "policy.exception.remove", id, was));
}

}  // namespace admin
