// Reports that were published (CONTRACT 4): numbered, never changed, with what they were made from. Rows of the table `documents`:
// 'W' u32 number -> what it is (JSON), 'X' u32 number -> the report's own bytes, 'W' u32 0 -> the last number.
#include <charconv>
#include <fstream>
#include <iterator>
#include <set>

#include "base/codec.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/published.hpp"
#include "tools/admin/report.hpp"
#include "tools/admin/reports.hpp"

namespace admin {
namespace {

constexpr store::RecordTable kPublished = store::RecordTable::documents;
constexpr std::size_t kMostNote = 1000, kMostDifferences = 2000;

std::string published_key(char kind, std::uint32_t number) { return base::Writer().raw(std::string_view(&kind, 1)).fixed(number).take(); }

std::string hex_digest(std::string_view bytes) { return base::hex_encode(base::view(base::sha256(bytes))); }

// Of what it is and of its bytes; the number and the revision are given later, and the audit log has what was digested.
std::string digest_of(const Json& meta, std::string_view bytes) {
  Json own = Json::object();
  for (const char* name : {"report", "title", "from", "to", "query", "public", "note", "as_of", "approver", "policy", "trust"}) own[name] = meta.value(name, Json());
  return hex_digest(dump(own) + "\n" + std::string(bytes));
}

// By what rules and trust the figures came about: the files' digests.
Json policy_version(const base::Config& config) {
  const auto digest = [](const std::filesystem::path& name) -> Json {
    std::ifstream file(name, std::ios::binary);
    if (!file) return nullptr;
    return hex_digest(std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>()));
  };
  Json out = {{"configuration", digest(config.file)}};
  for (const auto& files : {config.policy.files, config.reports.tables})
    for (const auto& file : files) out[file.filename().string()] = digest(file);
  return out;
}

std::string trust_version(const store::Snapshot& snapshot) {
  std::string all;
  snapshot.for_each_entry(store::Entry::trust, "", [&](std::string_view key, std::string_view value) {
    all += std::string(key) + " " + hex_digest(value) + "\n";
    return true;
  });
  return hex_digest(all);
}

Result<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || n == 0) return fail(Errc::invalid, "a published report has a number: " + std::string(text));
  return n;
}

std::optional<Json> meta_of(const store::Snapshot& snapshot, std::uint32_t number) {
  const auto value = snapshot.record(kPublished, published_key('W', number));
  Json meta = value ? Json::parse(*value, nullptr, false) : Json();
  return meta.is_object() ? std::optional(std::move(meta)) : std::nullopt;
}

struct Published {
  Json meta;
  std::string bytes;
};
Result<Published> published(const store::Snapshot& snapshot, std::uint32_t number) {
  auto meta = meta_of(snapshot, number);
  auto bytes = snapshot.record(kPublished, published_key('X', number));
  if (!meta || !bytes) return fail(Errc::not_found, "no report was published under this number: " + std::to_string(number));
  return Published{*std::move(meta), *std::move(bytes)};
}

std::uint32_t last_number(const std::optional<std::string>& value) { return value ? base::Reader(*value).fixed<std::uint32_t>() : 0; }

// The number and the revision are given in the commit: two that publish at once get two numbers.
store::RecordRule freeze(Json meta, std::string bytes, std::shared_ptr<Json> done) {
  return [meta = std::move(meta), bytes = std::move(bytes), done = std::move(done)](const store::RecordInput& in) -> Result<std::vector<store::Put>> {
    const std::uint32_t number = last_number(in.rows.get(kPublished, published_key('W', 0))) + 1;
    Json own = {{"number", number}};
    own.update(meta);
    std::uint32_t revision = 1;
    Json previous = nullptr;
    for (std::uint32_t n = 1; n < number; ++n) {
      const auto value = in.rows.get(kPublished, published_key('W', n));
      const Json other = value ? Json::parse(*value, nullptr, false) : Json();
      if (!other.is_object() || other.value("report", Json()) != own["report"] || other.value("query", Json()) != own["query"] || other.value("public", Json()) != own["public"]) continue;
      ++revision;
      previous = n;
    }
    own["revision"] = revision;
    own["previous"] = previous;
    *done = own;
    return std::vector<store::Put>{{kPublished, published_key('W', number), dump(own)}, {kPublished, published_key('X', number), bytes},
                                   {kPublished, published_key('W', 0), base::Writer().fixed(number).take()}};
  };
}

// What tells a row of a report from the others: its words; figures and assessments are what may differ.
std::string row_name(const Json& row) {
  std::string out;
  for (const auto& [key, value] : row.items())
    if (value.is_string() && key != "reached" && key != "basis") out += key + "=" + value.get<std::string>() + "; ";
  return out;
}

void compare_rows(const std::string& name, const Json& before, const Json& after, Json& out) {
  std::set<std::string> keys;
  for (const Json* side : {&before, &after})
    for (const auto& [key, value] : side->items()) keys.insert(key);
  for (const std::string& key : keys) {
    const Json was = before.value(key, Json()), is = after.value(key, Json());
    if (was != is && out.size() < kMostDifferences) out.push_back({{"row", name}, {"column", key}, {"before", was}, {"after", is}});
  }
}

Json differences(const Json& before, const Json& after) {
  std::map<std::string, std::pair<Json, Json>> rows;
  for (const Json& row : before.value("rows", Json::array())) rows[row_name(row)].first = row;
  for (const Json& row : after.value("rows", Json::array())) rows[row_name(row)].second = row;
  Json out = Json::array();
  for (const auto& [name, both] : rows) compare_rows(name, both.first.is_object() ? both.first : Json::object(), both.second.is_object() ? both.second : Json::object(), out);
  compare_rows("totals", before.value("totals", Json::object()), after.value("totals", Json::object()), out);
  return out;
}

}  // namespace

Result<Json> publish_report(const Call& call) {
  const Json body = Json::parse(call.request.body, nullptr, false);
  if (!body.is_object() || !body.contains("query") || !body["query"].is_object()) return fail(Errc::invalid, "the body is {\"report\",\"query\":{\"from\",\"to\",...},\"public\"?,\"note\"?}");
  std::map<std::string, std::string, std::less<>> query;
  for (const auto& [key, value] : body["query"].items()) {
    if (!value.is_string() || key == "messages" || key == "rows" || key == "limit") return fail(Errc::invalid, "query: " + key + " is nothing that is published");
    if (!value.get_ref<const std::string&>().empty()) query[key] = value.get<std::string>();
  }
  const bool for_all = body.contains("public") && body["public"].is_boolean() && body["public"].get<bool>();
  const std::string name = text_of(body, "report"), note = text_of(body, "note");
  if (note.size() > kMostNote) return fail(Errc::invalid, "note: too long");
  auto report = make_report_of(call, name, query, for_all);
  if (!report) return report.error();
  if (text_of(*report, "to") >= base::vietnam_date(call.context.clock.now())) return fail(Errc::invalid, "to: the period has not ended; what is published must not change by the day");
  std::string trust;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    trust = trust_version(*snapshot);
  }
  const std::string bytes = dump(*report);
  Json meta = {{"report", name}, {"title", report->value("title", Json())}, {"from", (*report)["from"]}, {"to", (*report)["to"]}, {"query", query}, {"public", for_all}, {"note", note},
               {"as_of", (*report)["as_of"]}, {"approver", call.request.who}, {"policy", policy_version(call.context.config)}, {"trust", trust}};
  meta["digest"] = digest_of(meta, bytes);
  const auto done = std::make_shared<Json>();
  const std::string digest = text_of(meta, "digest");
  auto reply = commit(call, {step(store::ApplyRules{{freeze(std::move(meta), bytes, done)}})}, "report.publish", digest, {{"report", name}, {"query", query}, {"public", for_all}, {"note", note}});
  if (!reply) return reply.error();
  (*reply)["published"] = *done;
  return reply;
}

std::vector<Json> published_reports(const store::Snapshot& snapshot) {
  std::vector<Json> all;
  for (std::uint32_t n = last_number(snapshot.record(kPublished, published_key('W', 0))); n > 0; --n)
    if (auto meta = meta_of(snapshot, n)) all.push_back(*std::move(meta));
  return all;
}

Result<Json> list_published(const Call& call) {
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  return Json{{"schema", "congthu.published/1"}, {"published", published_reports(*snapshot)}};
}

Result<Json> show_published(const Call& call) {
  const auto number = number_of(call.segment(2));
  if (!number) return number.error();
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  auto found = published(*snapshot, *number);
  if (!found) return found.error();
  Json out = {{"schema", "congthu.published_report/1"}};
  out.update(found->meta);
  out["content"] = Json::parse(found->bytes, nullptr, false);
  return out;
}

// It and its bytes against the digest, and the digest against the audit log, whose chain nobody changes unseen.
Result<Json> verify_published(const Call& call) {
  const auto number = number_of(call.segment(2));
  if (!number) return number.error();
  std::string made, digest;
  bool audited = false;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    auto found = published(*snapshot, *number);
    if (!found) return found.error();
    digest = text_of(found->meta, "digest");
    made = digest_of(found->meta, found->bytes);
    snapshot->for_each_audit(0, [&](std::uint64_t, std::string_view payload) {
      const Json audit = Json::parse(payload, nullptr, false);
      audited = audit.is_object() && text_of(audit, "what") == "report.publish" && text_of(audit, "target") == digest;
      return !audited;
    });
  }
  const bool same = made == digest;
  return Json{{"schema", "congthu.published_verify/1"}, {"number", *number}, {"digest", digest}, {"same_bytes", same}, {"in_audit", audited}, {"ok", same && audited}};
}

// Against another published one, or against the same report made now.
Result<Json> compare_published(const Call& call) {
  const auto number = number_of(call.segment(2));
  if (!number) return number.error();
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto one = published(*snapshot, *number);
  if (!one) return one.error();
  Json other;
  if (const std::string_view with = call.request.arg("with"); !with.empty()) {
    const auto second = number_of(with);
    if (!second) return second.error();
    const auto found = published(*snapshot, *second);
    if (!found) return found.error();
    other = Json::parse(found->bytes, nullptr, false);
  } else {
    std::map<std::string, std::string, std::less<>> query;
    for (const auto& [key, value] : one->meta["query"].items()) query[key] = value.get<std::string>();
    auto now = make_report_of(call, text_of(one->meta, "report"), query, one->meta.value("public", false));
    if (!now) return now.error();
    other = *std::move(now);
  }
  return Json{{"schema", "congthu.published_diff/1"}, {"number", *number}, {"with", call.request.arg("with").empty() ? Json(nullptr) : Json(call.request.arg("with"))},
              {"differences", differences(Json::parse(one->bytes, nullptr, false), other)}};
}

Result<Json> list_reports(const Call&) {
  Json out = Json::array();
  for (const ReportKind& kind : report_kinds()) {
    Json by = Json::array();
    for (const std::string_view grouping : kind.groupings) by.push_back(grouping);
    out.push_back({{"name", kind.name}, {"about", text_json(kind.about)}, {"by", std::move(by)}});
  }
  return Json{{"schema", "congthu.reports/1"}, {"reports", std::move(out)}};
}

}  // namespace admin
