// congthu mailbox import imap ACCOUNT --host H --user U: another server's mail over TLS.
#include <thread>

#include "base/crypto.hpp"
#include "tools/cli/imap_wire.hpp"
#include "tools/cli/importer.hpp"
#include "tools/cli/input.hpp"
#include "tools/cli/mailbox.hpp"

namespace cli {
namespace {

struct MailboxImportImapArguments {
  ImportOptions common;
  std::string host, user, tls = "implicit", ca;
  std::vector<std::string> only, skip;
  unsigned port = 0;
  bool password_stdin = false;
};

constexpr base::Text kMailboxImportImapExamples{"congthu mailbox import imap an.nguyen@songla.gov.vn --host mail.cu.songla.gov.vn --user an.nguyen --password-stdin < mat-khau\n"
                               "congthu mailbox import imap an.nguyen@songla.gov.vn --host 192.0.2.7 --tls starttls --user an --ca ca-cu.pem --skip \"Thư rác\"",
                               "congthu mailbox import imap an.nguyen@songla.gov.vn --host mail.old.songla.gov.vn --user an.nguyen --password-stdin < password-file\n"
                               "congthu mailbox import imap an.nguyen@songla.gov.vn --host 192.0.2.7 --tls starttls --user an --ca old-ca.pem --skip Junk"};

int run(Program& p, MailboxImportImapArguments& a) {
  Console& con = p.con;
  if (a.tls != "implicit" && a.tls != "starttls")
    return con.fail(kUsage, con.text({"--tls {}: không có cách này", "--tls {}: no such way"}, printable(a.tls)), con.text({"chọn implicit hoặc starttls", "choose implicit or starttls"}));
  const bool implicit = a.tls == "implicit";
  if (a.port == 0) a.port = implicit ? 993 : 143;
  if (a.port > 65535) return con.fail(kUsage, con.text({"--port {}: không phải cổng", "--port {}: not a port"}, a.port));
  if (!a.common.into.empty())
    if (const auto good = store::canonical_mailbox_name(a.common.into); !good) return con.fail(kUsage, con.text({"--into: {}", "--into: {}"}, printable(good.error().detail())));
  auto password = read_password(con, a.password_stdin);
  if (!password) return con.fail(kUsage, con.text({"không có mật khẩu: {}", "no password: {}"}, password.error().detail()),
                                 con.text({"đưa mật khẩu qua đầu vào chuẩn với --password-stdin", "give it on standard input with --password-stdin"}));
  WireOptions wire;
  wire.host = a.host;
  wire.port = std::uint16_t(a.port);
  wire.implicit_tls = implicit;
  wire.ca_file = a.ca;
  a.common.kind = "imap";
  a.common.from = (implicit ? "imaps://" : "imap://") + a.host + ":" + std::to_string(a.port) + " (" + a.user + ")";
  const int code = run_import(p, a.common, [&](const transfer::Limits& limits, const Known& known) {
    transfer::ImapSourceOptions o;
    o.limits = limits;
    o.login.user = a.user;
    o.login.password = *password;
    o.login.start_tls = !implicit;
    o.origin = a.host;
    o.only = a.only;
    o.skip = a.skip;
    o.connect = [wire] { return connect_wire(wire); };
    o.known = known;
    o.sleep = [](unsigned seconds) { std::this_thread::sleep_for(std::chrono::seconds(seconds)); };
    return transfer::ImapSource::open(std::move(o));
  });
  base::wipe(*password);
  return code;
}

}  // namespace

void add_mailbox_import_imap(Program& p, CLI::App& group) {
  auto a = std::make_shared<MailboxImportImapArguments>();
  CLI::App* c = p.command(group, "imap", {"Từ máy chủ IMAP khác, qua TLS; nguồn không bị thay đổi.", "From another IMAP server over TLS; nothing changes there."}, kMailboxImportImapExamples,
                          [&p, a](Console&) { return run(p, *a); });
  c->add_option("ACCOUNT", a->common.account, p.words({"địa chỉ của hộp thư nhận", "address of the account that gets the mail"}))->required();
  c->add_option("--host", a->host, p.words({"tên hoặc địa chỉ máy chủ nguồn", "name or address of the source"}))->required()->type_name("H");
  c->add_option("--port", a->port, p.words({"cổng (mặc định 993, với starttls 143)", "port (default 993, with starttls 143)"}))->type_name("P");
  c->add_option("--user", a->user, p.words({"tên đăng nhập ở nguồn", "login name there"}))->required()->type_name("U");
  c->add_flag("--password-stdin", a->password_stdin, p.words({"đọc mật khẩu từ đầu vào chuẩn", "read the password from standard input"}));
  c->add_option("--tls", a->tls, p.words({"implicit (mặc định) hoặc starttls", "implicit (default) or starttls"}))->type_name("T");
  c->add_option("--ca", a->ca, p.words({"tệp PEM các CA tin cậy, thay cho của hệ thống", "PEM file of trusted CAs instead of the system's"}))->type_name("FILE");
  c->add_option("--only", a->only, p.words({"chỉ hộp thư này và bên dưới; lặp lại được", "only this mailbox and those below; repeatable"}))->type_name("M")->expected(1)->take_all();
  c->add_option("--skip", a->skip, p.words({"bỏ hộp thư này và bên dưới; lặp lại được", "not this mailbox and those below; repeatable"}))->type_name("M")->expected(1)->take_all();
  c->add_option("--into", a->common.into, p.words({"đặt mọi thư mục dưới hộp thư này", "put all folders below this mailbox"}))->type_name("M");
  c->add_flag("--ignore-quota", a->common.ignore_quota, p.words({"nhập cả khi vượt hạn mức", "import beyond the quota"}));
  c->add_flag("--restore-removed", a->common.restore_removed,
              p.words({"nhập lại cả thư mà chủ hộp thư đã xóa hay chuyển đi sau lần nhập trước", "bring back also what the owner has removed or moved since an earlier run"}));
}

}  // namespace cli
