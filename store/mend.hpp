// One mender per kind of finding: each looks again and writes what the rows around say. True: something changed.
// Internal to the store; used by MendRows on the writer thread.
#pragma once
#include "store/check_rows.hpp"
#include "store/directory_read.hpp"
#include "store/rebuild.hpp"
#include "store/repair.hpp"

namespace store {

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
  bool sequence();
  bool account_address();
  bool account_state();
  bool account_inbox();
  bool address_account();
  bool address_domain();
  bool agency_code();
  bool code_agency();

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
  bool mailbox_id();
  bool uid_validity();
  bool expunge_floor();
  bool mailbox_name();
  bool forgotten();
  bool counter();
  bool quota();
  bool name_row();
  bool keyword();
  bool has_below(Table table, std::string_view prefix) const;
  bool graveyard();

  // Messages
  bool lost_mailbox();
  bool raise();
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
  bool unnamed_keyword();
  bool unknown_flag();
  bool by_modseq();
  bool email_id();
  bool size();
  bool grave_size();
  bool thread_rows();
  bool reference();
  bool hot_row();
  bool details();
  bool stale_modseq();
  bool live_and_dead();
  bool tombstone_due();
  bool stale_due();
  bool expunged_time();
  bool expunged_live();
  bool stale_thread();

  // Queue and content
  bool queue_due();
  bool stale_queue_due();
  BlobId blob() const;
  bool orphan();
  std::string first_of(const BlobId& id) const;
  bool stale_reference();

  // Journal, consumers, the rest
  bool hold();
  bool consumer();
  bool damaged_row();
  bool damaged_mailbox();
  bool damaged_hot();
  bool damaged_directory();
  bool damaged_key();

  WriteContext& w_;
  const Finding& f_;
  const std::string_view key_;
};

}  // namespace store
