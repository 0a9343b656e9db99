// APPEND (RFC 9051 6.3.12), MULTIAPPEND (RFC 3502), literal8 (RFC 3516), UTF8 (RFC 6855 4).
#include "imap/proto/parsers.hpp"

namespace imap::proto {
namespace {

// date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
void date_time(Cursor& c, AppendMessage& m) {
  const std::string text = c.string();
  if (!c.ok()) return;
  const auto time = base::parse_imap_date_time(text);
  if (!time || text.size() < 5) return c.fail("bad date-time");
  m.date = *time;
  const std::string_view zone = std::string_view(text).substr(text.size() - 5);
  const auto two = [&](std::size_t i) { return (zone[i] - '0') * 10 + (zone[i + 1] - '0'); };
  m.date_offset = (zone[0] == '-' ? -1 : 1) * (two(1) * 60 + two(3));
}

// The marker that the framer leaves of a message literal: ["~"] "{" number64 ["+"] "}" CRLF
void marker(Cursor& c, AppendMessage& m) {
  m.binary = c.accept('~');
  c.expect('{');
  m.size = c.number64();
  c.accept('+');
  c.expect('}');
  c.expect('\r');
  c.expect('\n');
}

// append-message = [SP flag-list] [SP date-time] SP append-data
AppendMessage message(Cursor& c) {
  AppendMessage m;
  if (c.peek() == '(') {
    m.flags = flag_list(c);
    c.sp();
  }
  if (c.peek() == '"') {
    date_time(c, m);
    c.sp();
  }
  if (c.accept_word("UTF8")) {
    m.utf8 = true;
    c.sp();
    c.expect('(');
    marker(c, m);
    if (!m.binary) c.fail("UTF8 needs a literal8");
    // Read before the message itself has come (see Framer::refuse), the text may end here.
    if (!c.at_end()) c.expect(')');
  } else {
    marker(c, m);
  }
  return m;
}

}  // namespace

// append = "APPEND" SP mailbox 1*(SP append-message)
Parsed parse_append(Cursor& c) {
  c.sp();
  auto mailbox = c.mailbox();
  if (!mailbox) return std::nullopt;
  Append a{std::move(*mailbox), {}};
  do {
    c.sp();
    a.messages.push_back(message(c));
    if (a.messages.size() > c.limits().max_items) c.fail(base::fail(base::Errc::limit, "too many messages"));
  } while (c.ok() && !c.at_end());
  return a;
}

}  // namespace imap::proto
