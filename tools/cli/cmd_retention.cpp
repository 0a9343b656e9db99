#include "tools/cli/cmd_retention.hpp"

#include "tools/cli/admin_command.hpp"

namespace cli {
namespace {

constexpr base::Text kRetentionExamples{
    "congthu retention show\ncongthu retention show --account an@songla.gov.vn\ncongthu retention show --format json",
    "congthu retention show\ncongthu retention show --account an@songla.gov.vn\ncongthu retention show --format json"};

std::string state_text(const Console& con, const std::string& state) {
  if (state == "matching") return con.text({"đang rà soát thư đã có; chưa có gì bị xóa hẳn", "mail that is there is being looked at; nothing is destroyed meanwhile"});
  if (state == "in force") return con.text({"có hiệu lực", "in force"});
  return con.text({"không có lớp nào trong cấu hình ([[retention]])", "no classes in the configuration ([[retention]])"});
}

// CSV is the classes; JSON is all of it.
int show_retention(Program& p, const std::string& account) {
  Backend backend(p.con, p.config);
  if (!account.empty()) backend.about(account);
  const auto reply = backend.call("GET", account.empty() ? std::string("/retention") : "/retention?account=" + encoded(account));
  if (!reply) return backend.code();
  const Json classes = reply->value("classes", Json::array()), former = reply->value("former", Json::array()), mailboxes = reply->value("mailboxes", Json::array());
  const auto columns = titled(p.con, {"class", "mailboxes", "kinds", "domains", "agencies", "keep_days", "expire_days", "kept", "kept_expunged", "expiring"});
  if (p.con.format != Format::table) return show(p.con, columns, classes, *reply), kDone;
  p.con.out += state_text(p.con, reply->value("state", "")) + "\n";
  if (!classes.empty()) {
    p.con.out += "\n";
    show(p.con, columns, classes, {});
  }
  if (!former.empty()) {
    p.con.out += "\n" + p.con.text({"Lớp không còn trong cấu hình, thư vẫn được giữ đến hạn:", "Classes no longer in the configuration; their mail is kept until its time:"}) + "\n";
    show(p.con, titled(p.con, {"class", "kept", "kept_expunged"}), former, {});
  }
  if (!mailboxes.empty()) {
    p.con.out += "\n" + p.con.text({"Sẽ bị xóa trong 7 ngày tới:", "To be expunged within 7 days:"}) + "\n";
    show(p.con, titled(p.con, {"class", "account", "mailbox", "messages"}), mailboxes, {});
  }
  return kDone;
}

}  // namespace

void add_retention(Program& p) {
  auto account = std::make_shared<std::string>();
  CLI::App* g = p.group("retention", {"Thời hạn lưu thư theo cấu hình ([[retention]]).", "How long mail stays, by configuration ([[retention]])."}, kRetentionExamples);
  CLI::App* c = p.command(*g, "show", {"Các lớp, số thư đang giữ, và thư sắp bị xóa trong 7 ngày.", "The classes, how much they keep, and what goes within 7 days."}, kRetentionExamples,
                          [&p, account](Console&) { return show_retention(p, *account); });
  c->add_option("--account", *account, p.words({"chỉ tài khoản này", "this account only"}))->type_name("ADDRESS");
}

}  // namespace cli
