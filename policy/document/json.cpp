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
  j["incoming"] = d.incoming ? Json{{"number", d.incoming->number}, {"date", d.incoming->date}} : Json(nullptr);
  j["reasons"] = d.reasons;
  return j;
}
}  // namespace

std::string to_json(const std::vector<Document>& documents) {
  Json j;
  j["schema"] = "congthu.classify/1";
  j["documents"] = Json::array();
  for (const Document& d : documents) j["documents"].push_back(one(d));
  return j.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace policy::document
