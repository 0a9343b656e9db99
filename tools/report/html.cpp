#include "tools/report/html.hpp"

#include "tools/report/chart.hpp"

namespace report {
namespace {

// Of a page of its own.
constexpr std::string_view kPageStyle = R"css(
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0 auto;padding:28px 32px 40px;max-width:1180px;background:#fff;color:#1a2129;font:15px/1.5 "Noto Sans","Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif}
header{border-bottom:3px solid #8f1d1d;padding-bottom:12px;margin-bottom:20px}
h1{margin:0 0 4px;font-size:26px;line-height:1.25}
h2{font-size:18px;margin:30px 0 10px}
.meta{margin:0;color:#4a5663}
footer{margin-top:28px;border-top:1px solid #d5dce2;padding-top:8px;color:#4a5663;font-size:12px}
@media(max-width:820px){body{padding:18px 16px}}
@media print{body{padding:0;max-width:none;font-size:9.5pt}h2{margin-top:16px}}
)css";

// Of the report itself, wherever it stands.
constexpr std::string_view kSectionStyle = R"css(
.totals{display:flex;flex-wrap:wrap;gap:10px;margin:0;padding:0;list-style:none}
.totals li{border:1px solid #d5dce2;border-radius:6px;padding:8px 14px;min-width:120px}
.totals b{display:block;font-size:22px;font-variant-numeric:tabular-nums}
.totals span{color:#4a5663;font-size:13px}
figure{margin:0 0 26px}
.pair>*{break-inside:avoid;min-width:0}
h2,figcaption,.legend{break-after:avoid}
figcaption{font-weight:600;margin-bottom:8px}
.pair{display:grid;gap:14px 22px;align-items:start}
.pair.side{grid-template-columns:minmax(0,3fr) minmax(280px,2fr)}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;margin:0 0 8px;padding:0;font-size:13px}
.legend svg{display:inline-block;width:12px;height:12px;margin-right:6px;border:1px solid #555;vertical-align:-1px}
svg{width:100%;height:auto;display:block}
svg text{font:13px "Noto Sans","Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;fill:#1a2129}
svg .v{fill:#4a5663}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{border:1px solid #d5dce2;padding:5px 8px;text-align:left;vertical-align:top}
.wide td{overflow-wrap:anywhere;min-width:64px}
.pair .wide td{min-width:0}
th{background:#f0f3f5}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
td.n{white-space:nowrap}
th[scope=row]{min-width:150px;font-weight:500}
tbody tr:nth-child(even){background:#fafbfc}
tr{break-inside:avoid}
td.none{color:#5c6771}
dl{margin:0}dt{font-weight:600}dd{margin:0 0 8px 0;color:#333d47}
@media(max-width:820px){.pair.side{grid-template-columns:1fr}}
@page{size:A4 landscape;margin:14mm}
@media print{table{font-size:8.5pt}th,td{padding:3px 6px}svg{max-width:190mm}.wide{overflow:visible}thead{display:table-header-group}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
)css";

std::string words(const Report& r, base::Text t) { return std::string(t.in(r.lang)); }

// "2026-11-23" as people here write it.
std::string day(const std::string& iso) {
  if (iso.size() < 10 || iso[4] != '-' || iso[7] != '-') return iso;
  return iso.substr(8, 2) + "/" + iso.substr(5, 2) + "/" + iso.substr(0, 4) + (iso.size() > 15 ? " " + iso.substr(11, 5) : "");
}

std::string head(const Report& r) {
  const std::string title = escaped(r.title);
  std::string out = "<!DOCTYPE html>\n<html lang=\"" + words(r, {"vi", "en"}) + "\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + title + "</title>\n<style>";
  out += kPageStyle;
  out += kSectionStyle;
  return out + "</style>\n</head>\n<body>\n<header>\n<h1>" + title + "</h1>\n<p class=\"meta\">" + words(r, {"Kỳ báo cáo: từ ", "Period: "}) + escaped(day(r.from)) +
         words(r, {" đến ", " to "}) + escaped(day(r.to)) + words(r, {" (giờ Việt Nam, tính cả hai ngày). Số liệu lúc ", " (Vietnam time, both days included). As of "}) +
         escaped(day(r.as_of)) + ".</p>\n</header>\n<main>\n";
}

std::string totals(const Report& r) {
  if (r.totals.empty()) return {};
  std::string out = "<h2>" + words(r, {"Tổng hợp", "Totals"}) + "</h2>\n<ul class=\"totals\">\n";
  for (const auto& [title, value] : r.totals) out += "<li><b>" + escaped(value) + "</b><span>" + escaped(title) + "</span></li>\n";
  return out + "</ul>\n";
}

std::string pivot_table(const Report& r, const Pivot& p, const std::string& category) {
  std::string out = "<div class=\"wide\"><table><thead><tr><th scope=\"col\">" + escaped(category) + "</th>";
  for (const std::string& s : p.series) out += "<th scope=\"col\" class=\"n\">" + escaped(s) + "</th>";
  if (p.series.size() > 1) out += "<th scope=\"col\" class=\"n\">" + words(r, {"Cộng", "Sum"}) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (std::size_t c = 0; c < p.categories.size(); ++c) {
    double sum = 0;
    out += "<tr><th scope=\"row\">" + escaped(p.categories[c]) + "</th>";
    for (const double v : p.values[c]) {
      out += "<td class=\"n\">" + shown(p, v) + "</td>";
      sum += v;
    }
    if (p.series.size() > 1) out += "<td class=\"n\">" + shown(p, sum) + "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>";
}

std::string charts(const Report& r) {
  std::string out;
  std::size_t number = 0;
  for (const Chart& chart : r.charts) {
    const Pivot p = make_pivot(r, chart);
    if (p.categories.empty() || p.largest <= 0) continue;
    const std::string id = "c" + std::to_string(++number);
    const Column* category = r.column(chart.category);
    out += "<figure>\n<figcaption>" + escaped(p.title) + "</figcaption>\n<div class=\"pair" + (p.series.size() > 2 ? "" : " side") + "\">\n<div>";
    if (p.series.size() > 1 || !chart.series.empty()) {
      out += "<ul class=\"legend\">";
      for (std::size_t s = 0; s < p.series.size(); ++s)
        out += "<li><svg viewBox=\"0 0 1 1\" aria-hidden=\"true\"><rect width=\"1\" height=\"1\" fill=\"" + colour(p, s) + "\"/></svg>" + escaped(p.series[s]) + "</li>";
      out += "</ul>";
    }
    out += to_svg(p, id) + "</div>\n" + pivot_table(r, p, category == nullptr ? chart.category : category->title) + "\n</div>\n</figure>\n";
  }
  return out.empty() ? out : "<h2>" + words(r, {"Biểu đồ", "Charts"}) + "</h2>\n" + out;
}

std::string data_table(const Report& r) {
  std::string out = "<h2>" + words(r, {"Số liệu", "Figures"}) + "</h2>\n";
  if (r.rows.empty()) return out + "<p>" + words(r, {"Không có dòng nào trong kỳ này.", "There are no rows in this period."}) + "</p>\n";
  out += "<div class=\"wide\"><table><thead><tr>";
  for (const Column& c : r.shown) out += "<th scope=\"col\"" + std::string(c.number ? " class=\"n\"" : "") + ">" + escaped(c.title) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const Json& row : r.rows) {
    out += "<tr>";
    for (const Column& c : r.shown) {
      const bool nothing = !row.contains(c.key) || row[c.key].is_null();
      out += (nothing ? "<td class=\"none\">" : c.number ? "<td class=\"n\">" : "<td>") + escaped(cell(r, c, row)) + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string formulas(const Report& r) {
  std::string out;
  for (const Column& c : r.shown)
    if (!c.formula.empty()) out += "<dt>" + escaped(c.title) + "</dt><dd>" + escaped(c.formula) + "</dd>\n";
  if (!out.empty()) out = "<h2>" + words(r, {"Cách tính", "How it is counted"}) + "</h2>\n<dl>\n" + out + "</dl>\n";
  for (const std::string& note : r.notes) out += "<p>" + escaped(note) + "</p>\n";
  return out;
}

}  // namespace

std::string_view section_style() { return kSectionStyle; }
std::string to_html_sections(const Report& r) { return totals(r) + charts(r) + data_table(r) + formulas(r); }

std::string to_html(const Report& r) {
  return head(r) + to_html_sections(r) + "</main>\n<footer>Công Thư · " + escaped(r.name) + "</footer>\n</body>\n</html>\n";
}

}  // namespace report
