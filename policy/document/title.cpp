// Title (trích yếu) and issuing body.
#include <algorithm>
#include <array>

#include "policy/document/letters.hpp"
#include "policy/document/parts.hpp"

namespace policy::document {
namespace {

constexpr std::size_t kTitleLines = 8, kTitleLength = 500;

// "V/v", "V/v:", "Về việc" at the start; index after it for the first form, 0 for none.
std::size_t after_vv(const Cell& c) {
  std::size_t i = 0;
  for (std::u32string_view mark : {U"v/v", U"v/ v", U"v / v", U"vv:"})
    if (c.plain.starts_with(mark)) i = mark.size();
  if (!i) return 0;
  while (i < c.text.size() && (c.text[i] == U':' || c.text[i] == U' ' || c.text[i] == U'.')) ++i;
  return i;
}

// The line that names who decides: "GIÁM ĐỐC SỞ VÍ DỤ", "ỦY BAN NHÂN DÂN TỈNH", "QUỐC HỘI".
bool names_competence(const Line& l) {
  for (std::u32string_view s : {U"giam doc", U"chu tich", U"bo truong", U"uy ban nhan dan", U"hoi dong nhan dan", U"thu tuong", U"chinh phu", U"quoc hoi", U"tong giam doc",
                                U"cuc truong", U"chanh van phong", U"hieu truong", U"truong phong", U"vien truong", U"chi cuc truong", U"tong cuc truong", U"truong ban"})
    if (starts_word(l.plain, s)) return true;
  return false;
}

bool opens_body(const Line& l) {
  static constexpr std::array<std::u32string_view, 12> kStarts = {U"i.", U"1.", U"1)", U"a)", U"phan i", U"phan thu", U"trong", U"ngay", U"de ", U"nham", U"hom nay", U"(kem theo"};
  if (is_body_start(l)) return true;
  if (l.text[0] == U'(') return true;
  for (std::u32string_view s : kStarts)
    if (l.plain.starts_with(s) && !(mostly_upper(l.text) && is_letter(s.back()))) return true;
  return l.plain.starts_with(U"so:") || l.plain.starts_with(U"dieu 1");
}

std::u32string without_ends(std::u32string_view s) {
  s = trim(s);
  while (!s.empty() && (s.back() == U'.' || s.back() == U'/' || s.back() == U';' || s.back() == U':' || s.back() == U'*' || s.back() == U' ' || s.back() == U'_')) s.remove_suffix(1);
  while (!s.empty() && (s.front() == U':' || s.front() == U' ' || s.front() == U'-')) s.remove_prefix(1);
  return std::u32string(s);
}

// What follows a kind in its own line and still belongs to the kind's name.
bool widens_kind(std::u32string_view rest) {
  const std::string s = squeezed(rest);
  for (std::string_view r : {"hanhdong", "congtac", "lientich", "liennganh", "phoihop", "ketluan", "lienso"})
    if (s == r) return true;
  return false;
}

// Papers that begin with their text: only "Về ..." or capitals below the kind are a title.
bool has_no_title(const Kind& k) {
  for (std::u32string_view n : {U"Giấy giới thiệu", U"Giấy nghỉ phép", U"Giấy đi đường", U"Giấy ủy quyền", U"Phiếu gửi", U"Giấy biên nhận", U"Giấy chứng nhận", U"Thư công"})
    if (k.name == n) return true;
  return false;
}

// A continuation of the line above: in the middle of a sentence, or the number that a "số" at the end announced.
bool hangs_on(const Line& l, std::u32string_view above) {
  if (above.empty()) return false;
  return is_lower(l.text[0]) || (is_digit(l.text[0]) && skeleton(above).ends_with(U" so")) || above.ends_with(U',');
}

// The paragraph that begins at line i ends like a sentence: it is text, no title.
bool is_sentence(const Work& w, std::size_t i) {
  std::size_t last = i;
  while (last + 1 < w.size() && last < i + 8 && !w.line(last + 1).gap && hangs_on(w.line(last + 1), w.line(last).text)) ++last;
  const std::u32string& t = w.line(last).text;
  return t.ends_with(U'.') || t.ends_with(U':') || t.ends_with(U';') || t.ends_with(U"./");
}

// The body that decides, named again between the title and the grounds.
bool repeats_issuer(const Work& w, std::size_t i) {
  if (!mostly_upper(w.line(i).text)) return false;
  if (w.doc.issuer && squeezed(clean(w.doc.issuer->text)) == squeezed(w.line(i).text)) return true;
  if (!names_competence(w.line(i)) || i + 1 >= w.size()) return false;
  return is_body_start(w.line(i + 1)) || starts_word(w.line(i + 1).plain, U"khoa ");
}

// Lines below the kind until the body; an upper-case title ends with its capitals.
void title_below_kind(Work& w) {
  std::u32string title = w.kind_rest;
  std::size_t i = w.kind_line + 1, first = w.kind_line, lines = title.empty() ? 0 : 1;
  if (title.empty() && i < w.size() && starts_word(w.line(i).plain, U"cua") && mostly_upper(w.line(i).text)) {
    while (i < w.size() && i < w.kind_line + 5 && mostly_upper(w.line(i).text) && !w.line(i).plain.starts_with(U"ve ")) ++i;  // QUYẾT ĐỊNH CỦA BỘ TRƯỞNG ...
  }
  if (!title.empty() && mostly_upper(title) && i < w.size() && !mostly_upper(w.line(i).text) && !w.line(i).gap && (!opens_body(w.line(i)) || starts_word(w.line(i).plain, U"thuc hien"))) {
    if (!widens_kind(title)) return w.reason("title_unclear");
    title.clear();  // CHƯƠNG TRÌNH HÀNH ĐỘNG / Thực hiện Nghị quyết ...
    lines = 0;
  }
  bool upper = !title.empty() && mostly_upper(title);
  for (; i < w.size() && lines < kTitleLines; ++i) {
    const Line& l = w.line(i);
    if (l.stamp || l.page != w.line(w.kind_line).page || is_motto_cell(l.cells[0])) break;
    const bool hanging = !l.gap && !upper && hangs_on(l, title);
    if (!hanging) {
      const bool carries_out = lines == 0 && starts_word(l.plain, U"thuc hien");  // "Thực hiện Chỉ thị ..." opens titles too
      if (is_date_cell(l.cells[0]) && !carries_out) break;
      if ((opens_body(l) && !carries_out) || after_number_word(l.text) != std::u32string::npos || repeats_issuer(w, i)) break;
      const bool about = starts_word(l.plain, U"ve") || l.plain.starts_with(U"v/v");
      if (!mostly_upper(l.text) && !about && ((lines == 0 && has_no_title(*w.kind) && !(l.text.size() < 80 && i + 1 < w.size() && w.line(i + 1).gap)) || is_sentence(w, i))) break;
    }
    const bool line_upper = mostly_upper(l.text);
    if (lines == 0) {
      if (names_competence(l) && !line_upper) break;
      if (names_competence(l) && w.kind->name == U"Quyết định") break;
      upper = line_upper;
      if (!line_upper && l.text.size() > 220) break;
      first = i;
    } else {
      if (l.rule || (l.gap && !upper)) break;
      if (upper != line_upper && !hanging && !(upper && l.text.size() < 40 && !l.gap)) break;
      if (upper && !line_upper) break;
      if (names_competence(l) && line_upper && (l.gap || !upper)) break;
      if (!upper && title.ends_with(U'.')) break;
      if (!upper && is_upper(l.text[0]) && l.text.size() >= 70) break;
    }
    if (!title.empty()) title += U' ';
    title += l.text;
    ++lines;
    if (title.size() > kTitleLength) return w.reason("title_too_long");
  }
  Cell probe{title, skeleton(title), 0};
  title = title.substr(after_vv(probe));
  title = without_ends(title);
  // A paragraph is no title: without capitals it begins like one of the usual leads or is short.
  if (!upper && title.size() > 420) return w.reason("title_unclear");
  if (title.size() >= 3) w.set(w.doc.title, "title", title, upper || lines <= 3 ? 0.9 : 0.8, first);
}

// "V/v ..." below the number of a công văn; its lines go on in the same column until "Kính gửi", a date or an empty line.
void title_from_vv(Work& w) {
  const std::size_t from = w.number_line != kNone ? w.number_line : w.motto == kNone ? 0 : w.motto;
  for (std::size_t i = from; i < std::min(w.zone_end + 1, w.size()); ++i)
    for (std::size_t k = 0; k < w.line(i).cells.size(); ++k) {
      const Cell& c = w.line(i).cells[k];
      std::size_t start = after_vv(c);
      if (!start && starts_word(c.plain, U"ve viec") && is_upper(c.text[0]) && c.text.size() < 120) start = 7;
      if (!start || w.line(i).stamp) continue;
      w.has_vv = true;
      std::u32string title = c.text.substr(std::min(start, c.text.size()));
      for (std::size_t j = i + 1, n = 0; j < w.size() && n < kTitleLines; ++j, ++n) {
        const Line& l = w.line(j);
        const Cell* next = nullptr;
        for (const Cell& d : l.cells)
          if (d.column + 16 > c.column && d.column < c.column + 24) { next = &d; break; }
        if (!next || l.stamp || l.rule || is_body_start(l) || is_motto_cell(*next)) break;
        if (is_date_cell(*next)) { if (l.cells.size() == 1 && next->column <= c.column + 8) break; if (next == &l.cells.back()) continue; }
        if (l.gap && l.cells.size() == 1) break;
        const bool numeral = title.ends_with(U',') || skeleton(title).ends_with(U" so") || title.ends_with(U'-');  // "BHXH, BHYT," / "BHTN"
        if (l.text.size() > 140 || (mostly_upper(next->text) != mostly_upper(title) && !(numeral && !l.gap && next->text.size() < 30))) break;
        title += U' ';
        title += next->text;
      }
      title = without_ends(title);
      if (title.size() >= 3 && title.size() <= kTitleLength && !w.doc.title) w.set(w.doc.title, "title", title, 0.9, i);
      return;
    }
}

// Words that begin the name of a body. A line that begins with none continues the name above it.
constexpr std::array<std::u32string_view, 72> kHeads = {
    U"bo ", U"so ", U"uy ban", U"ubnd", U"hoi dong", U"hdnd", U"cuc", U"tong cuc", U"chi cuc", U"phong ", U"ban ", U"van phong", U"truong ", U"trung tam", U"vien ",
    U"cong an", U"tinh uy", U"huyen uy", U"thanh uy", U"thi uy", U"dang uy", U"dang bo", U"toa an", U"bao hiem", U"kho bac", U"ngan hang", U"quoc hoi",
    U"chinh phu", U"thu tuong", U"chu tich nuoc", U"thanh tra", U"cong ty", U"tong cong ty", U"tap doan", U"hoi ", U"lien doan", U"doan ", U"benh vien", U"hat ",
    U"doi ", U"tram ", U"to ", U"bcd", U"lien minh", U"mat tran", U"kiem toan", U"thong tan", U"dai ", U"hoc vien", U"nha ", U"bao tang", U"thu vien", U"quy ",
    U"vkscnd", U"chi bo", U"ubmttq", U"cang vu", U"bch ", U"uy ban thuong vu", U"ubtvqh", U"doan dai bieu", U"thuong truc", U"khoi ", U"xi nghiep", U"hop tac xa", U"htx ",
    U"vu ", U"y te", U"tong hoi", U"cac ban", U"chi nhanh", U"vp "};

// Short heads that other words look like without their marks: SƠ YẾU, TỜ KHAI, BẢN, QUY ĐỊNH.
constexpr std::array<std::u32string_view, 9> kMarkedHeads = {U"Sở ", U"Tổ ", U"Ban ", U"Bộ ", U"Quỹ ", U"Đội ", U"Hội ", U"Đoàn ", U"Đài "};
bool other_word(std::u32string_view text, std::u32string_view head) {
  if (std::all_of(text.begin(), text.end(), [](char32_t c) { return c < 0x80; })) return false;
  for (std::u32string_view m : kMarkedHeads)
    if (skeleton(m) == head) return tone_key(text.substr(0, m.size())) != tone_key(m);
  return false;
}

bool begins_body(std::u32string_view text) {
  const std::u32string plain = skeleton(text);
  for (std::u32string_view h : kHeads)
    if (h.back() == U' ' ? plain.starts_with(h) && !other_word(text, h) : starts_word(plain, h)) return true;
  if (starts_word(plain, U"chu tich") && plain.size() < 60) return true;  // CHỦ TỊCH / ỦY BAN NHÂN DÂN / TỈNH ...
  return plain == U"quoc hoi" || plain == U"thanh tra";
}
bool wants_more(std::u32string_view plain) {  // the name is not complete at this word
  for (std::u32string_view t : {U" va", U" cua", U" nhan", U" ban", U" dan toc,", U" -", U","})
    if (plain.ends_with(t)) return true;
  return plain == U"van phong" || plain == U"uy ban" || plain == U"chu tich" || plain == U"uy ban thuong vu" || plain == U"ban" || plain == U"van phong ban" || plain == U"cac ban" || plain == U"doan dai bieu";
}

// The left column's part of a cell into which both columns were merged.
std::u32string left_part(const Cell& c) {
  std::size_t cut = c.text.size();
  for (std::u32string_view mark : {U"cong hoa xa hoi", U"cong hoa xa", U"doc lap", U"dang cong san viet nam"})
    if (const auto at = c.plain.find(mark); at != std::u32string::npos) cut = std::min(cut, at);
  if (cut == c.text.size() && is_motto_cell(c)) cut = 0;
  return std::u32string(trim(std::u32string_view(c.text).substr(0, cut)));
}

bool looks_name(const Work& w, std::u32string_view s) {
  if (s.size() < 3 || s.size() > 110 || !shown_upper(w, s)) return false;
  return std::none_of(s.begin(), s.end(), [](char32_t c) { return c == U':' || c == U'@' || c == U'?' || c == U'!'; });
}

}  // namespace

void find_title(Work& w) {
  if (w.kind && w.kind_line != kNone) title_below_kind(w);
  else title_from_vv(w);
}

// Line 1 is the parent, line 2 the issuer (NĐ 30/2020 Phụ lục I.II.2); names run over several lines.
void find_issuer(Work& w) {
  if (w.motto == kNone) return;
  std::size_t end = w.number_line != kNone ? w.number_line : w.kind_line != kNone ? w.kind_line : w.zone_end;
  end = std::min({end, w.motto + 12, w.kind_line});
  std::vector<std::pair<std::u32string, std::size_t>> groups;
  const auto collect = [&](std::size_t from, std::size_t to) {
    bool open = false, cut_motto = false;  // CỘNG HÒA XÃ HỘI CHỦ NGHĨA / VIỆT NAM
    for (std::size_t i = from; i < to; ++i) {
      if (w.line(i).stamp) { open = false; continue; }
      for (const Cell& c : w.line(i).cells) {
        std::u32string part = left_part(c);
        if (is_date_cell(c)) {
          const std::size_t own = upper_words(c.text);
          part = own && own < c.text.size() && w.line(i).cells.size() == 1 ? std::u32string(trim(std::u32string_view(c.text).substr(0, own))) : std::u32string();
        }
        const std::string all = squeezed(c.text);
        const bool alone = squeezed(part) == "vietnam" && &c == &w.line(i).cells.front();  // "NGÂN HÀNG NHÀ NƯỚC CỘNG HÒA ..." / "VIỆT NAM Độc lập"
        if (cut_motto && !alone && squeezed(part).ends_with("vietnam")) {
          part.resize(part.size() - std::min<std::size_t>(part.size(), 8));
          part = trim(part);
          cut_motto = false;
        }
        if (all.find("conghoaxahoi") != all.npos) cut_motto = all.ends_with("chunghia");
        if (part.empty()) continue;
        const std::u32string plain = skeleton(part);
        if (!looks_name(w, part) || kind_of_line(part) || plain.find(U" mat") == plain.size() - 4 || plain == U"khan" || plain == U"hoa toc" || plain == U"du thao" || plain == U"den") { open = false; continue; }
        const bool head = begins_body(part + U' ');
        if (open && !groups.empty() && (!head || wants_more(skeleton(groups.back().first)))) groups.back().first += U' ' + part;
        else if (head) { groups.emplace_back(part, i); open = true; }
      }
    }
  };
  // The issuer stands beside or just above the motto, or below it when columns were put one after the other.
  const std::size_t base = std::min(w.motto, w.number_line);  // columns one after the other put the number above the motto
  std::size_t from = base;
  while (from > w.zone_begin && base - from < 4) {
    const Line& l = w.line(from - 1);
    if (l.stamp || !looks_name(w, l.text) || l.page != w.line(w.motto).page) break;
    --from;
  }
  collect(from, end);
  if (groups.empty() || groups.size() > 3) return w.reason("issuer_unclear");
  for (const auto& g : groups)
    if (g.first.size() > 140) return w.reason("issuer_unclear");
  w.set(w.doc.issuer, "issuer", groups.back().first, groups.size() <= 2 ? 0.93 : 0.8, groups.back().second);
  if (groups.size() > 1) w.set(w.doc.issuer_parent, "issuer_parent", groups[groups.size() - 2].first, 0.85, groups[groups.size() - 2].second);
}

}  // namespace policy::document
