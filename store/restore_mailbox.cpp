#include "store/restore_mailbox.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/encoding.hpp"
#include "store/backup_reader.hpp"
#include "store/directory_read.hpp"
#include "store/rows.hpp"
#include "store/store.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

using namespace backups;
using base::Errc;
using base::fail;

constexpr std::size_t kStepMessages = 500, kStepBytes = 8u << 20;  // of one commit, so that deliveries beside it do not wait

// Messages and details of one mailbox lie in different tables in the same order; both are gathered a mailbox at a time.
struct Saved {
  Mailbox row;
  std::map<unsigned, std::string> keywords;
};

std::optional<std::uint32_t> choose(const MailboxRestore& o) {
  if (!o.at) return o.generation;
  const auto all = list_backups(o.backup);
  if (!all) throw Failure(all.error());
  std::optional<std::uint32_t> best;
  for (const BackupGeneration& g : *all)
    if (!g.problem && g.created <= *o.at) best = g.generation;
  if (!best) throw Failure(fail(Errc::not_found, o.backup + " has no backup made at or before " + base::rfc3339(*o.at)));
  return best;
}

std::string stamp(Time t) {  // "2026-11-22 0915"
  const std::string s = base::rfc3339(Time(std::chrono::floor<std::chrono::seconds>(t)));
  return s.substr(0, 10) + " " + s.substr(11, 2) + s.substr(14, 2);
}

class Restorer {
 public:
  Restorer(Store& store, const MailboxRestore& o) : store_(store), o_(o), from_(o.backup, choose(o)) {}

  MailboxRestored run() {
    const auto all = list_backups(o_.backup);
    if (!all) throw Failure(all.error());
    for (const BackupGeneration& g : *all)
      if (g.generation == from_.manifest().generation) out_.from = g;
    find_accounts();
    choose_mailboxes();
    check_quota();
    const CollectionPause pause(store_.collector());
    for (const Saved& box : boxes_) restore_one(box);
    out_.used = snapshot().account_state(to_).bytes;
    return std::move(out_);
  }

 private:
  Snapshot snapshot() const {
    auto s = store_.snapshot();
    if (!s) throw Failure(s.error());
    return *std::move(s);
  }
  template <class Op>
  typename Op::Outcome run_op(Op op) {
    auto done = store_.run(std::move(op));
    if (!done) throw Failure(done.error());
    return *std::move(done);
  }

  void find_accounts() {
    const auto row = from_.get(Table::directory, std::string(1, kAddressRow) + o_.address);
    const auto saved = row ? decode_address(o_.address, *row).account : AccountId{};
    if (saved == AccountId{}) throw Failure(fail(Errc::not_found, "the backup of " + base::rfc3339(out_.from.created) + " has no account " + o_.address));
    saved_ = saved;
    const auto account = snapshot().account(std::string_view(o_.address));
    if (!account) throw Failure(fail(Errc::not_found, "no such account: " + o_.address + "; add it first"));
    to_ = account->id;
    out_.quota = account->quota;
  }

  void choose_mailboxes() {
    from_.for_each_row(Table::mailboxes, account_key(saved_), [&](std::string_view key, std::string_view value) {
      const MailboxId id = key_mailbox(key);
      if (id == MailboxId{}) return true;
      Mailbox m = decode_mailbox(id, value);
      const bool wanted = !o_.mailbox || m.name == *o_.mailbox || m.name.starts_with(*o_.mailbox + "/");
      if (wanted && m.deleted_at == Time{}) boxes_.push_back({std::move(m), {}});
      return true;
    });
    if (boxes_.empty()) throw Failure(fail(Errc::not_found, "the backup of " + base::rfc3339(out_.from.created) + " has no mailbox " + o_.mailbox.value_or("") + " of " + o_.address));
    std::sort(boxes_.begin(), boxes_.end(), [](const Saved& a, const Saved& b) { return a.row.name < b.row.name; });
    for (Saved& box : boxes_)
      from_.for_each_row(Table::keywords, mailbox_key(saved_, box.row.id), [&](std::string_view key, std::string_view value) {
        box.keywords[std::uint8_t(key.back())] = value;
        return true;
      });
    if (o_.in_place && std::any_of(boxes_.begin(), boxes_.end(), [](const Saved& b) { return b.row.name == "INBOX"; }))
      throw Failure(fail(Errc::denied, "INBOX cannot be replaced; restore it beside (without --replace) and move what is needed"));
  }

  std::string name_of(const Saved& box) const {
    return o_.in_place ? box.row.name : "Restored " + stamp(out_.from.created) + "/" + box.row.name;
  }

  // A restored mailbox that was not meant for its name a second time: an in-place run that finds the same content passes over it.
  bool is_there(const Saved& box) const {
    const Snapshot s = snapshot();
    const auto m = s.mailbox(to_, std::string_view(name_of(box)));
    if (!m) return false;
    return !o_.in_place || same_content(s, *m, box);
  }

  bool same_content(const Snapshot& s, const Mailbox& now, const Saved& box) const {
    if (now.messages != box.row.messages || now.bytes != box.row.bytes || now.unseen != box.row.unseen) return false;
    std::multiset<std::pair<std::string, std::int64_t>> here, saved;
    s.for_each_message(to_, now.id, Uid(1), kLastUid, [&](const MessageView& v) {
      here.emplace(std::string(v.detail.extents), v.hot.internal_date.time_since_epoch().count());
      return true;
    });
    for_each_saved(box, [&](std::string_view, const HotRow& hot, std::string_view detail) {
      saved.emplace(std::string(decode_detail(detail).extents), hot.internal_date.time_since_epoch().count());
    });
    return here == saved;
  }

  template <class F>
  void for_each_saved(const Saved& box, F f) const {
    const Key prefix = mailbox_key(saved_, box.row.id);
    std::map<std::string, HotRow> hot;  // 100 bytes a message of this mailbox
    from_.for_each_row(Table::messages, prefix, [&](std::string_view key, std::string_view value) {
      hot.emplace(key, decode_hot(value));
      return true;
    });
    from_.for_each_row(Table::details, prefix, [&](std::string_view key, std::string_view value) {
      const auto row = hot.find(std::string(key));
      if (row != hot.end() && !(o_.leave_out && o_.leave_out(saved_, row->second.email))) f(key, row->second, value);
      return true;
    });
  }

  void check_quota() {
    std::uint64_t bytes = 0, given_back = 0;
    const Snapshot s = snapshot();
    for (const Saved& box : boxes_) {
      total_ += box.row.messages;
      bytes += box.row.bytes;
      const auto old = s.mailbox(to_, std::string_view(name_of(box)));
      if (old) given_back += o_.in_place ? old->bytes : box.row.bytes;
    }
    const std::uint64_t used = s.account_state(to_).bytes;
    if (out_.quota == 0 || used + bytes <= out_.quota + given_back) return;
    throw Failure(fail(Errc::over_quota, std::to_string(total_) + " messages of " + std::to_string(bytes) + " bytes would be restored; the account uses " + std::to_string(used) +
                                             " of " + std::to_string(out_.quota) + " bytes: raise its quota, or name a mailbox"));
  }

  void restore_one(const Saved& box) {
    RestoredMailbox done{box.row.name, name_of(box), box.row.messages, box.row.bytes, is_there(box)};
    if (!done.there) {
      const MailboxId hidden = run_op(StartFilling{to_, done.as, SpecialUse::none});
      FillMailbox step;
      step.account = to_;
      step.mailbox = hidden;
      std::size_t bytes = 0;
      std::set<BlobId> carried;
      const auto flush = [&] {
        if (step.messages.empty()) return;
        run_op(step);
        step.messages.clear();
        step.chunks.clear();
        bytes = 0;
        carried.clear();
      };
      for_each_saved(box, [&](std::string_view key, const HotRow& hot, std::string_view detail) {
        bytes += add(step, box, key, hot, detail, carried);
        ++restored_;
        if (step.messages.size() >= kStepMessages || bytes >= kStepBytes) flush();
        if (o_.progress && !o_.progress({BackupProgress::Stage::content, restored_, total_, out_.bytes + bytes})) throw Failure(fail(Errc::unavailable, "stopped"));
      });
      flush();
      run_op(ShowMailbox{to_, hidden, done.as, o_.in_place});
      out_.messages += done.messages;
      out_.bytes += done.bytes;
    }
    out_.mailboxes.push_back(std::move(done));
  }

  std::size_t add(FillMailbox& step, const Saved& box, std::string_view key, const HotRow& hot, std::string_view detail, std::set<BlobId>& carried) {
    FillMailbox::Message m;
    m.hot = hot;
    m.from_key = key;
    m.detail = detail;
    m.inlined = from_.get(Table::inline_bytes, key);
    m.same_ids = saved_ == to_ && is_own();
    for (const auto& [bit, name] : box.keywords)
      if ((hot.keywords >> bit & 1) != 0) m.keywords.push_back(name);
    std::size_t bytes = detail.size() + (m.inlined ? m.inlined->size() : 0);
    auto extents = decode_extents(decode_detail(detail).extents);
    if (!extents) throw Failure(extents.error());
    for (const Extent& e : *extents)
      if (!e.inlined) bytes += carry(step, e.id, carried);
    step.messages.push_back(std::move(m));
    return bytes;
  }

  // EMAILID names content (RFC 8474): the old one is used again only where this store never gave it to something else.
  bool is_own() const { return from_.manifest().incarnation == store_.env().incarnation(); }

  std::size_t carry(FillMailbox& step, const BlobId& id, std::set<BlobId>& carried) {
    Key first;
    first.blob(id).num(std::uint32_t(0));
    if (snapshot().txn().has(Table::blobs, first) || !carried.insert(id).second) return 0;
    std::size_t bytes = 0;
    from_.for_each_chunk(id, [&](std::uint32_t n, std::string_view chunk) {
      step.chunks.push_back({id, n, std::string(chunk)});
      bytes += chunk.size();
    });
    return bytes;
  }

  Store& store_;
  const MailboxRestore& o_;
  const Generation from_;
  AccountId saved_{}, to_{};
  std::vector<Saved> boxes_;
  MailboxRestored out_;
  std::uint64_t total_ = 0, restored_ = 0;
};

}  // namespace

Result<MailboxRestored> restore_mailboxes(Store& store, const MailboxRestore& options) {
  try {
    return Restorer(store, options).run();
  } catch (const Failure& f) {
    return f.error();
  }
}

}  // namespace store
