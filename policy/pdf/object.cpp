#include "policy/pdf/object.hpp"

#include <charconv>

namespace policy::pdf {
namespace {

constexpr int kMaxDepth = 40;
constexpr std::size_t kMaxObjects = 500000;

bool is_space(char c) { return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '; }
bool is_delimiter(char c) { return std::string_view("()<>[]{}/%").find(c) != std::string_view::npos && c != 0; }
bool is_regular(char c) { return !is_space(c) && !is_delimiter(c); }
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

const Object* Object::get(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i] == key) return items[i].kind == Kind::null ? nullptr : &items[i];
  return nullptr;
}

void Parser::skip_space() {
  while (pos_ < in_.size()) {
    if (in_[pos_] == '%')
      while (pos_ < in_.size() && in_[pos_] != '\r' && in_[pos_] != '\n') ++pos_;
    else if (is_space(in_[pos_])) ++pos_;
    else return;
  }
}

bool Parser::keyword(std::string_view word) {
  skip_space();
  if (!at(word)) return false;
  const std::size_t after = pos_ + word.size();
  if (after < in_.size() && is_regular(in_[after])) return false;
  pos_ = after;
  return true;
}

std::optional<std::int64_t> Parser::integer() {
  skip_space();
  std::int64_t v = 0;
  const char* begin = in_.data() + pos_;
  const auto [p, ec] = std::from_chars(begin, in_.data() + in_.size(), v);
  if (ec != std::errc() || v < 0) return std::nullopt;
  pos_ += std::size_t(p - begin);
  return v;
}

std::optional<Object> Parser::object() { return value(0); }

std::optional<Object> Parser::value(int depth) {
  skip_space();
  if (depth > kMaxDepth || ++count_ > kMaxObjects || pos_ >= in_.size()) return std::nullopt;
  Object out;
  out.begin = pos_;
  bool good = true;
  if (at("<<")) good = dictionary(out, depth);
  else if (at("<")) good = hex(out);
  else if (at("[")) good = array(out, depth);
  else if (at("(")) good = literal(out);
  else if (at("/")) good = name(out);
  else if (keyword("true")) { out.kind = Kind::boolean; out.number = 1; }
  else if (keyword("false")) out.kind = Kind::boolean;
  else if (keyword("null")) out.kind = Kind::null;
  else good = number(out);
  if (!good) return std::nullopt;
  out.end = pos_;
  return out;
}

bool Parser::name(Object& out) {
  out.kind = Kind::name;
  for (++pos_; pos_ < in_.size() && is_regular(in_[pos_]); ++pos_) {
    if (in_[pos_] != '#') {
      out.text.push_back(in_[pos_]);
      continue;
    }
    if (pos_ + 2 >= in_.size()) return false;
    const int high = hex_digit(in_[pos_ + 1]), low = hex_digit(in_[pos_ + 2]);
    if (high < 0 || low < 0) return false;
    out.text.push_back(char(high * 16 + low));
    pos_ += 2;
  }
  return true;
}

bool Parser::literal(Object& out) {  // escapes are kept as the escaped character only: names for people, never compared
  out.kind = Kind::string;
  int open = 0;
  for (; pos_ < in_.size(); ++pos_) {
    const char c = in_[pos_];
    if (c == '\\') {
      if (++pos_ < in_.size()) out.text.push_back(in_[pos_]);
      continue;
    }
    if (c == '(' && ++open == 1) continue;
    if (c == ')' && --open == 0) return ++pos_, true;
    out.text.push_back(c);
  }
  return false;
}

bool Parser::hex(Object& out) {
  out.kind = Kind::hex_string;
  int half = -1;
  for (++pos_; pos_ < in_.size(); ++pos_) {
    const char c = in_[pos_];
    if (c == '>') {
      if (half >= 0) out.text.push_back(char(half * 16));
      return ++pos_, true;
    }
    if (is_space(c)) continue;
    const int digit = hex_digit(c);
    if (digit < 0) return false;
    if (half < 0) half = digit;
    else out.text.push_back(char(half * 16 + digit)), half = -1;
  }
  return false;
}

bool Parser::array(Object& out, int depth) {
  out.kind = Kind::array;
  for (++pos_;;) {
    skip_space();
    if (at("]")) return ++pos_, true;
    auto item = value(depth + 1);
    if (!item) return false;
    out.items.push_back(std::move(*item));
  }
}

bool Parser::dictionary(Object& out, int depth) {
  out.kind = Kind::dictionary;
  for (pos_ += 2;;) {
    skip_space();
    if (at(">>")) return pos_ += 2, true;
    Object key;
    if (!at("/") || !name(key)) return false;
    auto item = value(depth + 1);
    if (!item) return false;
    for (const std::string& earlier : out.keys) out.duplicate_keys = out.duplicate_keys || earlier == key.text;
    out.keys.push_back(std::move(key.text));
    out.items.push_back(std::move(*item));
    if (out.keys.size() > 4096) return false;  // keeps the search for duplicates bounded
  }
}

bool Parser::number(Object& out) {
  const std::size_t begin = pos_;
  std::size_t digits = 0, dots = 0;
  if (at("+") || at("-")) ++pos_;
  for (; pos_ < in_.size() && is_regular(in_[pos_]); ++pos_) {
    if (in_[pos_] == '.') ++dots;
    else if (in_[pos_] >= '0' && in_[pos_] <= '9') ++digits;
    else return false;
  }
  if (digits == 0 || dots > 1) return false;
  if (dots == 1) return out.kind = Kind::real, true;
  std::string_view text = in_.substr(begin, pos_ - begin);
  if (text[0] == '+') text.remove_prefix(1);
  if (std::from_chars(text.data(), text.data() + text.size(), out.number).ec != std::errc()) return false;
  out.kind = Kind::integer;
  const std::size_t after_first = pos_;  // "12 0 R"
  Parser ahead(in_, pos_);
  if (out.number > 0)
    if (const auto generation = ahead.integer(); generation && *generation <= 65535 && ahead.keyword("R")) {
      out.kind = Kind::reference;
      out.generation = std::uint32_t(*generation);
      pos_ = ahead.pos();
      return true;
    }
  pos_ = after_first;
  return true;
}

}  // namespace policy::pdf
