#include "smtp/proto/path.hpp"
#include <arpa/inet.h>
#include "base/ascii.hpp"
#include "base/domain_name.hpp"
#include "smtp/proto/chars.hpp"

namespace smtp::proto {
namespace {

constexpr std::size_t kMaxLocal = 64, kMaxDomain = 255, kMaxPath = 320;  // 4.5.3.1; a path of 64+1+255

base::Error bad(const char* why) { return base::fail(base::Errc::invalid, why); }

// One character that may stand in a local part beside ASCII: well-formed UTF-8 without controls (RFC 6531 3.3 UTF8-non-ascii).
std::size_t wide_length(std::string_view s, Utf8 utf8) {
  if (utf8 == Utf8::no) return 0;
  const std::size_t n = utf8_length(s);
  return n > 1 && !is_unsafe_utf8(s.substr(0, n)) ? n : 0;
}

// Dot-string = Atom *("." Atom). Returns the octets read, 0 when it does not hold.
std::size_t dot_string(std::string_view s, Utf8 utf8, std::string& out) {
  std::size_t i = 0;
  bool atom = false;  // something since the last dot
  while (i < s.size() && s[i] != '@') {
    if (s[i] == '.') {
      if (!atom) return 0;
      atom = false;
      ++i;
      continue;
    }
    const std::size_t n = is_atext(s[i]) ? 1 : wide_length(s.substr(i), utf8);
    if (n == 0) return 0;
    atom = true;
    i += n;
  }
  if (!atom) return 0;
  out.assign(s.substr(0, i));
  return i;
}

// Quoted-string = DQUOTE *( qtextSMTP / quoted-pairSMTP ) DQUOTE; printable characters only.
std::size_t quoted_string(std::string_view s, Utf8 utf8, std::string& out) {
  for (std::size_t i = 1; i < s.size();) {
    if (s[i] == '"') return out.empty() ? 0 : i + 1;
    if (s[i] == '\\') {
      if (++i >= s.size() || !is_printable(s[i])) return 0;
      out.push_back(s[i++]);
      continue;
    }
    const std::size_t n = is_printable(s[i]) ? 1 : wide_length(s.substr(i), utf8);
    if (n == 0) return 0;
    out.append(s.substr(i, n));
    i += n;
  }
  return 0;
}

base::Result<std::string> read_domain(std::string_view s, Utf8 utf8) {
  if (!s.empty() && s[0] == '[') {
    if (!valid_literal(s)) return bad("address literal");
    return base::lower_ascii(s);
  }
  bool ascii = true;
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t n = is_printable(s[i]) ? 1 : wide_length(s.substr(i), utf8);
    if (n == 0) return bad("character in domain");
    // IDNA would map the ideographic and full-width dots to '.': a look-alike of a name it is not (ATTACKS M3).
    const std::string_view c = s.substr(i, n);
    if (c == "\u3002" || c == "\uFF0E" || c == "\uFF61") return bad("dot in domain");
    ascii = ascii && n == 1;
    i += n;
  }
  if (ascii) {
    if (!valid_domain(s)) return bad("domain");
    return base::lower_ascii(s);
  }
  if (s.size() > kMaxDomain || s.back() == '.') return bad("domain");
  auto canonical = base::canonical_domain(s);
  if (!canonical || !valid_domain(*canonical)) return bad("internationalised domain");
  return *canonical;
}

// "<" ... ">" -> what stands between, a source route cut off: A-d-l = At-domain *( "," At-domain ) ":"
base::Result<std::string_view> inside(std::string_view text, Utf8 utf8) {
  if (text.size() < 2 || text.front() != '<' || text.back() != '>') return bad("path without <>");
  if (text.size() > kMaxPath * 2) return base::fail(base::Errc::limit, "path too long");
  text = text.substr(1, text.size() - 2);
  if (text.empty() || text[0] != '@') return text;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return bad("source route");
  for (std::string_view hop : base::split(text.substr(0, colon), ',')) {
    if (hop.size() < 2 || hop[0] != '@' || !read_domain(hop.substr(1), utf8)) return bad("source route");
  }
  return text.substr(colon + 1);
}

}  // namespace

// Domain = sub-domain *("." sub-domain); sub-domain = Let-dig [Ldh-str]. Underscores are no part of it.
bool valid_domain(std::string_view d) {
  if (d.empty() || d.size() > kMaxDomain) return false;
  std::size_t label = 0;
  for (std::size_t i = 0; i < d.size(); ++i) {
    if (d[i] == '.') {
      if (label == 0 || d[i - 1] == '-') return false;
      label = 0;
      continue;
    }
    if (!is_alnum(d[i]) && !(d[i] == '-' && label > 0)) return false;
    if (++label > 63) return false;
  }
  return label > 0 && d.back() != '-';
}

bool valid_literal(std::string_view t) {
  if (t.size() < 3 || t.size() > 60 || t.front() != '[' || t.back() != ']') return false;
  std::string address(t.substr(1, t.size() - 2));
  if (address.find('\0') != std::string::npos) return false;
  unsigned char raw[16];
  if (base::istarts_with(address, "IPv6:")) return inet_pton(AF_INET6, address.c_str() + 5, raw) == 1;
  return inet_pton(AF_INET, address.c_str(), raw) == 1;
}

base::Result<Mailbox> Mailbox::parse(std::string_view text, Utf8 utf8) {
  Mailbox m;
  const std::size_t n = !text.empty() && text[0] == '"' ? quoted_string(text, utf8, m.local_) : dot_string(text, utf8, m.local_);
  if (n == 0) return bad("local part");
  if (m.local_.size() > kMaxLocal) return base::fail(base::Errc::limit, "local part too long");
  if (n >= text.size() || text[n] != '@') return bad("no domain");
  auto domain = read_domain(text.substr(n + 1), utf8);
  if (!domain) return domain.error();
  m.domain_ = std::move(*domain);
  return m;
}

bool Mailbox::needs_utf8() const {
  for (char c : local_) {
    if (static_cast<unsigned char>(c) >= 0x80) return true;
  }
  return false;
}

std::string Mailbox::to_string() const {
  std::string scratch, out;
  if (dot_string(local_, Utf8::yes, scratch) == local_.size() && !local_.empty()) {
    out = local_;
  } else {
    out.push_back('"');
    for (char c : local_) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    out.push_back('"');
  }
  if (!domain_.empty()) out.append("@").append(domain_);
  return out;
}

base::Result<ReversePath> ReversePath::parse(std::string_view text, Utf8 utf8) {
  if (text == "<>") return ReversePath();
  auto body = inside(text, utf8);
  if (!body) return body.error();
  auto mailbox = Mailbox::parse(*body, utf8);
  if (!mailbox) return mailbox.error();
  return ReversePath(std::move(*mailbox));
}

base::Result<ForwardPath> ForwardPath::parse(std::string_view text, Utf8 utf8) {
  auto body = inside(text, utf8);
  if (!body) return body.error();
  ForwardPath path;
  if (base::iequals(*body, "postmaster")) {  // 4.1.1.3: "RCPT TO:<Postmaster>" without a domain
    path.mailbox_.local_ = "postmaster";
    return path;
  }
  auto mailbox = Mailbox::parse(*body, utf8);
  if (!mailbox) return mailbox.error();
  path.mailbox_ = std::move(*mailbox);
  return path;
}

// xtext = *( xchar / "+" 2HEXDIG upper case ); xchar = %d33-42 / %d44-60 / %d62-126
base::Result<std::string> decode_xtext(std::string_view text) {
  const auto hex = [](char c) { return is_digit(c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+') {
      if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return bad("xtext");
      c = char(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
      if (!is_printable(c)) return bad("control character in xtext");  // ATTACKS M4: the decoded text is checked again
    } else if (c == '=' || c <= 0x20 || c >= 0x7f) {
      return bad("xtext");
    }
    out.push_back(c);
  }
  return out;
}

std::string encode_xtext(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if (c > 0x20 && c < 0x7f && c != '+' && c != '=') out.push_back(c);
    else out.append({'+', kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]});
  }
  return out;
}

std::size_t path_length(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') ++i;
    else if (text[i] == '"') quoted = !quoted;
    else if (text[i] == '>' && !quoted) return i + 1;
  }
  return std::string_view::npos;
}

}  // namespace smtp::proto
