#include "tools/admin/evidence_rows.hpp"

#include "base/codec.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "policy/receipt/receipt.hpp"
#include "tools/admin/handle.hpp"

namespace admin {
namespace {

constexpr std::string_view kJudgementSchema = "congthu.judgement/1";
constexpr std::string_view kRevocationWords[] = {"prefer", "require", "off"};

std::string evidence_key(char kind, std::string_view digest) { return kind + std::string(digest); }

std::string raw_digest(std::string_view bytes) { return std::string(base::view(base::sha256(bytes))); }

Json to_value(const std::vector<policy::RevocationSource>& sources) {
  Json out = Json::array();
  for (const policy::RevocationSource& s : sources) out.push_back({{"url", s.url}, {"ocsp", base::base64_encode(s.request)}});
  return out;
}

base::Time time_of(const Json& j, const char* key) { return base::parse_rfc3339(j.at(key).get<std::string>()).value(); }

Judgement judgement_of(const Json& j) {  // throws
  if (j.at("schema").get<std::string>() != kJudgementSchema) throw std::runtime_error("unknown schema");
  Judgement out;
  out.at = time_of(j, "at");
  out.decided = time_of(j, "decided");
  out.login = j.at("login").get<std::string>();
  out.recipients = j.at("recipients").get<std::vector<std::string>>();
  out.verdict = j.at("verdict").get<std::string>();
  const auto word = j.at("revocation").get<std::string>();
  const auto known = std::find(std::begin(kRevocationWords), std::end(kRevocationWords), word);
  if (known == std::end(kRevocationWords)) throw std::runtime_error("unknown revocation");
  out.revocation = policy::trust::Revocation(known - std::begin(kRevocationWords));
  out.used = j.at("used").get<std::vector<std::string>>();
  out.rows = j.at("rows").get<std::vector<std::string>>();
  for (const Json& a : j.at("anchors"))
    out.anchors.push_back({a.at("digest").get<std::string>(), policy::parse_anchor_class(a.at("class").get<std::string>()).value(),
                           {a.at("any_name").get<bool>(), a.at("domains").get<std::vector<std::string>>(), a.at("agencies").get<std::vector<std::string>>()}});
  for (const Json& s : j.at("wanted"))
    out.wanted.push_back({s.at("url").get<std::string>(), base::base64_decode(s.at("ocsp").get<std::string>()).value()});
  return out;
}

}  // namespace

std::string message_evidence_key(std::string_view digest) { return evidence_key('m', digest); }
std::string location_prefix(std::string_view digest) { return evidence_key('l', digest); }
std::string waiting_key(std::string_view digest) { return evidence_key('w', digest); }

std::string sighting_key(std::string_view digest) { return evidence_key('s', digest); }
std::string receipt_key(std::string_view id) { return evidence_key('r', id); }
std::string receipt_waiting_key(std::string_view id) { return evidence_key('t', id); }

std::string object_key(std::string_view hex_digest) {
  const auto digest = base::hex_decode(hex_digest);
  return digest && digest->size() == sizeof(base::Digest) ? evidence_key('o', *digest) : std::string();
}

std::string fetched_key(const policy::RevocationSource& source) {
  return evidence_key('f', raw_digest(base::Writer().bytes(source.url).bytes(source.request).str()));
}

std::string encode(const Judgement& j) {
  Json anchors = Json::array();
  for (const Judgement::Anchor& a : j.anchors)
    anchors.push_back({{"digest", a.digest}, {"class", policy::to_string(a.anchor_class)}, {"any_name", a.rule.any_name},
                       {"domains", a.rule.domains}, {"agencies", a.rule.agencies}});
  return dump({{"schema", kJudgementSchema}, {"at", base::rfc3339(j.at)}, {"decided", base::rfc3339(j.decided)}, {"login", j.login},
               {"recipients", j.recipients}, {"verdict", j.verdict},
               {"revocation", kRevocationWords[std::size_t(j.revocation)]}, {"used", j.used}, {"anchors", std::move(anchors)}, {"rows", j.rows}, {"wanted", to_value(j.wanted)}});
}

Result<Judgement> decode_judgement(std::string_view value) try {
  return judgement_of(Json::parse(value));
} catch (const std::exception& e) {
  return fail(Errc::corrupt, std::string("judgement row: ") + e.what());
}

std::string encode(const Fetched& f) {
  return base::Writer().fixed(std::uint64_t(f.at.time_since_epoch().count())).bytes(f.source.url).bytes(f.source.request).bytes(f.der).take();
}

Result<Fetched> decode_fetched(std::string_view value) {
  base::Reader r(value);
  Fetched out;
  out.at = base::Time(base::Time::duration(std::int64_t(r.fixed<std::uint64_t>())));
  out.source.url = r.bytes();
  out.source.request = r.bytes();
  out.der = r.bytes();
  if (!r.ok() || !r.rest().empty()) return fail(Errc::corrupt, "row of fetched revocation data");
  return out;
}

void add_fetched(const store::Snapshot& snapshot, policy::trust::Material& material) {
  snapshot.for_each_record(store::RecordTable::evidence, "f", "g", [&](std::string_view, std::string_view value) {
    auto fetched = decode_fetched(value);
    if (!fetched) base::log_error("evidence_row", {{"error", fetched.error()}});
    else (fetched->source.request.empty() ? material.crls : material.ocsp).push_back(std::move(fetched->der));
    return true;
  });
}

std::optional<std::string> broken_evidence(std::string_view key, std::string_view value) {
  const char kind = key.empty() ? '\0' : key[0];
  const std::size_t size = 1 + sizeof(base::Digest);
  if (kind == 'l' && store::read_location(key.substr(0, std::min(size, key.size())), key)) return std::nullopt;
  if (kind == 'r' || kind == 't') {
    if (key.size() != 1 + kReceiptId) return "key of a receipt";
    const auto statement = kind == 'r' ? policy::receipt::statement_of(value) : policy::receipt::Receipt{};
    return statement ? std::nullopt : std::optional<std::string>(statement.error().detail());
  }
  if (key.size() != size) return "key of an unknown kind";
  if (kind == 'm') {
    const auto judgement = decode_judgement(value);
    return judgement ? std::nullopt : std::optional<std::string>(judgement.error().detail());
  }
  if (kind == 'o') return raw_digest(value) == key.substr(1) ? std::nullopt : std::optional<std::string>("not the bytes of its digest");
  if (kind == 's') return Json::parse(value, nullptr, false).is_object() ? std::nullopt : std::optional<std::string>("damaged");
  if (kind != 'f') return kind == 'w' ? std::nullopt : std::optional<std::string>("key of an unknown kind");
  const auto fetched = decode_fetched(value);
  return fetched && fetched_key(fetched->source) == key ? std::nullopt : std::optional<std::string>("damaged");
}

}  // namespace admin
