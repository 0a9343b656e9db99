#include "tools/cli/report_output.hpp"

#include <unistd.h>

#include "tools/admin/inputs.hpp"
#include "tools/cli/admin_command.hpp"
#include "tools/cli/input.hpp"
#include "tools/report/csv.hpp"
#include "tools/report/html.hpp"
#include "tools/report/pdf.hpp"
#include "tools/report/xlsx.hpp"

namespace cli {
namespace {

void for_terminal(Console& con, const report::Report& r) {
  std::vector<Column> columns;
  std::string formulas;
  for (const report::Column& c : r.shown) {
    columns.push_back({c.key, c.title, c.number, c.names ? "-" : r.missing()});
    if (!c.formula.empty()) formulas += "  " + c.title + ": " + c.formula + "\n";
  }
  Json rows = Json::array();
  for (const Json& row : r.rows) {
    Json shown = Json::object();
    for (const report::Column& c : r.shown) shown[c.key] = report::cell(r, c, row);
    rows.push_back(std::move(shown));
  }
  con.line({"Từ {} đến {}, số liệu lúc {}\n", "From {} to {}, as of {}\n"}, r.from, r.to, r.as_of);
  show(con, columns, rows, {});
  std::string totals;
  for (const auto& [title, value] : r.totals) totals += (totals.empty() ? "" : ", ") + title + " " + value;
  if (!totals.empty() && !rows.empty()) con.line({"\nTổng: {}", "\nTotals: {}"}, printable(totals));
  if (!formulas.empty()) con.out += "\n" + con.text({"Công thức:", "Formulas:"}) + "\n" + formulas;
  for (const std::string& note : r.notes) con.out += "\n" + note + "\n";
}

base::Result<void> draw(Console& con, const Json& reply) {
  const auto made = report::make_report(reply, con.lang);
  if (!made) return made.error();
  switch (con.format) {
    case Format::json: con.out += dump(reply) + '\n'; break;
    case Format::csv: con.out += report::to_csv(*made); break;
    case Format::html: con.out += report::to_html(*made); break;
    case Format::xlsx: {
      auto bytes = report::to_xlsx(*made);
      if (!bytes) return bytes.error();
      con.out += *bytes;
      break;
    }
    case Format::pdf: {
      auto bytes = report::to_pdf(*made);
      if (!bytes) return bytes.error();
      con.out += *bytes;
      break;
    }
    case Format::table: for_terminal(con, *made); break;
  }
  return {};
}

}  // namespace

void period_options(Program& p, CLI::App* c, std::string& period, std::string& from, std::string& to) {
  c->add_option("--from", from, p.words({"ngày đầu", "first day"}))->type_name("DATE");
  c->add_option("--to", to, p.words({"ngày cuối", "last day"}))->type_name("DATE");
  c->add_option("--period", period, p.words({"thay cho hai ngày: 2026, 2026-H1, 2026-Q4, 2026-10", "instead of both days: 2026, 2026-H1, 2026-Q4, 2026-10"}))->type_name("P");
}

int take_period(Program& p, const std::string& period, std::string& from, std::string& to) {
  if (period.empty() && !from.empty() && !to.empty()) return kDone;
  const auto days = admin::days_of_period(period);
  if (!from.empty() || !to.empty() || period.empty())
    return p.con.fail(kUsage, p.con.text({"cần --from và --to, hoặc --period", "give --from and --to, or --period"}), p.con.text({"ví dụ --period 2026-10", "for example --period 2026-10"}));
  if (!days)
    return p.con.fail(kUsage, p.con.text({"--period {}: không hiểu kỳ này", "--period {}: no such period"}, printable(period)),
                      p.con.text({"viết 2026, 2026-H1, 2026-Q4 hoặc 2026-10", "write 2026, 2026-H1, 2026-Q4 or 2026-10"}));
  std::tie(from, to) = *days;
  return kDone;
}

bool can_show_report(Program& p) {
  const bool bytes = p.con.format == Format::xlsx || p.con.format == Format::pdf;
  if (!bytes || !p.output.empty() || !is_terminal(STDOUT_FILENO)) return true;
  p.con.fail(kUsage, p.con.text({"một tệp xlsx hoặc pdf không in ra màn hình được", "an xlsx or pdf file cannot be shown on a terminal"}),
             p.con.text({"thêm --output TỆP, hoặc chuyển hướng đầu ra", "add --output FILE, or redirect the output"}));
  return false;
}

int write_shown(Program& p) {
  if (p.output.empty()) return kDone;
  if (const auto written = write_output(p.output, p.con.out); !written)
    return p.con.fail(kFailed, p.con.text({"không ghi được {}: {}", "cannot write {}: {}"}, printable(p.output), written.error().detail()));
  p.con.out.clear();
  p.con.note(p.con.text({"đã ghi {}", "wrote {}"}, printable(p.output)));
  return kDone;
}

int show_report(Program& p, const Json& reply) {
  if (const auto drawn = draw(p.con, reply); !drawn)
    return p.con.fail(kFailed, p.con.text({"không lập được báo cáo: {}", "the report cannot be made: {}"}, drawn.error().detail()));
  return write_shown(p);
}

}  // namespace cli
