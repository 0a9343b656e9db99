// Rich Text Format: text, paragraphs and table rows. Everything but text is skipped, never run or opened.
#include <algorithm>
#include <map>
#include <utility>

#include "base/ascii.hpp"
#include "base/unicode.hpp"
#include "policy/document/legacy.hpp"
#include "policy/document/letters.hpp"
#include "tools/inspect/charset.hpp"
#include "tools/inspect/extract.hpp"
#include "tools/inspect/sheet.hpp"

namespace tools::inspect {
namespace {

using policy::document::Legacy;

constexpr std::size_t kMaxGroups = 2000;

struct Font {
  Legacy encoding = Legacy::none;
  bool capitals = false;  // .VnTimeH: the bytes of small letters, shown as capitals
};

// By its name: the legacy fonts say nothing true about their character set.
Font font_of(std::string_view name, int charset) {
  constexpr int kVietnamese = 163;
  while (!name.empty() && (name.front() == ' ' || name.front() == ';')) name.remove_prefix(1);
  while (!name.empty() && (name.back() == ' ' || name.back() == ';')) name.remove_suffix(1);
  if (base::istarts_with(name, ".vn")) return {Legacy::tcvn3, name.ends_with('H')};
  if (base::istarts_with(name, "vni-") || base::istarts_with(name, "vni ")) return {Legacy::vni, false};
  return {charset == kVietnamese ? Legacy::cp1258 : Legacy::none, false};
}

class Rtf {
 public:
  Rtf(std::string_view bytes, const ExtractLimits& limits) : in_(bytes), sheet_(limits.text_bytes) {}

  std::string run(std::string& reason) {
    while (at_ < in_.size() && !done_ && !sheet_.full()) {
      const char c = in_[at_++];
      if (c == '{') open();
      else if (c == '}') close();
      else if (c == '\\') control();
      else if (c != '\r' && c != '\n') byte(static_cast<unsigned char>(c));
      if (groups_.size() > kMaxGroups) done_ = damaged_ = true;
    }
    flush();
    if (sheet_.full()) reason = "text_limit";
    else if (damaged_ || !groups_.empty()) reason = "damaged";  // cut off: what stands before it is read all the same
    return sheet_.take();
  }

 private:
  struct State {
    bool skip = false, hidden = false, capitals = false, fonts = false, table = false;
    int font = 0, charset = 0;
    unsigned unicode_skip = 1;
  };

  void open() {
    flush();
    to_skip_ = 0;
    groups_.push_back(state_);
    first_ = true;
  }
  void close() {
    flush();
    to_skip_ = 0;  // what is skipped ends with its group
    if (state_.fonts && !font_name_.empty()) fonts_[state_.font] = font_of(font_name_, state_.charset), font_name_.clear();
    if (groups_.empty()) return void(done_ = true);
    state_ = groups_.back();
    groups_.pop_back();
    done_ = groups_.empty();
  }

  void byte(unsigned char c) {
    first_ = false;
    if (to_skip_ > 0) return void(--to_skip_);
    if (state_.fonts) return take_font(char(c));
    const Legacy bytes = encoding();
    put(bytes == Legacy::none ? of_1252(c) : bytes == Legacy::cp1258 ? policy::document::decode_legacy(std::u32string(1, c), bytes).front() : c);
  }
  void take_font(char c) {
    if (c != ';') return void(font_name_.size() < 100 ? font_name_.push_back(c) : void());
    fonts_[state_.font] = font_of(font_name_, state_.charset);
    font_name_.clear();
  }

  void put(char32_t c) {
    if (!state_.skip && !state_.hidden) run_.push_back(c);
  }
  Font font() const {
    const auto it = fonts_.find(state_.font);
    return it == fonts_.end() ? Font{code_page_ == 1258 ? Legacy::cp1258 : Legacy::none, false} : it->second;
  }
  Legacy encoding() const { return font().encoding; }

  // Characters of one font and style; a mark of VNI belongs to the letter before it.
  void flush() {
    if (run_.empty()) return;
    if (state_.table) enter_row();
    // What stands as Unicode in a font of Windows is Unicode; in the fonts of before it is their bytes all the same.
    const std::u32string shown = encoding() == Legacy::cp1258 ? run_ : policy::document::decode_legacy(run_, encoding());
    run_.clear();
    std::string text;
    for (const char32_t c : shown) append_utf8(text, c);
    sheet_.line() += state_.capitals || font().capitals ? base::upper(text) : text;
  }
  void end_line() {
    flush();
    sheet_.end_line();
  }

  void control() {
    if (at_ >= in_.size()) return;
    const char c = in_[at_];
    if (!base::is_alpha(c)) return symbol(c);
    const std::size_t begin = at_;
    while (at_ < in_.size() && base::is_alpha(in_[at_]) && at_ - begin < 40) ++at_;
    const std::string_view word = in_.substr(begin, at_ - begin);
    bool negative = false, given = false;
    long value = 0;
    if (at_ < in_.size() && in_[at_] == '-') negative = true, ++at_;
    for (; at_ < in_.size() && in_[at_] >= '0' && in_[at_] <= '9'; ++at_, given = true)
      if (value < 100000000) value = value * 10 + (in_[at_] - '0');
    if (at_ < in_.size() && in_[at_] == ' ') ++at_;
    keyword(word, given ? std::optional(negative ? -value : value) : std::nullopt);
    first_ = false;
  }

  void symbol(char c) {
    ++at_;
    if (c == '\'') return hex();
    if (c == '*') return void(state_.skip = true);  // a destination that readers may ignore
    if (c == '~') return put(U' ');
    if (c == '_') return put(U'-');
    if (c == '\n' || c == '\r') return end_line();
    if (c == '\\' || c == '{' || c == '}') byte(static_cast<unsigned char>(c));
  }
  void hex() {
    const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
    if (at_ + 2 > in_.size()) return void(at_ = in_.size());
    const int high = digit(in_[at_]), low = digit(in_[at_ + 1]);
    at_ += 2;
    if (high >= 0 && low >= 0) byte(static_cast<unsigned char>(high * 16 + low));
  }

  void keyword(std::string_view word, std::optional<long> value) {
    static constexpr std::string_view kSkipped[] = {"colortbl", "stylesheet", "info", "pict", "object", "objdata", "themedata", "colorschememapping", "latentstyles",
                                                    "datastore", "listtable", "listoverridetable", "rsidtbl", "generator", "filetbl", "revtbl", "xmlnstbl",
                                                    "fldinst", "shpinst", "bkmkstart", "bkmkend", "annotation", "atnid", "atnauthor", "nonshppict", "wgrffmtfilter"};
    const bool on = value.value_or(1) != 0;
    if (first_ && std::find(std::begin(kSkipped), std::end(kSkipped), word) != std::end(kSkipped)) state_.skip = true;
    else if (word == "fonttbl") state_.fonts = true;
    else if (word == "f") flush(), state_.font = int(value.value_or(0));
    else if (word == "fcharset") state_.charset = int(value.value_or(0));
    else if (word == "ansicpg") code_page_ = int(value.value_or(0));
    else if (word == "uc") state_.unicode_skip = unsigned(std::clamp(value.value_or(1), 0l, 8l));
    else if (word == "u") unicode(value.value_or(0));
    else if (word == "bin") at_ = std::min(in_.size(), at_ + std::size_t(std::max(0l, value.value_or(0))));
    else if (word == "v" || word == "deleted") flush(), state_.hidden = on;
    else if (word == "caps") flush(), state_.capitals = on;
    else if (word == "plain") flush(), state_.hidden = state_.capitals = false;
    else if (word == "pard") state_.table = false;
    else if (word == "intbl") state_.table = true;
    else if (!state_.skip && !state_.fonts) layout(word);
  }

  void enter_row() {
    if (sheet_.in_row() || state_.skip) return;
    sheet_.begin_row();
    sheet_.begin_cell();
  }

  void layout(std::string_view word) {
    if (word == "par" || word == "line" || word == "sect" || word == "page") end_line();
    else if (word == "tab") put(U'\t');
    else if (word == "cell") enter_row(), end_line(), sheet_.begin_cell();
    else if (word == "row") flush(), sheet_.end_row();
    else if (word == "emdash" || word == "endash") put(U'\u2013');
    else if (word == "lquote" || word == "rquote") put(U'\'');
    else if (word == "ldblquote" || word == "rdblquote") put(U'"');
    else if (word == "bullet") put(U'\u2022');
    else if (word == "emspace" || word == "enspace") put(U' ');
  }

  // A signed 16-bit number; characters for readers without Unicode follow. In a legacy font it is the byte all the same.
  void unicode(long value) {
    if (value < 0) value += 65536;
    to_skip_ = state_.unicode_skip;
    const auto c = char32_t(std::clamp(value, 0l, 65535l));
    if (c >= 0xD800 && c < 0xDC00) return void(high_ = c);
    if (c >= 0xDC00 && c < 0xE000) return put(high_ ? 0x10000 + ((std::exchange(high_, 0) - 0xD800) << 10) + (c - 0xDC00) : 0xFFFD);
    if (c != 0) put(c);
  }

  std::string_view in_;
  std::size_t at_ = 0;
  Sheet sheet_;
  State state_;
  std::vector<State> groups_;
  std::map<int, Font> fonts_;
  std::string font_name_;
  std::u32string run_;
  char32_t high_ = 0;
  unsigned to_skip_ = 0;
  int code_page_ = 1252;
  bool first_ = false, done_ = false, damaged_ = false;
};

}  // namespace

Extracted extract_rtf(std::string_view bytes, const ExtractLimits& limits) {
  Extracted out;
  out.format = "rtf";
  std::string page = Rtf(bytes, limits).run(out.reason);
  finish_one_page(std::move(page), out);
  return out;
}

}  // namespace tools::inspect
