#include "policy/document/kinds.hpp"

#include <algorithm>
#include <vector>

#include "policy/document/letters.hpp"

namespace policy::document {
namespace {

constexpr Kind kKinds[] = {
    {U"Nghị quyết", U"NQ", kAdmin | kLegal | kParty}, {U"Quyết định", U"QĐ", kAdmin | kLegal | kParty},
    {U"Chỉ thị", U"CT", kAdmin | kLegal | kParty}, {U"Quy chế", U"QC", kAdmin | kParty}, {U"Quy định", U"QyĐ", kAdmin | kParty},
    {U"Thông cáo", U"TC", kAdmin | kParty}, {U"Thông báo", U"TB", kAdmin | kParty}, {U"Hướng dẫn", U"HD", kAdmin | kParty},
    {U"Chương trình", U"CTr", kAdmin | kParty}, {U"Kế hoạch", U"KH", kAdmin | kParty}, {U"Phương án", U"PA", kAdmin | kParty},
    {U"Đề án", U"ĐA", kAdmin | kParty}, {U"Dự án", U"DA", kAdmin | kParty}, {U"Báo cáo", U"BC", kAdmin | kParty},
    {U"Biên bản", U"BB", kAdmin | kParty}, {U"Tờ trình", U"TTr", kAdmin | kParty}, {U"Hợp đồng", U"HĐ", kAdmin},
    {U"Công điện", U"CĐ", kAdmin}, {U"Bản ghi nhớ", U"BGN", kAdmin}, {U"Bản thỏa thuận", U"BTT", kAdmin},
    {U"Giấy ủy quyền", U"GUQ", kAdmin}, {U"Giấy mời", U"GM", kAdmin}, {U"Giấy giới thiệu", U"GGT", kAdmin | kParty},
    {U"Giấy nghỉ phép", U"GNP", kAdmin}, {U"Phiếu gửi", U"PG", kAdmin}, {U"Phiếu chuyển", U"PC", kAdmin},
    {U"Phiếu báo", U"PB", kAdmin}, {U"Công văn", U"", kAdmin | kParty}, {U"Thư công", U"", kAdmin},
    // Legal documents
    {U"Hiến pháp", U"", kLegal}, {U"Bộ luật", U"", kLegal}, {U"Luật", U"", kLegal}, {U"Pháp lệnh", U"PL", kLegal},
    {U"Lệnh", U"L", kLegal}, {U"Nghị định", U"NĐ", kLegal}, {U"Thông tư liên tịch", U"TTLT", kLegal}, {U"Thông tư", U"TT", kLegal},
    {U"Nghị quyết liên tịch", U"NQLT", kLegal}, {U"Văn bản hợp nhất", U"VBHN", kOther},
    // Party
    {U"Kết luận", U"KL", kParty}, {U"Thông tri", U"TT", kParty}, {U"Công văn", U"CV", kParty | kOlder},
    {U"Quy định", U"QĐi", kParty},
    // Older kinds
    {U"Bản cam kết", U"BCK", kOlder}, {U"Giấy chứng nhận", U"CN", kOlder}, {U"Giấy biên nhận", U"BN", kOlder},
    {U"Giấy đi đường", U"ĐĐ", kOlder}, {U"Phiếu trình", U"PTr", kOlder},
};

struct Key {
  const Kind* kind;
  std::u32string tones;
  std::string plain;
};
const std::vector<Key>& keys() {
  static const std::vector<Key> all = [] {
    std::vector<Key> v;
    for (const Kind& k : kKinds) v.push_back({&k, tone_key(k.name), squeezed(k.name)});
    return v;
  }();
  return all;
}
bool plain_ascii(std::u32string_view s) { return std::all_of(s.begin(), s.end(), [](char32_t c) { return c < 0x80; }); }

}  // namespace

const Kind* kind_of_line(std::u32string_view line) {
  if (line.size() > 40) return nullptr;
  while (!line.empty() && (line.back() == U':' || line.back() == U'.' || line.back() == U' ' || line.back() == U'*')) line.remove_suffix(1);
  if (line.empty() || !std::all_of(line.begin(), line.end(), [](char32_t c) { return is_letter(c) || c == U' '; })) return nullptr;
  const std::u32string tones = tone_key(line);
  const std::string plain = squeezed(line);
  for (const Key& k : keys())
    if (k.plain == plain && (k.tones == tones || plain_ascii(line))) return k.kind;
  return nullptr;
}

const Kind* kind_at_start(std::u32string_view line, std::u32string_view& rest) {
  const Kind* best = nullptr;
  for (const Key& k : keys()) {
    const std::size_t n = k.kind->name.size();
    if (line.size() <= n + 1 || line[n] != U' ' || (best && best->name.size() >= n)) continue;
    if (tone_key(line.substr(0, n)) == k.tones) { best = k.kind; rest = trim(line.substr(n)); }
  }
  return best;
}

const Kind* kind_of_abbrev(std::u32string_view abbrev, bool party) {
  if (abbrev.empty()) return nullptr;
  if (party && abbrev == U"TT") return kind_named(U"Thông tri");
  for (const Kind& k : kKinds)
    if (k.abbrev == abbrev && (party ? (k.families & kParty) : !(k.families & kParty) || (k.families & (kAdmin | kOlder)))) {
      if (!party && k.name == U"Thông tri") continue;
      return &k;
    }
  return nullptr;
}

const Kind* kind_named(std::u32string_view name) {
  for (const Kind& k : kKinds)
    if (k.name == name) return &k;
  return nullptr;
}

}  // namespace policy::document
