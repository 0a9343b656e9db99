#include "mime/params.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "mime/charset.hpp"

namespace mime {
namespace {

constexpr std::string_view kSpecials = "()<>@,;:\\\"/[]?= \t\r\n";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// One `attribute=value` as written. RFC 2231 3: name "*" section ["*"] "=" value.
struct Segment {
  std::string name;
  std::string value;
  unsigned section = 0;
  bool sectioned = false;
  bool extended = false;
};

std::string quoted(std::string_view s, std::size_t& pos) {  // pos on the opening quote
  std::string out;
  for (++pos; pos < s.size() && s[pos] != '"'; ++pos) {
    if (s[pos] == '\\' && pos + 1 < s.size()) ++pos;
    if (s[pos] != '\r' && s[pos] != '\n' && s[pos] != '\0') out.push_back(s[pos]);
  }
  if (pos < s.size()) ++pos;
  return out;
}

// An unquoted value. A strict token ends at white space; `filename=to trinh.pdf` is common enough to read up to the ';'.
std::string unquoted(std::string_view s, std::size_t& pos) {
  const std::size_t start = pos;
  while (pos < s.size() && s[pos] != ';' && s[pos] != '(' && s[pos] != '\r' && s[pos] != '\n') ++pos;
  std::string out(base::trim(s.substr(start, pos - start)));
  std::erase(out, '\0');
  return out;
}

void split_name(Segment& seg) {  // "filename*1*" -> filename, section 1, extended
  std::string& n = seg.name;
  if (n.size() > 1 && n.back() == '*') {
    seg.extended = true;
    n.pop_back();
  }
  const std::size_t star = n.rfind('*');
  if (star == std::string::npos || star == 0 || star + 1 == n.size() || n.size() - star > 5) return;
  unsigned number = 0;
  for (std::size_t i = star + 1; i < n.size(); ++i) {
    if (n[i] < '0' || n[i] > '9') return;
    number = number * 10 + unsigned(n[i] - '0');
  }
  seg.section = number;
  seg.sectioned = true;
  n.resize(star);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void percent_decode(std::string_view s, std::string& out) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '%' && i + 2 < s.size() && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
      out.push_back(char(hex_value(s[i + 1]) * 16 + hex_value(s[i + 2])));
      i += 2;
    } else {
      out.push_back(s[i]);
    }
  }
}

// Joins the segments [first, last) of one name, sorted by section, and decodes them to UTF-8.
// The charset is in the first extended segment (RFC 2231 4.1); a gap in the sections ends the value.
template <class It>
std::string join(It first, It last) {
  std::string bytes, charset;
  unsigned expected = 0;
  for (It it = first; it != last; ++it) {
    if (it->section != expected) {
      if (it->section < expected) continue;  // a duplicate section: the first counts
      break;
    }
    ++expected;
    std::string_view value = it->value;
    if (it == first && it->extended) {
      const std::size_t a = value.find('\'');
      const std::size_t b = a == value.npos ? value.npos : value.find('\'', a + 1);
      if (b != value.npos) {
        charset = value.substr(0, a);
        value.remove_prefix(b + 1);
      }
    }
    if (it->extended) percent_decode(value, bytes); else bytes.append(value);
  }
  std::erase(bytes, '\0');
  return is_ascii(bytes) ? bytes : to_utf8(bytes, charset);
}

// Extended or sectioned forms win over a plain twin (RFC 6266 4.3 gives the reason: the plain one is the fallback).
int rank(const Segment& s) { return s.extended && !s.sectioned ? 0 : s.sectioned ? 1 : 2; }

std::vector<Param> combine(std::vector<Segment> segments) {
  std::vector<Param> out;
  const bool plain = std::none_of(segments.begin(), segments.end(), [](const Segment& s) { return s.extended || s.sectioned; });
  if (plain) {
    for (Segment& s : segments) {
      if (!param(out, s.name).data()) out.push_back({std::move(s.name), is_ascii(s.value) ? std::move(s.value) : to_utf8(s.value, {})});
    }
    return out;
  }
  std::stable_sort(segments.begin(), segments.end(), [](const Segment& a, const Segment& b) {
    if (a.name != b.name) return a.name < b.name;
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return a.section < b.section;
  });
  for (auto it = segments.begin(); it != segments.end();) {
    const auto name_end = std::find_if(it, segments.end(), [&](const Segment& s) { return s.name != it->name; });
    const auto rank_end = std::find_if(it, name_end, [&](const Segment& s) { return rank(s) != rank(*it); });
    const auto last = it->sectioned ? rank_end : it + 1;
    out.push_back({it->name, join(it, last)});
    it = name_end;
  }
  return out;
}

}  // namespace

bool is_token_char(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u > 0x20 && u != 0x7f && kSpecials.find(c) == kSpecials.npos;
}

std::size_t skip_cfws(std::string_view s, std::size_t pos) {
  unsigned depth = 0;
  for (; pos < s.size(); ++pos) {
    if (s[pos] == '(') ++depth;
    else if (depth > 0 && s[pos] == ')') --depth;
    else if (depth > 0 && s[pos] == '\\') ++pos;
    else if (depth == 0 && !is_space(s[pos])) return pos;
  }
  return s.size();
}

FieldValue parse_field_value(std::string_view raw, std::size_t max_params) {
  FieldValue out;
  std::size_t pos = skip_cfws(raw, 0);
  const auto token = [&] {
    const std::size_t start = pos;
    while (pos < raw.size() && is_token_char(raw[pos])) ++pos;
    return raw.substr(start, pos - start);
  };
  out.main = base::lower_ascii(token());
  pos = skip_cfws(raw, pos);
  if (pos < raw.size() && raw[pos] == '/') {
    pos = skip_cfws(raw, pos + 1);
    out.main += '/';
    out.main += base::lower_ascii(token());
  }
  std::vector<Segment> segments;
  while (pos < raw.size()) {
    pos = raw.find(';', pos);
    if (pos == raw.npos) break;
    pos = skip_cfws(raw, pos + 1);
    Segment seg;
    seg.name = base::lower_ascii(token());
    pos = skip_cfws(raw, pos);
    if (seg.name.empty() || pos >= raw.size() || raw[pos] != '=') continue;
    if (segments.size() == max_params) {
      out.too_many_params = true;
      break;
    }
    pos = skip_cfws(raw, pos + 1);
    seg.value = pos < raw.size() && raw[pos] == '"' ? quoted(raw, pos) : unquoted(raw, pos);
    split_name(seg);
    segments.push_back(std::move(seg));
  }
  out.params = combine(std::move(segments));
  return out;
}

}  // namespace mime
