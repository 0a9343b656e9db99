#include "policy/smime/mailbox.hpp"

#include <optional>
#include <vector>

#include "base/domain_name.hpp"
#include "base/unicode.hpp"
#include "mime/header.hpp"

namespace policy::smime {
namespace {

enum class Kind : unsigned char { atom, quoted, special, end, bad };
struct Token {
  Kind kind = Kind::end;
  std::string text;  // quoted: without quotes and escapes
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_special(char c) { return std::string_view("<>@,:;").find(c) != std::string_view::npos; }
bool is_atom(char c) {  // RFC 5322 3.2.3 atext and '.', RFC 6532 UTF-8
  return !is_blank(c) && !is_control(c) && !is_special(c) && std::string_view("()[]\\\"").find(c) == std::string_view::npos;
}

class Lexer {
 public:
  explicit Lexer(std::string_view in) : in_(in) {}

  Token next() {
    if (!skip_cfws()) return {Kind::bad, {}};
    if (in_.empty()) return {};
    if (in_[0] == '"') return quoted();
    if (is_special(in_[0])) {
      Token t{Kind::special, std::string(1, in_[0])};
      in_.remove_prefix(1);
      return t;
    }
    std::size_t n = 0;
    while (n < in_.size() && is_atom(in_[n])) ++n;
    if (n == 0) return {Kind::bad, {}};
    Token t{Kind::atom, std::string(in_.substr(0, n))};
    in_.remove_prefix(n);
    return t;
  }

 private:
  bool skip_cfws() {  // white space and nested comments; false for an open comment
    int depth = 0;
    while (!in_.empty()) {
      const char c = in_[0];
      if (c == '(') ++depth;
      else if (c == ')' && depth > 0) --depth;
      else if (c == '\\' && depth > 0 && in_.size() > 1) in_.remove_prefix(1);
      else if (!is_blank(c) && (depth == 0 || is_control(c))) return depth == 0;
      in_.remove_prefix(1);
    }
    return depth == 0;
  }

  Token quoted() {
    Token t{Kind::quoted, {}};
    for (in_.remove_prefix(1); !in_.empty(); in_.remove_prefix(1)) {
      char c = in_[0];
      if (c == '"') return in_.remove_prefix(1), t;
      if (c == '\\' && in_.size() > 1) {
        in_.remove_prefix(1);
        c = in_[0];
      }
      if (c == '\r' || c == '\n') continue;  // folding inside a quoted string
      if (is_control(c) && c != '\t') return {Kind::bad, {}};
      t.text.push_back(c);
    }
    return {Kind::bad, {}};
  }

  std::string_view in_;
};

bool is_op(const Token& t, char c) { return t.kind == Kind::special && t.text[0] == c; }

bool dot_atom(std::string_view s) {
  return !s.empty() && s.front() != '.' && s.back() != '.' && s.find("..") == std::string_view::npos;
}

// local "@" domain starting at tokens[i]; i moves behind it.
bool addr_spec(const std::vector<Token>& tokens, std::size_t& i, From& out) {
  if (i + 2 >= tokens.size() || !is_op(tokens[i + 1], '@') || tokens[i + 2].kind != Kind::atom) return false;
  const Token& local = tokens[i];
  if (local.kind == Kind::atom ? !dot_atom(local.text) : local.kind != Kind::quoted || local.text.empty()) return false;
  const auto domain = base::canonical_domain(tokens[i + 2].text);
  if (!domain) return false;
  out.local = local.text;
  out.domain = *domain;
  i += 3;
  return true;
}

bool shows_other_address(const std::string& display, const From& from) {
  std::string name = mime::decode_text(display);
  for (const std::string_view wide : {"\xef\xbc\xa0", "\xef\xb9\xab"})  // U+FF20, U+FE6B: look like '@'
    for (std::size_t at; (at = name.find(wide)) != std::string::npos;) name.replace(at, wide.size(), "@");
  if (name.find('@') == std::string::npos) return false;
  return base::fold_case(name) != base::fold_case(from.local + "@" + from.domain);
}

FromKind parse(std::string_view value, From& out) {
  std::vector<Token> tokens;
  Lexer lexer(value);
  for (;;) {
    tokens.push_back(lexer.next());
    if (tokens.back().kind == Kind::bad || tokens.size() > 64) return FromKind::unreadable;
    if (tokens.back().kind == Kind::end) break;
    if (is_op(tokens.back(), ',') || is_op(tokens.back(), ':') || is_op(tokens.back(), ';')) return FromKind::several;
  }
  if (tokens.size() == 1) return FromKind::missing;
  std::size_t i = 0;
  std::string display;
  while (tokens[i].kind == Kind::atom || tokens[i].kind == Kind::quoted) {
    if (is_op(tokens[i + 1], '@')) break;  // the last token is `end`, so i + 1 exists
    if (!display.empty()) display.push_back(' ');
    display.append(tokens[i++].text);
  }
  const bool angle = is_op(tokens[i], '<');
  if (angle) ++i;
  else if (!display.empty()) return tokens[i].kind == Kind::end ? FromKind::missing : FromKind::unreadable;
  if (angle && is_op(tokens[i], '>')) return FromKind::missing;
  if (!addr_spec(tokens, i, out)) return FromKind::unreadable;
  if (angle && !is_op(tokens[i++], '>')) return FromKind::unreadable;
  if (tokens[i].kind != Kind::end) return FromKind::unreadable;
  out.name_has_address = shows_other_address(display, out);
  return FromKind::one;
}

}  // namespace

From read_from(std::string_view header) {
  From out;
  if (mime::count(header, "From") > 1) {
    out.kind = FromKind::several;
    return out;
  }
  const auto field = mime::find(header, "From");
  if (field) out.kind = base::valid_utf8(field->raw_value) ? parse(field->raw_value, out) : FromKind::unreadable;
  return out;
}

bool same_mailbox(const From& from, std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (from.kind != FromKind::one || at == std::string_view::npos) return false;
  const auto domain = base::canonical_domain(address.substr(at + 1));
  return domain && *domain == from.domain && base::nfc(address.substr(0, at)) == base::nfc(from.local);
}

}  // namespace policy::smime
