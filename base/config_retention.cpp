// [[retention]]: classes of mail, each with how long it is kept and when it is removed.
#include <algorithm>
#include <array>

#include "base/config_reader.hpp"
#include "base/domain_name.hpp"
#include "base/mailbox_name.hpp"

namespace base {
namespace {

constexpr unsigned kMaxDays = 36'500;
constexpr std::size_t kMaxClassName = 100;

Result<std::string> class_name(std::string_view text) {
  const bool plain = std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (text.empty() || text.size() > kMaxClassName || !plain) return fail(Errc::invalid, "must be a name of 1 to 100 bytes");
  return std::string(text);
}

// mailbox = "\" special-use / name / name "/*"
Result<std::string> mailbox_pattern(std::string_view text) {
  constexpr std::array<std::string_view, 5> uses{"\\Drafts", "\\Sent", "\\Junk", "\\Trash", "\\Archive"};  // RFC 6154 2
  if (text.starts_with('\\')) {
    if (std::find(uses.begin(), uses.end(), text) != uses.end()) return std::string(text);
    return fail(Errc::invalid, "no such special use: " + std::string(text) + "; there are \\Drafts, \\Sent, \\Junk, \\Trash, \\Archive");
  }
  const bool below = text.ends_with("/*");
  auto name = canonical_mailbox_name(below ? text.substr(0, text.size() - 2) : text);
  if (!name) return fail(Errc::invalid, "no mailbox name: " + std::string(text));
  return *name + (below ? "/*" : "");
}

Result<std::string> document_kind(std::string_view text) {
  const auto& known = retention_kinds();
  if (std::find(known.begin(), known.end(), text) != known.end()) return std::string(text);
  return fail(Errc::invalid, "no such document kind: " + std::string(text) + "; write its abbreviation (CV, QĐ, KH, BC, TTr ...) or its name");
}

Result<std::string> agency_code(std::string_view text) {
  if (text.empty()) return fail(Errc::invalid, "an agency's code is empty");
  return std::string(text);
}

RetentionClass read_class(const toml::table& table, Section& s) {
  RetentionClass c;
  s.text("name", c.name, class_name);
  s.texts("mailboxes", c.mailboxes, mailbox_pattern);
  s.texts("kinds", c.kinds, document_kind);
  s.texts("domains", c.domains, canonical_domain);
  s.texts("agencies", c.agencies, agency_code);
  s.number("keep_days", c.keep_days, 1, kMaxDays);
  s.number("expire_days", c.expire_days, 1, kMaxDays);
  if (!s.has("name")) s.problem(&table, "name", "is missing");
  if (!s.has("keep_days") && !s.has("expire_days")) s.problem(&table, "keep_days", "is missing, and so is expire_days: a class needs one of them");
  if (c.keep_days != 0 && c.expire_days != 0 && c.expire_days < c.keep_days)
    s.problem(table.get("expire_days"), "expire_days", "is less than keep_days: nothing may be removed while it is kept");
  s.finish();
  return c;
}

}  // namespace

const std::vector<std::string_view>& retention_kinds() {
  static const std::vector<std::string_view> kinds{
      "CV", "NQ", "QĐ", "CT", "QC", "QyĐ", "TC", "TB", "HD", "CTr", "KH", "PA", "ĐA", "DA", "BC", "BB", "TTr", "HĐ", "CĐ", "BGN", "BTT", "GUQ", "GM", "GGT",
      "GNP", "PG", "PC", "PB", "PL", "L", "NĐ", "TTLT", "TT", "NQLT", "VBHN", "KL", "QĐi", "BCK", "CN", "BN", "ĐĐ", "PTr",
      "Nghị quyết", "Quyết định", "Chỉ thị", "Quy chế", "Quy định", "Thông cáo", "Thông báo", "Hướng dẫn", "Chương trình", "Kế hoạch", "Phương án", "Đề án",
      "Dự án", "Báo cáo", "Biên bản", "Tờ trình", "Hợp đồng", "Công điện", "Bản ghi nhớ", "Bản thỏa thuận", "Giấy ủy quyền", "Giấy mời", "Giấy giới thiệu",
      "Giấy nghỉ phép", "Phiếu gửi", "Phiếu chuyển", "Phiếu báo", "Công văn", "Thư công", "Hiến pháp", "Bộ luật", "Luật", "Pháp lệnh", "Lệnh", "Nghị định",
      "Thông tư liên tịch", "Thông tư", "Nghị quyết liên tịch", "Văn bản hợp nhất", "Kết luận", "Thông tri", "Bản cam kết", "Giấy chứng nhận",
      "Giấy biên nhận", "Giấy đi đường", "Phiếu trình"};
  return kinds;
}

void read_retention(Section& root, const std::filesystem::path& directory, Problems& problems, std::vector<RetentionClass>& out) {
  const toml::node* list = root.node("retention");
  if (list == nullptr) return;
  if (!list->is_array_of_tables()) return root.problem(list, "retention", "must be [[retention]] tables");
  for (const toml::node& item : *list->as_array()) {
    const toml::table& table = *item.as_table();
    Section s(&table, "retention", directory, problems);
    RetentionClass c = read_class(table, s);
    const bool twice = !c.name.empty() && std::any_of(out.begin(), out.end(), [&](const RetentionClass& other) { return other.name == c.name; });
    if (twice) s.problem(table.get("name"), "name", "there are two classes of this name");
    out.push_back(std::move(c));
  }
}

}  // namespace base
