// CAPABILITY to ENABLE: what names the client and who it is.
#include "imap/proto/parsers.hpp"

namespace imap::proto {

// id = "ID" SP id-params-list; id-params-list = "(" [string SP nstring *(SP string SP nstring)] ")" / nil
// RFC 2971 3.3: at most 30 pairs, field names up to 30 octets, values up to 1024.
Parsed parse_id(Cursor& c) {
  Id id;
  c.sp();
  if (c.accept_word("NIL")) return id;
  c.list(true, [&] {
    std::string field = c.string();
    c.sp();
    auto value = c.nstring();
    if (id.params.size() == 30 || field.size() > 30 || (value && value->size() > 1024)) c.fail("ID is too long");
    id.params.emplace_back(std::move(field), std::move(value));
  });
  return id;
}

// authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] (RFC 9051 6.2.2, RFC 4959)
Parsed parse_authenticate(Cursor& c) {
  c.sp();
  Authenticate a{c.atom_upper(), std::nullopt};
  if (!c.accept(' ')) return a;
  const auto base64 = [](char ch) {
    return is_digit(ch) || (to_upper(ch) >= 'A' && to_upper(ch) <= 'Z') || ch == '+' || ch == '/' || ch == '=';
  };
  a.initial = std::string(c.take_while(base64));
  if (a.initial->empty()) c.fail("initial response is not base64");
  return a;
}

// login = "LOGIN" SP userid SP password
Parsed parse_login(Cursor& c) {
  c.sp();
  Login login;
  login.user = c.utf8_string();
  c.sp();
  login.password = c.utf8_string();
  return login;
}

// enable = "ENABLE" 1*(SP capability)
Parsed parse_enable(Cursor& c) {
  Enable e;
  do {
    c.sp();
    e.names.push_back(c.atom_upper());
    if (e.names.size() > c.limits().max_items) c.fail("list is too long");
  } while (c.ok() && !c.at_end());
  return e;
}

}  // namespace imap::proto
