// Grammar of one command line (RFC 5321 4.1.1, 3030 BDAT, 3207 STARTTLS, 4954 AUTH, 3461 DSN, 6531 SMTPUTF8), without CRLF.
// parse_command gives the command, or the 5xx reply that says what is wrong with it; it never echoes input.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include "smtp/proto/limits.hpp"
#include "smtp/proto/path.hpp"
#include "smtp/proto/reply.hpp"

namespace smtp::proto {

enum class Verb : std::uint8_t { helo, ehlo, mail, rcpt, data, bdat, rset, noop, vrfy, expn, help, quit, starttls, auth };
inline constexpr std::size_t kVerbs = 14;

enum class Body : std::uint8_t { seven_bit, eight_bit };
enum class Ret : std::uint8_t { none, full, headers };

struct Notify {  // RFC 3461 4.1; all false = not given
  bool never = false, success = false, failure = false, delay = false;
  bool given() const { return never || success || failure || delay; }
};
struct Hello { std::string name; };  // a domain or an address literal; printable ASCII always
struct Mail {
  ReversePath from;
  std::optional<std::uint64_t> size;
  Body body = Body::seven_bit;
  bool smtputf8 = false;
  bool esmtp = false;              // any parameter was given
  bool dsn = false;                // RET or ENVID was given
  std::optional<std::string> auth;  // RFC 4954 5, decoded; empty for <>
  Ret ret = Ret::none;
  std::string envid;               // decoded
};
struct Rcpt {
  ForwardPath to;
  Notify notify;
  std::string orcpt_type, orcpt;   // decoded
  bool esmtp = false;
};
struct Bdat { std::uint64_t size = 0; bool last = false; };
struct Auth { std::string mechanism; std::optional<std::string> initial; };  // mechanism upper case, response decoded
struct Plain {};                   // DATA, RSET, QUIT, STARTTLS, NOOP, HELP, VRFY, EXPN: the session needs no argument

struct Command {
  Verb verb;
  std::variant<Plain, Hello, Mail, Rcpt, Bdat, Auth> args;
};

struct ParseContext {
  bool smtputf8 = false;           // the transaction's MAIL had it (RFC 6531 3.4: then RCPT may hold UTF-8)
  std::size_t auth_response = Limits{}.auth_response;
};

std::variant<Command, Reply> parse_command(std::string_view line, const ParseContext& context = {});
// The verb alone, for framing: which line limit holds, and what a malformed line was meant to be.
std::optional<Verb> parse_verb(std::string_view line);
// A SASL message on a line of its own (RFC 4954 4); limit above `most` decoded octets. "=" is the empty response.
[[nodiscard]] base::Result<std::string> decode_auth_line(std::string_view line, std::size_t most);

}  // namespace smtp::proto
