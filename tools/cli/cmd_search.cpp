// congthu search ACCOUNT QUERY: the server's index; the act is audited.
#include "tools/cli/admin_command.hpp"

namespace cli {
namespace {

struct SearchArguments {
  std::string account;
  std::vector<std::string> query;
  std::string reason;
  std::uint64_t limit = 50;
};

// "Subject" is a certificate's holder elsewhere; of a mail it is its heading.
std::vector<Column> mail_columns(const Console& con) {
  std::vector<Column> columns = titled(con, {"mailbox", "uid", "date", "from", "subject", "preview"});
  for (Column& c : columns)
    if (c.key == "subject") c.title = con.text({"Tiêu đề", "Subject"});
  return columns;
}

int run(Program& p, const SearchArguments& a) {
  std::string query;
  for (const std::string& word : a.query) query += (query.empty() ? "" : " ") + word;
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", "/search?account=" + encoded(a.account) + "&q=" + encoded(query) + "&limit=" + std::to_string(a.limit) +
                                           (a.reason.empty() ? std::string() : "&reason=" + encoded(a.reason)));
  if (!reply) return backend.code();
  const Json rows = reply->value("results", Json::array());
  show(p.con, mail_columns(p.con), rows, *reply);
  if (p.con.format == Format::table && !rows.empty())
    p.con.line({"\n{} kết quả, hiện {}", "\n{} found, {} shown"}, cell_text(reply->value("total", Json(rows.size()))), rows.size());
  if (p.con.format == Format::table && !reply->value("indexed", true))
    p.con.line({"Chỉ mục chưa kịp cập nhật: thư mới nhất có thể còn thiếu; hãy thử lại sau ít phút.",
                "The index is behind: the newest mail may be missing; try again in a few minutes."});
  return kDone;
}

}  // namespace

void add_search(Program& p) {
  auto a = std::make_shared<SearchArguments>();
  CLI::App* c = p.command(p.app, "search", {"Tìm thư của một tài khoản, có dấu hay không dấu; được ghi nhật ký.", "Search an account's mail, with or without diacritics; audited."},
                          {"congthu search an.nguyen@songla.gov.vn \"kế hoạch chuyển đổi số\"\ncongthu search vanthu@songla.gov.vn ke hoach --limit 10 --format json",
                           "congthu search an.nguyen@songla.gov.vn \"kế hoạch chuyển đổi số\"\ncongthu search clerk@songla.gov.vn ke hoach --limit 10 --format json"},
                          [&p, a](Console&) { return run(p, *a); });
  c->add_option("ACCOUNT", a->account, p.words({"địa chỉ của tài khoản", "the account's address"}))->required();
  c->add_option("QUERY", a->query, p.words({"từ cần tìm", "what to look for"}))->required();
  c->add_option("--reason", a->reason, p.words({"lý do, ghi vào nhật ký", "the reason, kept in the audit log"}));
  c->add_option("--limit", a->limit, p.words({"số kết quả nhiều nhất (50)", "most results (50)"}))->type_name("N");
}

}  // namespace cli
