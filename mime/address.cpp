// address = mailbox / group;  mailbox = name-addr / addr-spec;  name-addr = [display-name] "<" [route ":"] addr-spec ">";
// group = display-name ":" [mailbox-list] ";".
// Words are collected until a special decides what they were: '<' a display name, '@' a local part, ':' a group's name.
#include "mime/address.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace mime {
namespace {

bool is_atom_char(char c) {
  constexpr std::string_view specials = "()<>[]:;@\\,\"";
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && specials.find(c) == specials.npos;
}

class Parser {
 public:
  Parser(std::string_view s, std::size_t max) : s_(s), max_(max) {}

  AddressList run() {
    while (pos_ < s_.size() && !out_.truncated) step();
    finish();
    end_group();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = s_[pos_];
    if (base::is_space(c) || c == '\0') { gap_ = true; ++pos_; }
    else if (c == '(') comment();
    else if (c == '"') quoted();
    else if (c == '<') angle();
    else if (c == '@') { ++pos_; bare_domain(); }
    else if (c == ',') { ++pos_; finish(); }
    else if (c == ':') { ++pos_; begin_group(); }
    else if (c == ';') { ++pos_; finish(); end_group(); }
    else if (is_atom_char(c)) atom();
    else ++pos_;  // a stray '>', ']', '[', '\', control
  }

  // A word of a phrase or of a local part. Words of a phrase are joined by one blank, of a local part by nothing.
  void add_word(std::string_view word) {
    if (!phrase_.empty() && gap_) phrase_.push_back(' ');
    phrase_.append(word);
    if (gap_ && !tight_.empty() && tight_.back() != '.' && !word.starts_with('.')) tight_.clear();  // "junk local@x"
    tight_.append(word);
    gap_ = false;
  }

  void atom() {
    const std::size_t start = pos_;
    while (pos_ < s_.size() && is_atom_char(s_[pos_])) ++pos_;
    add_word(s_.substr(start, pos_ - start));
  }

  void quoted() {
    std::string word;
    for (++pos_; pos_ < s_.size() && s_[pos_] != '"'; ++pos_) {
      if (s_[pos_] == '\\' && pos_ + 1 < s_.size()) ++pos_;
      if (s_[pos_] != '\r' && s_[pos_] != '\n' && s_[pos_] != '\0') word.push_back(s_[pos_]);
    }
    if (pos_ < s_.size()) ++pos_;
    if (!phrase_.empty() && phrase_.back() != '.') gap_ = gap_ || tight_.empty();
    add_word(word);
    had_word_ = true;
  }

  void comment() {
    std::string text;
    unsigned depth = 0;
    for (; pos_ < s_.size(); ++pos_) {
      const char c = s_[pos_];
      if (c == '(' && depth++ == 0) continue;
      if (c == ')' && --depth == 0) { ++pos_; break; }
      if (c == '\\' && pos_ + 1 < s_.size()) ++pos_;
      if (s_[pos_] != '\r' && s_[pos_] != '\n' && s_[pos_] != '\0') text.push_back(s_[pos_]);
    }
    gap_ = true;
    comment_ = base::trim(text);
  }

  // Behind '@'. Consumes the domain: dot-atom or [literal], comments and blanks between its labels (RFC 5322 4.4).
  std::string domain() {
    std::string out;
    bool blank = false;
    while (pos_ < s_.size()) {
      const char c = s_[pos_];
      if (base::is_space(c) || c == '\0') { blank = true; ++pos_; }
      else if (c == '(') { comment(); blank = true; }
      else if (c == '[' && out.empty()) {
        const std::size_t end = s_.find(']', pos_);
        out = s_.substr(pos_, end == s_.npos ? s_.npos : end - pos_ + 1);
        pos_ = end == s_.npos ? s_.size() : end + 1;
        std::erase_if(out, [](char x) { return base::is_control(x); });
        break;
      } else if (is_atom_char(c)) {
        // A blank inside a domain is only an obsolete form next to a dot; else a new word begins.
        if (blank && !out.empty() && out.back() != '.' && c != '.') break;
        out.push_back(c);
        blank = false;
        ++pos_;
      } else break;
    }
    return out;
  }

  void bare_domain() {
    if (!current_.local.empty() || had_address_) {  // "a@b@c": everything before the last '@' was no mailbox
      ambiguous_ = true;
      domain();
      return;
    }
    current_.local = tight_;
    current_.domain = domain();
    had_address_ = true;
    phrase_.clear();
    tight_.clear();
    gap_ = true;
  }

  void angle() {
    ++pos_;
    std::string name = std::move(phrase_);
    if (had_address_) name = current_.local + "@" + current_.domain + (name.empty() ? "" : " " + name);  // From: a@b <c@d>
    current_ = {};
    phrase_.clear();
    tight_.clear();
    had_address_ = ambiguous_ = false;
    if (pos_ < s_.size() && s_[pos_] == '@') route();
    while (pos_ < s_.size() && s_[pos_] != '>' && s_[pos_] != ',' && s_[pos_] != ';') {
      const char c = s_[pos_];
      if (c == '<' || c == ':') ++pos_; else step();
    }
    if (pos_ < s_.size() && s_[pos_] == '>') ++pos_;
    if (!had_address_) current_.local = tight_;
    current_.display_name = std::move(name);
    phrase_.clear();
    tight_.clear();
    had_address_ = had_angle_ = true;
    gap_ = false;
  }

  void route() {  // obs-route = "@" domain *("," "@" domain) ":"
    if (route_stop_ < pos_) route_stop_ = std::min(s_.find_first_of(":>", pos_), s_.size());  // remembered: keeps it linear
    const std::size_t end = route_stop_;
    if (end == s_.size() || s_[end] != ':') return;
    for (char c : s_.substr(pos_, end - pos_)) {
      if (!base::is_space(c) && !base::is_control(c)) current_.route.push_back(c);
    }
    pos_ = end + 1;
  }

  void finish() {  // the end of one list member
    if (!had_address_ && (!tight_.empty() || had_word_)) current_.local = phrase_;
    const bool real = !ambiguous_ && (!current_.local.empty() || !current_.domain.empty());
    if (real) {
      if (!had_angle_ && current_.display_name.empty()) current_.display_name = std::move(comment_);  // "a@b (Name)"
      if (out_.mailboxes.size() >= max_) out_.truncated = true;
      else out_.mailboxes.push_back(std::move(current_));
    }
    reset();
  }

  void begin_group() {
    if (in_group_ || had_address_) { reset(); return; }
    out_.groups.push_back({phrase_, std::uint32_t(out_.mailboxes.size()), 0});
    in_group_ = true;
    reset();
  }

  void end_group() {
    if (!in_group_) return;
    out_.groups.back().count = std::uint32_t(out_.mailboxes.size()) - out_.groups.back().first;
    in_group_ = false;
  }

  void reset() {
    current_ = {};
    phrase_.clear();
    tight_.clear();
    comment_.clear();
    had_address_ = had_angle_ = ambiguous_ = had_word_ = gap_ = false;
  }

  std::string_view s_;
  std::size_t max_;
  std::size_t pos_ = 0;
  std::size_t route_stop_ = 0;  // the ':' or '>' that route() found last
  AddressList out_;
  Mailbox current_;
  std::string phrase_;   // words of this member as a display name
  std::string tight_;    // the words since the last gap, as a local part
  std::string comment_;  // the last comment: an obsolete display name
  bool gap_ = false, had_address_ = false, had_angle_ = false, had_word_ = false, ambiguous_ = false, in_group_ = false;
};

}  // namespace

AddressList parse_addresses(std::string_view raw_value, std::size_t max_mailboxes) { return Parser(raw_value, max_mailboxes).run(); }

bool same_address(const Mailbox& a, const Mailbox& b) { return a.local == b.local && base::iequals(a.domain, b.domain); }

std::string addr_spec(const Mailbox& m) {
  bool plain = !m.local.empty() && m.local.front() != '.' && m.local.back() != '.' && m.local.find("..") == m.local.npos;
  for (char c : m.local) plain = plain && is_atom_char(c);
  std::string out;
  if (plain) out = m.local;
  else {
    out.push_back('"');
    for (char c : m.local) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    out.push_back('"');
  }
  if (!m.domain.empty()) out.append(1, '@').append(m.domain);
  return out;
}

}  // namespace mime
