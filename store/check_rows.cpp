#include "store/check_rows.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/encoding.hpp"
#include "store/chunk.hpp"
#include "store/directory_read.hpp"
#include "store/hold.hpp"
#include "store/retention.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

constexpr std::array<std::string_view, 5> kSequences = {"queue", "audit", "account", "agency", "domain"};

std::size_t key_size(Table table) {  // 0 = it varies
  switch (table) {
    case Table::journal: case Table::audit: return 8;
    case Table::mailboxes: case Table::graveyard: return 12;
    case Table::keywords: return 13;
    case Table::messages: case Table::details: case Table::inline_bytes: case Table::tombstones: case Table::queue: case Table::queue_due: return 16;
    case Table::by_modseq: case Table::expunged: case Table::tombstone_due: return 24;
    case Table::threads: return 32;
    case Table::blobs: return 36;
    case Table::names: case Table::orphans: return 40;
    case Table::refs: return 48;
    default: return 0;
  }
}

}  // namespace

std::uint64_t last_number(const Txn& txn, std::string_view counter) {
  const auto tail = [](std::string_view key) { return load_be<std::uint64_t>(key.data() + key.size() - 8); };
  if (counter == "queue" || counter == "audit") {
    Cursor c = txn.cursor(counter == "queue" ? Table::queue : Table::audit);
    return c.last() && c.key().size() >= 8 ? tail(c.key()) : 0;
  }
  Cursor c = txn.cursor(Table::directory);
  if (counter == "account") return c.seek_last("A") && c.key().size() == 9 ? tail(c.key()) : 0;
  if (counter == "agency") return c.seek_last("G") && c.key().size() == 5 ? load_be<std::uint32_t>(c.key().data() + 1) : 0;
  return 0;  // domains are found by name
}

std::string describe(AccountId a) { return "account " + std::to_string(raw(a)); }
std::string describe(AccountId a, MailboxId m) { return describe(a) + " mailbox " + std::to_string(raw(m)); }
std::string describe(const MessageRef& ref) { return describe(ref.account, ref.mailbox) + " uid " + std::to_string(raw(ref.uid)); }

void RowChecks::enter(const Txn& txn) {
  txn_ = &txn;
  box_.reset();
  sized_.reset();
  orphans_.reset();
}

std::vector<Finding> RowChecks::leave() {
  enter(*std::exchange(txn_, nullptr));
  txn_ = nullptr;
  return std::exchange(found_, {});
}

void RowChecks::find(std::string code, std::string detail, std::array<std::int64_t, 4> delta) {
  found_.push_back({std::move(code), std::move(detail), table_, std::string(key_), delta});
}

void RowChecks::unreadable(Table table, std::string_view key, const base::Error& error) {
  table_ = table;
  key_ = key;
  find("unreadable", std::string(table_name(table)) + " behind " + base::hex_encode(key) + ": " + error.detail());
}

RowChecks::Check RowChecks::check_of(Table table) {
  switch (table) {
    case Table::meta: return &RowChecks::meta_row;
    case Table::directory: return &RowChecks::directory_row;
    case Table::mailboxes: return &RowChecks::mailbox_row;
    case Table::names: return &RowChecks::name_row;
    case Table::messages: return &RowChecks::message_row;
    case Table::details: return &RowChecks::detail_row;
    case Table::inline_bytes: return &RowChecks::inline_row;
    case Table::by_modseq: return &RowChecks::modseq_row;
    case Table::expunged: return &RowChecks::expunged_row;
    case Table::tombstones: return &RowChecks::tombstone_row;
    case Table::tombstone_due: return &RowChecks::due_row;
    case Table::keywords: return &RowChecks::keyword_row;
    case Table::threads: return &RowChecks::thread_row;
    case Table::refs: return &RowChecks::ref_row;
    case Table::graveyard: return &RowChecks::graveyard_row;
    case Table::journal: return &RowChecks::journal_row;
    case Table::consumers: return &RowChecks::consumer_row;
    case Table::queue: return &RowChecks::queue_row;
    case Table::queue_due: return &RowChecks::queue_due_row;
    case Table::documents: case Table::decisions: case Table::signatures: case Table::evidence:
      return &RowChecks::record_row;
    case Table::holds: return &RowChecks::hold_row;
    case Table::done: return &RowChecks::done_row;
    case Table::audit: return &RowChecks::audit_row;
    default: return nullptr;
  }
}

bool RowChecks::step(Table table, Cursor& c) {
  table_ = table;
  key_ = c.key();
  const std::size_t wanted = key_size(table);
  if (wanted != 0 && key_.size() != wanted) find("damaged_key", std::string(table_name(table)) + " " + base::hex_encode(key_));
  else if (table == Table::blobs) return blob(c);
  else if (const Check row = check_of(table); row != nullptr) {
    try {
      (this->*row)(c.key(), c.value());
    } catch (const Failure& f) {
      find("damaged_row", std::string(table_name(table)) + " " + base::hex_encode(key_) + ": " + f.error().detail());
    }
  }
  ++rows_;
  return c.next();
}

// A counter behind its rows would give a number a second time.
void RowChecks::meta_row(std::string_view key, std::string_view value) {
  if (!key.starts_with("seq.")) {
    if (key == "store")  // once: the rows that are not there have no check of their own
      for (const std::string_view name : kSequences) {
        Key k;
        k.bytes("seq.").bytes(name);
        need(last_number(*txn_, name) == 0 || txn_->has(Table::meta, k), "sequence", std::string(name));
      }
    return;
  }
  const std::uint64_t given = value.size() == 8 ? load_be<std::uint64_t>(value.data()) : 0;
  need(value.size() == 8 && given >= last_number(*txn_, key.substr(4)), "sequence", std::string(key.substr(4)));
  // A number of the audit chain is given with its row: one that has no row was taken away with all after it.
  if (key == "seq.audit" && value.size() == 8 && given > last_number(*txn_, "audit"))
    find("audit_truncated", std::to_string(last_number(*txn_, "audit") + 1) + " to " + std::to_string(given));
}

void RowChecks::directory_row(std::string_view key, std::string_view value) {
  const auto exact = [&](std::size_t size) {
    if (key.size() == size) return true;
    find("damaged_key", "directory " + base::hex_encode(key));
    return false;
  };
  if (key[0] == kAccountRow && exact(9)) {
    const AccountId a = AccountId(load_be<std::uint64_t>(key.data() + 1));
    const Account row = decode_account(a, value);
    const auto address = find_address(*txn_, row.address);
    need(address && address->account == a, "account_without_address", row.address);
    need(txn_->has(Table::mailboxes, mailbox_key(a, {})), "account_without_state", row.address);
    need(txn_->has(Table::mailboxes, mailbox_key(a, kInbox)), "account_without_inbox", row.address);
    need(row.agency == AgencyId{} || find_agency(*txn_, row.agency), "account_without_agency", row.address);
  } else if (key[0] == kAddressRow) {
    const Address row = decode_address(key.substr(1), value);
    need(row.account == AccountId{} || txn_->has(Table::directory, directory_key(kAccountRow, row.account)), "address_without_account", row.address);
    need(find_domain(*txn_, key.substr(key.rfind('@') + 1)).has_value(), "address_without_domain", row.address);
  } else if (key[0] == kAgencyRow && exact(5)) {
    const AgencyId id = AgencyId(load_be<std::uint32_t>(key.data() + 1));
    const Agency row = decode_agency(id, value);
    const auto code = txn_->get(Table::directory, directory_name(kAgencyCode, row.code));
    need(code && code->size() == 4 && AgencyId(load_be<std::uint32_t>(code->data())) == id, "agency_without_code", row.code);
  } else if (key[0] == kAgencyCode) {
    const auto agency = find_agency(*txn_, key.substr(1));
    need(agency && agency->code == key.substr(1), "code_without_agency", std::string(key.substr(1)));
  } else if (key[0] == kDomainRow) {
    decode_domain(key.substr(1), value);
  }
}

// The account's own row (mailbox 0): its sums are those of the mailboxes' counters.
void RowChecks::state_row(AccountId a, std::string_view value) {
  const AccountState s = decode_state(value);
  need(txn_->has(Table::directory, directory_key(kAccountRow, a)) || txn_->has(Table::graveyard, mailbox_key(a, {})), "state_without_account", describe(a));
  std::uint64_t bytes = 0, messages = 0;
  const Key prefix = account_key(a);
  Cursor c = txn_->cursor(Table::mailboxes);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) {
    if (c.key().size() != 12 || key_mailbox(c.key()) == MailboxId{}) continue;
    try {
      const Mailbox m = decode_mailbox(key_mailbox(c.key()), c.value());
      if (m.deleted_at != Time{}) continue;
      bytes += m.bytes;
      messages += m.messages;
    } catch (const Failure&) {  // it has a finding of its own
    }
  }
  if (s.bytes != bytes || s.messages != messages) find("quota", describe(a), {std::int64_t(messages - s.messages), 0, 0, std::int64_t(bytes - s.bytes)});
}

void RowChecks::mailbox_row(std::string_view key, std::string_view value) {
  const AccountId a = key_account(key);
  const MailboxId id = key_mailbox(key);
  if (id == MailboxId{}) return state_row(a, value);
  const Mailbox m = decode_mailbox(id, value);
  const auto state = txn_->get(Table::mailboxes, mailbox_key(a, {}));
  need(state.has_value(), "no_account_state", describe(a, id));
  if (state) {
    const AccountState s = decode_state(*state);
    need(id < s.next_mailbox, "mailbox_id", describe(a, id));
    need(m.uid_validity < s.next_validity && m.uid_validity != UidValidity{}, "uid_validity", describe(a, id));
  }
  need(m.expunge_floor <= m.highest_modseq, "expunge_floor", describe(a, id));
  if (m.deleted_at == Time{}) {
    const auto named = find_name(*txn_, a, m.name);
    need(named && named->mailbox == id, "mailbox_without_name", describe(a, id));
  } else {
    need(txn_->has(Table::graveyard, key), "deleted_mailbox_forgotten", describe(a, id));
  }
  counters(a, m);
}

void RowChecks::counters(AccountId a, const Mailbox& m) {
  std::int64_t messages = 0, unseen = 0, deleted = 0, bytes = 0;
  const Key prefix = mailbox_key(a, m.id);
  Cursor c = txn_->cursor(Table::messages);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) {
    if (c.value().size() != kHotSize) continue;  // it has a finding of its own
    const SystemFlags flags = SystemFlags(c.value()[1]);
    ++messages;
    unseen += (flags & kSeen) == 0;
    deleted += (flags & kDeleted) != 0;
    bytes += std::int64_t(load_be<std::uint64_t>(c.value().data() + 32));
  }
  const std::array<std::int64_t, 4> lack = {messages - m.messages, unseen - m.unseen, deleted - m.deleted, bytes - std::int64_t(m.bytes)};
  if (lack != std::array<std::int64_t, 4>{}) find("counter", describe(a, m.id), lack);
}

void RowChecks::name_row(std::string_view key, std::string_view value) {
  const AccountId a = key_account(key);
  const NameRow row = decode_name(value);
  need(name_key(a, row.name) == key, "name_hash", describe(a, row.mailbox));
  if (row.mailbox == MailboxId{}) return need(row.subscribed, "empty_name", base::hex_encode(key));
  const auto bytes = txn_->get(Table::mailboxes, mailbox_key(a, row.mailbox));
  if (!bytes) return find("name_without_mailbox", describe(a, row.mailbox));
  const Mailbox m = decode_mailbox(row.mailbox, *bytes);
  need(m.name == row.name && m.deleted_at == Time{}, "name_without_mailbox", describe(a, row.mailbox));
}

void RowChecks::keyword_row(std::string_view key, std::string_view value) {
  const AccountId a = key_account(key);
  const MailboxId m = key_mailbox(key);
  const bool sound = std::uint8_t(key.back()) < kMaxKeywords && !value.empty() && value.size() <= kMaxKeywordLength;
  need(sound && txn_->has(Table::mailboxes, mailbox_key(a, m)), "keyword", describe(a, m) + " bit " + std::to_string(std::uint8_t(key.back())));
}

void RowChecks::graveyard_row(std::string_view key, std::string_view) {
  const MailboxId id = key_mailbox(key);
  const auto bytes = txn_->get(Table::mailboxes, key);
  if (!bytes) return find("graveyard", describe(key_account(key), id));
  if (id == MailboxId{}) return need(!txn_->has(Table::directory, directory_key(kAccountRow, key_account(key))), "graveyard", describe(key_account(key)));
  need(decode_mailbox(id, *bytes).deleted_at != Time{}, "graveyard", describe(key_account(key), id));
}

// The journal is trimmed from its beginning while we walk: a last row that is gone means that those behind it may be, too.
void RowChecks::journal_row(std::string_view key, std::string_view value) {
  const std::uint64_t seq = load_be<std::uint64_t>(key.data());
  Key before;
  before.num(journal_);
  if (journal_ != 0 && seq != journal_ + 1 && txn_->has(Table::journal, before)) find("journal_gap", std::to_string(seq));
  journal_ = seq;
  decode_change(value);
}

void RowChecks::consumer_row(std::string_view key, std::string_view value) {
  base::Reader r(value);
  const auto done = r.fixed<std::uint64_t>();
  r.fixed<std::uint8_t>();
  need(r.ok() && done <= store::journal_end(*txn_), "consumer", std::string(key));
}

// Nothing of the chain can be derived again: a repair leaves these alone.
void RowChecks::audit_row(std::string_view key, std::string_view value) {
  const std::uint64_t expected = audit_.last().seq + 1;
  const AuditRow row = store::audit_row(key, value);
  const AuditChain::Problem problem = audit_.next(row);
  if (problem == AuditChain::Problem::gap) find("audit_gap", std::to_string(expected) + " to " + std::to_string(row.link.seq - 1));
  else need(problem == AuditChain::Problem::none, "audit_chain", std::to_string(row.link.seq));
}

void RowChecks::record_row(std::string_view key, std::string_view value) {
  ChunkReader reader(*txn_);
  const std::string_view plain = reader.open(table_, key, value);
  if (!options_.record) return;
  const auto t = RecordTable(unsigned(table_) - unsigned(Table::documents));
  static_assert(unsigned(Table::evidence) - unsigned(Table::documents) == unsigned(RecordTable::evidence));
  if (const auto lack = options_.record(t, key, plain)) find("record", std::string(table_name(table_)) + " " + base::hex_encode(key) + ": " + *lack);
}

// What a hold recorded names a hold that is there and a message or tombstone that is: nothing below a hold is destroyed.
void RowChecks::hold_row(std::string_view key, std::string_view value) {
  if (is_retention_row(key)) {
    const std::string problem = retention_row_problem(*txn_, key, value);
    return need(problem.empty(), "hold", base::hex_encode(key) + ": " + problem);
  }
  const auto hold_of = [&](std::string_view name) { return find_hold(*txn_, name); };
  const char kind = key[0];
  if (kind == 'H') return need(hold_of(key.substr(1)).has_value(), "hold", base::hex_encode(key));
  if (kind == 'G') return need(key.size() > 5 && hold_of(key.substr(5)), "hold", base::hex_encode(key));
  const bool by_message = kind == 'M' && key.size() > 17, by_name = kind == 'N' && key.size() > 18;
  if (!by_message && !by_name) return need(kind == '\0' && key.size() > 8, "hold", base::hex_encode(key));
  const std::string_view name = by_message ? key.substr(17) : key.substr(2, key.size() - 18);
  const MessageRef ref = by_message ? tail_ref(key.substr(1, 16)) : tail_ref(key);
  Key other;
  if (by_message) other.bytes("N").num(std::uint8_t(name.size())).bytes(name).bytes(ref.key());
  else other.bytes("M").bytes(ref.key()).bytes(name);
  const auto hold = hold_of(name);
  need(hold && txn_->has(Table::holds, other), "hold", base::hex_encode(key));
  if (hold && !hold->lifting) need(txn_->has(Table::messages, ref.key()) || txn_->has(Table::tombstones, ref.key()), "held_message_gone", describe(ref) + " of hold " + hold->name);
}

void RowChecks::done_row(std::string_view key, std::string_view value) { need(value.size() >= 8, "damaged_row", "done " + base::hex_encode(key)); }

}  // namespace store
