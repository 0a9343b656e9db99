// congthu secrecy list|show|release|purge.
#include "tools/cli/admin_command.hpp"

namespace cli {
namespace {

struct SecrecyArguments {
  std::string row, reason;
};

constexpr base::Text kSecrecyExamples{
    "congthu secrecy list\ncongthu secrecy show 4f2a91c0d3e8\ncongthu secrecy purge 4f2a91c0d3e8 --reason \"tài liệu mật\"\n"
    "congthu secrecy release 4f2a91c0d3e8 --reason \"đã giải mật\"",
    "congthu secrecy list\ncongthu secrecy show 4f2a91c0d3e8\ncongthu secrecy purge 4f2a91c0d3e8 --reason \"a secret document\"\n"
    "congthu secrecy release 4f2a91c0d3e8 --reason \"declassified\""};

int decide_secrecy(Program& p, const SecrecyArguments& a, const char* verb) {
  return change(p, "POST", "/secrecy/" + encoded(a.row) + "/" + verb, {{"reason", a.reason}}, a.row);
}

}  // namespace

void add_secrecy(Program& p) {
  auto a = std::make_shared<SecrecyArguments>();
  CLI::App* g = p.group("secrecy", {"Thư bị ẩn vì dấu độ mật được phát hiện sau khi đến.", "Mail hidden for a secrecy stamp that was found after delivery."}, kSecrecyExamples);
  p.command(*g, "list", {"Liệt kê.", "List it."}, kSecrecyExamples, [&p](Console&) { return list(p, "/secrecy", "secrecy", {"id", "found", "stamp", "found_by", "accounts", "state"}); });
  CLI::App* c = p.command(*g, "show", {"Một dòng: các bản ở đâu, ai đã quyết định.", "One row: where the copies are, who decided."}, kSecrecyExamples, [&p, a](Console&) { return show_one(p, "/secrecy/" + encoded(a->row)); });
  const auto row = [&](CLI::App* to) { to->add_option("ROW", a->row, p.words({"mã trong danh sách", "id in the list"}))->required(); };
  row(c);
  for (const auto& [verb, about] : {std::pair<const char*, base::Text>{"release", {"Hiện lại ở mọi hộp thư.", "Show it again in every mailbox."}},
                                    {"purge", {"Xóa hẳn mọi bản: kho, chỉ mục, thư đã xóa; phục hồi bản sao lưu cũ cũng bỏ qua.", "Destroy every copy: store, index, deleted mail; a restore of older backups leaves it out."}}}) {
    c = p.command(*g, verb, about, kSecrecyExamples, [&p, a, verb = verb](Console&) { return decide_secrecy(p, *a, verb); });
    row(c);
    c->add_option("--reason", a->reason, p.words({"lý do, ghi vào nhật ký", "the reason, kept in the audit log"}))->required();
  }
}

}  // namespace cli
