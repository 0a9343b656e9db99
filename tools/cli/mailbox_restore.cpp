// congthu mailbox restore: a mailbox as it was when a backup was made, into the running server.
#include <filesystem>

#include "tools/cli/admin_command.hpp"
#include "tools/cli/mailbox.hpp"
#include "tools/cli/progress.hpp"

namespace cli {
namespace {

struct MailboxRestoreArguments {
  std::string account, mailbox, at, from;
  unsigned generation = 0;
  bool replace = false;
};

constexpr base::Text kMailboxRestoreExamples{"congthu mailbox restore an.nguyen@songla.gov.vn --mailbox \"Dự án\" --from /srv/sao-luu\n"
                               "congthu mailbox restore an.nguyen@songla.gov.vn --from /srv/sao-luu --at 2026-11-20\n"
                               "congthu mailbox restore an.nguyen@songla.gov.vn --mailbox \"Dự án\" --from /srv/sao-luu --replace",
                               "congthu mailbox restore an.nguyen@songla.gov.vn --mailbox Projects --from /srv/backup\n"
                               "congthu mailbox restore an.nguyen@songla.gov.vn --from /srv/backup --at 2026-11-20\n"
                               "congthu mailbox restore an.nguyen@songla.gov.vn --mailbox Projects --from /srv/backup --replace"};

int restore(Program& p, const MailboxRestoreArguments& a) {
  Console& con = p.con;
  Backend backend(con, p.config);
  backend.about(a.account);
  Json body = Json::object();
  if (!a.from.empty()) body["backup"] = std::filesystem::absolute(a.from).lexically_normal().string();
  if (!a.mailbox.empty()) body["mailbox"] = a.mailbox;
  if (!a.at.empty()) body["at"] = a.at;
  if (a.generation != 0) body["generation"] = a.generation;
  if (a.replace) body["replace"] = true;
  const auto reply = [&] {
    ProgressBar bar(con);
    const auto progress = [&](const Json& j) {
      bar.update({"đang phục hồi", "restoring"}, j.value("done", std::uint64_t(0)), j.value("total", std::uint64_t(0)), j.value("bytes", std::uint64_t(0)));
    };
    return backend.call("POST", "/accounts/" + encoded(a.account) + "/restore", dump(body), progress);
  }();
  if (!reply) return backend.code();
  const Json rows = reply->value("mailboxes", Json::array());
  show(con, titled(con, {"mailbox", "to", "messages", "bytes", "there"}), rows, *reply);
  if (con.format != Format::table) return kDone;
  const Json quota = reply->value("quota", Json(nullptr));
  con.line({"đã phục hồi {} thư từ bản sao lưu lúc {}; tài khoản nay dùng {}{}", "{} messages restored from the backup of {}; the account now uses {}{}"},
           reply->value("messages", std::uint64_t(0)), reply->value("created", ""), size_text(reply->value("used", std::uint64_t(0))),
           quota.is_number() ? " / " + size_text(quota.get<std::uint64_t>()) : std::string());
  return kDone;
}

}  // namespace

void add_mailbox_restore(Program& p, CLI::App& group) {
  auto a = std::make_shared<MailboxRestoreArguments>();
  CLI::App* c = p.command(group, "restore",
                          {"Phục hồi hộp thư từ bản sao lưu vào máy chủ đang chạy, vào \"Restored NGÀY GIỜ/TÊN\" bên cạnh hộp đang có; người dùng chỉ thấy khi đã đủ. Chạy lại không gây trùng. "
                           "Với --replace: hộp đang có bị xóa (thư của nó còn lấy lại được bằng undelete) và hộp phục hồi mang tên nó, UIDVALIDITY mới. INBOX không thay được: hãy phục hồi bên cạnh.",
                           "Restore mailboxes from a backup into the running server, as \"Restored DATE TIME/NAME\" beside what is there; users see each once it is whole. Running it again doubles nothing. "
                           "With --replace: the mailbox that is there is deleted (undelete still has its mail) and the restored one takes its name under a new UIDVALIDITY. INBOX cannot be replaced: restore it beside."},
                          kMailboxRestoreExamples, [&p, a](Console&) { return restore(p, *a); });
  c->add_option("ACCOUNT", a->account, p.words({"địa chỉ của tài khoản", "address of the account"}))->required();
  c->add_option("--mailbox", a->mailbox, p.words({"hộp này và các hộp con; mặc định mọi hộp", "this mailbox and those below it; all otherwise"}))->type_name("NAME");
  c->add_option("--from", a->from, p.words({"thư mục sao lưu; mặc định backup.directory trong cấu hình", "directory of the backups; backup.directory of the configuration otherwise"}))->type_name("DIR");
  CLI::Option* at = c->add_option("--at", a->at, p.words({"bản mới nhất không sau lúc này: ngày, hoặc thời điểm RFC 3339", "the newest made by then: a day, or an RFC 3339 time"}))->type_name("TIME");
  c->add_option("--generation", a->generation, p.words({"bản số mấy", "which one"}))->check(CLI::Range(1u, 999'999'999u))->excludes(at);
  c->add_flag("--replace", a->replace, p.words({"thay hộp cùng tên", "take the place of the mailbox of that name"}));
}

}  // namespace cli
