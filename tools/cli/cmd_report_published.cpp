// congthu report publish, congthu report published: what was made public, frozen under a number.
#include "tools/cli/admin_command.hpp"
#include "tools/cli/report_output.hpp"

namespace cli {
namespace {

struct PublishArguments {
  std::string report, from, to, period, by, table, agency, note, number, with;
  bool for_all = false;
};

constexpr base::Text kPublishExamples{
    "congthu report publish monthly --period 2026-10 --public --note \"đăng cổng thông tin\"\n"
    "congthu report publish kpi --period 2026-H1 --by agency\n"
    "congthu report published list\ncongthu report published export 3 --output so-lieu-thang-10.pdf\n"
    "congthu report published verify 3\ncongthu report published diff 3",
    "congthu report publish monthly --period 2026-10 --public --note \"for the portal\"\n"
    "congthu report publish kpi --period 2026-H1 --by agency\n"
    "congthu report published list\ncongthu report published export 3 --output figures-october.pdf\n"
    "congthu report published verify 3\ncongthu report published diff 3"};

int publish(Program& p, PublishArguments a) {
  if (const int wrong = take_period(p, a.period, a.from, a.to); wrong != kDone) return wrong;
  Json query = {{"from", a.from}, {"to", a.to}};
  for (const auto& [name, value] : {std::pair{"by", &a.by}, std::pair{"table", &a.table}, std::pair{"agency", &a.agency}})
    if (!value->empty()) query[name] = *value;
  Backend backend(p.con, p.config);
  const auto reply = backend.call("POST", "/reports/publish", dump({{"report", a.report}, {"query", query}, {"public", a.for_all}, {"note", a.note}}));
  if (!reply) return backend.code();
  if (p.con.format == Format::json) return p.con.out += dump(*reply) + "\n", kDone;
  const Json& meta = (*reply)["published"];
  p.con.line({"đã công bố số {} (lần thứ {}), SHA-256 {}", "published as number {} (revision {}), SHA-256 {}"}, std::to_string(meta.value("number", 0u)),
             std::to_string(meta.value("revision", 0u)), meta.value("digest", ""));
  if (meta["previous"].is_number()) p.con.note(p.con.text({"khác gì lần trước: congthu report published diff {} --with {}", "what changed since: congthu report published diff {} --with {}"},
                                                          std::to_string(meta["previous"].get<unsigned>()), std::to_string(meta.value("number", 0u))));
  return kDone;
}

int export_published(Program& p, const PublishArguments& a) {
  if (!can_show_report(p)) return kUsage;
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", "/reports/published/" + encoded(a.number));
  return reply ? show_report(p, (*reply)["content"]) : backend.code();
}

int show_published_one(Program& p, const PublishArguments& a) {
  Backend backend(p.con, p.config);
  auto reply = backend.call("GET", "/reports/published/" + encoded(a.number));
  if (!reply) return backend.code();
  if (p.con.format != Format::json) reply->erase("content");
  show_object(p.con, *reply);
  return kDone;
}

int verify_published_one(Program& p, const PublishArguments& a) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", "/reports/published/" + encoded(a.number) + "/verify");
  if (!reply) return backend.code();
  if (p.con.format == Format::json) p.con.out += dump(*reply) + "\n";
  const bool good = reply->value("ok", false);
  if (p.con.format != Format::json)
    p.con.line(good ? base::Text{"số {}: nguyên vẹn, SHA-256 {}", "number {}: unchanged, SHA-256 {}"}
                    : base::Text{"số {}: KHÔNG còn như khi công bố (SHA-256 {})", "number {}: NOT as it was published (SHA-256 {})"}, a.number, reply->value("digest", ""));
  return good ? kDone : kFailed;
}

int diff_published(Program& p, const PublishArguments& a) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", "/reports/published/" + encoded(a.number) + "/diff" + (a.with.empty() ? "" : "?with=" + encoded(a.with)));
  if (!reply) return backend.code();
  show(p.con, titled(p.con, {"row", "column", "before", "after"}), (*reply)["differences"], *reply);
  return kDone;
}

}  // namespace

void add_report_published(Program& p, CLI::App& report) {
  auto a = std::make_shared<PublishArguments>();
  CLI::App* c = p.command(report, "publish", {"Công bố: đóng băng báo cáo dưới một số.", "Publish: freeze a report under a number."}, kPublishExamples, [&p, a](Console&) { return publish(p, *a); });
  c->add_option("REPORT", a->report, p.words({"báo cáo: signatures, exchange, mailboxes, kpi, policy ...", "the report: signatures, exchange, mailboxes, kpi, policy ..."}))->required();
  period_options(p, c, a->period, a->from, a->to);
  c->add_option("--by", a->by, p.words({"nhóm theo, như trong báo cáo", "group by, as the report does"}))->type_name("HOW");
  c->add_option("--table", a->table, p.words({"bảng chỉ tiêu của kpi", "table of indicators of kpi"}))->type_name("ID");
  c->add_option("--agency", a->agency, p.words({"chỉ cơ quan có mã này", "only the agency of this code"}))->type_name("CODE");
  c->add_option("--note", a->note, p.words({"ghi chú", "a note"}))->type_name("TEXT");
  c->add_flag("--public", a->for_all, p.words({"bản cho mọi người: chỉ tổng theo cơ quan, không có cá nhân", "edition for everybody: sums of agencies, no persons"}));
  CLI::App* g = p.group(report, "published", {"Báo cáo đã công bố.", "Reports that were published."}, kPublishExamples);
  p.command(*g, "list", {"Liệt kê.", "List."}, kPublishExamples, [&p](Console&) {
    return list(p, "/reports/published", "published", {"number", "report", "from", "to", "public", "revision", "previous", "as_of", "approver", "note"});
  });
  const auto one = [&](const char* name, base::Text about, int (*run)(Program&, const PublishArguments&)) {
    CLI::App* made = p.command(*g, name, about, kPublishExamples, [&p, a, run](Console&) { return run(p, *a); });
    made->add_option("NUMBER", a->number, p.words({"số công bố", "the number"}))->required();
    return made;
  };
  one("show", {"Lập khi nào, theo quy tắc và gốc tin cậy nào, ai duyệt.", "When, by what rules and trust, and by whom."}, show_published_one);
  p.draws(one("export", {"Đúng bản đã công bố, ở mọi dạng.", "As it was published, in every form."}, export_published));
  one("verify", {"Kiểm tra bản đã công bố không bị sửa.", "Check that it was not changed."}, verify_published_one);
  one("diff", {"So với bản khác, hoặc với số liệu bây giờ.", "Compare with another one, or with the figures of now."}, diff_published)
      ->add_option("--with", a->with, p.words({"số công bố khác; không có thì so với bây giờ", "another number; without it, with now"}))->type_name("NUMBER");
}

}  // namespace cli
