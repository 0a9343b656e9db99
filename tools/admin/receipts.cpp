// GET /receipts, /receipts/ID: the signed receipts of accepted mail. Both are audited: they say who wrote to whom.
#include <deque>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "policy/receipt/receipt.hpp"
#include "tools/admin/evidence_rows.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

using policy::receipt::Receipt;
constexpr std::size_t kFewestIdDigits = 8, kUsualReceipts = 100, kMostReceipts = 10000;

Json facts_of(const Receipt& r, std::string_view cms) {
  return {{"id", r.id}, {"accepted", base::rfc3339(r.accepted)}, {"channel", r.channel}, {"client", r.client}, {"login", r.login},
          {"sender", r.sender}, {"recipients", r.recipients}, {"message_id", r.message_id}, {"size", r.size},
          {"received_sha256", r.received_sha256}, {"stored_sha256", r.stored_sha256}, {"timestamp", policy::receipt::has_timestamp(cms)}};
}

bool about(const Receipt& r, std::string_view address, std::string_view message_id, std::string_view digest) {
  const auto is = [&](const std::string& a) { return base::iequals(a, address); };
  const bool who = address.empty() || is(r.sender) || is(r.login) || std::any_of(r.recipients.begin(), r.recipients.end(), is);
  const bool which = message_id.empty() || base::trim(r.message_id) == message_id || base::trim(r.message_id) == "<" + std::string(message_id) + ">";
  return who && which && (digest.empty() || r.received_sha256.starts_with(digest) || r.stored_sha256.starts_with(digest));
}

Result<void> audit_look(const Call& call, const char* what, const std::string& target, Json detail) {
  const Json row = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", what}, {"target", target}, {"detail", std::move(detail)}};
  const auto written = call.context.store.run(store::AppendAudit{dump(row)});
  return written ? Result<void>() : Result<void>(written.error());
}

Result<std::string> receipt_id_of(const store::Snapshot& snapshot, std::string_view id) {
  const std::string lower = base::lower_ascii(id);
  const auto begin = base::hex_decode(lower.substr(0, lower.size() / 2 * 2));
  if (lower.size() < kFewestIdDigits || lower.size() > 2 * kReceiptId || !begin)
    return fail(Errc::invalid, "no identifier of a receipt: write at least 8 of its 32 hex digits");
  std::vector<std::string> found;
  const std::string from = receipt_key(*begin);
  snapshot.for_each_record(store::RecordTable::evidence, from, "s", [&](std::string_view key, std::string_view) {
    if (!key.starts_with(from)) return false;
    if (base::hex_encode(key.substr(1)).starts_with(lower)) found.emplace_back(key.substr(1));
    return found.size() < 2;
  });
  if (found.empty()) return fail(Errc::not_found, "no receipt has this identifier");
  if (found.size() > 1) return fail(Errc::conflict, "several receipts begin with these digits: write more of them");
  return std::move(found.front());
}

std::string at_time(base::Time t) {
  const auto n = static_cast<std::uint64_t>(t.time_since_epoch().count());
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(char(n >> shift & 0xff));
  return receipt_key(out);
}

}  // namespace

Result<Json> list_receipts(const Call& call) {
  const auto day = [&](const char* name) { return base::vietnam_day(call.request.arg(name)); };
  const std::string_view from = call.request.arg("from"), to = call.request.arg("to"), asked = call.request.arg("limit");
  if ((!from.empty() && !day("from")) || (!to.empty() && !day("to"))) return fail(Errc::invalid, "from, to: must be days, as 2026-11-01");
  std::size_t limit = kUsualReceipts;
  if (!asked.empty()) {
    limit = 0;
    for (const char c : asked) limit = c >= '0' && c <= '9' && limit <= kMostReceipts ? limit * 10 + std::size_t(c - '0') : kMostReceipts + 1;
    if (limit == 0 || limit > kMostReceipts) return fail(Errc::invalid, "limit: must be 1 to 10000");
  }
  const std::string address(call.request.arg("address")), message_id(call.request.arg("message_id")), digest = base::lower_ascii(call.request.arg("digest"));
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  std::deque<Json> newest;
  std::uint64_t total = 0, unreadable = 0;
  snapshot->for_each_record(store::RecordTable::evidence, from.empty() ? "r" : at_time(day("from")->first), to.empty() ? "s" : at_time(day("to")->second),
                            [&](std::string_view, std::string_view cms) {
    const auto receipt = policy::receipt::statement_of(cms);
    if (!receipt) return ++unreadable, true;
    if (!about(*receipt, address, message_id, digest)) return true;
    ++total;
    newest.push_front(facts_of(*receipt, cms));
    if (newest.size() > limit) newest.pop_back();
    return true;
  });
  if (unreadable > 0) base::log_error("receipt_rows", {{"unreadable", std::to_string(unreadable)}});
  if (auto done = audit_look(call, "receipt.list", address, {{"found", total}}); !done) return done.error();
  Json rows = Json::array();
  for (Json& row : newest) rows.push_back(std::move(row));
  return Json{{"schema", "congthu.receipts/1"}, {"total", total}, {"unreadable", unreadable}, {"receipts", std::move(rows)}};
}

Result<Json> show_receipt(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto id = receipt_id_of(*snapshot, call.segment(1));
  if (!id) return id.error();
  const auto cms = snapshot->record(store::RecordTable::evidence, receipt_key(*id));
  if (!cms) return fail(Errc::not_found, "no receipt has this identifier");
  const auto receipt = policy::receipt::statement_of(*cms);
  if (!receipt) return receipt.error();
  if (auto done = audit_look(call, "receipt.show", receipt->id, Json::object()); !done) return done.error();
  Json out{{"schema", "congthu.receipt_row/1"}};
  out.update(facts_of(*receipt, *cms));
  out["signed"] = base::base64_encode(*cms);
  return out;
}

}  // namespace admin
