// congthu report NAME --from DATE --to DATE: figures with the formula of each (CONTRACT 4).
#include <unistd.h>

#include "tools/cli/admin_command.hpp"
#include "tools/cli/input.hpp"
#include "tools/report/csv.hpp"
#include "tools/report/html.hpp"
#include "tools/report/xlsx.hpp"

namespace cli {
namespace {

struct ReportArguments {
  std::string from, to, by, output, verdict, reason, agency, signer, anchor_class, layer, month;
  std::uint64_t limit = 0;
  bool messages = false;
};

constexpr base::Text kReportExamples{"congthu report exchange --from 2026-10-01 --to 2026-10-31 --by agency\n"
                               "congthu report signatures --from 2026-01-01 --to 2026-12-31 --by month --format csv > chu-ky.csv\n"
                               "congthu report signatures --from 2026-10-01 --to 2026-12-31 --by agency --format html --output chu-ky.html\n"
                               "congthu report signatures --from 2026-10-01 --to 2026-10-31 --messages --verdict invalid\n"
                               "congthu report certificates --from 2026-01-01 --to 2026-12-31 --format xlsx --output chung-thu.xlsx",
                               "congthu report exchange --from 2026-10-01 --to 2026-10-31 --by agency\n"
                               "congthu report signatures --from 2026-01-01 --to 2026-12-31 --by month --format csv > signatures.csv\n"
                               "congthu report signatures --from 2026-10-01 --to 2026-12-31 --by agency --format html --output signatures.html\n"
                               "congthu report signatures --from 2026-10-01 --to 2026-10-31 --messages --verdict invalid\n"
                               "congthu report certificates --from 2026-01-01 --to 2026-12-31 --format xlsx --output certificates.xlsx"};

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
    case Format::table: for_terminal(con, *made); break;
  }
  return {};
}

std::string report_target(const ReportArguments& a, const std::string& name) {
  std::string target = "/reports/" + name + "?from=" + encoded(a.from) + "&to=" + encoded(a.to);
  const std::pair<const char*, const std::string*> given[] = {{"by", &a.by}, {"verdict", &a.verdict}, {"reason", &a.reason}, {"agency", &a.agency},
                                                              {"signer", &a.signer}, {"class", &a.anchor_class}, {"layer", &a.layer}, {"month", &a.month}};
  for (const auto& [key, value] : given)
    if (!value->empty()) target += "&" + std::string(key) + "=" + encoded(*value);
  if (a.messages) target += "&messages=true";
  if (a.limit != 0) target += "&limit=" + std::to_string(a.limit);
  return target;
}

int run_report(Program& p, const ReportArguments& a, const std::string& name) {
  if (p.con.format == Format::xlsx && a.output.empty() && is_terminal(STDOUT_FILENO))
    return p.con.fail(kUsage, p.con.text({"một tệp xlsx không in ra màn hình được", "an xlsx file cannot be shown on a terminal"}),
                      p.con.text({"thêm --output TỆP, hoặc chuyển hướng đầu ra", "add --output FILE, or redirect the output"}));
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", report_target(a, name));
  if (!reply) return backend.code();
  if (const auto drawn = draw(p.con, *reply); !drawn)
    return p.con.fail(kFailed, p.con.text({"không lập được báo cáo: {}", "the report cannot be made: {}"}, drawn.error().detail()));
  if (a.output.empty()) return kDone;
  if (const auto written = write_output(a.output, p.con.out); !written)
    return p.con.fail(kFailed, p.con.text({"không ghi được {}: {}", "cannot write {}: {}"}, printable(a.output), written.error().detail()));
  p.con.out.clear();
  p.con.note(p.con.text({"đã ghi {}", "wrote {}"}, printable(a.output)));
  return kDone;
}

void filter_options(Program& p, CLI::App* c, ReportArguments& a) {
  c->add_flag("--messages", a.messages, p.words({"liệt kê từng thư, văn bản thay cho số lượng", "list the messages and documents instead of counting them"}));
  c->add_option("--limit", a.limit, p.words({"nhiều nhất bấy nhiêu dòng (mặc định 10000)", "at most that many rows (default 10000)"}))->type_name("N");
  c->add_option("--verdict", a.verdict, p.words({"chỉ kết luận này: valid, invalid, weak, indeterminate, spoof, unsigned", "only this verdict: valid, invalid, weak, indeterminate, spoof, unsigned"}))->type_name("V");
  c->add_option("--reason", a.reason, p.words({"chỉ lý do này, ví dụ from_mismatch", "only this reason, for example from_mismatch"}))->type_name("R");
  c->add_option("--agency", a.agency, p.words({"chỉ cơ quan có mã này; - là không thuộc cơ quan nào", "only the agency of this code; - is none"}))->type_name("CODE");
  c->add_option("--signer", a.signer, p.words({"chỉ người ký này, như trong báo cáo theo signer", "only this signer, as the report by signer names him"}))->type_name("NAME");
  c->add_option("--class", a.anchor_class, p.words({"chỉ loại chứng thư gốc này: vgca, public, site; - là không có", "only this class of anchor: vgca, public, site; - is none"}))->type_name("C");
  c->add_option("--layer", a.layer, p.words({"chỉ smime hoặc document", "only smime or document"}))->type_name("L");
  c->add_option("--month", a.month, p.words({"chỉ tháng này, ví dụ 2026-10", "only this month, for example 2026-10"}))->type_name("M");
}

}  // namespace

void add_report(Program& p) {
  auto a = std::make_shared<ReportArguments>();
  CLI::App* g = p.group("report", {"Báo cáo; ngày theo giờ Việt Nam, tính cả hai đầu.", "Reports; days of Vietnam time, both ends included."}, kReportExamples);
  for (const auto& [name, text] : {std::pair{"signatures", base::Text{"Kết luận về chữ ký số.", "Verdicts on signatures."}},
                                   std::pair{"certificates", base::Text{"Chứng thư của ai, còn hạn đến bao giờ.", "Who has which certificate, and until when."}},
                                   std::pair{"exchange", base::Text{"Văn bản gửi, nhận và tỷ lệ ký số.", "Documents sent and received, and how many are signed."}},
                                   std::pair{"mailboxes", base::Text{"Hộp thư đã cấp và đang dùng.", "Mailboxes provisioned and used."}},
                                   std::pair{"policy", base::Text{"Quy tắc đã tác động tới thư.", "What the rules did."}}}) {
    CLI::App* c = p.command(*g, name, text, kReportExamples, [&p, a, n = std::string(name)](Console&) { return run_report(p, *a, n); });
    p.draws(c);
    c->add_option("--from", a->from, p.words({"ngày đầu", "first day"}))->required()->type_name("DATE");
    c->add_option("--to", a->to, p.words({"ngày cuối", "last day"}))->required()->type_name("DATE");
    c->add_option("--by", a->by, p.words({"nhóm theo agency, month; chữ ký số còn có signer, class, reason", "group by agency, month; signatures also by signer, class, reason"}))->type_name("HOW");
    c->add_option("-o,--output", a->output, p.words({"ghi vào tệp này, thay tệp cũ", "write to this file, replacing an old one"}))->type_name("FILE");
    if (std::string_view(name) == "signatures") filter_options(p, c, *a);
  }
}

}  // namespace cli
