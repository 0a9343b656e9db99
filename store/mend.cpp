// One mender per kind of finding: each looks again and writes what the rows around say. True: something changed.
#include <algorithm>

#include "base/codec.hpp"
#include "store/check_rows.hpp"
#include "store/directory_read.hpp"
#include "store/hold.hpp"
#include "store/retention.hpp"
#include "store/rebuild.hpp"
#include "store/repair.hpp"

namespace store {
namespace {

AccountId account_of_key(std::string_view key) { return AccountId(load_be<std::uint64_t>(key.data())); }
MailboxId mailbox_of_key(std::string_view key) { return MailboxId(load_be<std::uint32_t>(key.data() + 8)); }
MessageRef middle_ref(std::string_view key) { return {account_of_key(key), mailbox_of_key(key), tail_uid(key)}; }  // A M Q U

class Mender {
 public:
  Mender(WriteContext& w, const Finding& f) : w_(w), f_(f), key_(f.key) {}

  bool run();

 private:
  using Mend = bool (Mender::*)();
  struct Entry { std::string_view code; Mend mend; };
  static const Entry kMenders[];

  bool erase() { return w_.txn.erase(f_.table, key_); }
  std::optional<std::string> value(Table table, std::string_view key) const {
    const auto v = w_.txn.get(table, key);
    return v ? std::optional(std::string(*v)) : std::nullopt;
  }
  MessageRef ref() const { return tail_ref(key_); }
  bool has_account(AccountId a) const { return w_.txn.has(Table::directory, directory_key(kAccountRow, a)); }

  // Directory and numbers
  bool sequence() {
    Key k, v;
    k.bytes("seq.").bytes(f_.detail);
    const auto row = w_.txn.get(Table::meta, k);
    const std::uint64_t given = row && row->size() == 8 ? load_be<std::uint64_t>(row->data()) : 0, used = last_number(w_.txn, f_.detail);
    if (row && row->size() == 8 && given >= used) return false;
    v.num(std::max(given, used));
    w_.txn.put(Table::meta, k, v);
    return true;
  }
  bool account_address() {
    const AccountId a = AccountId(load_be<std::uint64_t>(key_.data() + 1));
    const auto row = find_account(w_.txn, a);
    if (!row || find_address(w_.txn, row->address)) return false;  // somebody else's: an admin has to decide
    w_.txn.put(Table::directory, directory_name(kAddressRow, row->address), encode_address({row->address, a, {}}));
    return true;
  }
  bool account_state() {
    const AccountId a = f_.table == Table::directory ? AccountId(load_be<std::uint64_t>(key_.data() + 1)) : account_of_key(key_);
    if (!is_known(w_, a) || readable_state(w_, a)) return false;
    rebuild_state(w_, a);
    return true;
  }
  bool account_inbox() {
    const AccountId a = AccountId(load_be<std::uint64_t>(key_.data() + 1));
    return has_account(a) && !readable_mailbox(w_, a, kInbox) && rebuild_mailbox(w_, a, kInbox);
  }
  // The address still names the account: name, agency and quota are lost, its mail is not.
  bool address_account() {
    const auto row = find_address(w_.txn, key_.substr(1));
    if (!row || row->account == AccountId{} || has_account(row->account)) return false;
    const Key below = account_key(row->account);
    Cursor c = w_.txn.cursor(Table::mailboxes);
    const bool owns = c.seek(below) && c.key().starts_with(below) && !w_.txn.has(Table::graveyard, mailbox_key(row->account, {}));
    if (!owns) return erase();
    w_.txn.put(Table::directory, directory_key(kAccountRow, row->account), encode_account({row->account, row->address, row->address, {}, false, false, 0}));
    return true;
  }
  bool address_domain() {
    const std::string name(key_.substr(key_.rfind('@') + 1));
    if (find_domain(w_.txn, name)) return false;
    const Domain added{DomainId(std::uint32_t(w_.next_sequence("domain"))), name, {}};
    w_.txn.put(Table::directory, directory_name(kDomainRow, name), encode_domain(added));
    return true;
  }
  bool agency_code() {
    const AgencyId id = AgencyId(load_be<std::uint32_t>(key_.data() + 1));
    const auto row = find_agency(w_.txn, id);
    if (!row || find_agency(w_.txn, row->code)) return false;
    Key v;
    v.num(id);
    w_.txn.put(Table::directory, directory_name(kAgencyCode, row->code), v);
    return true;
  }
  bool code_agency() {
    const auto agency = find_agency(w_.txn, key_.substr(1));
    return !(agency && agency->code == key_.substr(1)) && erase();
  }

  // Mailboxes
  template <class F>
  bool with_mailbox(AccountId a, MailboxId id, F change) {
    auto m = readable_mailbox(w_, a, id);
    if (!m) return false;
    const Mailbox before = *m;
    change(*m);
    if (*m == before) return false;
    w_.save_mailbox(a, *m);
    w_.hints.push_back({a, id, m->highest_modseq});
    return true;
  }
  template <class F>
  bool with_state(AccountId a, F change) {
    auto s = readable_state(w_, a);
    if (!s) return false;
    const AccountState before = *s;
    change(*s);
    if (*s == before) return false;
    w_.save_state(a, *s);
    return true;
  }
  bool mailbox_id() {
    return with_state(account_of_key(key_), [&](AccountState& s) { s.next_mailbox = std::max(s.next_mailbox, MailboxId(raw(mailbox_of_key(key_)) + 1)); });
  }
  bool uid_validity() {
    const AccountId a = account_of_key(key_);
    auto m = readable_mailbox(w_, a, mailbox_of_key(key_));
    if (!m) return false;
    if (m->uid_validity == UidValidity{}) {
      auto s = readable_state(w_, a);
      if (!s) return false;
      m->uid_validity = s->next_validity;
      w_.save_mailbox(a, *m);
    }
    return with_state(a, [&](AccountState& s) { s.next_validity = UidValidity(std::max(raw(s.next_validity), raw(m->uid_validity) + 1)); });
  }
  bool expunge_floor() {
    return with_mailbox(account_of_key(key_), mailbox_of_key(key_), [](Mailbox& m) { m.highest_modseq = std::max(m.highest_modseq, m.expunge_floor); });
  }
  bool mailbox_name() {
    auto m = readable_mailbox(w_, account_of_key(key_), mailbox_of_key(key_));
    if (!m || m->deleted_at != Time{}) return false;
    const auto named = m->name.empty() ? std::nullopt : find_name(w_.txn, account_of_key(key_), m->name);
    if (named && named->mailbox == m->id) return false;
    name_mailbox(w_, account_of_key(key_), *m, true);
    w_.save_mailbox(account_of_key(key_), *m);
    w_.journal({ChangeKind::mailbox_renamed, account_of_key(key_), m->id, m->highest_modseq, {}, {}, m->name});
    w_.hints.push_back({account_of_key(key_), MailboxId{}, ModSeq{}});
    return true;
  }
  bool forgotten() {
    const auto m = readable_mailbox(w_, account_of_key(key_), mailbox_of_key(key_));
    if (!m || m->deleted_at == Time{}) return false;
    w_.txn.put(Table::graveyard, key_, kNothing);
    return true;
  }
  // What the counters lack stays the same whatever happens meanwhile: every operation moves them as it moves the rows.
  bool counter() {
    const AccountId a = account_of_key(key_);
    bool lives = false;
    const bool changed = with_mailbox(a, mailbox_of_key(key_), [&](Mailbox& m) {
      m.messages += std::uint32_t(f_.delta[0]), m.unseen += std::uint32_t(f_.delta[1]), m.deleted += std::uint32_t(f_.delta[2]), m.bytes += std::uint64_t(f_.delta[3]);
      lives = m.deleted_at == Time{};
    });
    if (changed && lives) quota();
    return changed;
  }
  bool quota() {
    return with_state(account_of_key(key_), [&](AccountState& s) { s.messages += std::uint64_t(f_.delta[0]), s.bytes += std::uint64_t(f_.delta[3]); });
  }
  bool name_row() {
    const auto bytes = value(f_.table, key_);
    if (!bytes) return false;
    const NameRow row = decode_name(*bytes);
    const AccountId a = account_of_key(key_);
    if (f_.code == "empty_name" || f_.code == "name_hash") return erase();  // its mailbox, if any, is found without a name next
    const auto m = readable_mailbox(w_, a, row.mailbox);
    if (!m) return rebuild_mailbox(w_, a, row.mailbox).has_value();
    if (m->name == row.name && m->deleted_at == Time{}) return false;
    if (row.subscribed) w_.txn.put(Table::names, key_, encode_name({MailboxId{}, true, row.name}));
    else erase();
    return true;
  }
  bool keyword() {
    const AccountId a = account_of_key(key_);
    const MailboxId m = mailbox_of_key(key_);
    if (std::uint8_t(key_.back()) >= kMaxKeywords) return erase();
    if (!w_.txn.has(Table::mailboxes, mailbox_key(a, m))) return has_below(Table::messages, mailbox_key(a, m)) ? rebuild_mailbox(w_, a, m).has_value() : erase();
    w_.txn.put(Table::keywords, key_, "recovered-" + std::to_string(std::uint8_t(key_.back())));
    return true;
  }
  bool has_below(Table table, std::string_view prefix) const {
    Cursor c = w_.txn.cursor(table);
    return c.seek(prefix) && c.key().starts_with(prefix);
  }
  bool graveyard() {
    const MailboxId id = mailbox_of_key(key_);
    if (id == MailboxId{}) return (has_account(account_of_key(key_)) || !w_.txn.has(Table::mailboxes, key_)) && erase();
    const auto m = readable_mailbox(w_, account_of_key(key_), id);
    return (!m || m->deleted_at == Time{}) && erase();
  }

  // Messages
  bool lost_mailbox() {
    const MessageRef r = f_.table == Table::expunged ? middle_ref(key_) : ref();
    if (readable_mailbox(w_, r.account, r.mailbox)) return false;
    if (f_.table == Table::expunged && !has_below(Table::messages, mailbox_key(r.account, r.mailbox)) &&
        !has_below(Table::tombstones, mailbox_key(r.account, r.mailbox)))
      return erase();
    return rebuild_mailbox(w_, r.account, r.mailbox).has_value();
  }
  bool raise() {  // UIDNEXT and HIGHESTMODSEQ above what is there
    const MessageRef r = f_.table == Table::expunged ? middle_ref(key_) : ref();
    if (r.uid == Uid{} || r.uid >= kLastUid) return false;
    std::uint64_t seen = f_.table == Table::expunged ? load_be<std::uint64_t>(key_.data() + 12) : 0;
    const auto hot = f_.table == Table::messages ? value(Table::messages, key_) : std::nullopt;
    if (hot) seen = raw(decode_hot(*hot).modseq);
    if (seen > kMaxSeq - 1 || (hot && seen == 0)) return rewrite_hot([](HotRow&) {});
    return with_mailbox(r.account, r.mailbox, [&](Mailbox& m) {
      m.uid_next = std::max(m.uid_next, Uid(raw(r.uid) + 1));
      m.highest_modseq = std::max(m.highest_modseq, ModSeq(seen));
    });
  }
  template <class F>
  bool rewrite_hot(F change) {  // with a new modseq, so that clients see it
    const MessageRef r = ref();
    auto m = readable_mailbox(w_, r.account, r.mailbox);
    auto s = readable_state(w_, r.account);
    const auto row = value(Table::messages, r.key());
    if (!m || !s || !row) return false;
    const HotRow before = decode_hot(*row);
    HotRow after = before;
    change(after);
    m->highest_modseq = after.modseq = next(m->highest_modseq);
    const std::uint64_t bytes = m->bytes;
    w_.rewrite(r.account, *m, r.uid, before, after);
    if (m->deleted_at == Time{}) s->bytes += m->bytes - bytes;
    w_.save_mailbox(r.account, *m);
    w_.save_state(r.account, *s);
    w_.hints.push_back({r.account, r.mailbox, m->highest_modseq});
    return true;
  }
  bool unnamed_keyword() {
    const auto row = value(Table::messages, key_);
    if (!row) return false;
    bool changed = false;
    const std::uint64_t bits = decode_hot(*row).keywords;
    for (unsigned bit = 0; bit < kMaxKeywords; ++bit) {
      if ((bits >> bit & 1) == 0) continue;
      Key k = mailbox_key(ref().account, ref().mailbox);
      k.num(std::uint8_t(bit));
      changed |= w_.txn.put_new(Table::keywords, k, "recovered-" + std::to_string(bit));
    }
    return changed;
  }
  bool unknown_flag() { return rewrite_hot([](HotRow& row) { row.flags &= kAllFlags; }); }
  bool by_modseq() {
    const auto row = value(Table::messages, key_);
    if (!row) return false;
    const MessageRef r = ref();
    return w_.txn.put_new(Table::by_modseq, modseq_key(r.account, r.mailbox, decode_hot(*row).modseq, r.uid), kNothing);
  }
  bool email_id() {
    const auto row = value(Table::messages, key_);
    if (!row) return false;
    const HotRow hot = decode_hot(*row);
    bool changed = with_state(ref().account, [&](AccountState& s) { s.next_email = std::max(s.next_email, EmailId(raw(hot.email) + 1)); });
    if (raw(hot.thread) > raw(hot.email)) changed |= rewrite_hot([](HotRow& h) { h.thread = ThreadId(raw(h.email)); });
    return changed;
  }
  bool size() {
    if (f_.table == Table::tombstones) return grave_size();
    const auto detail = value(Table::details, key_);
    if (!detail) return false;
    const std::uint64_t real = decode_detail(*detail).size();
    return rewrite_hot([&](HotRow& h) { h.size = real; });
  }
  bool grave_size() {
    auto grave = value(Table::tombstones, key_);
    if (!grave || grave->size() <= kGraveHead + kHotSize) return false;
    HotRow hot = decode_hot(std::string_view(*grave).substr(kGraveHead, kHotSize));
    hot.size = decode_detail(std::string_view(*grave).substr(kGraveHead + kHotSize)).size();
    grave->replace(kGraveHead, kHotSize, view(encode_hot(hot)));
    w_.txn.put(Table::tombstones, key_, *grave);
    return true;
  }
  bool thread_rows() {
    const auto hot = value(Table::messages, key_), detail = value(Table::details, key_);
    if (!hot || !detail) return false;
    const std::string_view keys = decode_detail(*detail).thread_keys;
    Key v;
    v.num(decode_hot(*hot).thread);
    for (std::size_t at = 0; at + sizeof(ThreadKey) <= keys.size(); at += sizeof(ThreadKey)) {
      Key k;
      k.num(ref().account).bytes(keys.substr(at, sizeof(ThreadKey))).num(ref().mailbox).num(ref().uid);
      w_.txn.put(Table::threads, k, v);
    }
    return keys.size() % sizeof(ThreadKey) == 0;
  }
  bool reference() {
    const auto extents = extents_of(w_.txn, ref());
    if (!extents) return false;
    w_.add_references(ref(), *extents);
    return true;
  }
  bool hot_row() {
    if (!w_.txn.has(Table::tombstones, key_)) return !w_.txn.has(Table::messages, key_) && rebuild_hot(w_, ref());
    return w_.txn.erase(Table::details, key_);  // the tombstone holds them
  }
  bool details() {  // an expunge that was half done: the tombstone holds what is missing
    const auto grave = value(Table::tombstones, key_);
    if (!grave || grave->size() <= kGraveHead + kHotSize || w_.txn.has(Table::details, key_)) return false;
    w_.txn.put(Table::details, key_, std::string_view(*grave).substr(kGraveHead + kHotSize));
    return true;
  }
  bool stale_modseq() {
    const auto row = value(Table::messages, middle_ref(key_).key());
    return !(row && raw(decode_hot(*row).modseq) == load_be<std::uint64_t>(key_.data() + 12)) && erase();
  }
  bool live_and_dead() {  // the live one counts; what only the tombstone referenced is found as stale
    const auto grave = value(Table::tombstones, key_);
    if (!grave || !w_.txn.has(Table::messages, key_)) return false;
    Key due;
    due.bytes(std::string_view(*grave).substr(0, 8)).bytes(key_);
    w_.txn.erase(Table::tombstone_due, due);
    return erase();
  }
  bool tombstone_due() {
    const auto grave = value(Table::tombstones, key_);
    if (!grave || grave->size() < 8) return false;
    Key due;
    due.bytes(std::string_view(*grave).substr(0, 8)).bytes(key_);
    return w_.txn.put_new(Table::tombstone_due, due, kNothing);
  }
  bool stale_due() {
    const auto grave = value(Table::tombstones, key_.substr(8));
    return !(grave && grave->substr(0, 8) == key_.substr(0, 8)) && erase();
  }
  bool expunged_time() {
    if (!w_.txn.has(f_.table, key_)) return false;
    Key v;
    v.time(w_.now);
    w_.txn.put(f_.table, key_, v);
    return true;
  }
  bool expunged_live() { return w_.txn.has(Table::messages, middle_ref(key_).key()) && erase(); }
  bool stale_thread() {
    const auto hot = value(Table::messages, thread_ref(key_).key()), detail = value(Table::details, thread_ref(key_).key());
    if (hot && detail) {
      const std::string_view keys = decode_detail(*detail).thread_keys;
      for (std::size_t at = 0; at + sizeof(ThreadKey) <= keys.size(); at += sizeof(ThreadKey)) {
        if (keys.substr(at, sizeof(ThreadKey)) != key_.substr(8, sizeof(ThreadKey))) continue;
        Key v;
        v.num(decode_hot(*hot).thread);
        w_.txn.put(Table::threads, key_, v);
        return true;
      }
    }
    return erase();
  }

  // Queue and content
  bool queue_due() {
    const auto row = value(Table::queue, key_);
    if (!row) return false;
    Key due;
    due.time(decode_queue(*row).due).bytes(key_.substr(8));
    return w_.txn.put_new(Table::queue_due, due, kNothing);
  }
  bool stale_queue_due() {
    const auto row = value(Table::queue, queue_key(QueueId(load_be<std::uint64_t>(key_.data() + 8))));
    Key due;
    if (row) due.time(decode_queue(*row).due);
    return !(row && due.view() == key_.substr(0, 8)) && erase();
  }
  BlobId blob() const {
    BlobId id;
    std::copy_n(key_.data(), id.size(), reinterpret_cast<char*>(id.data()));
    return id;
  }
  bool orphan() {
    const BlobId id = blob();
    if (is_referenced(w_.txn, id) || !w_.txn.has(Table::blobs, first_of(id))) return false;
    Key k;
    k.time(w_.now).blob(id);
    w_.txn.put(Table::orphans, k, kNothing);
    return true;
  }
  std::string first_of(const BlobId& id) const {
    Cursor c = w_.txn.cursor(Table::blobs);
    return c.seek(base::view(id)) && c.key().starts_with(base::view(id)) ? std::string(c.key()) : std::string(1, '\0');
  }
  bool stale_reference() {
    const auto encoded = extents_of(w_.txn, ref());
    const auto extents = encoded ? decode_extents(*encoded) : Result<std::vector<Extent>>(std::vector<Extent>{});
    if (!encoded || !extents) return false;
    const BlobId id = blob();
    if (std::any_of(extents->begin(), extents->end(), [&](const Extent& e) { return !e.inlined && e.id == id; }) || !erase()) return false;
    orphan();
    return true;
  }

  // Journal, consumers, the rest
  bool hold() {  // one of the two rows of a match: the other is made again; without its hold it is nothing
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
  bool consumer() {
    base::Writer row;
    row.fixed(journal_end(w_.txn)).fixed(std::uint8_t(1));  // it starts over
    w_.txn.put(Table::consumers, key_, row.str());
    return true;
  }
  bool damaged_row() {
    switch (f_.table) {
      case Table::mailboxes: return damaged_mailbox();
      case Table::messages: return damaged_hot();
      case Table::names: case Table::done: return erase();
      case Table::threads: return stale_thread();
      case Table::directory: return damaged_directory();
      default: return false;
    }
  }
  bool damaged_mailbox() {
    const AccountId a = account_of_key(key_);
    if (mailbox_of_key(key_) == MailboxId{}) return account_state();
    return !readable_mailbox(w_, a, mailbox_of_key(key_)) && rebuild_mailbox(w_, a, mailbox_of_key(key_));
  }
  bool damaged_hot() {
    const auto row = value(Table::messages, key_);
    if (!row) return false;
    try {
      decode_hot(*row);
      return false;
    } catch (const Failure&) {  // as found
      return rebuild_hot(w_, ref());
    }
  }
  bool damaged_directory() {
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
  bool damaged_key() {
    constexpr Table kDerived[] = {Table::by_modseq, Table::expunged, Table::tombstone_due, Table::keywords, Table::threads,
                                  Table::names,     Table::graveyard, Table::queue_due,    Table::refs,     Table::orphans};
    return std::find(std::begin(kDerived), std::end(kDerived), f_.table) != std::end(kDerived) && erase();
  }

  WriteContext& w_;
  const Finding& f_;
  const std::string_view key_;
};

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

}  // namespace

Result<std::vector<bool>> MendRows::apply(WriteContext& w) const {
  if (findings.size() > kMaxSlice) return base::fail(base::Errc::limit, "more than 5000 findings in one operation");
  if (auto refused = w.refuse_growth(findings.size() * 4096)) return *refused;
  std::vector<bool> out;
  for (const Finding& f : findings) out.push_back(Mender(w, f).run());
  return out;
}

}  // namespace store
