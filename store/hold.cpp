#include "store/hold.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "store/directory_read.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

using base::Errc;
using base::fail;

constexpr std::size_t kMaxName = 100, kMaxText = 4000;
constexpr char kRow = 'H', kAgencies = 'G', kByMessage = 'M', kByName = 'N';  // an account's key begins with 0: ids stay below 2^56

Key row_key(std::string_view name) { Key k; k.bytes({&kRow, 1}).bytes(name); return k; }
Key account_hold(AccountId a, std::string_view name) { Key k = account_key(a); k.bytes(name); return k; }
Key agency_key(AgencyId id) { Key k; k.bytes({&kAgencies, 1}).num(id); return k; }
Key message_prefix(const MessageRef& ref) { Key k; k.bytes({&kByMessage, 1}).bytes(ref.key()); return k; }
Key name_prefix(std::string_view name) { Key k; k.bytes({&kByName, 1}).num(std::uint8_t(name.size())).bytes(name); return k; }

std::string encode(const Hold& h) {
  base::Writer w;
  w.fixed(std::uint8_t(1)).fixed(std::uint8_t(h.scope)).fixed(raw(h.account)).fixed(raw(h.agency)).fixed(std::uint64_t(h.placed.time_since_epoch().count()));
  w.fixed(std::uint8_t(h.lifting)).fixed(std::uint8_t(h.matched));
  for (const std::string* s : {&h.text, &h.reason, &h.case_number, &h.who, &h.position}) w.bytes(*s);
  return w.take();
}

Hold decode_hold(std::string_view name, std::string_view bytes) {
  base::Reader r(bytes);
  Hold h;
  h.name = name;
  const bool known = r.fixed<std::uint8_t>() == 1;
  h.scope = HoldScope(r.fixed<std::uint8_t>());
  h.account = AccountId(r.fixed<std::uint64_t>());
  h.agency = AgencyId(r.fixed<std::uint32_t>());
  h.placed = Time(std::chrono::milliseconds(std::int64_t(r.fixed<std::uint64_t>())));
  h.lifting = r.fixed<std::uint8_t>() != 0;
  h.matched = r.fixed<std::uint8_t>() != 0;
  for (std::string* s : {&h.text, &h.reason, &h.case_number, &h.who, &h.position}) *s = r.bytes();
  if (!known || !r.ok() || !r.at_end()) throw Failure(fail(Errc::corrupt, "stored row of holds"));
  return h;
}

std::vector<std::string> keys_below(const Txn& txn, std::string_view prefix, std::size_t at_most) {
  std::vector<std::string> keys;
  Cursor c = txn.cursor(Table::holds);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix) && keys.size() < at_most; more = c.next()) keys.emplace_back(c.key());
  return keys;
}
bool any_below(const Txn& txn, std::string_view prefix) { return !keys_below(txn, prefix, 1).empty(); }

// The row of each hold by name that stands behind a key ending with it.
template <class F>
void for_each_name(const Txn& txn, std::string_view prefix, F f) {
  for (const std::string& key : keys_below(txn, prefix, ~std::size_t(0))) f(std::string_view(key).substr(prefix.size()));
}

Result<void> check_target(const WriteContext& w, const Hold& h) {
  const bool account = h.account != AccountId{} && !w.txn.has(Table::mailboxes, mailbox_key(h.account, {}));
  if (account) return fail(Errc::not_found, "no such account");
  if (h.scope == HoldScope::account && h.account == AccountId{}) return fail(Errc::invalid, "a hold on an account needs one");
  if (h.scope == HoldScope::agency && !find_agency(w.txn, h.agency)) return fail(Errc::not_found, "no such agency");
  if (h.by_text() && (h.text.empty() || h.text.size() > kMaxText)) return fail(Errc::invalid, "document number or query of 0 or more than 4000 bytes");
  return {};
}

bool same(const Hold& a, const Hold& b) {
  return a.scope == b.scope && a.account == b.account && a.agency == b.agency && a.text == b.text && a.reason == b.reason && a.case_number == b.case_number;
}

void put_match(WriteContext& w, std::string_view name, const MessageRef& ref) {
  Key by_message = message_prefix(ref), by_name = name_prefix(name);
  by_message.bytes(name);
  by_name.bytes(ref.key());
  w.txn.put(Table::holds, by_message, {});
  w.txn.put(Table::holds, by_name, {});
}

}  // namespace

Result<bool> AddHold::apply(WriteContext& w) const {
  if (row.name.empty() || row.name.size() > kMaxName) return fail(Errc::invalid, "name of the hold: 1 to 100 bytes");
  if (row.reason.empty() || row.reason.size() > kMaxText) return fail(Errc::invalid, "a hold needs a reason");
  if (auto target = check_target(w, row); !target) return target.error();
  if (const auto old = find_hold(w.txn, row.name)) {
    if (!old->lifting && same(*old, row)) return false;
    return fail(Errc::conflict, old->lifting ? "a hold of this name is being lifted" : "the hold is there and differs");
  }
  if (auto refused = w.refuse_growth(8192)) return *refused;
  Hold h = row;
  h.placed = w.now;
  h.lifting = h.matched = false;
  h.position.clear();
  w.txn.put(Table::holds, row_key(h.name), encode(h));
  Key agency = agency_key(h.agency);
  if (h.scope == HoldScope::everything || h.scope == HoldScope::account)
    w.txn.put(Table::holds, account_hold(h.scope == HoldScope::account ? h.account : AccountId{}, h.name), h.reason);
  else if (h.scope == HoldScope::agency)
    w.txn.put(Table::holds, agency.bytes(h.name), {});
  if (!h.by_text() || w.txn.has(Table::consumers, kHoldConsumer)) return true;
  base::Writer at;  // from here on new mail is matched as it comes
  at.fixed(journal_end(w.txn)).fixed(std::uint8_t(0));
  w.txn.put(Table::consumers, kHoldConsumer, at.str());
  return true;
}

// What it recorded of single messages goes in slices, by the collector; the row says that it has no effect.
Result<bool> LiftHold::apply(WriteContext& w) const {
  auto h = find_hold(w.txn, name);
  if (!h || h->lifting) return fail(Errc::not_found, "no such hold");
  std::vector<std::string> keys;
  {
    Cursor c = w.txn.cursor(Table::holds);  // the rows of accounts and agencies are few
    for (bool more = c.first(); more && (c.key()[0] == '\0' || c.key()[0] == kAgencies); more = c.next())
      if (c.key().substr(std::min<std::size_t>(c.key().size(), c.key()[0] == '\0' ? 8 : 5)) == name) keys.emplace_back(c.key());
  }
  for (const std::string& key : keys) w.txn.erase(Table::holds, key);
  h->lifting = true;
  if (h->by_text()) w.txn.put(Table::holds, row_key(name), encode(*h));
  else w.txn.erase(Table::holds, row_key(name));
  return true;
}

Result<bool> HoldMessages::apply(WriteContext& w) const {
  if (messages.size() > kMaxSlice) return fail(Errc::limit, "more than 5000 messages in one operation");
  auto h = find_hold(w.txn, name);
  if (!h || h->lifting || !h->by_text()) return false;
  if (auto refused = messages.empty() ? std::nullopt : w.refuse_growth(messages.size() * 512)) return *refused;
  for (const HeldMessage& m : messages) {
    const MessageRef ref{m.account, m.mailbox, m.uid};
    if (w.txn.has(Table::messages, ref.key()) || w.txn.has(Table::tombstones, ref.key())) put_match(w, name, ref);
  }
  if (!position) return true;
  h->position = *position;
  h->matched = position->empty();
  w.txn.put(Table::holds, row_key(name), encode(*h));
  return true;
}

std::optional<Hold> find_hold(const Txn& txn, std::string_view name) {
  if (name.empty() || name.size() > kMaxName) return std::nullopt;
  const auto row = txn.get(Table::holds, row_key(name));
  if (!row) return std::nullopt;
  return decode_hold(name, *row);
}

std::vector<Hold> list_holds(const Txn& txn) {
  std::vector<Hold> out;
  Cursor c = txn.cursor(Table::holds);
  for (bool more = c.seek({&kRow, 1}); more && c.key()[0] == kRow; more = c.next()) out.push_back(decode_hold(c.key().substr(1), c.value()));
  return out;
}

void for_each_held(const Txn& txn, std::string_view name, FunctionRef<bool(const HeldMessage&)> f) {
  const Key prefix = name_prefix(name);
  Cursor c = txn.cursor(Table::holds);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) {
    const MessageRef ref = tail_ref(c.key());
    if (!f({ref.account, ref.mailbox, ref.uid})) return;
  }
}

bool is_message_held(const Txn& txn, const MessageRef& ref) {
  bool held = false;
  for_each_name(txn, message_prefix(ref), [&](std::string_view name) {
    const auto h = find_hold(txn, name);
    held = held || (h && !h->lifting);
  });
  return held;
}

bool holds_messages_of(const Txn& txn, AccountId a) {
  Key prefix;
  prefix.bytes({&kByMessage, 1}).num(a);
  return any_below(txn, prefix);
}

bool is_agency_held(const Txn& txn, AgencyId id) {
  for (int depth = 0; depth < 64 && id != AgencyId{}; ++depth) {
    if (any_below(txn, agency_key(id))) return true;
    const auto row = find_agency(txn, id);
    id = row ? row->parent : AgencyId{};
  }
  return false;
}

void copy_holds(WriteContext& w, const MessageRef& from, const MessageRef& to) {
  std::vector<std::string> names;
  for_each_name(w.txn, message_prefix(from), [&](std::string_view name) { names.emplace_back(name); });
  for (const std::string& name : names) put_match(w, name, to);
}

void keep_agency_holds(WriteContext& w, AccountId a, AgencyId before, AgencyId after) {
  if (before == after) return;
  for (int depth = 0; depth < 64 && before != AgencyId{}; ++depth) {
    std::vector<std::string> names;
    for_each_name(w.txn, agency_key(before), [&](std::string_view name) { names.emplace_back(name); });
    for (const std::string& name : names)
      if (const auto h = find_hold(w.txn, name)) w.txn.put(Table::holds, account_hold(a, name), h->reason);
    const auto row = find_agency(w.txn, before);
    before = row ? row->parent : AgencyId{};
  }
}

Time matched_until(const Txn& txn) {
  bool by_text = false;
  for (const Hold& h : list_holds(txn)) {
    if (!h.by_text() || h.lifting) continue;
    if (!h.matched) return Time{};
    by_text = true;
  }
  if (!by_text) return Time::max();
  const auto row = txn.get(Table::consumers, kHoldConsumer);
  if (!row) return Time{};
  base::Reader r(*row);
  const auto done = r.fixed<std::uint64_t>();
  if (r.fixed<std::uint8_t>() != 0) return Time{};  // fell behind the journal: all is looked at again
  Key from;
  from.num(done + 1);
  Cursor c = txn.cursor(Table::journal);
  return c.seek(from) ? decode_change(c.value()).time : Time::max();
}

std::size_t forget_lifted(WriteContext& w, std::size_t at_most) {
  std::size_t removed = 0;
  const std::vector<Hold> all = list_holds(w.txn);
  for (const Hold& h : all) {
    if (!h.lifting || removed >= at_most) continue;
    const Key prefix = name_prefix(h.name);
    const auto keys = keys_below(w.txn, prefix, at_most - removed);
    for (const std::string& key : keys) {
      Key by_message = message_prefix(tail_ref(key));
      w.txn.erase(Table::holds, by_message.bytes(h.name));
      w.txn.erase(Table::holds, key);
    }
    removed += keys.size();
    if (removed < at_most) w.txn.erase(Table::holds, row_key(h.name)), ++removed;
  }
  const bool by_text = std::any_of(all.begin(), all.end(), [](const Hold& h) { return h.by_text(); });
  if (!by_text && w.txn.erase(Table::consumers, kHoldConsumer)) ++removed;  // nobody needs the journal for holds any more
  return removed;
}

}  // namespace store
