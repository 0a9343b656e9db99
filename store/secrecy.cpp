#include "store/secrecy.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/crypto.hpp"
#include "store/content.hpp"
#include "store/keys.hpp"
#include "store/operations.hpp"
#include "store/rows.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

MessageRef ref_of(const MessageCopy& c) { return {c.account, c.mailbox, c.uid}; }

// Of a live message or a tombstone; what is asked for exists in this snapshot.
template <class F>
bool with_message(const Snapshot& snapshot, const MessageCopy& c, F f) {
  if (const auto live = c.grave ? std::nullopt : snapshot.message(c.account, c.mailbox, c.uid)) return f(*live), true;
  if (const auto grave = snapshot.tombstone(c.account, c.mailbox, c.uid)) return f(grave->message), true;
  return false;
}

std::vector<Extent> extents_of(const MessageView& m) {
  auto decoded = decode_extents(m.detail.extents);
  if (!decoded) throw Failure(decoded.error());
  return *std::move(decoded);
}

std::set<BlobId> blobs_within(const MessageView& m, mime::ByteRange part) {
  std::set<BlobId> out;
  std::uint64_t at = 0;
  for (const Extent& e : extents_of(m)) {
    if (!e.inlined && e.size > 0 && at >= part.offset && at + e.size <= part.offset + part.size) out.insert(e.id);
    at += e.size;
  }
  return out;
}

std::optional<base::Digest> content_digest(const Snapshot& snapshot, AccountId a, const MessageView& m) {
  const std::uint64_t prefix = m.detail.size() - m.detail.content_size;
  base::Sha256 hash;
  const auto read = snapshot.read(a, m, {prefix, m.detail.content_size}, [&](std::string_view piece) { return hash.update(piece), true; });
  return read ? std::optional(hash.finish()) : std::nullopt;
}

// In a mailbox that was deleted, before the collector comes: no session sees it, but it could be brought back.
bool hide_deleted(WriteContext& w, const MessageRef& ref, bool hide) {
  const auto row = w.txn.get(Table::messages, ref.key());
  if (!row) return false;
  HotRow hot = decode_hot(*row);
  const DerivedBits after = hide ? hot.derived | kHidden : hot.derived & ~kHidden;
  if (after == hot.derived) return false;
  hot.derived = after;
  w.txn.put(Table::messages, ref.key(), view(encode_hot(hot)));
  return true;
}

class SameMail {
 public:
  SameMail(const Snapshot& snapshot, const MessageCopy& of) : snapshot_(snapshot) {
    with_message(snapshot, of, [&](const MessageView& m) {
      size_ = m.detail.content_size;
      if (m.detail.thread_keys.size() >= own_.size()) std::copy_n(m.detail.thread_keys.begin(), own_.size(), own_.begin()), known_ = true;
      digest_ = content_digest(snapshot, of.account, m);
    });
  }
  bool known() const { return known_ && digest_; }
  const ThreadKey& key() const { return own_; }
  bool is(AccountId a, const MessageView& m) const {
    const std::string_view keys = m.detail.thread_keys;
    if (m.detail.content_size != size_ || keys.size() < own_.size() || !std::equal(own_.begin(), own_.end(), reinterpret_cast<const unsigned char*>(keys.data()))) return false;
    const auto digest = content_digest(snapshot_, a, m);
    return digest && *digest == *digest_;
  }

 private:
  const Snapshot& snapshot_;
  ThreadKey own_{};
  std::uint64_t size_ = 0;
  std::optional<base::Digest> digest_;
  bool known_ = false;
};

}  // namespace

std::vector<MessageCopy> copies_of_email(const Snapshot& snapshot, AccountId account, EmailId email) {
  std::vector<MessageCopy> out;
  for (const Mailbox& m : snapshot.mailboxes(account))
    snapshot.for_each_hot(account, m.id, Uid(1), kLastUid, [&](Uid uid, const HotRow& hot) {
      if (hot.email == email) out.push_back({account, m.id, uid, email, false});
      return true;
    });
  snapshot.for_each_tombstone(account, [&](const Tombstone& t) {
    if (t.message.hot.email == email) out.push_back({account, t.message.mailbox, t.message.uid, email, true});
    return true;
  });
  return out;
}

SameBytes same_bytes(const Snapshot& snapshot, const MessageCopy& of, std::optional<mime::ByteRange> part) {
  SameBytes out;
  std::set<MessageRef> found;
  const auto add = [&](const MessageRef& ref, bool grave, EmailId email) {
    if (found.insert(ref).second) out.copies.push_back({ref.account, ref.mailbox, ref.uid, email, grave});
  };
  const auto add_ref = [&](const MessageRef& ref) {
    const auto live = snapshot.hot(ref.account, ref.mailbox, ref.uid);
    const auto grave = live ? std::nullopt : snapshot.tombstone(ref.account, ref.mailbox, ref.uid);
    if (live) add(ref, false, live->email);
    else if (grave) add(ref, true, grave->message.hot.email);
  };
  std::set<BlobId> blobs;
  with_message(snapshot, of, [&](const MessageView& m) {
    add(ref_of(of), of.grave, m.hot.email);
    if (part) blobs = blobs_within(m, *part);
  });
  for (const BlobId& id : blobs) {
    Cursor c = snapshot.txn().cursor(Table::refs);
    for (bool more = c.seek(base::view(id)); more && c.key().starts_with(base::view(id)); more = c.next()) {
      const MessageRef ref = tail_ref(c.key());
      if (ref.account != AccountId{}) add_ref(ref);
      else if (const auto queued = QueueId(load_be<std::uint64_t>(c.key().data() + c.key().size() - 8)); std::find(out.queued.begin(), out.queued.end(), queued) == out.queued.end()) out.queued.push_back(queued);
    }
  }
  const SameMail same(snapshot, of);
  if (!same.known()) return out;
  std::vector<AccountId> accounts;
  snapshot.for_each_account([&](const Account& a) { return accounts.push_back(a.id), true; });
  for (const AccountId a : accounts) {
    for (const auto& [mailbox, uid] : snapshot.by_thread_key(a, same.key()))
      if (const auto m = found.contains({a, mailbox, uid}) ? std::nullopt : snapshot.message(a, mailbox, uid); m && same.is(a, *m)) add({a, mailbox, uid}, false, m->hot.email);
    snapshot.for_each_tombstone(a, [&](const Tombstone& t) {
      const MessageRef ref{a, t.message.mailbox, t.message.uid};
      if (!found.contains(ref) && same.is(a, t.message)) add(ref, true, t.message.hot.email);
      return true;
    });
  }
  return out;
}

Result<bool> HideCopies::apply(WriteContext& w) const {
  if (copies.size() > kMaxSlice) return base::fail(base::Errc::limit, "more than 5000 messages in one operation");
  std::map<std::pair<AccountId, MailboxId>, std::vector<Uid>> live;
  bool changed = false;
  for (const MessageCopy& c : copies) {
    const MessageRef ref = ref_of(c);
    if (w.txn.has(Table::messages, ref.key())) {
      live[{c.account, c.mailbox}].push_back(c.uid);
      continue;
    }
    const auto row = w.txn.get(Table::tombstones, ref.key());
    if (!row) continue;
    std::string grave(*row);
    HotRow hot = decode_hot(std::string_view(grave).substr(kGraveHead, kHotSize));
    const DerivedBits before = hot.derived;
    hot.derived = hide ? hot.derived | kHidden : hot.derived & ~kHidden;
    if (hot.derived == before) continue;
    grave.replace(kGraveHead, kHotSize, view(encode_hot(hot)));
    w.txn.put(Table::tombstones, ref.key(), grave);
    changed = true;
  }
  for (auto& [box, uids] : live) {
    SetDerived op;
    op.account = box.first;
    op.mailbox = box.second;
    op.uids = std::move(uids);
    (hide ? op.set : op.clear) = kHidden;
    const auto done = op.apply(w);
    if (!done && done.error().code() == base::Errc::not_found) {
      for (const Uid uid : op.uids) changed = hide_deleted(w, {box.first, box.second, uid}, hide) || changed;
      continue;
    }
    if (!done) return done.error();
    changed = changed || std::any_of(done->states.begin(), done->states.end(), [](const FlagState& s) { return s.changed; });
  }
  return changed;
}

}  // namespace store
