// congthu report inputs: figures that mail cannot know, as a CSV that a spreadsheet fills in.
#include "tools/cli/admin_command.hpp"
#include "tools/cli/input.hpp"
#include "tools/report/csv.hpp"
#include "tools/report/csv_read.hpp"

namespace cli {
namespace {

struct InputArguments {
  std::string period, agency, table, figure, file, source;
};

constexpr const char* kInputColumns[] = {"figure", "title", "formula", "agency", "agency_name", "period", "numerator", "denominator", "source"};
constexpr base::Text kInputExamples{
    "congthu report inputs template --period 2026-11 --table tg-204-2013 > nhap.csv\n"
    "congthu report inputs import nhap.csv --source \"sổ văn bản giấy\"\n"
    "congthu report inputs show --period 2026-11 --agency svd\n"
    "congthu --as kiem@songla.gov.vn report inputs confirm --period 2026-11 --agency svd",
    "congthu report inputs template --period 2026-11 --table tg-204-2013 > inputs.csv\n"
    "congthu report inputs import inputs.csv --source \"paper register\"\n"
    "congthu report inputs show --period 2026-11 --agency svd\n"
    "congthu --as kiem@songla.gov.vn report inputs confirm --period 2026-11 --agency svd"};

std::string input_query(std::initializer_list<std::pair<const char*, const std::string*>> given) {
  std::string out;
  for (const auto& [name, value] : given)
    if (!value->empty()) out += (out.empty() ? "?" : "&") + std::string(name) + "=" + encoded(*value);
  return out;
}

// Both lines of the head are for people: what a column is, and what is counted.
int inputs_template(Program& p, const InputArguments& a) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", "/reports/inputs/template" + input_query({{"period", &a.period}, {"table", &a.table}, {"agency", &a.agency}}));
  if (!reply) return backend.code();
  if (p.con.format == Format::json) return p.con.out += dump(*reply) + "\n", kDone;
  const char* lang = p.con.lang == base::Lang::vi ? "vi" : "en";
  std::string& out = p.con.out;
  out += report::kCsvBom;
  out += report::csv_line({std::begin(kInputColumns), std::end(kInputColumns)});
  for (const Json& row : (*reply)["rows"]) {
    std::vector<std::string> cells;
    for (const std::string name : kInputColumns) {
      const Json value = name == "title" || name == "formula" ? row[name][lang] : name == "source" ? Json("") : row[name];
      const bool counted = name == "numerator" && !row["asks_numerator"].get<bool>();
      cells.push_back(counted ? "" : report::csv_cell(value, ""));
    }
    out += report::csv_line(cells);
  }
  return kDone;
}

// A whole number as spreadsheets show it: 1234, 1.234, 1 234. Left as text where it is none: the server names the line.
Json number_of_cell(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '.' || c == '\''; });
  if (text.empty()) return nullptr;
  if (text.size() > 15 || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return text;
  return std::stoull(text);
}

base::Result<Json> rows_of_file(const std::string& text, const std::string& source) {
  const auto lines = report::read_csv(text);
  if (!lines) return lines.error();
  if (lines->empty()) return base::fail(base::Errc::invalid, "the file is empty");
  std::map<std::string, std::size_t> at;
  for (std::size_t i = 0; i < lines->front().cells.size(); ++i) at[lines->front().cells[i]] = i;
  for (const char* name : {"figure", "agency", "period", "denominator"})
    if (at.count(name) == 0) return base::fail(base::Errc::invalid, std::string("line 1: the column ") + name + " is missing");
  Json rows = Json::array();
  for (std::size_t n = 1; n < lines->size(); ++n) {
    const report::CsvLine& line = (*lines)[n];
    const auto cell = [&](const char* name) {
      const auto found = at.find(name);
      return found == at.end() || found->second >= line.cells.size() ? std::string() : line.cells[found->second];
    };
    if (cell("numerator").empty() && cell("denominator").empty()) continue;  // not filled in: no figure
    rows.push_back({{"line", line.line}, {"figure", cell("figure")}, {"agency", cell("agency")}, {"period", cell("period")}, {"numerator", number_of_cell(cell("numerator"))},
                    {"denominator", number_of_cell(cell("denominator"))}, {"source", cell("source").empty() ? source : cell("source")}});
  }
  if (rows.empty()) return base::fail(base::Errc::invalid, "no line of it is filled in");
  return rows;
}

int inputs_import(Program& p, const InputArguments& a) {
  const auto text = read_input(a.file);
  if (!text) return cannot_read(p.con, a.file, text.error());
  auto rows = rows_of_file(*text, a.source);
  if (!rows) return p.con.fail(kFailed, printable(a.file) + ": " + printable(rows.error().detail()));
  const std::size_t count = rows->size();
  Backend backend(p.con, p.config);
  const auto reply = backend.call("POST", "/reports/inputs", dump({{"rows", *std::move(rows)}}));
  if (!reply) return backend.code();
  const Json warnings = reply->value("warnings", Json::array());
  for (const Json& warning : warnings) p.con.note(p.con.text({"chú ý: ", "note: "}) + printable(warning.get<std::string>()));
  if (p.con.format == Format::json) p.con.out += dump(*reply) + "\n";
  else if (reply->value("changed", false)) p.con.line({"đã nhập {} số liệu; chờ người khác xác nhận (report inputs confirm)", "{} figures entered; another one has to confirm them (report inputs confirm)"}, std::to_string(count));
  else p.con.line({"{} số liệu đã có như vậy", "{} figures were there already"}, std::to_string(count));
  return kDone;
}

int inputs_show(Program& p, const InputArguments& a) {
  return list(p, "/reports/inputs" + input_query({{"period", &a.period}, {"agency", &a.agency}, {"figure", &a.figure}}), "inputs",
              {"figure", "agency", "period", "numerator", "denominator", "source", "author", "at", "confirmed"});
}

int inputs_confirm(Program& p, const InputArguments& a) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("POST", "/reports/inputs/confirm" + input_query({{"period", &a.period}, {"agency", &a.agency}, {"figure", &a.figure}}));
  if (!reply) return backend.code();
  if (p.con.format == Format::json) return p.con.out += dump(*reply) + "\n", kDone;
  p.con.line({"đã xác nhận {} số liệu", "{} figures confirmed"}, std::to_string(reply->value("confirmed", 0u)));
  if (const auto own = reply->value("own", 0u); own > 0) p.con.note(p.con.text({"{} số liệu do chính bạn nhập chờ người khác xác nhận", "{} figures that you entered wait for another one"}, std::to_string(own)));
  return kDone;
}

}  // namespace

void add_report_inputs(Program& p, CLI::App& report) {
  auto a = std::make_shared<InputArguments>();
  CLI::App* g = p.group(report, "inputs", {"Số liệu mà thư không cho biết: lập mẫu, nhập, xem, xác nhận.", "Figures that mail cannot know: template, import, show, confirm."}, kInputExamples);
  const auto period = [&](CLI::App* c) { return c->add_option("--period", a->period, p.words({"kỳ: 2026, 2026-H1, 2026-Q4, 2026-11", "period: 2026, 2026-H1, 2026-Q4, 2026-11"}))->type_name("P"); };
  const auto agency = [&](CLI::App* c) { c->add_option("--agency", a->agency, p.words({"chỉ cơ quan có mã này", "only the agency of this code"}))->type_name("CODE"); };
  const auto figure = [&](CLI::App* c) { c->add_option("--figure", a->figure, p.words({"chỉ số liệu này, ví dụ headcount", "only this figure, for example headcount"}))->type_name("F"); };
  CLI::App* c = p.command(*g, "template", {"Tệp CSV để điền, mở bằng bảng tính.", "A CSV to fill in with a spreadsheet."}, kInputExamples, [&p, a](Console&) { return inputs_template(p, *a); });
  period(c)->required();
  agency(c);
  c->add_option("--table", a->table, p.words({"chỉ cho bảng chỉ tiêu này", "only for this table of indicators"}))->type_name("ID");
  c = p.command(*g, "import", {"Nhập tệp đã điền; sai một dòng thì không nhập dòng nào.", "Import what was filled in: all lines or none."}, kInputExamples, [&p, a](Console&) { return inputs_import(p, *a); });
  c->add_option("FILE", a->file, p.words({"tệp CSV; - là đầu vào chuẩn", "the CSV; - is standard input"}))->required();
  c->add_option("--source", a->source, p.words({"nguồn, cho những dòng không ghi", "source, for lines that name none"}))->type_name("TEXT");
  c = p.command(*g, "show", {"Số liệu đã nhập, ai nhập, ai xác nhận.", "What was entered, by whom, and who confirmed it."}, kInputExamples, [&p, a](Console&) { return inputs_show(p, *a); });
  period(c);
  agency(c);
  figure(c);
  c = p.command(*g, "confirm", {"Xác nhận số liệu do người khác nhập.", "Confirm figures that somebody else entered."}, kInputExamples, [&p, a](Console&) { return inputs_confirm(p, *a); });
  period(c)->required();
  agency(c);
  figure(c);
}

}  // namespace cli
