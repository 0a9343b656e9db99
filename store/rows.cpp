#include "store/rows.hpp"

#include "base/codec.hpp"
#include "store/keys.hpp"

namespace store {
namespace {

constexpr std::uint8_t kRowVersion = 1;  // of a row; a later format may add fields behind the old ones
constexpr std::uint8_t kSealedRow = 2;

[[noreturn]] void corrupt_row(const char* what) { throw Failure(base::fail(base::Errc::corrupt, std::string("stored row of ") + what)); }

base::Reader open(std::string_view bytes, const char* what) {
  base::Reader r(bytes);
  if (r.fixed<std::uint8_t>() != kRowVersion) corrupt_row(what);
  return r;
}
// True: the row is sealed.
bool open_either(base::Reader& r, const char* what) {
  const auto version = r.fixed<std::uint8_t>();
  if (version != kRowVersion && version != kSealedRow) corrupt_row(what);
  return version == kSealedRow;
}
void close(const base::Reader& r, const char* what) {
  if (!r.ok() || !r.at_end()) corrupt_row(what);
}
base::Writer start(std::size_t reserve) {
  base::Writer w;
  w.reserve(reserve);
  w.fixed(kRowVersion);
  return w;
}
std::uint64_t millis(Time t) { return std::uint64_t(t.time_since_epoch().count()); }
Time to_time(std::uint64_t ms) { return Time(std::chrono::milliseconds(std::int64_t(ms))); }

}  // namespace

HotBytes encode_hot(const HotRow& row) {
  HotBytes b;
  char* p = b.data();
  store_be(p, kRowVersion);
  store_be(p + 1, row.flags);
  store_be(p + 2, std::uint16_t(row.tz_minutes));
  store_be(p + 4, row.derived);
  store_be(p + 8, row.keywords);
  store_be(p + 16, raw(row.modseq));
  store_be(p + 24, millis(row.internal_date));
  store_be(p + 32, row.size);
  store_be(p + 40, raw(row.email));
  store_be(p + 48, raw(row.thread));
  return b;
}

HotRow decode_hot(std::string_view bytes) {
  if (bytes.size() != kHotSize || std::uint8_t(bytes[0]) != kRowVersion) corrupt_row("messages");
  const char* p = bytes.data();
  HotRow row;
  row.flags = load_be<std::uint8_t>(p + 1);
  row.tz_minutes = std::int16_t(load_be<std::uint16_t>(p + 2));
  row.derived = load_be<std::uint32_t>(p + 4);
  row.keywords = load_be<std::uint64_t>(p + 8);
  row.modseq = ModSeq(load_be<std::uint64_t>(p + 16));
  row.internal_date = to_time(load_be<std::uint64_t>(p + 24));
  row.size = load_be<std::uint64_t>(p + 32);
  row.email = EmailId(load_be<std::uint64_t>(p + 40));
  row.thread = ThreadId(load_be<std::uint64_t>(p + 48));
  return row;
}

std::string encode_detail(const DetailView& d) {
  if (!d.sealed.empty()) {
    base::Writer sealed;
    sealed.reserve(d.extents.size() + d.thread_keys.size() + d.sealed.size() + 32);
    sealed.fixed(kSealedRow).varint(d.content_size).varint(d.prefix_size).bytes(d.extents).bytes(d.thread_keys).raw(d.sealed);
    return sealed.take();
  }
  base::Writer w = start(d.prefix.size() + d.extents.size() + d.thread_keys.size() + d.summary.size() + 32);
  w.varint(d.content_size).bytes(d.prefix).bytes(d.extents).bytes(d.thread_keys).raw(d.summary);
  return w.take();
}

DetailView decode_detail(std::string_view bytes) {
  base::Reader r(bytes);
  const bool sealed = open_either(r, "details");
  DetailView d;
  d.content_size = r.varint();
  if (sealed) d.prefix_size = r.varint();
  else d.prefix = r.bytes();
  d.extents = r.bytes();
  d.thread_keys = r.bytes();
  (sealed ? d.sealed : d.summary) = r.rest();
  close(r, "details");
  return d;
}

std::string encode_mailbox(const Mailbox& m) {
  base::Writer w = start(m.name.size() + 64);
  w.fixed(raw(m.uid_validity)).fixed(raw(m.uid_next)).fixed(raw(m.highest_modseq)).fixed(m.messages).fixed(m.unseen);
  w.fixed(m.deleted).fixed(m.bytes).fixed(raw(m.expunge_floor)).fixed(std::uint8_t(m.special)).fixed(millis(m.deleted_at));
  w.raw(m.name);
  return w.take();
}

Mailbox decode_mailbox(MailboxId id, std::string_view bytes) {
  base::Reader r = open(bytes, "mailboxes");
  Mailbox m;
  m.id = id;
  m.uid_validity = UidValidity(r.fixed<std::uint32_t>());
  m.uid_next = Uid(r.fixed<std::uint32_t>());
  m.highest_modseq = ModSeq(r.fixed<std::uint64_t>());
  m.messages = r.fixed<std::uint32_t>();
  m.unseen = r.fixed<std::uint32_t>();
  m.deleted = r.fixed<std::uint32_t>();
  m.bytes = r.fixed<std::uint64_t>();
  m.expunge_floor = ModSeq(r.fixed<std::uint64_t>());
  m.special = SpecialUse(r.fixed<std::uint8_t>());
  m.deleted_at = to_time(r.fixed<std::uint64_t>());
  m.name = r.rest();
  close(r, "mailboxes");
  return m;
}

std::string encode_state(const AccountState& s) {
  base::Writer w = start(40);
  w.fixed(raw(s.next_mailbox)).fixed(raw(s.next_email)).fixed(raw(s.next_validity)).fixed(s.bytes).fixed(s.messages);
  return w.take();
}

AccountState decode_state(std::string_view bytes) {
  base::Reader r = open(bytes, "account state");
  AccountState s;
  s.next_mailbox = MailboxId(r.fixed<std::uint32_t>());
  s.next_email = EmailId(r.fixed<std::uint64_t>());
  s.next_validity = UidValidity(r.fixed<std::uint32_t>());
  s.bytes = r.fixed<std::uint64_t>();
  s.messages = r.fixed<std::uint64_t>();
  close(r, "account state");
  return s;
}

std::string encode_name(const NameRow& n) {
  base::Writer w = start(n.name.size() + 8);
  w.fixed(raw(n.mailbox)).fixed(std::uint8_t(n.subscribed)).raw(n.name);
  return w.take();
}

NameRow decode_name(std::string_view bytes) {
  base::Reader r = open(bytes, "names");
  NameRow n;
  n.mailbox = MailboxId(r.fixed<std::uint32_t>());
  n.subscribed = r.fixed<std::uint8_t>() != 0;
  n.name = r.rest();
  close(r, "names");
  return n;
}

std::string encode_change(const Change& c) {
  base::Writer w = start(48 + c.name.size() + c.uids.size() * 8);
  w.fixed(std::uint8_t(c.kind)).varint(raw(c.account)).varint(raw(c.mailbox)).varint(raw(c.modseq)).varint(millis(c.time));
  w.varint(c.uids.size());
  for (const UidRange& u : c.uids) w.varint(raw(u.first)).varint(raw(u.last) - raw(u.first));
  w.raw(c.name);
  return w.take();
}

Change decode_change(std::string_view bytes) {
  base::Reader r = open(bytes, "journal");
  Change c;
  c.kind = ChangeKind(r.fixed<std::uint8_t>());
  c.account = AccountId(r.varint());
  c.mailbox = MailboxId(std::uint32_t(r.varint()));
  c.modseq = ModSeq(r.varint());
  c.time = to_time(r.varint());
  const std::uint64_t count = r.varint();
  if (count > bytes.size()) corrupt_row("journal");
  c.uids.reserve(count);
  for (std::uint64_t i = 0; i < count && r.ok(); ++i) {
    const auto first = std::uint32_t(r.varint());
    c.uids.push_back({Uid(first), Uid(first + std::uint32_t(r.varint()))});
  }
  c.name = r.rest();
  close(r, "journal");
  return c;
}

std::string encode_queue(const QueueBytes& q) {
  if (!q.sealed.empty()) {
    base::Writer sealed;
    sealed.fixed(kSealedRow).fixed(millis(q.due)).fixed(millis(q.accepted)).varint(q.content_size).varint(q.prefix_size).bytes(q.extents).raw(q.sealed);
    return sealed.take();
  }
  base::Writer w = start(q.prefix.size() + q.extents.size() + q.envelope.size() + 40);
  w.fixed(millis(q.due)).fixed(millis(q.accepted)).varint(q.content_size).bytes(q.prefix).bytes(q.extents).raw(q.envelope);
  return w.take();
}

QueueBytes decode_queue(std::string_view bytes) {
  base::Reader r(bytes);
  const bool sealed = open_either(r, "queue");
  QueueBytes q;
  q.due = to_time(r.fixed<std::uint64_t>());
  q.accepted = to_time(r.fixed<std::uint64_t>());
  q.content_size = r.varint();
  if (sealed) q.prefix_size = r.varint();
  else q.prefix = r.bytes();
  q.extents = r.bytes();
  (sealed ? q.sealed : q.envelope) = r.rest();
  close(r, "queue");
  return q;
}

std::string encode_domain(const Domain& d) {
  base::Writer w = start(16);
  w.fixed(raw(d.id)).fixed(raw(d.agency));
  return w.take();
}

Domain decode_domain(std::string_view name, std::string_view bytes) {
  base::Reader r = open(bytes, "domain");
  Domain d;
  d.id = DomainId(r.fixed<std::uint32_t>());
  d.agency = AgencyId(r.fixed<std::uint32_t>());
  d.name = name;
  close(r, "domain");
  return d;
}

std::string encode_agency(const Agency& a) {
  base::Writer w = start(128);
  w.fixed(raw(a.parent)).bytes(a.code).bytes(a.name).bytes(a.symbol).bytes(a.valid_from).bytes(a.valid_until);
  w.varint(a.aliases.size());
  for (const std::string& s : a.aliases) w.bytes(s);
  return w.take();
}

Agency decode_agency(AgencyId id, std::string_view bytes) {
  base::Reader r = open(bytes, "agency");
  Agency a;
  a.id = id;
  a.parent = AgencyId(r.fixed<std::uint32_t>());
  for (std::string* s : {&a.code, &a.name, &a.symbol, &a.valid_from, &a.valid_until}) *s = r.bytes();
  const std::uint64_t count = r.varint();
  if (count > bytes.size()) corrupt_row("agency");
  for (std::uint64_t i = 0; i < count; ++i) a.aliases.emplace_back(r.bytes());
  close(r, "agency");
  return a;
}

std::string encode_account(const Account& a) {
  base::Writer w = start(64);
  w.fixed(raw(a.agency)).fixed(std::uint8_t(a.functional)).fixed(std::uint8_t(a.disabled)).fixed(a.quota);
  w.bytes(a.address).bytes(a.name);
  return w.take();
}

Account decode_account(AccountId id, std::string_view bytes) {
  base::Reader r = open(bytes, "account");
  Account a;
  a.id = id;
  a.agency = AgencyId(r.fixed<std::uint32_t>());
  a.functional = r.fixed<std::uint8_t>() != 0;
  a.disabled = r.fixed<std::uint8_t>() != 0;
  a.quota = r.fixed<std::uint64_t>();
  a.address = r.bytes();
  a.name = r.bytes();
  close(r, "account");
  return a;
}

std::string encode_address(const Address& a) {
  base::Writer w = start(64);
  w.fixed(raw(a.account)).varint(a.targets.size());
  for (const std::string& s : a.targets) w.bytes(s);
  return w.take();
}

Address decode_address(std::string_view address, std::string_view bytes) {
  base::Reader r = open(bytes, "address");
  Address a;
  a.address = address;
  a.account = AccountId(r.fixed<std::uint64_t>());
  const std::uint64_t count = r.varint();
  if (count > bytes.size()) corrupt_row("address");
  for (std::uint64_t i = 0; i < count; ++i) a.targets.emplace_back(r.bytes());
  close(r, "address");
  return a;
}

}  // namespace store
