// The signature block: the stack of authority marks, the signer, "Nơi nhận" and the forms of copies.
#include <algorithm>
#include <array>

#include "policy/document/letters.hpp"
#include "policy/document/parts.hpp"

namespace policy::document {
namespace {

struct Span {
  std::size_t line, cell;
  std::u32string text;
};

// AUTH := (TM|KT|TL|TUQ|Q) ('.'|'/') UPPERCASE; older T/M, K/T, T/L. `at` = where it begins.
std::u32string_view authority_at(std::u32string_view s, std::size_t at) {
  struct Mark { std::u32string_view text, value; };
  static constexpr std::array<Mark, 10> kMarks = {{{U"TUQ", U"TUQ."}, {U"T/M", U"TM."}, {U"K/T", U"KT."}, {U"T/L", U"TL."}, {U"TM", U"TM."}, {U"KT", U"KT."}, {U"TL", U"TL."},
                                                   {U"Q", U"Q."}, {U"T.M", U"TM."}, {U"K.T", U"KT."}}};
  if (at > 0 && s[at - 1] != U' ' && s[at - 1] != U'(') return {};
  for (const Mark& m : kMarks) {
    if (s.substr(at, m.text.size()) != m.text) continue;
    std::size_t i = at + m.text.size();
    const bool dot = i < s.size() && (s[i] == U'.' || s[i] == U'/' || s[i] == U',');
    if (dot) ++i;
    if (!dot && (m.value == U"Q." || i >= s.size() || s[i] != U' ')) continue;
    while (i < s.size() && s[i] == U' ') ++i;
    if (i + 1 < s.size() && is_upper(s[i]) && is_upper(s[i + 1])) return m.value;
  }
  return {};
}

struct Found {
  std::size_t at;
  std::u32string_view mark;
};
std::vector<Found> authorities(std::u32string_view s) {
  std::vector<Found> out;
  for (std::size_t i = 0; i < s.size(); ++i)
    if (is_upper(s[i]))
      if (const auto m = authority_at(s, i); !m.empty()) out.push_back({i, m});
  return out;
}

// Position words that a signer's title begins with.
bool is_position(std::u32string_view text) {
  const std::u32string p = skeleton(text);
  if (!mostly_upper(text)) return false;
  for (std::u32string_view s : {U"chu tich", U"pho chu tich", U"giam doc", U"pho giam doc", U"bo truong", U"thu truong", U"cuc truong", U"pho cuc truong", U"chanh ", U"pho chanh ",
                                U"truong ", U"pho truong ", U"hieu truong", U"pho hieu truong", U"vien truong", U"pho vien truong", U"thu tuong", U"pho thu tuong", U"tong giam doc",
                                U"pho tong giam doc", U"bi thu", U"pho bi thu", U"tong bi thu", U"tong cuc truong", U"pho tong cuc truong", U"vu truong", U"pho vu truong", U"chi cuc truong",
                                U"pho chi cuc truong", U"uy vien", U"pho ", U"tong kiem toan", U"thuong truc", U"ket luan", U"thong doc", U"chi huy truong", U"doi truong", U"chu nhiem"})
    if (p.starts_with(s)) return true;
  return false;
}

// Ranks of the forces, then degrees and honours, which schools and hospitals write in every mixture: "TS.BS.", "BSCKII.", "PGS.TS".
constexpr std::array<std::u32string_view, 17> kRanks = {U"dai tuong", U"thuong tuong", U"trung tuong", U"thieu tuong", U"chuan do doc", U"pho do doc", U"do doc", U"dai ta", U"thuong ta",
                                                        U"trung ta", U"thieu ta", U"dai uy", U"thuong uy", U"trung uy", U"thieu uy", U"thac si", U"tien si"};
constexpr std::u32string_view kDegrees = U" gs pgs ts tskh ths bs bscki bsckii bsck1 bsck2 cki ckii ck1 ck2 ds dscki dsckii ks cn kts ls ngut ngnd ttut ttnd nsut nsnd ncs ";

// "TS.BS.", "ThS", "BS.CKII": every part between the dots is a degree.
std::size_t degree_length(std::u32string_view s) {
  const std::size_t stop = std::min(s.find(U' '), s.size());
  std::size_t last = 0;
  for (std::size_t at = 0; at < stop;) {
    const std::size_t dot = std::min(s.find(U'.', at), stop);
    const std::u32string part = U" " + skeleton(s.substr(at, dot - at)) + U" ";
    if (dot == at || kDegrees.find(part) == kDegrees.npos || !is_upper(s[at])) return last;
    at = std::min(dot + 1, stop);
    last = at;
  }
  return last;
}

std::u32string without_rank(std::u32string_view s) {
  for (bool again = true; again;) {
    again = false;
    s = trim(s);
    while (!s.empty() && (s.front() == U'.' || s.front() == U',' || s.front() == U' ')) s.remove_prefix(1);
    const std::u32string p = skeleton(s);
    for (std::u32string_view r : kRanks)
      if (p.starts_with(r) && p.size() > r.size() && !is_letter(p[r.size()])) { s.remove_prefix(r.size()); again = true; break; }
    if (const std::size_t n = degree_length(s); n && n < s.size()) { s.remove_prefix(n); again = true; }
  }
  return std::u32string(trim(s));
}

constexpr std::u32string_view kSurnames =
    U" nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh trinh doan lam mai dao trang luong luu vuong trieu ha cao ta to chau thai tong quach kieu dam ninh nghiem "
    U"lo giang vu sung thao vang ma nong luc hua be ban chao tan phung ton la mac van bach khuc nhu thach son kim danh cam quang lu luong khang muong y a rmah ksor siu nay kpa ro hlo thi "
    U"chu tang ong cu dien kha lai than phi mau du au ung uong viem vi xa dong du tong cung diep giap hau khong khuat lieu man nham nhan phu phuong quan que thang tieu tu bo lang "
    U"truong loc pho lenh tiet thoi thuong tat tinh toan ton truu trung tuyen vien xuan yen an bien cai can chung cung dau de dich doai don gia hang hoa hong hung huu huyen khau khieu khoa khong kong "
    U"lai lanh le lich lien linh long lung luyen ma man mang minh mong nghi ngoc ngan nguy nhe nhu nie o on pang phac phong quyen rcom ro sai sin sui sy tan tang tay tham thap then tho thuan tia tien ";
bool has_surname(std::u32string_view name) {
  const std::u32string p = skeleton(name);
  const std::u32string key = U" " + p.substr(0, p.find(U' ')) + U" ";
  return kSurnames.find(key) != std::u32string_view::npos;
}

// Two to six words, each a capital followed by small letters.
bool is_person(std::u32string_view s) {
  if (s.size() < 4 || s.size() > 45) return false;
  std::size_t words = 0;
  for (std::size_t i = 0; i < s.size();) {
    if (!is_upper(s[i])) return false;
    ++words;
    for (++i; i < s.size() && s[i] != U' '; ++i)
      if (!is_lower(s[i]) && s[i] != U'\'' && s[i] != 0x2019 && s[i] != U'-' && !(s[i - 1] == U'-' && is_upper(s[i]))) return false;
    while (i < s.size() && s[i] == U' ') ++i;
  }
  return words >= 2 && words <= 6 && has_surname(s);
}

// The end of a glued line "- Lưu: VT. Nguyễn Văn Ví Dụ": only after ';' or '.'.
std::u32string person_in(std::u32string_view cell) {
  std::u32string whole = without_rank(cell);
  if (is_person(whole)) return whole;
  const auto at = cell.find_last_of(U";.");
  if (at != std::u32string_view::npos && at + 2 < cell.size() && cell[at + 1] == U' ' && (cell.starts_with(U"-") || cell.starts_with(U"Lưu"))) {
    whole = without_rank(cell.substr(at + 1));
    if (is_person(whole)) return whole;
  }
  return {};
}

bool opens_recipients(const Line& l) {
  return std::any_of(l.cells.begin(), l.cells.end(), [](const Cell& c) { return is_upper(c.text[0]) && (c.plain.starts_with(U"noi nhan") || c.plain.starts_with(U"noinhan")) && c.text.size() < 60; });
}

std::size_t block_begin(const Work& w) {
  const std::size_t from = w.kind_line != kNone ? w.kind_line + 1 : w.zone_end == w.size() ? w.zone_begin : w.zone_end;
  std::size_t close = kNone, recipients = kNone;
  for (std::size_t i = from; i < w.size(); ++i) {
    if (close == kNone && w.line(i).text.find(U"./.") != std::u32string::npos) close = i;
    if (recipients == kNone && opens_recipients(w.line(i))) recipients = i;
  }
  if (close != kNone && recipients != kNone) return std::min(close + 1, recipients);
  if (close != kNone) return close + 1;
  if (recipients != kNone) return recipients - std::min<std::size_t>(recipients - from, 12);
  // Neither "./." nor "Nơi nhận": the block stands behind the last article.
  std::size_t article = w.size() - std::min<std::size_t>(w.size() - from, 25);
  for (std::size_t i = article; i < w.size(); ++i)
    if (w.line(i).plain.starts_with(U"dieu ") && w.line(i).plain.size() > 6 && is_digit(w.line(i).plain[5])) article = i + 1;
  return article;
}

void read_recipients(Work& w, std::size_t from, std::size_t to) {
  bool in = false;
  for (std::size_t i = from; i < to && w.doc.recipients.size() < 60; ++i)
    for (const Cell& c : w.line(i).cells) {
      if (c.plain.starts_with(U"noi nhan") || c.plain.starts_with(U"noinhan")) { in = true; break; }
      if (!in || c.text.size() < 3 || (c.text[0] != U'-' && c.text[0] != U'+' && c.text[0] != 0x2013)) continue;
      std::u32string_view item = trim(std::u32string_view(c.text).substr(1));
      while (!item.empty() && (item.back() == U';' || item.back() == U'.' || item.back() == U',')) item.remove_suffix(1);
      if (!item.empty()) w.doc.recipients.push_back(to_utf8(item));
      break;
    }
}

}  // namespace

void find_signature(Work& w) {
  const std::size_t begin = block_begin(w), end = std::min(w.size(), begin + 45);
  read_recipients(w, begin, end);
  std::u32string stack;
  std::size_t first = kNone, last_title = kNone, title_column = 0;
  bool joint = false, position = false, doubtful = false;
  for (std::size_t i = begin; i < end; ++i) {
    if (first != kNone && i > last_title + 2) break;
    std::size_t titles = 0;
    for (const Cell& c : w.line(i).cells) {
      if (c.text.size() > 120) continue;
      const auto marks = authorities(c.text);
      const bool list_item = c.text[0] == U'-' || c.text[0] == U'+' || c.text[0] == U'(';
      if (!marks.empty() && !(list_item && marks[0].at < 4)) {
        titles += marks.size();
        joint |= marks.size() > 1;
        for (const Found& m : marks) {
          if (!stack.empty()) stack += U" / ";
          stack += m.mark;
        }
        if (first == kNone) first = i;
        title_column = c.column + marks[0].at;
        last_title = i;
      } else if (!list_item && is_position(c.text) && c.text.size() < 70) {
        ++titles;
        position = true;
        if (first == kNone) first = i;
        if (last_title == kNone || last_title != i) title_column = c.column;
        last_title = i;
      } else if (!list_item && c.text.starts_with(U"K. ") && is_position(std::u32string_view(c.text).substr(3)) && i + 1 < w.size()) {
        // the scanner lost the T: "K. CHỦ TỊCH" above "PHÓ CHỦ TỊCH" can only be KT.
        const bool deputy = std::any_of(w.line(i + 1).cells.begin(), w.line(i + 1).cells.end(), [](const Cell& d) { return d.plain.starts_with(U"pho ") && mostly_upper(d.text); });
        if (!deputy) { doubtful = true; continue; }
        if (!stack.empty()) stack += U" / ";
        stack += U"KT.";
        if (first == kNone) first = i;
        last_title = i;
        title_column = c.column;
      } else if (first != kNone && !list_item) {
        for (std::size_t at = 2; at + 4 < c.text.size(); ++at)  // "Nơi nhận: ... PHÓ CHỦ TỊCH" glued
          if (c.text[at - 1] == U' ' && is_position(std::u32string_view(c.text).substr(at)) && !mostly_upper(std::u32string_view(c.text).substr(0, at))) { last_title = i; break; }
      } else if (c.plain.starts_with(U"noi nhan") && c.text.size() > 12) {
        const auto at = c.text.find_first_of(U":");
        if (at != std::u32string::npos && is_position(trim(std::u32string_view(c.text).substr(at + 1)))) { first = last_title = i; position = true; title_column = c.column + at; }
      }
    }
    joint |= titles > 1;
  }
  if (first == kNone) return w.reason("signature_block_absent");
  if (joint) return w.reason("several_signers");
  std::u32string name;
  std::size_t at_line = kNone;
  int names = 0;
  for (std::size_t i = last_title + 1; i < std::min(w.size(), last_title + 16) && name.empty(); ++i) {
    if (is_motto_cell(w.line(i).cells[0]) || kind_of_line(w.line(i).text)) break;
    for (const Cell& c : w.line(i).cells) {
      if (c.text[0] == U'-' && title_column > c.column + 12 && w.line(i).cells.size() > 1) continue;
      if (const std::u32string person = person_in(c.text); !person.empty()) { name = person; at_line = i; ++names; }
    }
  }
  if (names > 1) return w.reason("several_signers");
  if (!name.empty()) w.set(w.doc.signer, "signer", name, 0.93, at_line);
  else w.reason("signer_absent");
  if (!stack.empty() && !doubtful) w.set(w.doc.signer_authority, "signer_authority", stack, 0.93, first);
  else if (!position) w.reason("authority_unclear");
}

// SAO Y / TRÍCH SAO / SAO LỤC (NĐ 30/2020 Điều 25): the copy has a number of its own, which is not the document's.
void find_copy(Work& w) {
  struct Form { std::u32string_view mark, value; };
  static constexpr std::array<Form, 6> kForms = {{{U"SAO Y BẢN CHÍNH", U"Sao y"}, {U"SAO Y", U"Sao y"}, {U"BẢN SAO Y", U"Sao y"}, {U"TRÍCH SAO", U"Trích sao"}, {U"BẢN TRÍCH SAO", U"Trích sao"}, {U"SAO LỤC", U"Sao lục"}}};
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (i > w.zone_end && i + 40 < w.size()) continue;
    for (const Cell& c : w.line(i).cells) {
      const auto stop = std::min(c.text.find_first_of(U";:,("), c.text.size());
      const std::u32string_view head = trim(std::u32string_view(c.text).substr(0, stop));
      if (head.size() > 20 || !mostly_upper(head)) continue;
      for (const Form& f : kForms)
        if (tone_key(head) == tone_key(f.mark) && !w.doc.copy_form) w.set(w.doc.copy_form, "copy_form", f.value, 0.9, i);
    }
  }
}

}  // namespace policy::document
