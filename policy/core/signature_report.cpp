#include "policy/core/signature_report.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"

namespace policy {
namespace {

using nlohmann::json;
constexpr std::string_view kSchema = "congthu.verify/1";
constexpr std::array<std::string_view, 3> kLayers{"smime", "pdf", "xml"};
constexpr std::array<std::string_view, 4> kAnchors{"", "vgca", "public", "site"};
constexpr std::array<std::string_view, 6> kForms{"", "complete", "incomplete", "copy", "publication", "issuer_mismatch"};

template <class E, std::size_t N>
std::optional<E> find(const std::array<std::string_view, N>& names, std::string_view s) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == s) return E(i);
  return std::nullopt;
}

json text_or_null(std::string_view s) { return s.empty() ? json(nullptr) : json(s); }
json time_or_null(const std::optional<base::Time>& t) { return t ? json(base::rfc3339(*t)) : json(nullptr); }

json to_value(const Reasons& reasons, base::Lang lang) {
  json out = json::array();
  for (const Reason& r : reasons) {
    json one{{"code", name(r.code)}, {"text", text(r, lang)}};
    if (!r.detail.empty()) one["detail"] = r.detail;
    out.push_back(std::move(one));
  }
  return out;
}

json to_value(const SignerInfo& s) {
  return {{"subject", s.subject},         {"common_name", text_or_null(s.common_name)}, {"organization", text_or_null(s.organization)},
          {"emails", s.emails},           {"serial", s.serial},                         {"issuer", s.issuer},
          {"anchor", text_or_null(s.anchor)}, {"fingerprint", s.fingerprint},           {"not_before", time_or_null(s.not_before)},
          {"not_after", time_or_null(s.not_after)}};
}

json to_value(const SignatureReport& r, base::Lang lang) {
  json out{{"layer", to_string(r.layer)},
          {"part", text_or_null(r.part)},
          {"verdict", to_string(r.verdict)},
          {"signer", r.signer ? to_value(*r.signer) : json(nullptr)},
          {"anchor_class", text_or_null(to_string(r.anchor_class))},
          {"legal_form", text_or_null(to_string(r.legal_form))},
          {"document_timestamp", r.document_timestamp},
          {"signing_time_claimed", time_or_null(r.signing_time_claimed)},
          {"signing_time_proven", time_or_null(r.signing_time_proven)},
          {"reasons", to_value(r.reasons, lang)}};
  for (const RevocationSource& s : r.wanted) {
    json one{{"url", s.url}};
    if (!s.request.empty()) one["ocsp"] = base::base64_encode(s.request);
    out["wanted"].push_back(std::move(one));
  }
  if (!r.used.empty()) out["used"] = r.used;
  if (!r.covers.empty()) out["covers"] = r.covers;
  return out;
}

// Readers below throw std::exception on anything unexpected; parse_verify_report is the one place where that stops.
std::string text_at(const json& j, const char* key) { return j.at(key).is_null() ? std::string() : j.at(key).get<std::string>(); }

std::optional<base::Time> time_at(const json& j, const char* key) {
  if (j.at(key).is_null()) return std::nullopt;
  return base::parse_rfc3339(j.at(key).get<std::string>()).value();
}

template <class T>
T must(std::optional<T> v) {
  if (!v) throw std::runtime_error("unknown value");
  return *v;
}

Reasons reasons_at(const json& j) {
  Reasons out;
  for (const json& r : j.at("reasons")) {
    const std::string code = r.at("code").get<std::string>();
    out.push_back({must(parse_code(code)), r.contains("detail") ? r.at("detail").get<std::string>() : std::string()});
  }
  return out;
}

SignerInfo signer_of(const json& j) {
  SignerInfo s;
  s.subject = j.at("subject").get<std::string>();
  s.common_name = text_at(j, "common_name");
  s.organization = text_at(j, "organization");
  s.emails = j.at("emails").get<std::vector<std::string>>();
  s.serial = j.at("serial").get<std::string>();
  s.issuer = j.at("issuer").get<std::string>();
  s.anchor = text_at(j, "anchor");
  s.fingerprint = j.at("fingerprint").get<std::string>();
  s.not_before = time_at(j, "not_before");
  s.not_after = time_at(j, "not_after");
  return s;
}

SignatureReport report_of(const json& j) {
  SignatureReport r;
  r.layer = must(find<Layer>(kLayers, j.at("layer").get<std::string>()));
  r.part = text_at(j, "part");
  r.verdict = must(parse_verdict(j.at("verdict").get<std::string>()));
  if (!j.at("signer").is_null()) r.signer = signer_of(j.at("signer"));
  r.anchor_class = must(find<AnchorClass>(kAnchors, text_at(j, "anchor_class")));
  r.legal_form = must(find<LegalForm>(kForms, text_at(j, "legal_form")));
  r.document_timestamp = j.value("document_timestamp", false);
  r.signing_time_claimed = time_at(j, "signing_time_claimed");
  if (j.contains("signing_time_proven")) r.signing_time_proven = time_at(j, "signing_time_proven");
  r.reasons = reasons_at(j);
  for (const json& s : j.value("wanted", json::array()))
    r.wanted.push_back({s.at("url").get<std::string>(), base::base64_decode(s.value("ocsp", std::string())).value()});
  r.used = j.value("used", std::vector<std::string>());
  r.covers = j.value("covers", std::string());
  return r;
}

}  // namespace

std::string_view to_string(Layer layer) { return kLayers[std::size_t(layer)]; }
std::string_view to_string(AnchorClass c) { return kAnchors[std::size_t(c)]; }
std::string_view to_string(LegalForm f) { return kForms[std::size_t(f)]; }
std::optional<AnchorClass> parse_anchor_class(std::string_view s) {
  return s.empty() ? std::nullopt : find<AnchorClass>(kAnchors, s);
}

std::string to_json(const VerifyReport& report, base::Lang lang) {
  json out{{"schema", kSchema}, {"verdict", to_string(report.verdict)}, {"reasons", to_value(report.reasons, lang)}};
  if (report.pending) out["pending"] = true;
  out["signatures"] = json::array();
  for (const SignatureReport& r : report.signatures) out["signatures"].push_back(to_value(r, lang));
  // Names come from foreign certificates: whatever is not UTF-8 is replaced, never thrown at the caller.
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

base::Result<VerifyReport> parse_verify_report(std::string_view text) try {
  const json j = json::parse(text);
  if (j.at("schema").get<std::string>() != kSchema) return base::fail(base::Errc::unsupported, "schema is not congthu.verify/1");
  VerifyReport out;
  out.verdict = must(parse_verdict(j.at("verdict").get<std::string>()));
  out.pending = j.value("pending", false);
  out.reasons = reasons_at(j);
  for (const json& r : j.at("signatures")) out.signatures.push_back(report_of(r));
  return out;
} catch (const std::exception& e) {
  return base::fail(base::Errc::invalid, std::string("verify report: ") + e.what());
}

namespace {

// An address that is a dot-atom with a domain name (RFC 8601 2.2 pvalue); anything else is left out, never quoted or cut.
bool plain_address(std::string_view s) {
  const auto good = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_' || c == '+'; };
  const std::size_t at = s.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == s.size() || s.size() > 254) return false;
  return std::all_of(s.begin(), s.begin() + std::ptrdiff_t(at), good) && std::all_of(s.begin() + std::ptrdiff_t(at) + 1, s.end(), good);
}

// Whom the mail's own signature names (RFC 7281 3 body.smime-identifier): the first signer whose verdict is the mail's.
std::string_view identifier(const VerifyReport& report) {
  for (const SignatureReport& s : report.signatures) {
    if (!s.part.empty() || s.verdict != report.verdict || !s.signer) continue;
    for (const std::string& email : s.signer->emails)
      if (plain_address(email)) return email;
  }
  return {};
}

}  // namespace

std::string auth_results_clause(const VerifyReport& report) {
  std::string out("smime=");
  out.append(auth_result(report.verdict, report.pending));
  for (const Reason& r : report.reasons) {
    if (verdict_of(r.code) != report.verdict || r.code == Code::headers_unprotected) continue;
    out.append(" reason=\"").append(name(r.code)).append("\"");
    break;
  }
  if (const std::string_view who = identifier(report); !who.empty()) out.append("\r\n\tbody.smime-identifier=").append(who);
  return out;
}

Verdict overall(const std::vector<SignatureReport>& reports) {
  if (reports.empty()) return Verdict::unsigned_;
  Verdict v = Verdict::valid;
  for (const SignatureReport& r : reports) v = worse(v, r.verdict);
  return v;
}

}  // namespace policy
