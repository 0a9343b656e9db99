// congthu report NAME --from DATE --to DATE: figures with the formula of each (CONTRACT 4).
#include <algorithm>

#include "tools/cli/admin_command.hpp"

namespace cli {
namespace {

struct ReportArguments {
  std::string from, to, by;
};

constexpr base::Text kReportExamples{"congthu report exchange --from 2026-10-01 --to 2026-10-31 --by agency\ncongthu report signatures --from 2026-01-01 --to 2026-12-31 --by month --format csv > chu-ky.csv",
                               "congthu report exchange --from 2026-10-01 --to 2026-10-31 --by agency\ncongthu report signatures --from 2026-01-01 --to 2026-12-31 --by month --format csv > signatures.csv"};

std::string in(const Console& con, const Json& texts, const std::string& otherwise) {
  const char* lang = con.lang == base::Lang::vi ? "vi" : "en";
  return texts.is_object() && texts.contains(lang) && texts[lang].is_string() ? texts[lang].get<std::string>() : otherwise;
}

// Columns that name something: nothing there is no missing figure (an unsigned mail has no certificate).
bool names_things(const std::string& key) { return key == "group" || key == "reason" || key == "anchor_class"; }

bool percent_key(const std::string& key) { return key.ends_with("_share"); }

Json for_people(const Json& row) {
  Json out = row;
  for (const auto& [key, value] : row.items())
    if (percent_key(key) && value.is_number()) out[key] = fmt::format("{:.1f} %", value.get<double>() * 100);
  return out;
}

void show_report(Console& con, const Json& reply) {
  std::vector<Column> columns;
  const std::string missing = con.text({"chưa có số liệu", "no data yet"});
  std::string formulas;
  for (const Json& c : reply.value("columns", Json::array())) {
    Column column;
    column.key = c.value("key", "");
    column.title = in(con, c.value("title", Json()), column.key);
    column.if_null = names_things(column.key) ? "-" : missing;
    const std::string formula = in(con, c.value("formula", Json()), "");
    if (!formula.empty()) formulas += "  " + column.title + ": " + formula + "\n";
    columns.push_back(std::move(column));
  }
  Json rows = reply.value("rows", Json::array());
  if (con.format != Format::table) return show(con, columns, rows, reply);
  // Without --by there is one group without a name.
  const bool grouped = std::any_of(rows.begin(), rows.end(), [](const Json& row) { return row.value("group", Json()).is_string() && row["group"] != ""; });
  if (!grouped) std::erase_if(columns, [](const Column& c) { return c.key == "group"; });
  for (Column& c : columns)
    for (const Json& row : rows) c.right = c.right || (row.contains(c.key) && row[c.key].is_number());
  for (Json& row : rows) row = for_people(row);
  con.line({"Từ {} đến {}, số liệu lúc {}\n", "From {} to {}, as of {}\n"}, reply.value("from", ""), reply.value("to", ""), reply.value("as_of", ""));
  show(con, columns, rows, reply);
  const Json totals = reply.value("totals", Json::object());
  if (totals.is_object() && !totals.empty() && !rows.empty()) {
    std::string line;
    const Json shown = for_people(totals);  // items() is a view: its owner has to outlive the loop
    for (const auto& [key, value] : shown.items()) line += (line.empty() ? "" : ", ") + key + " " + (value.is_null() ? missing : cell_text(value));
    con.line({"\nTổng: {}", "\nTotals: {}"}, printable(line));
  }
  if (!formulas.empty()) con.out += "\n" + con.text({"Công thức:", "Formulas:"}) + "\n" + formulas;
}

int run(Program& p, const ReportArguments& a, const std::string& name) {
  std::string target = "/reports/" + name + "?from=" + encoded(a.from) + "&to=" + encoded(a.to);
  if (!a.by.empty()) target += "&by=" + encoded(a.by);
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", target);
  if (!reply) return backend.code();
  show_report(p.con, *reply);
  return kDone;
}

}  // namespace

void add_report(Program& p) {
  auto a = std::make_shared<ReportArguments>();
  CLI::App* g = p.group("report", {"Báo cáo; ngày theo giờ Việt Nam, tính cả hai đầu.", "Reports; days of Vietnam time, both ends included."}, kReportExamples);
  for (const auto& [name, text] : {std::pair{"signatures", base::Text{"Kết luận về chữ ký số.", "Verdicts on signatures."}},
                                   std::pair{"exchange", base::Text{"Văn bản gửi, nhận và tỷ lệ ký số.", "Documents sent and received, and how many are signed."}},
                                   std::pair{"mailboxes", base::Text{"Hộp thư đã cấp và đang dùng.", "Mailboxes provisioned and used."}},
                                   std::pair{"policy", base::Text{"Quy tắc đã tác động tới thư.", "What the rules did."}}}) {
    CLI::App* c = p.command(*g, name, text, kReportExamples, [&p, a, n = std::string(name)](Console&) { return run(p, *a, n); });
    c->add_option("--from", a->from, p.words({"ngày đầu", "first day"}))->required()->type_name("DATE");
    c->add_option("--to", a->to, p.words({"ngày cuối", "last day"}))->required()->type_name("DATE");
    c->add_option("--by", a->by, p.words({"nhóm theo agency, month hoặc signer", "group by agency, month or signer"}))->type_name("HOW");
  }
}

}  // namespace cli
