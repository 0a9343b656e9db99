// congthu mailbox deleted|undelete: what an account expunged and can have back.
#include "tools/cli/admin_command.hpp"
#include "tools/cli/mailbox.hpp"
#include "tools/cli/progress.hpp"

namespace cli {
namespace {

struct MailboxUndeleteArguments {
  std::string account, mailbox, since, uids, to;
  bool all = false;
  unsigned limit = 1000;
};

constexpr base::Text kMailboxUndeleteExamples{"congthu mailbox deleted an.nguyen@songla.gov.vn --mailbox INBOX\n"
                               "congthu mailbox undelete an.nguyen@songla.gov.vn --mailbox INBOX --since 2026-11-20\n"
                               "congthu mailbox undelete an.nguyen@songla.gov.vn --mailbox INBOX --uid 17,20:25 --to \"Lấy lại\"\n"
                               "congthu mailbox undelete an.nguyen@songla.gov.vn --mailbox \"Dự án/Cầu\"",
                               "congthu mailbox deleted an.nguyen@songla.gov.vn --mailbox INBOX\n"
                               "congthu mailbox undelete an.nguyen@songla.gov.vn --mailbox INBOX --since 2026-11-20\n"
                               "congthu mailbox undelete an.nguyen@songla.gov.vn --mailbox INBOX --uid 17,20:25 --to Recovered\n"
                               "congthu mailbox undelete an.nguyen@songla.gov.vn --mailbox \"Projects/Bridge\""};

int deleted(Program& p, const MailboxUndeleteArguments& a) {
  Console& con = p.con;
  Backend backend(con, p.config);
  backend.about(a.account);
  std::string target = "/accounts/" + encoded(a.account) + "/deleted?limit=" + std::to_string(a.limit);
  if (!a.mailbox.empty()) target += "&mailbox=" + encoded(a.mailbox);
  if (!a.since.empty()) target += "&since=" + encoded(a.since);
  const auto reply = backend.call("GET", target);
  if (!reply) return backend.code();
  Json rows = reply->value("deleted", Json::array());
  if (con.format == Format::table)
    for (Json& row : rows) row["size"] = size_text(row.value("size", std::uint64_t(0)));
  show(con, titled(con, {"mailbox", "uid", "expunged", "date", "from", "subject", "size", "expires"}), rows, *reply);
  const auto total = reply->value("total", std::uint64_t(0));
  if (con.format == Format::table && total > rows.size())
    con.note(con.text({"còn {} thư nữa: dùng --limit", "{} more: use --limit"}, total - rows.size()));
  return kDone;
}

int undelete(Program& p, const MailboxUndeleteArguments& a) {
  Console& con = p.con;
  if (a.mailbox.empty() && a.since.empty() && !a.all)
    return con.fail(kUsage, con.text({"lấy lại những thư nào?", "which messages?"}), con.text({"chọn --mailbox, --since hoặc --all; xem trước: congthu mailbox deleted {}", "choose --mailbox, --since or --all; look first: congthu mailbox deleted {}"}, printable(a.account)));
  Backend backend(con, p.config);
  backend.about(a.account);
  Json body = Json::object();
  if (!a.mailbox.empty()) body["mailbox"] = a.mailbox;
  if (!a.since.empty()) body["since"] = a.since;
  if (!a.uids.empty()) body["uids"] = a.uids;
  if (!a.to.empty()) body["to"] = a.to;
  if (a.all) body["all"] = true;
  const auto reply = backend.call("POST", "/accounts/" + encoded(a.account) + "/undelete", dump(body));
  if (!reply) return backend.code();
  const Json rows = reply->value("mailboxes", Json::array());
  if (con.format != Format::table) return show(con, titled(con, {"mailbox", "to", "messages"}), rows, *reply), kDone;
  if (reply->value("messages", std::uint64_t(0)) == 0) return con.line({"không có thư nào để lấy lại", "there is nothing to bring back"}), kDone;
  show(con, titled(con, {"mailbox", "to", "messages"}), rows, *reply);
  const Json quota = reply->value("quota", Json(nullptr));
  con.line({"tài khoản nay dùng {}{}", "the account now uses {}{}"}, size_text(reply->value("used", std::uint64_t(0))),
           quota.is_number() ? " / " + size_text(quota.get<std::uint64_t>()) : std::string());
  return kDone;
}

}  // namespace

void add_mailbox_undelete(Program& p, CLI::App& group) {
  auto a = std::make_shared<MailboxUndeleteArguments>();
  const auto common = [&](CLI::App* c) {
    c->add_option("ACCOUNT", a->account, p.words({"địa chỉ của tài khoản", "address of the account"}))->required();
    c->add_option("--mailbox", a->mailbox, p.words({"chỉ thư từng ở hộp này, kể cả hộp đã xóa", "only what was in this mailbox, be it deleted itself"}))->type_name("NAME");
    c->add_option("--since", a->since, p.words({"chỉ thư bị xóa từ lúc này: ngày, hoặc thời điểm RFC 3339", "only what was expunged since: a day, or an RFC 3339 time"}))->type_name("TIME");
  };
  CLI::App* c = p.command(group, "deleted", {"Thư đã xóa mà còn lấy lại được (store.undelete_days). Việc xem được ghi vào nhật ký kiểm toán.",
                                             "Expunged mail that can still come back (store.undelete_days). Looking is recorded in the audit trail."},
                          kMailboxUndeleteExamples, [&p, a](Console&) { return deleted(p, *a); });
  common(c);
  c->add_option("--limit", a->limit, p.words({"nhiều nhất chừng này thư", "at most so many"}))->check(CLI::Range(1u, 1'000'000u));
  c = p.command(group, "undelete", {"Lấy lại thư đã xóa vào hộp cũ (dựng lại nếu hộp cũng bị xóa) hoặc hộp --to. Giữ cờ, từ khóa, ngày. Chạy lại không gây trùng. Thư đã chuyển hộp hoặc bị hủy hẳn thì không.",
                                    "Bring expunged mail back into its mailbox (made again when it was deleted too) or into --to. Flags, keywords and dates are kept. Running it again doubles nothing. Moved and purged mail does not come back."},
                kMailboxUndeleteExamples, [&p, a](Console&) { return undelete(p, *a); });
  common(c);
  c->add_option("--uid", a->uids, p.words({"chỉ các UID này của hộp, ví dụ 17,20:25", "only these UIDs of the mailbox, as 17,20:25"}))->type_name("UIDS");
  c->add_option("--to", a->to, p.words({"vào hộp này", "into this mailbox"}))->type_name("NAME");
  c->add_flag("--all", a->all, p.words({"mọi thư còn lấy lại được", "everything that can come back"}));
}

}  // namespace cli
