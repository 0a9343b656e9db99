// The header zone: where it begins and ends, what belongs to the receiver's stamp, and the stamps of urgency and secrecy.
#include <algorithm>

#include "policy/document/letters.hpp"
#include "policy/document/parts.hpp"

namespace policy::document {

bool starts_word(std::u32string_view plain, std::u32string_view words) {
  return plain.starts_with(words) && (plain.size() == words.size() || !is_letter(plain[words.size()]));
}

std::size_t upper_words(std::u32string_view s) {
  std::size_t taken = 0, letters = 0;
  for (std::size_t at = 0; at < s.size();) {
    const std::size_t stop = std::min(s.find(U' ', at), s.size());
    if (std::any_of(s.begin() + std::ptrdiff_t(at), s.begin() + std::ptrdiff_t(stop), is_lower)) break;
    letters += stop - at;
    taken = at = std::min(stop + 1, s.size());
    if (stop == s.size()) taken = s.size();
  }
  return letters >= 3 ? taken : 0;
}

bool shown_upper(const Work& w, std::u32string_view s) { return mostly_upper(s) || (w.lines.tcvn3 && s.size() < 90); }

bool is_body_start(const Line& line) {
  const std::u32string_view p = line.plain;
  for (std::u32string_view s : {U"can cu", U"kinh gui", U"thuc hien", U"dieu 1", U"xet de nghi", U"theo de nghi", U"kinh thua", U"chuong i", U"hom nay"})
    if (starts_word(p, s) && is_upper(line.text[0]) && !mostly_upper(line.text)) return true;
  return p.starts_with(U"kinhgui") || (starts_word(p, U"kinh gui"));
}

bool is_date_cell(const Cell& c) {
  const auto at = c.plain.find(U"ngay");
  return at != std::u32string::npos && at < 40 && c.plain.find(U"thang", at) != std::u32string::npos && c.plain.find(U" so ") == std::u32string::npos && !c.plain.starts_with(U"so ");
}

bool is_motto_cell(const Cell& c) {
  const std::string s = squeezed(c.text);
  return s.find("conghoaxahoi") != s.npos || s.find("chunghiavietnam") != s.npos || (s.find("doclap") != s.npos && s.find("tudo") != s.npos) ||
         s.find("hanhphuc") == 0 || s.find("dangcongsanvietnam") != s.npos;
}

namespace {
bool state_motto(const Work& w, const Cell& c) {
  const std::string s = squeezed(c.text);
  const auto at = s.find("conghoaxahoi");
  return at != s.npos && s.size() < 110 && shown_upper(w, c.text);
}
bool party_motto(const Work& w, const Cell& c) {
  const std::string s = squeezed(c.text);
  return s.ends_with("dangcongsanvietnam") && s.size() < 70 && shown_upper(w, c.text);
}
}  // namespace

// A mail or a web page may put text before the document: the quốc hiệu, not the first line, is the anchor.
void find_zone(Work& w) {
  const std::size_t limit = std::min<std::size_t>(w.size(), 150);
  for (std::size_t i = 0; i < limit && w.motto == kNone; ++i)
    for (const Cell& c : w.line(i).cells) {
      if (w.line(i).page > 1 && i > 5) break;
      if (state_motto(w, c)) { w.motto = i; break; }
      if (party_motto(w, c)) { w.motto = i; w.party = true; break; }
    }
  w.zone_begin = w.motto == kNone ? 0 : w.motto - std::min<std::size_t>(w.motto, 8);
  const std::size_t from = w.motto == kNone ? 0 : w.motto;
  w.zone_end = std::min(w.size(), from + 45);
  for (std::size_t i = from; i < w.zone_end; ++i)
    if (i > from && (is_body_start(w.line(i)) || (w.motto != kNone && w.line(i).text.size() > 200))) { w.zone_end = i; break; }
  for (std::size_t i = 0; i < std::min<std::size_t>(w.size(), 60); ++i) {
    const std::u32string& p = w.line(i).plain;
    if (starts_word(p, U"mau so") || starts_word(p, U"mau:") || starts_word(p, U"bieu mau") || p.find(U" mau so ") != p.npos) {
      if (i < w.zone_end && p.size() < 90) w.form = true;
    }
  }
  for (std::size_t i = from; i < w.size(); ++i) {
    const Line& l = w.line(i);
    w.has_to |= i <= w.zone_end + 2 && (starts_word(l.plain, U"kinh gui") || l.plain.starts_with(U"kinhgui"));
    w.has_close |= l.text.find(U"./.") != std::u32string::npos;
    w.has_recipients |= l.plain.find(U"noi nhan") != std::u32string::npos || l.plain.find(U"noinhan") != std::u32string::npos;
  }
}

// ĐẾN / Số: ... / Ngày: ... / Chuyển: ... / Lưu hồ sơ số: ... (NĐ 30/2020 Phụ lục IV): another body's number and date.
void find_incoming_stamp(Work& w) {
  for (std::size_t i = 0; i < w.zone_end; ++i)
    for (std::size_t k = 0; k < w.line(i).cells.size(); ++k) {
      const Cell& c = w.line(i).cells[k];
      std::u32string_view p = c.plain;
      const bool word = p == U"den" || p == U"cong van den" || p == U"van ban den";
      const bool glued = p.starts_with(U"den so") || p.starts_with(U"cong van den so") || p.starts_with(U"van ban den so");
      if (!(word || glued) || !mostly_upper(std::u32string_view(c.text).substr(0, word ? c.text.size() : p.find(U"den") + 3))) continue;
      std::size_t last = kNone;
      Incoming in;
      for (std::size_t j = i; j < std::min(w.size(), i + 7); ++j)
        for (const Cell& d : w.line(j).cells) {
          const std::u32string_view q = d.plain;
          const auto value = [&](std::u32string_view mark) {
            const auto at = q.find(mark);
            std::u32string_view v = std::u32string_view(d.text).substr(at + mark.size());
            if (const auto stop = skeleton(v).find(U" ngay"); stop != std::u32string::npos && mark == U"so:") v = v.substr(0, stop);
            return to_utf8(trim(v).substr(0, 60));
          };
          if (q.starts_with(U"luu ho so") || q.starts_with(U"chuyen:") || q.starts_with(U"kinh chuyen:")) { last = std::max(last == kNone ? j : last, j); continue; }
          if ((q.starts_with(U"so:") || q.find(U"den so:") != q.npos) && in.number.empty()) { in.number = value(U"so:"); last = j; }
          if (const auto at = q.find(U"ngay:"); at != q.npos && in.date.empty()) { in.date = value(U"ngay:"); last = j; }
        }
      if (last == kNone || (in.date.empty() && in.number.empty())) continue;
      for (std::size_t j = i; j <= last; ++j) w.lines.all[j].stamp = true;
      // the line above names the receiver when it is short and the document's own number is already past
      w.doc.incoming = in;
      return;
    }
}

namespace {
struct Mark {
  std::u32string_view text;
  std::u32string_view value;
};
constexpr Mark kUrgency[] = {{U"HỎA TỐC HẸN GIỜ", U"Hỏa tốc"}, {U"HỎA TỐC", U"Hỏa tốc"}, {U"THƯỢNG KHẨN", U"Thượng khẩn"}, {U"KHẨN", U"Khẩn"}};
constexpr Mark kSecrecy[] = {{U"TUYỆT MẬT", U"Tuyệt mật"}, {U"TỐI MẬT", U"Tối mật"}, {U"MẬT", U"Mật"}};

std::u32string_view strip_box(std::u32string_view s) {
  const auto junk = [](char32_t c) { return !is_letter(c); };
  while (!s.empty() && junk(s.front())) s.remove_prefix(1);
  while (!s.empty() && junk(s.back())) s.remove_suffix(1);
  return s;
}
const Mark* match(std::u32string_view s, const Mark* first, const Mark* last) {
  const std::u32string key = tone_key(s);
  for (; first != last; ++first)
    if (key == tone_key(first->text)) return first;
  return nullptr;
}
}  // namespace

// A stamp is a short upper-case cell that stands alone in the header zone of page 1: "MẬT ONG", "BẢO VỆ BÍ MẬT NHÀ NƯỚC",
// "GIẢI MẬT" are no stamps; "TUYỆT" / "MẬT" over two lines is one.
void find_stamps(Work& w) {
  if (w.motto == kNone && !w.number) return;
  std::size_t end = w.kind_line != kNone ? w.kind_line + 1 : w.zone_end;
  bool lifted = false;
  for (std::size_t i = w.zone_begin; i < end && i < w.size() && w.line(i).page == 1; ++i) lifted |= w.line(i).plain.find(U"giai mat") != std::u32string::npos;
  for (std::size_t i = w.zone_begin; i < end && i < w.size() && w.line(i).page == 1; ++i)
    for (std::size_t k = 0; k < w.line(i).cells.size(); ++k) {
      std::u32string joined(strip_box(w.line(i).cells[k].text));
      if (joined.empty() || joined.size() > 24 || !mostly_upper(joined) || w.line(i).stamp) continue;
      if (k == 0 && i > w.zone_begin) {  // a stamp broken over two lines
        const std::u32string_view above = strip_box(w.line(i - 1).cells.back().text);
        const std::string a = squeezed(above);
        if (a == "tuyet" || a == "toi" || a == "thuong" || a == "hoa") joined = std::u32string(above) + U' ' + joined;
        else if (a == "bi" || a == "giai" || a == "do") continue;
      }
      for (std::size_t at = 0, stop; at < joined.size(); at = stop + 1) {  // "MẬT - KHẨN", "MẬT/HỎA TỐC"
        stop = std::min(joined.find_first_of(U"-/;,", at), joined.size());
        const std::u32string_view one = strip_box(std::u32string_view(joined).substr(at, stop - at));
        if (const Mark* m = match(one, std::begin(kUrgency), std::end(kUrgency)); m && !w.doc.urgency) w.set(w.doc.urgency, "urgency", m->value, 0.95, i);
        if (const Mark* m = match(one, std::begin(kSecrecy), std::end(kSecrecy)); m && !w.doc.secrecy) {
          if (lifted) w.reason("secrecy_lifted");
          else w.set(w.doc.secrecy, "secrecy", m->value, 0.95, i);
        }
      }
    }
}

}  // namespace policy::document
