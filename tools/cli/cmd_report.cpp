// congthu report NAME --from DATE --to DATE: figures with the formula of each (CONTRACT 4).
#include "tools/admin/reports.hpp"
#include "tools/cli/admin_command.hpp"
#include "tools/cli/report_output.hpp"

namespace cli {
namespace {

struct ReportArguments {
  std::string from, to, period, by, table, rule, action, verdict, reason, agency, signer, anchor_class, layer, month;
  std::uint64_t limit = 0;
  bool messages = false, rows = false;
};

constexpr base::Text kReportExamples{"congthu report exchange --from 2026-10-01 --to 2026-10-31 --by agency\n"
                               "congthu report signatures --from 2026-01-01 --to 2026-12-31 --by month --format csv > chu-ky.csv\n"
                               "congthu report signatures --from 2026-10-01 --to 2026-12-31 --by agency --format html --output chu-ky.html\n"
                               "congthu report signatures --from 2026-10-01 --to 2026-10-31 --messages --verdict invalid\n"
                               "congthu report certificates --period 2026 --output chung-thu.xlsx\n"
                               "congthu report kpi --period 2026-H1 --by agency --output chi-tieu.pdf",
                               "congthu report exchange --from 2026-10-01 --to 2026-10-31 --by agency\n"
                               "congthu report signatures --from 2026-01-01 --to 2026-12-31 --by month --format csv > signatures.csv\n"
                               "congthu report signatures --from 2026-10-01 --to 2026-12-31 --by agency --format html --output signatures.html\n"
                               "congthu report signatures --from 2026-10-01 --to 2026-10-31 --messages --verdict invalid\n"
                               "congthu report certificates --period 2026 --output certificates.xlsx\n"
                               "congthu report kpi --period 2026-H1 --by agency --output indicators.pdf"};

std::string report_target(const ReportArguments& a, const std::string& name) {
  std::string target = "/reports/" + name + "?from=" + encoded(a.from) + "&to=" + encoded(a.to);
  const std::pair<const char*, const std::string*> given[] = {{"by", &a.by}, {"table", &a.table}, {"rule", &a.rule}, {"action", &a.action}, {"verdict", &a.verdict}, {"reason", &a.reason}, {"agency", &a.agency},
                                                              {"signer", &a.signer}, {"class", &a.anchor_class}, {"layer", &a.layer}, {"month", &a.month}};
  for (const auto& [key, value] : given)
    if (!value->empty()) target += "&" + std::string(key) + "=" + encoded(*value);
  if (a.messages) target += "&messages=true";
  if (a.rows) target += "&rows=true";
  if (a.limit != 0) target += "&limit=" + std::to_string(a.limit);
  return target;
}

int run_report(Program& p, ReportArguments a, const std::string& name) {
  if (!can_show_report(p)) return kUsage;
  if (const int wrong = take_period(p, a.period, a.from, a.to); wrong != kDone) return wrong;
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", report_target(a, name));
  return reply ? show_report(p, *reply) : backend.code();
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
  for (const admin::ReportKind& kind : admin::report_kinds()) {
    const std::string name(kind.name);
    CLI::App* c = p.command(*g, name, kind.about, kReportExamples, [&p, a, name](Console&) { return run_report(p, *a, name); });
    p.draws(c);
    period_options(p, c, a->period, a->from, a->to);
    c->add_option("--by", a->by, p.words({"nhóm theo agency, month; chữ ký số còn có signer, class, reason", "group by agency, month; signatures also by signer, class, reason"}))->type_name("HOW");
    if (name == "signatures") filter_options(p, c, *a);
    if (name == "policy" || name == "mailboxes" || name == "provisioning")
      c->add_flag("--rows", a->rows, p.words({"từng dòng đứng sau con số (được ghi nhật ký)", "the rows behind the figures, one by one (audited)"}));
    if (name == "policy") {
      c->add_option("--rule", a->rule, p.words({"chỉ quy tắc này (với --rows)", "only this rule (with --rows)"}))->type_name("RULE");
      c->add_option("--action", a->action, p.words({"chỉ hành động này: accept, quarantine, reject ... (với --rows)", "only this action: accept, quarantine, reject ... (with --rows)"}))->type_name("A");
    }
    if (name == "policy" || name == "mailboxes" || name == "monthly")
      c->add_option("--agency", a->agency, p.words({"chỉ cơ quan có mã này (monthly: cả bên dưới)", "only the agency of this code (monthly: and those below)"}))->type_name("CODE");
    if (name != "kpi") continue;
    c->add_option("--table", a->table, p.words({"bảng chỉ tiêu (mặc định tg-204-2013); bảng khác: tg-204-2013-goals, bt-11-2005, ct-15-2012 và của cấu hình", "table of indicators (default tg-204-2013); others: tg-204-2013-goals, bt-11-2005, ct-15-2012 and configured ones"}))->type_name("ID");
    c->add_option("--agency", a->agency, p.words({"cơ quan có mã này và các cơ quan bên dưới", "the agency of this code and those below"}))->type_name("CODE");
  }
  add_report_inputs(p, *g);
  add_report_published(p, *g);
  add_report_schedule(p, *g);
}

}  // namespace cli
