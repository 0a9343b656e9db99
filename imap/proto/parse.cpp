#include "imap/proto/parse.hpp"

#include <algorithm>
#include <iterator>

#include "imap/proto/parsers.hpp"

namespace imap::proto {
namespace {

struct Entry {
  std::string_view name;
  Parsed (*parse)(Cursor&);
};

template <class T>
Parsed bare(Cursor&) { return T{}; }

template <class T>
Parsed one_mailbox(Cursor& c) {  // SP mailbox
  c.sp();
  auto name = c.mailbox();
  if (!name) return std::nullopt;
  return T{std::move(*name)};
}

Parsed parse_uid(Cursor& c);

// Sorted by name.
constexpr Entry kCommands[] = {
    {"APPEND", parse_append},
    {"AUTHENTICATE", parse_authenticate},
    {"CAPABILITY", bare<Capability>},
    {"CHECK", bare<Check>},
    {"CLOSE", bare<Close>},
    {"COPY", [](Cursor& c) { return parse_copy(c, false, false); }},
    {"CREATE", parse_create},
    {"DELETE", one_mailbox<Delete>},
    {"ENABLE", parse_enable},
    {"EXAMINE", [](Cursor& c) { return parse_select(c, true); }},
    {"EXPUNGE", bare<Expunge>},
    {"FETCH", [](Cursor& c) { return parse_fetch(c, false); }},
    {"GETQUOTA", parse_get_quota},
    {"GETQUOTAROOT", one_mailbox<GetQuotaRoot>},
    {"ID", parse_id},
    {"IDLE", bare<Idle>},
    {"LIST", parse_list},
    {"LOGIN", parse_login},
    {"LOGOUT", bare<Logout>},
    {"LSUB", parse_lsub},
    {"MOVE", [](Cursor& c) { return parse_copy(c, false, true); }},
    {"NAMESPACE", bare<Namespace>},
    {"NOOP", bare<Noop>},
    {"RENAME", parse_rename},
    {"SEARCH", [](Cursor& c) { return parse_search(c, false); }},
    {"SELECT", [](Cursor& c) { return parse_select(c, false); }},
    {"SETQUOTA", parse_set_quota},
    {"STARTTLS", bare<StartTls>},
    {"STATUS", parse_status},
    {"STORE", [](Cursor& c) { return parse_store(c, false); }},
    {"SUBSCRIBE", one_mailbox<Subscribe>},
    {"UID", parse_uid},
    {"UNSELECT", bare<Unselect>},
    {"UNSUBSCRIBE", one_mailbox<Unsubscribe>},
};

constexpr Entry kUidCommands[] = {  // RFC 9051 6.4.9, RFC 6851
    {"COPY", [](Cursor& c) { return parse_copy(c, true, false); }},
    {"EXPUNGE", parse_uid_expunge},
    {"FETCH", [](Cursor& c) { return parse_fetch(c, true); }},
    {"MOVE", [](Cursor& c) { return parse_copy(c, true, true); }},
    {"SEARCH", [](Cursor& c) { return parse_search(c, true); }},
    {"STORE", [](Cursor& c) { return parse_store(c, true); }},
};

template <std::size_t N>
Parsed dispatch(Cursor& c, const Entry (&table)[N]) {
  const std::string name = c.atom_upper();
  const auto* at = std::lower_bound(table, table + N, name, [](const Entry& e, const std::string& n) { return e.name < n; });
  if (at != table + N && at->name == name) return at->parse(c);
  c.fail("unknown command");
  return std::nullopt;
}

Parsed parse_uid(Cursor& c) {
  c.sp();
  return dispatch(c, kUidCommands);
}

}  // namespace

// command = tag SP (command-any / command-auth / command-nonauth / command-select) CRLF
base::Result<Request> parse(std::string_view text, const Limits& limits) {
  Cursor c(text, limits);
  auto tag = Tag::make(c.take_while([](char ch) { return is_tag_char(ch); }));
  if (!tag) return tag.error();
  c.sp();
  Parsed command = dispatch(c, kCommands);
  if (c.ok() && !c.at_end()) c.fail("unexpected text after the command");
  if (!c.ok()) return c.error();
  if (!command) return base::fail(base::Errc::internal, "parser gave nothing");
  return Request{std::move(*tag), std::move(*command)};
}

}  // namespace imap::proto
