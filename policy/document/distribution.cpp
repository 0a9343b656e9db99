// To whom a document goes: "Kính gửi" (to act) and "Nơi nhận" with what each one gets it for (NĐ 30/2020 Phụ lục I.II.9).
#include <algorithm>
#include <array>

#include "policy/document/letters.hpp"
#include "policy/document/parts.hpp"

namespace policy::document {
namespace {

struct PurposeWord {
  std::u32string_view word;  // skeleton
  std::string_view purpose;
};
constexpr std::array<PurposeWord, 22> kPurposes = {{{U"bao cao", "để báo cáo"}, {U"b/c", "để báo cáo"}, {U"b/cao", "để báo cáo"}, {U"bc", "để báo cáo"}, {U"de biet", "để biết"}, {U"biet", "để biết"},
                                                    {U"thuc hien", "để thực hiện"}, {U"t/h", "để thực hiện"}, {U"th/hien", "để thực hiện"}, {U"th", "để thực hiện"}, {U"phoi hop", "để phối hợp"},
                                                    {U"p/h", "để phối hợp"}, {U"ph", "để phối hợp"}, {U"theo doi", "để theo dõi"}, {U"t/d", "để theo dõi"}, {U"chi dao", "để chỉ đạo"}, {U"c/d", "để chỉ đạo"},
                                                    {U"dang tai", "để đăng tải"}, {U"kiem tra", "để kiểm tra"}, {U"k/tra", "để kiểm tra"}, {U"giam sat", "để giám sát"}, {U"tham muu", "để tham mưu"}}};

bool holds_word(std::u32string_view plain, std::u32string_view word) {
  for (std::size_t at = plain.find(word); at != plain.npos; at = plain.find(word, at + 1)) {
    const bool left = at == 0 || (!is_letter(plain[at - 1]) && plain[at - 1] != U'/');
    const std::size_t end = at + word.size();
    if (left && (end == plain.size() || (!is_letter(plain[end]) && plain[end] != U'/'))) return true;
  }
  return false;
}

// "để b/c", "để biết và phối hợp": every purpose once, in the order of the table.
std::string purposes_in(std::u32string_view words) {
  const std::u32string plain = skeleton(words);
  std::string out;
  for (const PurposeWord& p : kPurposes)
    if (holds_word(plain, p.word) && out.find(p.purpose) == out.npos) out += (out.empty() ? "" : ", ") + std::string(p.purpose);
  return out;
}

std::u32string without_end(std::u32string_view s) {
  s = trim(s);
  while (!s.empty() && (s.back() == U';' || s.back() == U'.' || s.back() == U',' || s.back() == U' ' || s.back() == U':')) s.remove_suffix(1);
  return std::u32string(s);
}
bool is_dash(char32_t c) { return c == U'-' || c == U'+' || c == 0x2013 || c == 0x2022; }

Recipient recipient_of(std::u32string_view item) {
  Recipient r;
  const std::u32string plain = skeleton(item);
  if (starts_word(plain, U"luu")) {
    const auto colon = item.find(U':');
    r.name = to_utf8(without_end(item.substr(colon == item.npos ? 3 : colon + 1)));
    r.purpose = "lưu";
    return r;
  }
  const auto open = item.rfind(U'(');
  const auto close = open == item.npos ? open : item.find(U')', open);
  if (close != item.npos) {
    r.purpose = purposes_in(item.substr(open + 1, close - open - 1));
    if (!r.purpose.empty()) item = item.substr(0, open);
  } else if (const auto at = plain.rfind(U" de "); at != plain.npos && at > 3) {  // "Sở Nội vụ để biết"
    r.purpose = purposes_in(item.substr(at + 4));
    if (!r.purpose.empty()) item = item.substr(0, at);
  }
  r.name = to_utf8(without_end(item));
  return r;
}

void add_addressee(Work& w, std::u32string_view item) {
  const std::u32string one = without_end(item);
  if (one.size() >= 2 && w.doc.addressees.size() < 60 && one[0] != U'(') w.doc.addressees.push_back(to_utf8(one));
}

}  // namespace

// "Kính gửi: A." in one line, or a list of "- A;" below and beside it.
void find_addressees(Work& w) {
  std::size_t i = w.zone_begin;
  for (; i < std::min(w.size(), w.zone_end + 3); ++i)
    if (starts_word(w.line(i).plain, U"kinh gui") || w.line(i).plain.starts_with(U"kinhgui")) break;
  if (i >= std::min(w.size(), w.zone_end + 3)) return;
  const std::u32string& first = w.line(i).text;
  const std::size_t colon = first.find(U':');
  std::u32string item(trim(std::u32string_view(first).substr(colon == first.npos ? std::min<std::size_t>(8, first.size()) : colon + 1)));
  bool list = item.empty() || is_dash(item[0]);
  for (std::size_t j = i + 1; j <= w.size(); ++j) {
    const std::u32string next = j < w.size() && j < i + 60 ? w.line(j).text : std::u32string();
    const bool dash = !next.empty() && is_dash(next[0]);
    const bool hangs = !next.empty() && !dash && !w.line(j).gap && (is_lower(next[0]) || item.ends_with(U','));
    if (hangs) { item += U' ' + next; continue; }
    add_addressee(w, !item.empty() && is_dash(item[0]) ? std::u32string_view(item).substr(1) : std::u32string_view(item));
    if (!list || !dash) break;
    item = next;
  }
}

// "Như trên" stands for those that the document is addressed to.
void find_distribution(Work& w) {
  for (const std::string& line : w.doc.recipients) {
    const Recipient r = recipient_of(decode_utf8(line));
    const std::string key = squeezed(decode_utf8(r.name));
    if ((key == "nhutren" || key == "nhukinhgui") && !w.doc.addressees.empty())
      for (const std::string& name : w.doc.addressees) w.doc.distribution.push_back({name, r.purpose});
    else if (!r.name.empty() || !r.purpose.empty()) w.doc.distribution.push_back(r);
  }
}

}  // namespace policy::document
