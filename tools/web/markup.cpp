#include "tools/web/markup.hpp"

#include "tools/report/chart.hpp"
#include "tools/report/html.hpp"

namespace web {
namespace {

// Contrast of text is 4.5:1 or more on its ground (WCAG 1.4.3); focus is always seen (2.4.7).
constexpr std::string_view kSheet = R"css(:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#f6f7f8;color:#1a2129;font:16px/1.5 "Noto Sans","Segoe UI",Roboto,"Liberation Sans","DejaVu Sans",Arial,sans-serif}
a{color:#0f4c81}
a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,textarea:focus-visible,summary:focus-visible{outline:3px solid #0f4c81;outline-offset:2px}
.skip{position:absolute;left:-999px}
.skip:focus{left:8px;top:8px;background:#fff;padding:8px 12px;z-index:9}
header.top{background:#8f1d1d;color:#fff}
header.top .in{max-width:1240px;margin:0 auto;padding:10px 20px;display:flex;flex-wrap:wrap;gap:6px 20px;align-items:center}
header.top a{color:#fff}
header.top .name{font-weight:700;font-size:19px;margin-right:auto;text-decoration:none}
header.top form{display:inline}
header.top button{background:none;border:1px solid #fff;color:#fff;border-radius:4px;padding:3px 10px;font:inherit;font-size:14px;cursor:pointer}
nav.menu{background:#fff;border-bottom:1px solid #d5dce2}
nav.menu ul{max-width:1240px;margin:0 auto;padding:0 12px;list-style:none;display:flex;flex-wrap:wrap}
nav.menu a{display:block;padding:10px 12px;text-decoration:none;border-bottom:3px solid transparent}
nav.menu a[aria-current]{border-bottom-color:#8f1d1d;font-weight:600;color:#1a2129}
main{max-width:1240px;margin:0 auto;padding:20px}
main>section,.card{background:#fff;border:1px solid #d5dce2;border-radius:8px;padding:16px 20px;margin:0 0 18px}
h1{font-size:26px;margin:6px 0 16px;line-height:1.25}
h2{font-size:19px;margin:0 0 10px}
.figures{display:flex;flex-wrap:wrap;gap:12px;list-style:none;margin:0 0 18px;padding:0}
.figures li{background:#fff;border:1px solid #d5dce2;border-radius:8px;padding:12px 18px;min-width:170px}
.figures b{display:block;font-size:28px;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:0 0 8px}
label{display:block;font-weight:600;font-size:14px}
input,select,textarea{font:inherit;width:100%;padding:7px 9px;border:1px solid #66717c;border-radius:4px;background:#fff;color:inherit}
textarea{min-height:90px}
.fields{display:grid;gap:12px;max-width:520px}
.fields.row{grid-template-columns:repeat(auto-fit,minmax(150px,1fr));max-width:none;align-items:end}
.hint{font-weight:400;color:#4a5663;font-size:13px}
button.do{font:inherit;background:#0f4c81;color:#fff;border:0;border-radius:4px;padding:8px 18px;cursor:pointer}
button.do:hover{background:#0b3a63}
.note{border-left:5px solid #d9a300;background:#fff8e1;padding:10px 14px;margin:0 0 16px}
.error{border-left:5px solid #8f1d1d;background:#fdecec;padding:10px 14px;margin:0 0 16px}
.done{border-left:5px solid #1b7f4b;background:#e9f6ee;padding:10px 14px;margin:0 0 16px}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f0f3f5;padding:12px;border-radius:6px;font-size:13px}
table{font-size:14px}
.rows td{overflow-wrap:break-word}
section h2:not(:first-child){margin-top:26px}
dl.facts{display:grid;grid-template-columns:minmax(130px,220px) 1fr;gap:6px 16px;margin:0 0 12px}
.facts dd{margin:0;overflow-wrap:anywhere;color:inherit}
footer{max-width:1240px;margin:0 auto;padding:10px 20px 30px;color:#4a5663;font-size:13px}
@media(max-width:560px){main{padding:12px}dl.facts{grid-template-columns:1fr;gap:0}.facts dd{margin:0 0 8px}h1{font-size:22px}}
@media(prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important}}
@media print{header.top,nav.menu,form,.skip,footer{display:none}body{background:#fff}main{max-width:none;padding:0}main>section{border:0;padding:0}}
)css";

std::string menu(const Frame& f) {
  std::string out = "<nav class=\"menu\" aria-label=\"" + std::string(base::Text{"Chính", "Main"}.in(f.lang)) + "\"><ul>";
  for (const Room* r : f.rooms)
    out += "<li><a href=\"" + std::string(r->href) + "\"" + (r->id == f.active ? " aria-current=\"page\"" : "") + ">" + text(r->words.in(f.lang)) + "</a></li>";
  return out + "</ul></nav>\n";
}

std::string top(const Frame& f) {
  const bool vi = f.lang == base::Lang::vi;
  std::string out = "<header class=\"top\"><div class=\"in\"><a class=\"name\" href=\"/\">Công Thư</a>";
  out += "<a href=\"" + text(link("/language", {{"to", vi ? "en" : "vi"}, {"back", f.here}})) + "\" lang=\"" + (vi ? "en" : "vi") + "\">" + (vi ? "English" : "Tiếng Việt") + "</a>";
  if (!f.account.empty())
    out += "<span>" + text(f.account) + "</span><form method=\"post\" action=\"/sign-out\"><input type=\"hidden\" name=\"csrf\" value=\"" + text(f.csrf) + "\"><button>" +
           text(vi ? "Đăng xuất" : "Sign out") + "</button></form>";
  return out + "</div></header>\n";
}

std::string control(const Field& f, const std::string& id) {
  const std::string common = " id=\"" + id + "\" name=\"" + text(f.name) + "\"" + (f.required ? " required" : "") + (f.hint.empty() ? "" : " aria-describedby=\"" + id + "-h\"") +
                             (f.autocomplete.empty() ? "" : " autocomplete=\"" + text(f.autocomplete) + "\"");
  if (f.type == "textarea") return "<textarea" + common + ">" + text(f.value) + "</textarea>";
  if (f.type != "select") return "<input type=\"" + text(f.type) + "\"" + common + (f.type == "password" ? "" : " value=\"" + text(f.value) + "\"") + ">";
  std::string out = "<select" + common + ">";
  for (const Choice& c : f.choices) out += "<option value=\"" + text(c.value) + "\"" + (c.value == f.value ? " selected" : "") + ">" + text(c.words) + "</option>";
  return out + "</select>";
}

}  // namespace

std::string text(std::string_view words) { return report::escaped(words); }
std::string anchor(const std::string& href, std::string_view words) { return "<a href=\"" + text(href) + "\">" + text(words) + "</a>"; }
std::string heading(int level, std::string_view words) {
  const std::string tag = "h" + std::to_string(level);
  return "<" + tag + ">" + text(words) + "</" + tag + ">\n";
}
std::string paragraph(std::string_view words, std::string_view css_class) {
  return "<p" + (css_class.empty() ? std::string() : " class=\"" + std::string(css_class) + "\"") + ">" + text(words) + "</p>\n";
}

std::string page(const Frame& f, const std::string& raw_body) {
  const bool vi = f.lang == base::Lang::vi;
  return "<!DOCTYPE html>\n<html lang=\"" + std::string(vi ? "vi" : "en") + "\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
         "<title>" + text(f.title) + " · Công Thư</title><link rel=\"icon\" href=\"/icon.svg\"><link rel=\"stylesheet\" href=\"/style.css\"></head>\n<body>\n<a class=\"skip\" href=\"#main\">" +
         text(vi ? "Đến nội dung chính" : "Skip to the content") + "</a>\n" + top(f) + (f.account.empty() ? std::string() : menu(f)) + "<main id=\"main\">\n" + heading(1, f.title) + raw_body +
         "</main>\n<footer>Công Thư</footer>\n</body>\n</html>\n";
}

std::string form(const std::string& action, const std::string& csrf, const std::vector<Field>& fields, std::string_view button, bool inline_fields) {
  // Several forms of a page have fields of one name: what a hidden "do" says tells their ids apart.
  std::string prefix = "f-";
  for (const Field& f : fields)
    if (f.type == "hidden" && f.name == "do") prefix += text(f.value) + "-";
  std::string out = "<form method=\"" + std::string(csrf.empty() ? "get" : "post") + "\" action=\"" + text(action) + "\">";
  if (!csrf.empty()) out += "<input type=\"hidden\" name=\"csrf\" value=\"" + text(csrf) + "\">";
  out += "<div class=\"fields" + std::string(inline_fields ? " row" : "") + "\">";
  for (const Field& f : fields) {
    const std::string id = prefix + text(f.name);
    if (f.type == "hidden") {
      out += "<input type=\"hidden\" name=\"" + text(f.name) + "\" value=\"" + text(f.value) + "\">";
      continue;
    }
    out += "<div><label for=\"" + id + "\">" + text(f.label) + "</label>" + control(f, id) + (f.hint.empty() ? "" : "<span class=\"hint\" id=\"" + id + "-h\">" + text(f.hint) + "</span>") + "</div>";
  }
  return out + "<div><button class=\"do\">" + text(button) + "</button></div></div></form>\n";
}

std::string table(std::string_view caption, const std::vector<TableColumn>& columns, const std::vector<std::vector<std::string>>& raw_rows, std::string_view none) {
  if (raw_rows.empty()) return paragraph(none);
  std::string out = "<div class=\"wide rows\"><table><caption>" + text(caption) + "</caption><thead><tr>";
  for (const TableColumn& c : columns) out += "<th scope=\"col\"" + std::string(c.number ? " class=\"n\"" : "") + ">" + text(c.title) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const auto& row : raw_rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) out += (i < columns.size() && columns[i].number ? "<td class=\"n\">" : "<td>") + row[i] + "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string day_of(const Json& at) {
  if (!at.is_string()) return {};
  const std::string iso = at.get<std::string>();
  if (iso.size() < 10) return iso;
  return iso.substr(8, 2) + "/" + iso.substr(5, 2) + "/" + iso.substr(0, 4) + (iso.size() > 15 ? " " + iso.substr(11, 5) : "");
}

std::string alert(std::string_view words) { return words.empty() ? std::string() : "<p class=\"error\" role=\"alert\">" + text(words) + "</p>\n"; }

std::string facts(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string out = "<dl class=\"facts\">";
  for (const auto& [name, value] : rows)
    if (!value.empty()) out += "<dt>" + text(name) + "</dt><dd>" + text(value) + "</dd>";
  return out + "</dl>\n";
}

std::string word_of(const Json& row, std::string_view name) {
  if (!row.is_object()) return {};
  const auto found = row.find(name);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string list_of(const Json& values) {
  std::string out;
  if (values.is_array())
    for (const Json& one : values)
      if (one.is_string()) out += (out.empty() ? "" : ", ") + one.get<std::string>();
  return out;
}

const std::string& style_sheet() {
  static const std::string kWhole = std::string(report::section_style()) + std::string(kSheet);
  return kWhole;
}

}  // namespace web
