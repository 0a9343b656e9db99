#include "tools/registers/edxml.hpp"

#include <algorithm>

namespace registers {
namespace {

constexpr std::string_view kNamespace = "http://www.mic.gov.vn/TBT/QCVN_102_2016";

// Text of an element: XML 1.0 (2.2) knows no control characters but tab and line ends; a foreign byte has no place either.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n') out += c;
    }
  }
  return out;
}

class Writer {
 public:
  void open(std::string_view name) {
    line("<edXML:" + std::string(name) + ">");
    ++depth_;
    names_.emplace_back(name);
  }
  void close() {
    --depth_;
    line("</edXML:" + names_.back() + ">");
    names_.pop_back();
  }
  void field(std::string_view name, std::string_view value) {
    line("<edXML:" + std::string(name) + ">" + escaped(value) + "</edXML:" + std::string(name) + ">");
  }
  void optional(std::string_view name, std::string_view value) {
    if (!value.empty()) field(name, value);
  }
  void line(const std::string& text) { out_ += std::string(depth_ * 2, ' ') + text + "\n"; }
  void deeper(int by) { depth_ = std::size_t(int(depth_) + by); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::size_t depth_ = 0;
  std::vector<std::string> names_;
};

void organ(Writer& w, std::string_view element, const Organ& o) {
  w.open(element);
  w.field("OrganId", o.id);
  w.field("OrganizationInCharge", o.name);
  w.field("OrganName", o.name);
  w.close();
}

std::string slashes(std::string date) {
  std::replace(date.begin(), date.end(), '-', '/');
  return date;
}

// yyyy/MM/dd HH:mm:ss of Vietnam, out of a time with +07:00.
std::string stamp(const std::string& rfc3339) { return rfc3339.size() < 19 ? std::string() : slashes(rfc3339.substr(0, 10)) + " " + rfc3339.substr(11, 8); }

std::string priority(const std::string& urgency) { return urgency == "Khẩn" ? "1" : urgency == "Thượng khẩn" ? "2" : urgency == "Hỏa tốc" ? "3" : "0"; }

std::string joined_marks(std::string marks) {  // "TM. / KT." is "TM. KT."
  for (std::size_t at; (at = marks.find(" / ")) != std::string::npos;) marks.replace(at, 3, " ");
  return marks;
}

void places(Writer& w, const Json& row) {
  const auto found = row.find("to_places");
  if (found == row.end() || !found->is_array() || found->empty()) return;
  w.open("ToPlaces");
  for (const Json& place : *found)
    if (place.is_string()) w.field("Place", place.get<std::string>());
  w.close();
}

void other_info(Writer& w, const Json& row, std::size_t copies) {
  w.open("OtherInfo");
  w.field("Priority", priority(text(row, "urgency")));
  w.field("PromulgationAmount", std::to_string(copies));
  w.close();
}

void trace(Writer& w, const Json& row, const Organ& from, const std::string& id, bool paper) {
  w.open("TraceHeaderList");
  w.open("TraceHeader");
  w.field("OrganId", from.id);
  w.field("Timestamp", stamp(text(row, "at")));
  w.close();
  w.open("Bussiness");  // spelt so in the standard
  w.field("BussinessDocType", row.contains("recall") ? "1" : "0");
  if (row.contains("recall")) w.optional("BussinessDocReason", text(row["recall"], "reason"));
  w.field("DocumentId", id);
  w.field("Paper", paper ? "1" : "0");
  w.close();
  w.close();
}

}  // namespace

bool is_organ_id(std::string_view id) {
  std::size_t parts = 0, length = 0;
  for (std::size_t i = 0; i <= id.size(); ++i) {
    if (i < id.size() && id[i] != '.') {
      const char c = id[i];
      if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z')) return false;
      if (++length > 3) return false;
      continue;
    }
    if (length < 2) return false;
    ++parts;
    length = 0;
  }
  return parts >= 3 && parts <= 6;
}

std::string organ_id(const std::string& code, const std::vector<std::string>& aliases) {
  if (is_organ_id(code)) return code;
  const auto found = std::find_if(aliases.begin(), aliases.end(), [](const std::string& a) { return is_organ_id(a); });
  return found == aliases.end() ? code : *found;
}

std::pair<std::string, std::string> split_number(std::string_view number) {
  std::size_t end = 0;
  while (end < number.size() && number[end] >= '0' && number[end] <= '9') ++end;
  std::size_t rest = end;
  if (rest < number.size() && (number[rest] == '/' || number[rest] == '-')) ++rest;
  return {std::string(number.substr(0, end)), std::string(number.substr(rest))};
}

base::Result<std::string> edxml_header(const Json& row, const Organ& from, const std::vector<Organ>& to, bool paper) {
  const std::string number = text(row, "number"), date = text(row, "date"), title = text(row, "title");
  for (const auto& [name, value] : {std::pair{"number", &number}, std::pair{"date", &date}, std::pair{"title", &title}})
    if (value->empty()) return base::fail(base::Errc::invalid, to_string(place_of(row)) + ": " + name + " is missing; correct the row first");
  const auto [digits, notation] = split_number(number);
  const std::string id = from.id + "," + slashes(date) + "," + number;
  Writer w;
  w.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
  w.line("<edXML xmlns=\"" + std::string(kNamespace) + "\" xmlns:edXML=\"" + std::string(kNamespace) + "\">");
  w.deeper(1);
  w.open("edXMLEnvelope");
  w.open("edXMLHeader");
  w.open("MessageHeader");
  organ(w, "From", from);
  for (const Organ& o : to) organ(w, "To", o);
  w.open("Code");
  w.field("CodeNumber", digits);
  w.field("CodeNotation", notation);
  w.close();
  w.open("PromulgationInfo");
  w.optional("Place", text(row, "place"));
  w.field("PromulgationDate", slashes(date));
  w.close();
  w.open("DocumentType");
  w.field("Type", text(row, "doc_class") == "qppl" ? "1" : "2");
  w.optional("TypeName", text(row, "kind"));
  w.close();
  w.field("Subject", title);
  w.field("Content", title);
  w.open("SignerInfo");
  w.optional("Competence", joined_marks(text(row, "signer_authority")));
  w.field("FullName", text(row, "signer"));
  w.close();
  if (const auto assignment = row.find("assignment"); assignment != row.end() && assignment->is_object()) w.optional("DueDate", slashes(text(*assignment, "due")));
  places(w, row);
  std::size_t copies = 0;
  for (const char* state : {"sent", "delivered", "read", "refused"}) copies += row.value("receipts", Json::object()).value(state, std::size_t(0));
  other_info(w, row, std::max<std::size_t>(copies, 1));
  w.field("SteeringType", "0");
  w.field("DocumentId", id);
  w.close();
  trace(w, row, from, id, paper);
  w.close();
  w.close();
  w.deeper(-1);
  w.line("</edXML>");
  return w.take();
}

}  // namespace registers
