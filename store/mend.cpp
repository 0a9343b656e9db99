#include "store/mend.hpp"

#include <algorithm>
#include <iterator>

#include "base/codec.hpp"
#include "store/hold.hpp"
#include "store/retention.hpp"

namespace store {

bool Mender::hold() {  // one of the two rows of a match: the other is made again; without its hold it is nothing
  if (is_retention_row(key_)) return mend_retention_row(w_, key_);
  const bool by_message = key_[0] == 'M' && key_.size() > 17, by_name = key_[0] == 'N' && key_.size() > 18;
  if (!by_message && !by_name) return key_[0] == 'G' && (key_.size() <= 5 || !find_hold(w_.txn, key_.substr(5))) && erase();
  const std::string_view name = by_message ? key_.substr(17) : key_.substr(2, key_.size() - 18);
  if (!find_hold(w_.txn, name)) return erase();
  const MessageRef r = by_message ? tail_ref(key_.substr(1, 16)) : tail_ref(key_);
  Key other;
  if (by_message) other.bytes("N").num(std::uint8_t(name.size())).bytes(name).bytes(r.key());
  else other.bytes("M").bytes(r.key()).bytes(name);
  w_.txn.put(Table::holds, other, kNothing);
  return true;
}

bool Mender::consumer() {
  base::Writer row;
  row.fixed(journal_end(w_.txn)).fixed(std::uint8_t(1));  // it starts over
  w_.txn.put(Table::consumers, key_, row.str());
  return true;
}

bool Mender::damaged_row() {
  switch (f_.table) {
    case Table::mailboxes: return damaged_mailbox();
    case Table::messages: return damaged_hot();
    case Table::names: case Table::done: return erase();
    case Table::threads: return stale_thread();
    case Table::directory: return damaged_directory();
    default: return false;
  }
}

bool Mender::damaged_mailbox() {
  const AccountId a = key_account(key_);
  if (key_mailbox(key_) == MailboxId{}) return account_state();
  return !readable_mailbox(w_, a, key_mailbox(key_)) && rebuild_mailbox(w_, a, key_mailbox(key_));
}

bool Mender::damaged_hot() {
  const auto row = value(Table::messages, key_);
  if (!row) return false;
  try {
    decode_hot(*row);
    return false;
  } catch (const Failure&) {  // as found
    return rebuild_hot(w_, ref());
  }
}

bool Mender::damaged_directory() {
  if (key_[0] != kAccountRow || key_.size() != 9) return false;
  const AccountId a = AccountId(load_be<std::uint64_t>(key_.data() + 1));
  std::string address;
  {
    Cursor c = w_.txn.cursor(Table::directory);
    for (bool more = c.seek("a"); more && c.key()[0] == kAddressRow && address.empty(); more = c.next()) {
      const Address row = decode_address(c.key().substr(1), c.value());
      if (row.account == a) address = row.address;
    }
  }
  if (address.empty()) return false;
  w_.txn.put(Table::directory, key_, encode_account({a, address, address, {}, false, false, 0}));
  return true;
}

bool Mender::damaged_key() {
  constexpr Table kDerived[] = {Table::by_modseq, Table::expunged, Table::tombstone_due, Table::keywords, Table::threads,
                                Table::names,     Table::graveyard, Table::queue_due,    Table::refs,     Table::orphans};
  return std::find(std::begin(kDerived), std::end(kDerived), f_.table) != std::end(kDerived) && erase();
}

const Mender::Entry Mender::kMenders[] = {
    {"sequence", &Mender::sequence}, {"account_without_address", &Mender::account_address}, {"account_without_state", &Mender::account_state},
    {"account_without_inbox", &Mender::account_inbox}, {"address_without_account", &Mender::address_account},
    {"address_without_domain", &Mender::address_domain}, {"agency_without_code", &Mender::agency_code}, {"code_without_agency", &Mender::code_agency},
    {"no_account_state", &Mender::account_state}, {"mailbox_id", &Mender::mailbox_id}, {"uid_validity", &Mender::uid_validity},
    {"expunge_floor", &Mender::expunge_floor}, {"mailbox_without_name", &Mender::mailbox_name}, {"deleted_mailbox_forgotten", &Mender::forgotten},
    {"counter", &Mender::counter}, {"quota", &Mender::quota}, {"name_hash", &Mender::name_row}, {"empty_name", &Mender::name_row},
    {"name_without_mailbox", &Mender::name_row}, {"keyword", &Mender::keyword}, {"graveyard", &Mender::graveyard},
    {"message_without_mailbox", &Mender::lost_mailbox}, {"tombstone_without_mailbox", &Mender::lost_mailbox},
    {"expunged_without_mailbox", &Mender::lost_mailbox}, {"uid_next", &Mender::raise}, {"highest_modseq", &Mender::raise},
    {"expunged_modseq", &Mender::raise}, {"unnamed_keyword", &Mender::unnamed_keyword}, {"unknown_flag", &Mender::unknown_flag},
    {"missing_by_modseq", &Mender::by_modseq}, {"email_id", &Mender::email_id}, {"size", &Mender::size}, {"missing_thread_row", &Mender::thread_rows},
    {"missing_reference", &Mender::reference}, {"details_without_message", &Mender::hot_row}, {"message_without_details", &Mender::details},
    {"stale_by_modseq", &Mender::stale_modseq}, {"live_and_dead", &Mender::live_and_dead}, {"missing_tombstone_due", &Mender::tombstone_due},
    {"stale_tombstone_due", &Mender::stale_due}, {"expunged_time", &Mender::expunged_time}, {"expunged_and_live", &Mender::expunged_live},
    {"thread_without_message", &Mender::stale_thread}, {"missing_queue_due", &Mender::queue_due}, {"stale_queue_due", &Mender::stale_queue_due},
    {"blob_without_reference", &Mender::orphan}, {"stale_reference", &Mender::stale_reference}, {"consumer", &Mender::consumer},
    {"hold", &Mender::hold}, {"damaged_row", &Mender::damaged_row}, {"damaged_key", &Mender::damaged_key}};

bool Mender::run() {
  for (const auto& [code, mend] : kMenders)
    if (f_.code == code) return (this->*mend)();
  return false;  // missing or changed content, the audit chain, registers: nothing to derive it from
}

Result<std::vector<bool>> MendRows::apply(WriteContext& w) const {
  if (findings.size() > kMaxSlice) return base::fail(base::Errc::limit, "more than 5000 findings in one operation");
  if (auto refused = w.refuse_growth(findings.size() * 4096)) return *refused;
  std::vector<bool> out;
  for (const Finding& f : findings) out.push_back(Mender(w, f).run());
  return out;
}

}  // namespace store
