// The audit log: listed, shown, verified, signed, exported; and who opened a mailbox.
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "tools/admin/audit_verify.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/handlers.hpp"
#include "tools/admin/numbers.hpp"
#include "tools/admin/transfers.hpp"

namespace admin {
namespace {

constexpr std::size_t kAuditSlice = 20'000;  // rows of one snapshot: some 20 ms

struct AuditFilter {
  std::string who, what, target, from, to;  // from, to: days, both included; empty = all

  bool narrow() const { return !(who.empty() && what.empty() && target.empty() && from.empty() && to.empty()); }
  bool takes(const Json& row) const {
    const auto text = [&](const char* key) { return row.contains(key) && row[key].is_string() ? row[key].get<std::string>() : std::string(); };
    const std::string day = text("at").substr(0, 10), act = text("what");  // all times are written in Vietnam's zone
    if ((!from.empty() && day < from) || (!to.empty() && day > to)) return false;
    if (!what.empty() && act != what && !act.starts_with(what + ".")) return false;
    return (who.empty() || text("who").find(who) != std::string::npos) && (target.empty() || text("target") == target);
  }
};

Json listed(const store::AuditRow& row) {
  Json out = {{"seq", row.link.seq}};
  const Json parsed = Json::parse(row.payload, nullptr, false);
  if (parsed.is_object()) out.update(parsed);
  return out;
}

Result<AuditFilter> filter_of(const Call& call) {
  AuditFilter f;
  const std::pair<const char*, std::string*> texts[] = {{"who", &f.who}, {"what", &f.what}, {"target", &f.target}, {"from", &f.from}, {"to", &f.to}};
  for (const auto& [name, text] : texts) *text = call.request.arg(name);
  for (const char* name : {"from", "to"})
    if (const std::string_view day = call.request.arg(name); !day.empty() && !base::vietnam_day(day)) return fail(Errc::invalid, std::string(name) + ": must be a day, as 2026-11-23");
  return f;
}

// Rows that `takes` wants, in order; `last`: of more than `limit` the newest. Slice by slice, so that no snapshot lives long.
template <class Takes>
Result<std::deque<Json>> rows_after(const Call& call, std::uint64_t after, std::size_t limit, bool last, const Takes& takes) {
  std::deque<Json> out;
  for (bool more = true; more;) {
    more = false;
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    std::size_t seen = 0;
    snapshot->for_each_audit_row(after, [&](const store::AuditRow& row) {
      if (seen++ == kAuditSlice || (!last && out.size() >= limit)) return more = out.size() < limit || last, false;
      after = row.link.seq;
      if (auto wanted = takes(row)) out.push_back(*std::move(wanted));
      if (out.size() > limit) out.pop_front();
      return true;
    });
  }
  return out;
}

Json array_of(std::deque<Json> rows) {
  Json out = Json::array();
  for (Json& row : rows) out.push_back(std::move(row));
  return out;
}

Result<std::uint64_t> write(const Call& call, std::string_view what, std::string_view target, Json detail) {
  return call.context.store.run(store::AppendAudit{audit_payload(call.context, call.request.who, what, target, std::move(detail))});
}

Result<std::vector<base::PublicKey>> keys_of(const std::vector<std::string>& pems) {
  std::vector<base::PublicKey> out;
  for (const std::string& pem : pems) {
    auto key = base::PublicKey::from_pem(pem);
    if (!key) return key.error();
    out.push_back(*std::move(key));
  }
  return out;
}

}  // namespace

Result<Json> audit_trail(const Call& call) {
  const auto after = number_arg(call, "after", 0, ~std::uint64_t{0});
  if (!after) return after.error();
  const auto limit = number_arg(call, "limit", 1000, 100'000);
  if (!limit) return limit.error();
  const auto filter = filter_of(call);
  if (!filter) return filter.error();
  const auto last = flag_arg(call, "last");
  if (!last) return last.error();
  std::uint64_t start = *after;
  if (*last && !filter->narrow()) {  // the newest are found by their numbers
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    const std::uint64_t end = snapshot->audit_end().seq;
    start = std::max(start, end > *limit ? end - *limit : 0);
  }
  auto rows = rows_after(call, start, *limit, *last, [&](const store::AuditRow& row) -> std::optional<Json> {
    Json json = listed(row);
    return !filter->narrow() || filter->takes(json) ? std::optional(std::move(json)) : std::nullopt;
  });
  if (!rows) return rows.error();
  return Json{{"schema", "congthu.audit/1"}, {"audit", array_of(*std::move(rows))}};
}

Result<Json> audit_show(const Call& call) {
  std::uint64_t seq = 0;
  const std::string_view text = call.segment(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (error != std::errc{} || end != text.data() + text.size() || seq == 0) return fail(Errc::invalid, "the number of a row is a whole number from 1 on");
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  std::optional<Json> out;
  std::string previous(64, '0');
  snapshot->for_each_audit_row(seq > 1 ? seq - 2 : 0, [&](const store::AuditRow& row) {
    const std::string hash = base::hex_encode(base::view(row.link.hash));
    if (row.link.seq < seq) return previous = hash, true;
    if (row.link.seq > seq) return false;
    out = Json{{"schema", "congthu.audit_row/1"}};
    out->update(listed(row));
    out->update(Json{{"hash", hash}, {"previous", previous}});
    return false;
  });
  if (!out) return fail(Errc::not_found, "no such row of the audit log: " + std::to_string(seq));
  return *std::move(out);
}

Result<Json> audit_rows(const Call& call) {
  const auto after = number_arg(call, "after", 0, ~std::uint64_t{0});
  if (!after) return after.error();
  const auto limit = number_arg(call, "limit", 5000, 50'000);
  if (!limit) return limit.error();
  auto rows = rows_after(call, *after, *limit, false, [&](const store::AuditRow& row) {
    Json json = {{"seq", row.link.seq}, {"hash", base::hex_encode(base::view(row.link.hash))}, {"row", row.payload}};
    return std::optional<Json>(std::move(json));
  });
  if (!rows) return rows.error();
  return Json{{"schema", "congthu.audit_rows/1"}, {"rows", array_of(*std::move(rows))}};
}

Result<Json> audit_verify(const Call& call) {
  Body body(call.request.body);
  const auto lines = body.list("heads"), pems = body.list("keys");
  if (auto error = body.error()) return *error;
  std::vector<AuditHead> heads;
  for (const std::string& line : lines.value_or(std::vector<std::string>{})) {
    auto head = parse_head(Json::parse(line, nullptr, false));
    if (!head) return head.error();
    heads.push_back(*std::move(head));
  }
  auto keys = keys_of(pems.value_or(std::vector<std::string>{}));
  if (!keys) return keys.error();
  AuditVerifier verifier({}, std::move(heads), *std::move(keys), call.context.store.origin());
  std::optional<std::uint64_t> given;
  for (bool more = true; more;) {
    more = false;
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    const std::uint64_t total = given.value_or(snapshot->audits_given());
    if (!given) given = total;  // what comes meanwhile is verified too, and no finding
    std::size_t seen = 0;
    try {
      snapshot->for_each_audit_row(verifier.last(), [&](const store::AuditRow& row) {
        if (seen++ == kAuditSlice) return more = true, false;
        verifier.row(row);
        return true;
      });
    } catch (const store::Failure& failure) {
      verifier.damaged(verifier.last(), failure.error().detail());
    }
    if (more && call.progress && !call.progress(dump({{"progress", {{"done", verifier.last()}, {"total", total}}}}))) return fail(Errc::timed_out, "the check was stopped");
  }
  Json out = {{"schema", "congthu.audit_verify/1"}};
  out.update(verifier.finish(given));
  return out;
}

Result<Json> audit_head(const Call& call) {
  const auto key = audit_key(call.context.config);
  if (!key) return key.error();
  store::AuditLink end;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    end = snapshot->audit_end();
  }
  const Json head = to_json(sign_head(*key, call.context.config.server.hostname, call.context.store.origin(), end, call.context.clock.now()));
  if (const auto written = write(call, "audit.head", "audit", head); !written) return written.error();
  return head;
}

// Begins an export: what comes before its first row, so that a part of the log can be verified too.
Result<Json> audit_export(const Call& call) {
  Body body(call.request.body);
  const std::uint64_t after = body.number("after").value_or(0);
  if (auto error = body.error()) return *error;
  store::AuditLink before;
  if (after > 0) {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    snapshot->for_each_audit_row(after - 1, [&](const store::AuditRow& row) { return before = row.link, false; });
    if (before.seq != after) return fail(Errc::not_found, "no such row of the audit log: " + std::to_string(after));
  }
  const auto seq = write(call, "audit.export", "audit", {{"after", after}});
  if (!seq) return seq.error();
  return Json{{"schema", "congthu.audit_export/1"}, {"site", call.context.config.server.hostname}, {"store", call.context.store.origin()}, {"after", after},
              {"previous", base::hex_encode(base::view(before.hash))}, {"until", *seq}};
}

Result<Json> list_accesses(const Call& call) {
  const auto limit = number_arg(call, "limit", 100, 100'000);
  if (!limit) return limit.error();
  store::Account account;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    auto found = account_named(*snapshot, call.segment(1));
    if (!found) return found.error();
    account = *std::move(found);
  }
  auto rows = rows_after(call, 0, *limit, true, [&](const store::AuditRow& row) -> std::optional<Json> {
    if (row.payload.find(account.address) == std::string_view::npos) return std::nullopt;  // most rows, without parsing them
    const Json json = listed(row);
    const Json detail = json.value("detail", Json::object());
    const bool about = (json.contains("target") && json["target"] == account.address) || (detail.is_object() && detail.contains("account") && detail["account"] == account.address);
    if (!about) return std::nullopt;
    if (!call.actor.own) return json;
    // The owner learns who was there and when; not what an inquiry looks for, nor that there is one.
    if (const std::string what = json.value("what", ""); what.starts_with("hold.")) return std::nullopt;
    return Json{{"seq", row.link.seq}, {"at", json.value("at", "")}, {"who", json.value("who", "")}, {"what", json.value("what", "")}};
  });
  if (!rows) return rows.error();
  return Json{{"schema", "congthu.mailbox_accesses/1"}, {"account", account.address}, {"accesses", array_of(*std::move(rows))}};
}

}  // namespace admin
