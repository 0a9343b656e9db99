// Addresses of the envelope (RFC 5321 4.1.2, SMTPUTF8 of RFC 6531 3.3). A Mailbox cannot hold an invalid address.
//   Path = "<" [ "@" Domain *( "," "@" Domain ) ":" ] Mailbox ">"      source routes are read and dropped (App. C)
//   Mailbox = ( Dot-string / Quoted-string ) "@" ( Domain / "[" IPv4 / "IPv6:" IPv6 "]" )
// '%' and '!' are ordinary characters of a local part: nothing here ever routes by them (ATTACKS M3).
#pragma once
#include <string>
#include <string_view>
#include "base/result.hpp"

namespace smtp::proto {

enum class Utf8 : bool { no, yes };  // may the address hold UTF-8: only when the transaction has the SMTPUTF8 parameter

class Mailbox {
 public:
  [[nodiscard]] static base::Result<Mailbox> parse(std::string_view text, Utf8 utf8 = Utf8::no);  // "local@domain", no <>
  const std::string& local() const { return local_; }    // unquoted; case kept
  const std::string& domain() const { return domain_; }  // lower case, A-labels; "[...]" for a literal; empty for <postmaster>
  bool literal() const { return !domain_.empty() && domain_[0] == '['; }
  bool needs_utf8() const;         // the local part is not ASCII
  std::string to_string() const;   // quoted where the grammar asks; Mailbox::parse reads it back
  friend bool operator==(const Mailbox&, const Mailbox&) = default;

 private:
  friend class ForwardPath;
  std::string local_;
  std::string domain_;
};

class ReversePath {
 public:
  ReversePath() = default;  // <>
  explicit ReversePath(Mailbox m) : mailbox_(std::move(m)), null_(false) {}
  [[nodiscard]] static base::Result<ReversePath> parse(std::string_view text, Utf8 utf8);  // with its angle brackets
  bool null() const { return null_; }
  const Mailbox& mailbox() const { return mailbox_; }  // REQUIRES: !null()
  std::string to_string() const { return null_ ? std::string() : mailbox_.to_string(); }

 private:
  Mailbox mailbox_;
  bool null_ = true;
};

class ForwardPath {
 public:
  [[nodiscard]] static base::Result<ForwardPath> parse(std::string_view text, Utf8 utf8);  // with its angle brackets
  const Mailbox& mailbox() const { return mailbox_; }
  bool postmaster() const { return mailbox_.domain().empty(); }  // <postmaster> of RFC 5321 4.1.1.3, no domain
  std::string to_string() const { return mailbox_.to_string(); }

 private:
  Mailbox mailbox_;
};

[[nodiscard]] bool valid_domain(std::string_view domain);   // LDH labels, no trailing dot, at most 255 octets; ASCII
[[nodiscard]] bool valid_literal(std::string_view text);    // "[192.0.2.1]" or "[IPv6:...]"
[[nodiscard]] base::Result<std::string> decode_xtext(std::string_view text);  // RFC 3461 4; the decoded text is printable ASCII
std::string encode_xtext(std::string_view text);

// The length of the path at the front of text (up to and with '>'), quoted strings respected; npos when it has no end.
std::size_t path_length(std::string_view text);

}  // namespace smtp::proto
