#include "tools/web/files.hpp"

#include "tools/report/csv.hpp"
#include "tools/report/html.hpp"
#include "tools/report/pdf.hpp"
#include "tools/report/xlsx.hpp"

namespace web {
namespace {

base::Result<std::string> drawn(const Json& reply, const report::Report& made, std::string_view format, std::string& type) {
  if (format == "csv") return type = "text/csv; charset=utf-8", report::to_csv(made);
  if (format == "json") return type = "application/json; charset=utf-8", admin::dump(reply) + "\n";
  if (format == "html") return type = "text/html; charset=utf-8", report::to_html(made);
  if (format == "xlsx") return type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", report::to_xlsx(made);
  if (format == "pdf") return type = "application/pdf", report::to_pdf(made);
  return base::fail(base::Errc::not_found, "pdf, xlsx, csv, html, json");
}

}  // namespace

Answer report_file(const Visit& v, const Json& reply, const std::string& name, std::string_view format) {
  constexpr base::Text kTitle{"Tải về", "Download"};
  const auto made = report::make_report(reply, v.lang);
  if (!made) return v.failed("reports", kTitle, made.error().detail(), 500);
  std::string type;
  auto bytes = drawn(reply, *made, format, type);
  if (!bytes) return v.failed("reports", kTitle, bytes.error().detail(), bytes.error().code() == base::Errc::not_found ? 404 : 500);
  return download(name + "-" + made->from + "-" + made->to + "." + std::string(format), type, *std::move(bytes));
}

std::string download_links(const Visit& v, const std::string& path, const std::vector<std::pair<std::string, std::string>>& query) {
  std::string out = "<p>" + text(v.words({"Tải về:", "Download:"}));
  for (const char* one : kFormats) out += " " + anchor(link(path + "." + one, query), one);
  return out + "</p>\n";
}

Field agency_field(const Visit& v, std::string value) {
  Field out{.name = "agency", .label = v.words({"Cơ quan", "Agency"}), .value = std::move(value), .type = "select"};
  out.choices.push_back({"", v.words({"(tất cả)", "(all)"})});
  std::string error;  // without the list everything can still be seen
  if (const auto reply = v.ask("GET", "/agencies", error))
    for (const Json& a : reply->value("agencies", Json::array())) out.choices.push_back({word_of(a, "code"), word_of(a, "name") + " (" + word_of(a, "code") + ")"});
  return out;
}

}  // namespace web
