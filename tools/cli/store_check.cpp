// congthu store check [--repair].
#include <unistd.h>

#include <iostream>

#include "tools/cli/admin_command.hpp"
#include "tools/cli/progress.hpp"
#include "tools/cli/store_commands.hpp"

namespace cli {
namespace {

struct StoreCheckArguments {
  bool no_digests = false, repair = false, yes = false;
  std::string into;
};

constexpr base::Text kStoreCheckExamples{"congthu store check\ncongthu store check --no-digests --format json\n"
                               "congthu store backup /srv/backup && congthu store check --repair\n"
                               "congthu store check --repair --yes --into quantri@songla.gov.vn",
                               "congthu store check\ncongthu store check --no-digests --format json\n"
                               "congthu store backup /srv/backup && congthu store check --repair\n"
                               "congthu store check --repair --yes --into admin@songla.gov.vn"};

// A repair changes rows that a person may still want to look at: first comes a copy.
bool agreed(const Console& con, const StoreCheckArguments& a) {
  con.note(con.text({"Sửa chữa không xoá thư nào, nhưng hãy sao lưu trước: congthu store backup THƯ_MỤC",
                     "A repair deletes no message, but make a backup first: congthu store backup DIR"}));
  if (a.yes || !is_terminal(STDIN_FILENO)) return true;
  con.note(con.text({"Đã có bản sao lưu và muốn sửa ngay? [c/K]", "Is there a backup, and shall it begin? [y/N]"}));
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "c" || answer == "C";
}

int check(Program& p, const StoreCheckArguments& a) {
  Console& con = p.con;
  if (!a.repair && (a.yes || !a.into.empty()))
    return con.fail(kUsage, con.text({"--yes và --into chỉ dùng với --repair", "--yes and --into need --repair"}));
  if (a.repair && !agreed(con, a)) return con.fail(kFailed, con.text({"chưa sửa gì", "nothing was repaired"}));
  Backend backend(con, p.config);
  std::string target = std::string("/store/check?digests=") + (a.no_digests ? "false" : "true");
  if (a.repair) target += "&repair=true";
  if (!a.into.empty()) target += "&into=" + encoded(a.into);
  ProgressBar bar(con);
  const auto progress = [&](const Json& j) {
    const auto number = [&](const char* key) { return j.value(key, std::uint64_t(0)); };
    bar.update({"kiểm tra kho", "checking"}, number("done"), number("total"), number("bytes"));
  };
  const auto reply = backend.call("POST", target, {}, progress);
  bar.clear();
  if (!reply) return backend.code();
  const bool ok = reply->value("ok", false);
  const Json findings = reply->value("findings", Json::array());
  if (con.format != Format::table) return show(con, titled(con, {"code", "detail"}), findings, *reply), ok ? kDone : kNegative;
  if (a.repair) {
    const Json mended = reply->value("mended", Json::object());
    for (const auto& [code, count] : mended.items()) con.line({"đã sửa: {} × {}", "mended: {} x {}"}, count.get<std::uint64_t>(), code);
    if (const auto moved = reply->value("moved", std::uint64_t(0)); moved > 0)
      con.line({"{} thư của tài khoản đã mất nay ở hộp Recovered của {}", "{} messages of lost accounts are now in Recovered of {}"}, moved, printable(a.into));
  }
  if (ok) con.line({"kho toàn vẹn: {} dòng đã kiểm tra", "the store is sound: {} rows checked"}, reply->value("rows", std::uint64_t(0)));
  else show(con, titled(con, {"code", "detail"}), findings, *reply);
  if (!ok && a.repair) con.note(con.text({"những hỏng hóc này không suy ra lại được; lấy thư từ bản sao lưu: congthu mailbox restore",
                                          "what is listed cannot be derived; take the mail from a backup: congthu mailbox restore"}));
  if (reply->value("index", "") == "not_checked") con.note(con.text({"chỉ mục tìm kiếm chưa được so: máy chủ không chạy", "the search index was not compared: no server runs"}));
  return ok ? kDone : kNegative;
}

}  // namespace

void add_store_check(Program& p, CLI::App& group) {
  auto a = std::make_shared<StoreCheckArguments>();
  CLI::App* c = p.command(group, "check", {"Kiểm tra mọi bất biến của kho, sửa nếu được yêu cầu; 1 nếu có hỏng hóc.", "Check every invariant of the store, mend if asked; 1 if anything is damaged."}, kStoreCheckExamples,
                          [&p, a](Console&) { return check(p, *a); });
  c->add_flag("--no-digests", a->no_digests, p.words({"bỏ qua việc tính lại mã băm (nhanh hơn)", "do not recompute digests (faster)"}));
  c->add_flag("--repair", a->repair, p.words({"sửa những gì suy ra được, không xoá thư; hãy sao lưu trước", "mend what can be derived, deleting no message; make a backup first"}));
  c->add_flag("--yes", a->yes, p.words({"không hỏi lại", "do not ask"}));
  c->add_option("--into", a->into, p.words({"tài khoản nhận thư của những tài khoản đã mất", "account that takes the mail of accounts that are lost"}));
}

}  // namespace cli
