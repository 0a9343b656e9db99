#include <nlohmann/json.hpp>

#include "policy/document/document.hpp"

namespace policy::document {
namespace {
using Json = nlohmann::ordered_json;

Json field(const Field& f) { return f ? Json(f->text) : Json(nullptr); }
Json confidences(const Document& d) {
  Json out = Json::object();
  for (const Evidence& e : d.evidence) out[e.field] = e.confidence;
  return out;
}

Json one(const Document& d) {
  Json j;
  j["source"] = d.source;
  j["doc_class"] = field(d.doc_class);
  j["kind"] = field(d.kind);
  j["kind_abbrev"] = field(d.kind_abbrev);
  j["number"] = field(d.number);
  j["symbol"] = field(d.symbol);
  j["issuer"] = field(d.issuer);
  j["place"] = field(d.place);
  j["date"] = field(d.date);
  j["title"] = field(d.title);
  j["signer"] = field(d.signer);
  j["signer_authority"] = field(d.signer_authority);
  j["urgency"] = field(d.urgency);
  j["secrecy"] = field(d.secrecy);
  j["confidence"] = d.confidence;
  j["evidence"] = Json::array();
  for (const Evidence& e : d.evidence)
    j["evidence"].push_back({{"field", e.field}, {"text", e.text}, {"page", e.page}, {"line", e.line}, {"confidence", e.confidence}});
  j["field_confidence"] = confidences(d);
  j["issuer_parent"] = field(d.issuer_parent);
  j["copy_form"] = field(d.copy_form);
  j["draft"] = d.draft;
  j["recipients"] = d.recipients;
  j["addressees"] = d.addressees;
  j["distribution"] = Json::array();
  for (const Recipient& r : d.distribution) j["distribution"].push_back({{"name", r.name}, {"purpose", r.purpose.empty() ? Json(nullptr) : Json(r.purpose)}});
  j["pages"] = d.pages ? Json(d.pages) : Json(nullptr);
  j["scanned"] = d.scanned ? Json(*d.scanned) : Json(nullptr);
  j["ocr"] = d.ocr;
  j["incoming"] = d.incoming ? Json{{"number", d.incoming->number}, {"date", d.incoming->date}} : Json(nullptr);
  j["reasons"] = d.reasons;
  return j;
}

Field read_field(const Json& d, const char* name) {
  const auto it = d.find(name);
  if (it == d.end() || !it->is_string()) return std::nullopt;
  const auto all = d.find("field_confidence");
  const double confidence = all != d.end() && all->is_object() ? all->value(name, 0.0) : 0.0;
  return Value{it->get<std::string>(), confidence};
}

std::string text_at(const Json& j, const char* name) {
  const auto it = j.find(name);
  return it != j.end() && it->is_string() ? it->get<std::string>() : std::string();
}
std::vector<std::string> texts_at(const Json& j, const char* name) {
  std::vector<std::string> out;
  const auto it = j.find(name);
  if (it != j.end() && it->is_array())
    for (const Json& one : *it)
      if (one.is_string()) out.push_back(one.get<std::string>());
  return out;
}

Document read_one(const Json& j) {
  Document d;
  d.source = text_at(j, "source");
  for (auto [name, field] : {std::pair{"doc_class", &d.doc_class}, {"kind", &d.kind}, {"kind_abbrev", &d.kind_abbrev}, {"number", &d.number}, {"symbol", &d.symbol},
                             {"issuer", &d.issuer}, {"issuer_parent", &d.issuer_parent}, {"place", &d.place}, {"date", &d.date}, {"title", &d.title}, {"signer", &d.signer},
                             {"signer_authority", &d.signer_authority}, {"urgency", &d.urgency}, {"secrecy", &d.secrecy}, {"copy_form", &d.copy_form}})
    *field = read_field(j, name);
  d.recipients = texts_at(j, "recipients");
  d.addressees = texts_at(j, "addressees");
  if (const auto it = j.find("distribution"); it != j.end() && it->is_array())
    for (const Json& r : *it)
      if (r.is_object()) d.distribution.push_back({text_at(r, "name"), text_at(r, "purpose")});
  if (const auto it = j.find("pages"); it != j.end() && it->is_number_unsigned()) d.pages = it->get<std::uint32_t>();
  if (const auto it = j.find("scanned"); it != j.end() && it->is_boolean()) d.scanned = it->get<bool>();
  if (const auto it = j.find("ocr"); it != j.end() && it->is_boolean()) d.ocr = it->get<bool>();
  d.reasons = texts_at(j, "reasons");
  if (const auto it = j.find("draft"); it != j.end() && it->is_boolean()) d.draft = it->get<bool>();
  if (const auto it = j.find("confidence"); it != j.end() && it->is_number()) d.confidence = it->get<double>();
  if (const auto it = j.find("incoming"); it != j.end() && it->is_object()) d.incoming = Incoming{text_at(*it, "number"), text_at(*it, "date")};
  if (const auto it = j.find("evidence"); it != j.end() && it->is_array())
    for (const Json& e : *it) {
      if (!e.is_object()) continue;
      Evidence one{text_at(e, "field"), text_at(e, "text"), 0, 0, 0};
      if (const auto n = e.find("page"); n != e.end() && n->is_number_unsigned()) one.page = n->get<std::uint32_t>();
      if (const auto n = e.find("line"); n != e.end() && n->is_number_unsigned()) one.line = n->get<std::uint32_t>();
      if (const auto n = e.find("confidence"); n != e.end() && n->is_number()) one.confidence = n->get<double>();
      d.evidence.push_back(std::move(one));
    }
  return d;
}
}  // namespace

std::vector<Document> from_json(std::string_view array) {
  std::vector<Document> out;
  const Json j = Json::parse(array, nullptr, false);
  if (j.is_array())
    for (const Json& d : j)
      if (d.is_object()) out.push_back(read_one(d));
  return out;
}

std::string to_json(const std::vector<Document>& documents) {
  Json j;
  j["schema"] = "congthu.classify/1";
  j["documents"] = Json::array();
  for (const Document& d : documents) j["documents"].push_back(one(d));
  return j.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace policy::document
