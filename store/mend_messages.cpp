#include "store/mend.hpp"

namespace store {

bool Mender::lost_mailbox() {
  const MessageRef r = f_.table == Table::expunged ? middle_ref(key_) : ref();
  if (readable_mailbox(w_, r.account, r.mailbox)) return false;
  if (f_.table == Table::expunged && !has_below(Table::messages, mailbox_key(r.account, r.mailbox)) &&
      !has_below(Table::tombstones, mailbox_key(r.account, r.mailbox)))
    return erase();
  return rebuild_mailbox(w_, r.account, r.mailbox).has_value();
}

bool Mender::raise() {  // UIDNEXT and HIGHESTMODSEQ above what is there
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

bool Mender::unnamed_keyword() {
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

bool Mender::unknown_flag() { return rewrite_hot([](HotRow& row) { row.flags &= kAllFlags; }); }

bool Mender::by_modseq() {
  const auto row = value(Table::messages, key_);
  if (!row) return false;
  const MessageRef r = ref();
  return w_.txn.put_new(Table::by_modseq, modseq_key(r.account, r.mailbox, decode_hot(*row).modseq, r.uid), kNothing);
}

bool Mender::email_id() {
  const auto row = value(Table::messages, key_);
  if (!row) return false;
  const HotRow hot = decode_hot(*row);
  bool changed = with_state(ref().account, [&](AccountState& s) { s.next_email = std::max(s.next_email, EmailId(raw(hot.email) + 1)); });
  if (raw(hot.thread) > raw(hot.email)) changed |= rewrite_hot([](HotRow& h) { h.thread = ThreadId(raw(h.email)); });
  return changed;
}

bool Mender::size() {
  if (f_.table == Table::tombstones) return grave_size();
  const auto detail = value(Table::details, key_);
  if (!detail) return false;
  const std::uint64_t real = decode_detail(*detail).size();
  return rewrite_hot([&](HotRow& h) { h.size = real; });
}

bool Mender::grave_size() {
  auto grave = value(Table::tombstones, key_);
  if (!grave || grave->size() <= kGraveHead + kHotSize) return false;
  HotRow hot = decode_hot(std::string_view(*grave).substr(kGraveHead, kHotSize));
  hot.size = decode_detail(std::string_view(*grave).substr(kGraveHead + kHotSize)).size();
  grave->replace(kGraveHead, kHotSize, view(encode_hot(hot)));
  w_.txn.put(Table::tombstones, key_, *grave);
  return true;
}

bool Mender::thread_rows() {
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

bool Mender::reference() {
  const auto extents = extents_of(w_.txn, ref());
  if (!extents) return false;
  w_.add_references(ref(), *extents);
  return true;
}

bool Mender::hot_row() {
  if (!w_.txn.has(Table::tombstones, key_)) return !w_.txn.has(Table::messages, key_) && rebuild_hot(w_, ref());
  return w_.txn.erase(Table::details, key_);  // the tombstone holds them
}

bool Mender::details() {  // an expunge that was half done: the tombstone holds what is missing
  const auto grave = value(Table::tombstones, key_);
  if (!grave || grave->size() <= kGraveHead + kHotSize || w_.txn.has(Table::details, key_)) return false;
  w_.txn.put(Table::details, key_, std::string_view(*grave).substr(kGraveHead + kHotSize));
  return true;
}

bool Mender::stale_modseq() {
  const auto row = value(Table::messages, middle_ref(key_).key());
  return !(row && raw(decode_hot(*row).modseq) == load_be<std::uint64_t>(key_.data() + 12)) && erase();
}

bool Mender::live_and_dead() {  // the live one counts; what only the tombstone referenced is found as stale
  const auto grave = value(Table::tombstones, key_);
  if (!grave || !w_.txn.has(Table::messages, key_)) return false;
  Key due;
  due.bytes(std::string_view(*grave).substr(0, 8)).bytes(key_);
  w_.txn.erase(Table::tombstone_due, due);
  return erase();
}

bool Mender::tombstone_due() {
  const auto grave = value(Table::tombstones, key_);
  if (!grave || grave->size() < 8) return false;
  Key due;
  due.bytes(std::string_view(*grave).substr(0, 8)).bytes(key_);
  return w_.txn.put_new(Table::tombstone_due, due, kNothing);
}

bool Mender::stale_due() {
  const auto grave = value(Table::tombstones, key_.substr(8));
  return !(grave && grave->substr(0, 8) == key_.substr(0, 8)) && erase();
}

bool Mender::expunged_time() {
  if (!w_.txn.has(f_.table, key_)) return false;
  Key v;
  v.time(w_.now);
  w_.txn.put(f_.table, key_, v);
  return true;
}

bool Mender::expunged_live() { return w_.txn.has(Table::messages, middle_ref(key_).key()) && erase(); }

bool Mender::stale_thread() {
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

}  // namespace store
