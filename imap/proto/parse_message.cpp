// STORE, COPY, MOVE, UID EXPUNGE.
#include "imap/proto/parsers.hpp"

namespace imap::proto {
namespace {

void flag(Cursor& c, std::vector<Flag>& out) {
  const bool system = c.accept('\\');
  const std::string_view name = c.atom();
  if (!c.ok()) return;
  auto f = Flag::make(system ? "\\" + std::string(name) : std::string(name));
  if (!f) return c.fail(f.error());
  for (const Flag& have : out)
    if (have == *f) return;
  out.push_back(std::move(*f));
}

}  // namespace

// flag-list = "(" [flag *(SP flag)] ")"
std::vector<Flag> flag_list(Cursor& c) {
  std::vector<Flag> out;
  c.list(true, [&] { flag(c, out); });
  return out;
}

// store = "STORE" SP sequence-set [SP "(" "UNCHANGEDSINCE" SP mod-sequence-valzer ")"] SP store-att-flags
// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))  (RFC 9051 6.4.6, RFC 7162 3.1.3)
Parsed parse_store(Cursor& c, bool uid) {
  c.sp();
  auto set = c.sequence_set();
  c.sp();
  if (!set) return std::nullopt;
  Store s{uid, std::move(*set), std::nullopt, Store::Mode::replace, false, {}};
  if (c.accept('(')) {
    c.expect_word("UNCHANGEDSINCE");
    c.sp();
    s.unchanged_since = base::ModSeq(c.number64());
    c.expect(')');
    c.sp();
  }
  if (c.accept('+')) s.mode = Store::Mode::add;
  else if (c.accept('-')) s.mode = Store::Mode::remove;
  s.silent = c.accept_word("FLAGS.SILENT");
  if (!s.silent) c.expect_word("FLAGS");
  c.sp();
  if (c.peek() == '(') {
    s.flags = flag_list(c);
  } else {
    do flag(c, s.flags);
    while (c.accept(' ') && s.flags.size() <= c.limits().max_items);
  }
  return s;
}

// copy = "COPY" SP sequence-set SP mailbox; move = "MOVE" SP sequence-set SP mailbox (RFC 6851)
Parsed parse_copy(Cursor& c, bool uid, bool move) {
  c.sp();
  auto set = c.sequence_set();
  c.sp();
  auto mailbox = c.mailbox();
  if (!set || !mailbox) return std::nullopt;
  if (move) return Move{uid, std::move(*set), std::move(*mailbox)};
  return Copy{uid, std::move(*set), std::move(*mailbox)};
}

// uid-expunge = "UID" SP "EXPUNGE" SP sequence-set
Parsed parse_uid_expunge(Cursor& c) {
  c.sp();
  return Expunge{c.sequence_set()};
}

}  // namespace imap::proto
