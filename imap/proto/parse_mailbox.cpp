// SELECT to STATUS, and quota.
#include "imap/proto/parsers.hpp"

namespace imap::proto {
namespace {

constexpr std::string_view kStatus[] = {"MESSAGES", "RECENT",        "UIDNEXT",     "UIDVALIDITY", "UNSEEN",         "DELETED",
                                        "SIZE",     "HIGHESTMODSEQ", "APPENDLIMIT", "MAILBOXID",   "DELETED-STORAGE"};
constexpr std::string_view kUses[] = {"\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash"};

NumberSet plain_set(Cursor& c) {  // a set in which "*" and "$" have no meaning (RFC 7162 3.2.5.2)
  const auto set = c.sequence_set();
  if (!set) return {};
  if (set->has_star() || set->is_saved()) c.fail("'*' and '$' are not allowed here");
  return set->resolve(UINT32_MAX);
}

// "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")" (RFC 7162 7)
Qresync qresync(Cursor& c) {
  Qresync q;
  c.sp();
  c.expect('(');
  q.uid_validity = base::UidValidity(c.nz_number());
  c.sp();
  q.mod_seq = base::ModSeq(c.number64());
  if (base::raw(q.mod_seq) == 0) c.fail("mod-sequence must not be 0");
  bool more = c.accept(' ');
  if (more && c.peek() != '(') {
    q.known_uids = plain_set(c);
    more = c.accept(' ');
  }
  if (more) {
    c.expect('(');
    NumberSet numbers = plain_set(c);
    c.sp();
    NumberSet uids = plain_set(c);
    c.expect(')');
    if (numbers.count() != uids.count()) c.fail("sequence match data does not match");
    q.match.emplace(std::move(numbers), std::move(uids));
  }
  c.expect(')');
  return q;
}

}  // namespace

std::string_view to_wire(StatusItem item) { return kStatus[std::size_t(item)]; }
std::string_view to_wire(SpecialUse use) { return kUses[std::size_t(use)]; }

// select = "SELECT" SP mailbox [select-params]; select-params = SP "(" select-param *(SP select-param) ")" (RFC 4466, 7162)
Parsed parse_select(Cursor& c, bool read_only) {
  c.sp();
  auto mailbox = c.mailbox();
  if (!mailbox) return std::nullopt;
  Select s{std::move(*mailbox), read_only, false, std::nullopt};
  if (!c.accept(' ')) return s;
  c.list(false, [&] {
    if (c.accept_word("CONDSTORE")) {
      s.condstore = true;
    } else {
      c.expect_word("QRESYNC");
      if (s.qresync) c.fail("QRESYNC is given twice");
      s.qresync = qresync(c);
    }
  });
  return s;
}

// create = "CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"] (RFC 6154 6)
Parsed parse_create(Cursor& c) {
  c.sp();
  auto mailbox = c.mailbox();
  if (!mailbox) return std::nullopt;
  Create create{std::move(*mailbox), {}};
  if (!c.accept(' ')) return create;
  c.expect('(');
  c.expect_word("USE");
  c.sp();
  c.list(true, [&] {
    c.expect('\\');
    const std::string_view name = c.atom();
    for (std::size_t i = 0; i < std::size(kUses); ++i) {
      if (!same_word(name, kUses[i].substr(1))) continue;
      create.uses.push_back(SpecialUse(i));
      return;
    }
    c.fail(base::fail(base::Errc::denied, "unknown special use"));
  });
  c.expect(')');
  return create;
}

// rename = "RENAME" SP mailbox SP mailbox
Parsed parse_rename(Cursor& c) {
  c.sp();
  auto from = c.mailbox();
  c.sp();
  auto to = c.mailbox();
  if (!from || !to) return std::nullopt;
  return Rename{std::move(*from), std::move(*to)};
}

// "(" status-att *(SP status-att) ")"; an item named twice counts once
std::vector<StatusItem> status_items(Cursor& c) {
  std::vector<StatusItem> items;
  bool have[std::size(kStatus)] = {};
  c.list(false, [&] {
    const std::string_view name = c.atom();
    for (std::size_t i = 0; i < std::size(kStatus); ++i) {
      if (!same_word(name, kStatus[i])) continue;
      if (!have[i]) items.push_back(StatusItem(i));
      have[i] = true;
      return;
    }
    c.fail("unknown STATUS item");
  });
  return items;
}

// status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
Parsed parse_status(Cursor& c) {
  c.sp();
  auto mailbox = c.mailbox();
  c.sp();
  auto items = status_items(c);
  if (!mailbox) return std::nullopt;
  return Status{std::move(*mailbox), std::move(items)};
}

// getquota = "GETQUOTA" SP quota-root-name (RFC 9208 7)
Parsed parse_get_quota(Cursor& c) {
  c.sp();
  return GetQuota{c.utf8_string()};
}

// setquota = "SETQUOTA" SP quota-root-name SP setquota-list
Parsed parse_set_quota(Cursor& c) {
  SetQuota s;
  c.sp();
  s.root = c.utf8_string();
  c.sp();
  c.list(true, [&] {
    std::string resource = c.atom_upper();
    c.sp();
    s.limits.emplace_back(std::move(resource), c.number64());
  });
  return s;
}

}  // namespace imap::proto
