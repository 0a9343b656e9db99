#include "smtp/proto/command.hpp"
#include <array>
#include <charconv>
#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "smtp/proto/chars.hpp"

namespace smtp::proto {
namespace {

using Outcome = std::variant<Command, Reply>;

constexpr std::array<std::string_view, kVerbs> kNames = {"HELO", "EHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET",
                                                         "NOOP", "VRFY", "EXPN", "HELP", "QUIT", "STARTTLS", "AUTH"};

Reply syntax(const char* text) { return Reply(501, {5, 5, 4}, text); }
Reply unknown_parameter() { return Reply(555, {5, 5, 4}, "Parameter not recognised or malformed"); }

struct Parameter { std::string_view name, value; bool has_value = false; };

// esmtp-param = esmtp-keyword ["=" esmtp-value]; keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-"); value without "=" and SP
std::optional<Parameter> next_parameter(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  const std::size_t eq = std::min(word.find('='), word.size());
  const Parameter p{word.substr(0, eq), eq < word.size() ? word.substr(eq + 1) : std::string_view{}, eq < word.size()};
  if (p.name.empty() || p.name[0] == '-' || (p.has_value && p.value.empty())) return std::nullopt;
  for (char c : p.name) {
    if (!is_alnum(c) && c != '-') return std::nullopt;
  }
  return p;
}

std::optional<std::uint64_t> number(std::string_view s) {
  std::uint64_t n = 0;
  if (s.empty() || s.size() > 20 || !is_digit(s[0])) return std::nullopt;  // RFC 1870: 1*20digit
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), n);
  if (error != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return n;
}

bool set_auth(std::string_view value, Mail& m) {  // RFC 4954 5: AUTH=<> or an xtext mailbox
  auto text = decode_xtext(value);
  if (!text) return false;
  if (*text == "<>") return m.auth.emplace(), true;
  if (!Mailbox::parse(*text)) return false;
  m.auth = std::move(*text);
  return true;
}

bool set_mail_parameter(const Parameter& p, Mail& m) {
  const auto is = [&](std::string_view name) { return base::iequals(p.name, name); };
  if (is("SIZE")) return !m.size && (m.size = number(p.value)).has_value();
  if (is("BODY")) {
    if (base::iequals(p.value, "8BITMIME")) m.body = Body::eight_bit;
    return m.body == Body::eight_bit || base::iequals(p.value, "7BIT");
  }
  if (is("SMTPUTF8")) return m.smtputf8 = !p.has_value;
  if (is("AUTH")) return !m.auth && p.has_value && set_auth(p.value, m);
  if (is("RET")) {
    m.dsn = true;
    m.ret = base::iequals(p.value, "FULL") ? Ret::full : base::iequals(p.value, "HDRS") ? Ret::headers : Ret::none;
    return m.ret != Ret::none;
  }
  if (is("ENVID")) {
    auto id = decode_xtext(p.value);
    if (!id || !p.has_value || p.value.size() > 100 || !m.envid.empty()) return false;
    m.dsn = true;
    m.envid = std::move(*id);
    return true;
  }
  return false;
}

bool set_notify(std::string_view value, Notify& n) {
  if (n.given()) return false;
  for (std::string_view word : base::split(value, ',')) {
    if (base::iequals(word, "NEVER")) n.never = true;
    else if (base::iequals(word, "SUCCESS")) n.success = true;
    else if (base::iequals(word, "FAILURE")) n.failure = true;
    else if (base::iequals(word, "DELAY")) n.delay = true;
    else return false;
  }
  return !(n.never && (n.success || n.failure || n.delay));  // RFC 3461 4.1: NEVER stands alone
}

bool set_rcpt_parameter(const Parameter& p, Rcpt& r) {
  if (base::iequals(p.name, "NOTIFY")) return set_notify(p.value, r.notify);
  if (!base::iequals(p.name, "ORCPT") || p.value.size() > 500 || !r.orcpt_type.empty()) return false;
  const std::size_t semicolon = p.value.find(';');
  if (semicolon == std::string_view::npos || semicolon == 0) return false;
  for (char c : p.value.substr(0, semicolon)) {
    if (!is_alnum(c) && c != '-') return false;
  }
  auto address = decode_xtext(p.value.substr(semicolon + 1));
  if (!address) return false;
  r.orcpt_type = base::lower_ascii(p.value.substr(0, semicolon));
  r.orcpt = std::move(*address);
  return true;
}

// "FROM:" path [SP parameters]. Blanks after the colon are no part of the grammar, but common and harmless: read.
std::optional<std::string_view> cut_path(std::string_view& args, std::string_view prefix) {
  if (!base::istarts_with(args, prefix)) return std::nullopt;
  args.remove_prefix(prefix.size());
  while (!args.empty() && args[0] == ' ') args.remove_prefix(1);
  const std::size_t n = args.empty() || args[0] != '<' ? std::string_view::npos : path_length(args);
  if (n == std::string_view::npos) return std::nullopt;
  const std::string_view path = args.substr(0, n);
  args.remove_prefix(n);
  if (!args.empty() && args[0] != ' ') return std::nullopt;
  while (!args.empty() && args[0] == ' ') args.remove_prefix(1);
  return path;
}

bool has_wide(std::string_view s) {
  for (char c : s) {
    if (static_cast<unsigned char>(c) >= 0x80) return true;
  }
  return false;
}

Reply bad_path(const base::Error& e, std::string_view path, bool utf8, bool sender) {
  if (!utf8 && has_wide(path)) return Reply(553, {5, 6, 7}, "Non-ASCII address needs the SMTPUTF8 parameter");
  if (e.code() == base::Errc::limit) return Reply(501, {5, 1, std::uint16_t(sender ? 7 : 3)}, "Address too long");
  return sender ? Reply(501, {5, 1, 7}, "Bad sender address syntax") : Reply(501, {5, 1, 3}, "Bad recipient address syntax");
}

Outcome parse_mail(std::string_view args) {
  const auto path = cut_path(args, "FROM:");
  if (!path) return syntax("Syntax: MAIL FROM:<address>");
  Mail mail;
  while (!args.empty()) {
    const auto p = next_parameter(args);
    if (!p || !set_mail_parameter(*p, mail)) return unknown_parameter();
    mail.esmtp = true;
  }
  auto from = ReversePath::parse(*path, Utf8(mail.smtputf8));
  if (!from) return bad_path(from.error(), *path, mail.smtputf8, true);
  mail.from = std::move(*from);
  return Command{Verb::mail, std::move(mail)};
}

Outcome parse_rcpt(std::string_view args, bool utf8) {
  const auto path = cut_path(args, "TO:");
  if (!path) return syntax("Syntax: RCPT TO:<address>");
  Rcpt rcpt;
  while (!args.empty()) {
    const auto p = next_parameter(args);
    if (!p || !set_rcpt_parameter(*p, rcpt)) return unknown_parameter();
    rcpt.esmtp = true;
  }
  auto to = ForwardPath::parse(*path, Utf8(utf8));
  if (!to) return bad_path(to.error(), *path, utf8, false);
  rcpt.to = std::move(*to);
  return Command{Verb::rcpt, std::move(rcpt)};
}

// RFC 3030 2: "BDAT" SP chunk-size [ SP "LAST" ]; chunk-size = 1*DIGIT
Outcome parse_bdat(std::string_view args) {
  Bdat bdat;
  const std::size_t space = std::min(args.find(' '), args.size());
  const auto size = number(args.substr(0, space));
  if (!size) return syntax("Syntax: BDAT size [LAST]");
  bdat.size = *size;
  if (space < args.size()) {
    bdat.last = base::iequals(args.substr(space + 1), "LAST");
    if (!bdat.last) return syntax("Syntax: BDAT size [LAST]");
  }
  return Command{Verb::bdat, bdat};
}

// RFC 4954 4: "AUTH" SP sasl-mech [ SP (initial-response / "=") ]; RFC 4422 3.1: 1*20 of upper, digit, "-", "_"
Outcome parse_auth(std::string_view args, std::size_t most) {
  const std::size_t space = std::min(args.find(' '), args.size());
  const std::string_view name = args.substr(0, space);
  if (name.empty() || name.size() > 20) return syntax("Syntax: AUTH mechanism [response]");
  Auth auth;
  for (char c : name) {
    if (!is_alnum(c) && c != '-' && c != '_') return syntax("Syntax: AUTH mechanism [response]");
    auth.mechanism.push_back(c >= 'a' && c <= 'z' ? char(c - 32) : c);
  }
  if (space < args.size()) {
    auto initial = args.substr(space + 1).empty() ? base::Result<std::string>(base::fail(base::Errc::invalid, "empty"))
                                                  : decode_auth_line(args.substr(space + 1), most);
    if (!initial && initial.error().code() == base::Errc::limit) return Reply(500, {5, 5, 6}, "Authentication exchange line is too long");
    if (!initial) return Reply(501, {5, 5, 2}, "Cannot decode response");
    auth.initial = std::move(*initial);
  }
  return Command{Verb::auth, std::move(auth)};
}

// The name is free text to many clients ("[192.168.1.2]", "my_pc", "localhost"): domain, literal, or atext and dots.
Outcome parse_hello(Verb verb, std::string_view args) {
  if (args.empty() || args.size() > 255) return syntax("Syntax: EHLO name");
  if (!valid_literal(args)) {
    for (char c : args) {
      if (!is_alnum(c) && std::string_view("-._:[]").find(c) == std::string_view::npos) return syntax("Syntax: EHLO name");
    }
  }
  return Command{verb, Hello{std::string(args)}};
}

Outcome parse_plain(Verb verb, std::string_view args) {
  const bool none = verb == Verb::data || verb == Verb::rset || verb == Verb::quit || verb == Verb::starttls;
  if (none && !args.empty()) return syntax("No argument allowed");  // ATTACKS M2: STARTTLS with arguments is 501
  if ((verb == Verb::vrfy || verb == Verb::expn) && args.empty()) return syntax("Argument needed");
  return Command{verb, Plain{}};
}

bool has_control(std::string_view line) {
  for (char c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

}  // namespace

std::optional<Verb> parse_verb(std::string_view line) {
  const std::string_view word = line.substr(0, std::min(line.find(' '), line.size()));
  for (std::size_t i = 0; i < kVerbs; ++i) {
    if (base::iequals(word, kNames[i])) return Verb(i);
  }
  return std::nullopt;
}

base::Result<std::string> decode_auth_line(std::string_view line, std::size_t most) {
  if (line.size() / 4 * 3 > most + 3) return base::fail(base::Errc::limit, "SASL message too long");
  if (line == "=") return std::string();
  auto decoded = base::base64_decode(line);
  if (decoded && decoded->size() > most) return base::fail(base::Errc::limit, "SASL message too long");
  return decoded;
}

Outcome parse_command(std::string_view line, const ParseContext& context) {
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);  // 4.1.1: trailing blanks are tolerated
  const auto verb = parse_verb(line);
  if (!verb) return Reply(500, {5, 5, 2}, "Command not recognised");
  if (has_control(line)) return Reply(501, {5, 5, 2}, "Control characters are not allowed");
  std::string_view args = line.substr(std::min(kNames[std::size_t(*verb)].size(), line.size()));
  while (!args.empty() && args[0] == ' ') args.remove_prefix(1);
  switch (*verb) {
    case Verb::helo:
    case Verb::ehlo: return parse_hello(*verb, args);
    case Verb::mail: return parse_mail(args);
    case Verb::rcpt: return parse_rcpt(args, context.smtputf8);
    case Verb::bdat: return parse_bdat(args);
    case Verb::auth: return parse_auth(args, context.auth_response);
    default: return parse_plain(*verb, args);
  }
}

}  // namespace smtp::proto
