#include "tools/registers/book.hpp"

#include <algorithm>

namespace registers {
namespace {

struct Column {
  const char *key, *vi, *en;
};
constexpr Column kIncoming[] = {{"received", "Ngày đến", "Received"}, {"register_number", "Số đến", "Number in"}, {"author", "Tác giả", "Issuer"},
                                {"number", "Số, ký hiệu", "Number and symbol"}, {"date", "Ngày tháng", "Date"}, {"summary", "Tên loại và trích yếu", "Kind and title"},
                                {"assigned", "Đơn vị hoặc người nhận", "Unit or recipient"}, {"passed", "Ngày chuyển", "Passed on"}, {"signed_for", "Ký nhận", "Signed for"},
                                {"note", "Ghi chú", "Note"}, {"verdict", "Chữ ký số", "Signature"}};
constexpr Column kOutgoing[] = {{"register_number", "Số thứ tự", "Number out"}, {"number", "Số, ký hiệu", "Number and symbol"}, {"date", "Ngày tháng", "Date"},
                                {"summary", "Tên loại và trích yếu", "Kind and title"}, {"signer", "Người ký", "Signer"}, {"places", "Nơi nhận", "Recipients"},
                                {"keeper", "Đơn vị, người nhận bản lưu", "Keeper of the file copy"}, {"copies", "Số lượng bản", "Copies"}, {"note", "Ghi chú", "Note"},
                                {"sent", "Ngày gửi", "Sent"}, {"verdict", "Chữ ký số", "Signature"}};

Json or_null(std::string s) { return s.empty() ? Json(nullptr) : Json(std::move(s)); }

std::string joined(const Json& row, const char* name) {
  std::string out;
  const auto found = row.find(name);
  if (found == row.end() || !found->is_array()) return out;
  for (const Json& one : *found)
    if (one.is_string()) out += (out.empty() ? "" : "; ") + one.get<std::string>();
  return out;
}

std::string summary(const Json& row) {
  const std::string kind = text(row, "kind"), title = text(row, "title");
  return kind + (kind.empty() || title.empty() ? "" : ": ") + title;
}

// What the book's last column tells beside a clerk's own words.
std::string note(const Json& row) {
  std::string out = text(row, "note");
  const auto add = [&](std::string_view words) { out += (out.empty() ? "" : "; ") + std::string(words); };
  if (row.value("void", false)) add("gạch bỏ");
  if (text(row, "duplicate") == "differs") add("trùng số");
  if (const std::string urgency = text(row, "urgency"); !urgency.empty()) add(urgency);
  if (row.contains("recall")) add("đã thu hồi");
  return out;
}

std::string assigned_to(const Json& row) {
  const auto found = row.find("assignment");
  if (found == row.end() || !found->is_object()) return joined(row, "to");
  const std::string unit = text(*found, "unit"), official = text(*found, "official");
  return unit + (unit.empty() || official.empty() ? "" : ", ") + official;
}

std::string passed_on(const Json& row) {
  const auto steps = row.find("handling");
  return steps == row.end() || steps->empty() ? std::string() : text(steps->front(), "at").substr(0, 10);
}

std::string signed_for(const Json& row) {  // the step in which whoever got it took it up
  const auto steps = row.find("handling");
  if (steps == row.end()) return {};
  for (const Json& s : *steps)
    if (const std::string state = text(s, "state"); state == "in_progress" || state == "done") return text(s, "who");
  return {};
}

Json incoming(const Json& row) {
  const std::string issuer = text(row, "issuer"), domain = text(row, "issuer_domain");
  return {{"received", or_null(text(row, "at").substr(0, 10))}, {"register_number", row.value("register_number", 0u)},
          {"author", or_null(issuer.empty() ? domain : issuer)}, {"number", or_null(text(row, "number"))}, {"date", or_null(text(row, "date"))},
          {"summary", or_null(summary(row))}, {"assigned", or_null(assigned_to(row))}, {"passed", or_null(passed_on(row))},
          {"signed_for", or_null(signed_for(row))}, {"note", or_null(note(row))}, {"verdict", or_null(text(row, "verdict"))}};
}

Json outgoing(const Json& row) {
  const Json counts = row.value("receipts", Json::object());
  std::uint64_t copies = 0;
  for (const char* state : {"sent", "delivered", "read", "refused"}) copies += counts.value(state, 0u);
  return {{"register_number", row.value("register_number", 0u)}, {"number", or_null(text(row, "number"))}, {"date", or_null(text(row, "date"))},
          {"summary", or_null(summary(row))}, {"signer", or_null(text(row, "signer"))}, {"places", or_null(joined(row, "to_places"))},
          {"keeper", or_null(text(row, "from"))}, {"copies", copies}, {"note", or_null(note(row))},
          {"sent", or_null(text(row, "at").substr(0, 10))}, {"verdict", or_null(text(row, "verdict"))}};
}

}  // namespace

void blank_cells(Json& book) {
  for (Json& row : book["rows"])
    for (auto& [key, value] : row.items())
      if (value.is_null()) value = "";
}

Json book_report(const BookOf& of, const Json& rows) {
  const bool in = of.direction == Direction::incoming;
  Json columns = Json::array(), lines = Json::array();
  const auto head = [&](const Column& c) { columns.push_back({{"key", c.key}, {"title", {{"vi", c.vi}, {"en", c.en}}}, {"formula", nullptr}}); };
  if (in) std::for_each(std::begin(kIncoming), std::end(kIncoming), head);
  else std::for_each(std::begin(kOutgoing), std::end(kOutgoing), head);
  std::vector<const Json*> sorted;
  for (const Json& row : rows) sorted.push_back(&row);
  const auto place = [](const Json* r) { return std::tuple(text(*r, "agency"), r->value("register_year", 0u), r->value("register_number", 0u)); };
  std::sort(sorted.begin(), sorted.end(), [&](const Json* a, const Json* b) { return place(a) < place(b); });
  for (const Json* row : sorted) lines.push_back(in ? incoming(*row) : outgoing(*row));
  const std::string name = in ? "register_in" : "register_out";
  const std::size_t count = lines.size();
  return {{"schema", "congthu.report." + name + "/1"}, {"report", name},
          {"title", {{"vi", std::string(in ? "Sổ đăng ký văn bản đến" : "Sổ đăng ký văn bản đi") + (of.agency.empty() ? "" : ": " + of.agency)},
                     {"en", std::string(in ? "Register of incoming documents" : "Register of outgoing documents") + (of.agency.empty() ? "" : ": " + of.agency)}}},
          {"from", of.from}, {"to", of.to}, {"by", nullptr}, {"as_of", of.as_of},
          {"agency", of.agency}, {"columns", std::move(columns)}, {"rows", std::move(lines)}, {"totals", {{"documents", count}}}};
}

}  // namespace registers
