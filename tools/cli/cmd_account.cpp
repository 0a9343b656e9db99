// congthu account: mailboxes of people and agencies. Passwords come by standard input or from the terminal only.
#include "base/crypto.hpp"
#include "base/units.hpp"
#include "tools/cli/admin_command.hpp"
#include "tools/cli/input.hpp"

namespace cli {
namespace {

struct AccountArguments {
  std::string address, name, agency, quota, domain, login;
  bool functional = false, password_stdin = false, disable = false, enable = false, set_password = false;
};

constexpr base::Text kAccountExamples{
    "congthu account add an.nguyen@songla.gov.vn --name \"Nguyễn Văn An\" --agency snv --quota 5G --password-stdin < mat-khau\n"
    "congthu account add vanthu@songla.gov.vn --name \"Văn thư Sở Nội vụ\" --agency snv --functional\n"
    "congthu account set an.nguyen@songla.gov.vn --quota 10G\ncongthu account list --agency snv --format csv > tai-khoan.csv",
    "congthu account add an.nguyen@songla.gov.vn --name \"Nguyễn Văn An\" --agency snv --quota 5G --password-stdin < password-file\n"
    "congthu account add clerk@songla.gov.vn --name \"Văn thư Sở Nội vụ\" --agency snv --functional\n"
    "congthu account set an.nguyen@songla.gov.vn --quota 10G\ncongthu account list --agency snv --format csv > accounts.csv"};

// What add and set share; a usage error gives its exit code.
int fill(Console& con, const AccountArguments& a, Json& body) {
  if (!a.name.empty()) body["name"] = a.name;
  if (!a.agency.empty()) body["agency"] = a.agency;
  if (a.functional) body["functional"] = true;
  if (a.quota.empty()) return kDone;
  if (a.quota == "none") return body["quota"] = nullptr, int(kDone);
  const auto bytes = base::parse_size(a.quota);
  if (!bytes) return con.fail(kUsage, con.text({"--quota {}: không phải dung lượng", "--quota {}: not a size"}, printable(a.quota)), con.text({"ví dụ: 5G, 500M, none", "for example: 5G, 500M, none"}));
  body["quota"] = *bytes;
  return kDone;
}

int with_password(Program& p, const AccountArguments& a, bool wanted, Json body, const std::string& target) {
  if (wanted) {
    auto password = read_password(p.con, a.password_stdin);
    if (!password) return p.con.fail(kUsage, p.con.text({"không có mật khẩu: {}", "no password: {}"}, password.error().detail()),
                                     p.con.text({"đưa mật khẩu qua đầu vào chuẩn với --password-stdin", "give it on standard input with --password-stdin"}));
    body["password"] = *password;
    base::wipe(*password);
  }
  const int code = change(p, "POST", target, body, a.address);
  if (body.contains("password")) base::wipe(body["password"].get_ref<std::string&>());
  return code;
}

int add(Program& p, const AccountArguments& a) {
  Json body{{"address", a.address}};
  if (const int bad = fill(p.con, a, body); bad != kDone) return bad;
  return with_password(p, a, a.password_stdin || !a.functional, std::move(body), "/accounts");
}

int set(Program& p, const AccountArguments& a) {
  Json body = Json::object();
  if (const int bad = fill(p.con, a, body); bad != kDone) return bad;
  if (a.disable && a.enable) return p.con.fail(kUsage, p.con.text({"--disable và --enable loại trừ nhau", "--disable and --enable exclude each other"}));
  if (a.disable || a.enable) body["disabled"] = a.disable;
  return with_password(p, a, a.password_stdin || a.set_password, std::move(body), "/accounts/" + encoded(a.address));
}

void details(Program& p, const std::shared_ptr<AccountArguments>& a, CLI::App* c) {
  c->add_option("--agency", a->agency, p.words({"mã cơ quan", "code of the agency"}))->type_name("CODE");
  c->add_flag("--functional", a->functional, p.words({"hộp thư của cơ quan, không phải của một người", "an agency's mailbox, not a person's"}));
  c->add_option("--quota", a->quota, p.words({"hạn mức, ví dụ 5G; none = không giới hạn", "the quota, as 5G; none = unlimited"}))->type_name("SIZE");
  c->add_flag("--password-stdin", a->password_stdin, p.words({"đọc mật khẩu từ đầu vào chuẩn", "read the password from standard input"}));
}

void add_listing(Program& p, CLI::App* g, const std::shared_ptr<AccountArguments>& a) {
  CLI::App* c = p.command(*g, "list", {"Liệt kê tài khoản.", "List the accounts."}, kAccountExamples, [&p, a](Console&) {
    std::string target = "/accounts";
    if (!a->agency.empty()) target += "?agency=" + encoded(a->agency);
    if (!a->domain.empty()) target += (a->agency.empty() ? "?domain=" : "&domain=") + encoded(a->domain);
    return list(p, target, "accounts", {"address", "name", "agency", "functional", "disabled", "quota", "used", "messages"});
  });
  c->add_option("--agency", a->agency, p.words({"chỉ của cơ quan này", "only of this agency"}))->type_name("CODE");
  c->add_option("--domain", a->domain, p.words({"chỉ của tên miền này", "only of this domain"}))->type_name("D");
}

}  // namespace

void add_account(Program& p) {
  auto a = std::make_shared<AccountArguments>();
  CLI::App* g = p.group("account", {"Hộp thư của người và của cơ quan.", "Mailboxes of people and agencies."}, kAccountExamples);
  const auto address = [&p, a](CLI::App* c) { c->add_option("ADDRESS", a->address, p.words({"địa chỉ", "the address"}))->required(); };
  const auto path = [a] { return "/accounts/" + encoded(a->address); };
  CLI::App* c = p.command(*g, "add", {"Thêm tài khoản.", "Add an account."}, kAccountExamples, [&p, a](Console&) { return add(p, *a); });
  address(c);
  c->add_option("--name", a->name, p.words({"họ tên hoặc tên hộp thư", "the person's or mailbox's name"}))->required()->type_name("N");
  details(p, a, c);
  add_listing(p, g, a);
  address(p.command(*g, "show", {"Xem một tài khoản.", "Show an account."}, kAccountExamples, [&p, path](Console&) { return show_one(p, path()); }));
  c = p.command(*g, "set", {"Sửa tài khoản, đổi mật khẩu, khóa, mở.", "Change an account, its password, disable, enable."}, kAccountExamples, [&p, a](Console&) { return set(p, *a); });
  address(c);
  c->add_option("--name", a->name, p.words({"tên mới", "the new name"}))->type_name("N");
  details(p, a, c);
  c->add_flag("--password", a->set_password, p.words({"hỏi mật khẩu mới ở màn hình", "ask for a new password at the terminal"}));
  c->add_flag("--disable", a->disable, p.words({"khóa", "disable"}));
  c->add_flag("--enable", a->enable, p.words({"mở lại", "enable again"}));
  address(p.command(*g, "remove", {"Bỏ một tài khoản.", "Remove an account."}, kAccountExamples, [&p, a, path](Console&) { return change(p, "DELETE", path(), {}, a->address); }));
  for (const auto& [verb, method, text] : {std::tuple{"allow", "POST", base::Text{"Cho LOGIN gửi thay ADDRESS.", "Let LOGIN send as ADDRESS."}},
                                           std::tuple{"disallow", "DELETE", base::Text{"Thôi cho LOGIN gửi thay ADDRESS.", "No longer let LOGIN send as ADDRESS."}}}) {
    c = p.command(*g, verb, text, kAccountExamples, [&p, a, path, m = method](Console&) { return change(p, m, path() + "/send-as/" + encoded(a->login), {}, a->address); });
    address(c);
    c->add_option("LOGIN", a->login, p.words({"người được gửi thay", "who may send"}))->required();
  }
}

}  // namespace cli
