#include <algorithm>

#include "base/codec.hpp"
#include "store/operations.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

constexpr std::size_t kMaxThreadKeys = 16;
constexpr std::size_t kMaxIdempotencyId = 64;

// RFC 8474 5.2: the thread of the first message already here that this one names, or that names this one.
std::optional<ThreadId> known_thread(const Txn& txn, AccountId a, const std::vector<ThreadKey>& keys) {
  if (keys.empty()) return std::nullopt;
  Cursor c = txn.cursor(Table::threads);
  for (std::size_t i = 0; i < std::min(keys.size(), kMaxThreadKeys); ++i) {
    Key prefix;
    prefix.num(a).bytes({reinterpret_cast<const char*>(keys[i].data()), keys[i].size()});
    if (c.seek(prefix) && c.key().starts_with(prefix) && c.value().size() == 8) return ThreadId(load_be<std::uint64_t>(c.value().data()));
  }
  return std::nullopt;
}

std::string encode_done(const Submitted& s, Time now) {
  base::Writer w;
  w.fixed(std::uint64_t(now.time_since_epoch().count())).varint(s.deliveries.size());
  for (const Delivered& d : s.deliveries)
    w.varint(raw(d.mailbox)).varint(raw(d.uid_validity)).varint(raw(d.uid)).varint(raw(d.modseq)).varint(raw(d.email)).varint(raw(d.thread));
  w.varint(s.queued.size());
  for (const QueueId q : s.queued) w.varint(raw(q));
  return w.take();
}

Submitted decode_done(std::string_view bytes) {
  base::Reader r(bytes);
  Submitted s;
  s.replayed = true;
  r.fixed<std::uint64_t>();
  for (std::uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    Delivered d;
    d.mailbox = MailboxId(std::uint32_t(r.varint()));
    d.uid_validity = UidValidity(std::uint32_t(r.varint()));
    d.uid = Uid(std::uint32_t(r.varint()));
    d.modseq = ModSeq(r.varint());
    d.email = EmailId(r.varint());
    d.thread = ThreadId(r.varint());
    s.deliveries.push_back(d);
  }
  for (std::uint64_t n = r.varint(); n > 0 && r.ok(); --n) s.queued.push_back(QueueId(r.varint()));
  return s;
}

class Submission {
 public:
  Submission(WriteContext& w, const SubmitMessage& op) : w_(w), op_(op) {
    for (std::size_t i = 0; i < std::min(op.thread_keys.size(), kMaxThreadKeys); ++i)
      thread_keys_.append(reinterpret_cast<const char*>(op.thread_keys[i].data()), sizeof(ThreadKey));
  }

  Result<Delivered> deliver(const Delivery& d) {
    auto state = w_.find_state(d.account);
    if (!state) return base::fail(base::Errc::not_found, "no such account");
    auto found = need_mailbox(w_, d.account, d.mailbox == MailboxId{} ? kInbox : d.mailbox);
    if (!found) return found.error();
    Mailbox& m = *found;
    if (!uids_left(m, 1)) return base::fail(base::Errc::limit, "the mailbox has given its last UID");
    const auto keywords = w_.keyword_bits(d.account, m.id, d.keywords, true);
    if (!keywords) return base::fail(base::Errc::limit, "more than 64 keywords in the mailbox, or too long a name");
    const HotRow hot = make_row(d, *state, m, *keywords);
    if (op_.enforce_quota)
      if (const std::uint64_t quota = quota_of(w_.txn, d.account); quota != 0 && state->bytes + hot.size > quota)
        return base::fail(base::Errc::over_quota, "quota of the account");
    const Uid uid = m.uid_next;
    m.uid_next = Uid(raw(uid) + 1);
    m.highest_modseq = hot.modseq;
    const Content::Form& form = stored_form(current_key(w_.txn, d.account));
    const Key key = message_key(d.account, m.id, uid);
    w_.put_inline(key, *op_.content, form);
    const DetailView detail{d.prefix, form.extents, thread_keys_, op_.summary, op_.content->size()};
    w_.insert(d.account, m, uid, hot, detail_row(form.key.get(), key, detail));
    state->bytes += hot.size;
    ++state->messages;
    w_.save_state(d.account, *state);
    w_.save_mailbox(d.account, m);
    w_.journal({ChangeKind::append, d.account, m.id, hot.modseq, {}, {{uid, uid}}, {}});
    w_.hints.push_back({d.account, m.id, hot.modseq});
    return Delivered{m.id, m.uid_validity, uid, hot.modseq, hot.email, hot.thread};
  }

  QueueId enqueue(const Outbound& out) {
    const QueueId id = QueueId(w_.next_sequence("queue"));
    const Key key = queue_key(id);
    const DataKeyPtr own = current_key(w_.txn, out.domain);
    const Content::Form& form = stored_form(own ? own : owner_);
    w_.txn.put(Table::queue, key, queue_row(form.key.get(), key, {out.due, w_.now, out.prefix, form.extents, out.envelope, op_.content->size()}));
    Key due;
    due.time(out.due).num(id);
    w_.txn.put(Table::queue_due, due, {});
    w_.put_inline(key, *op_.content, form);
    w_.add_references(tail_ref(key), form.extents);
    return id;
  }

  const DataKeyPtr& owner() const { return owner_; }

 private:
  HotRow make_row(const Delivery& d, AccountState& state, const Mailbox& m, std::uint64_t keywords) const {
    HotRow hot;
    hot.flags = d.flags & kAllFlags;
    hot.tz_minutes = d.tz_minutes;
    hot.derived = d.derived;
    hot.keywords = keywords;
    hot.modseq = next(m.highest_modseq);
    hot.internal_date = d.internal_date == Time{} ? w_.now : d.internal_date;
    hot.size = d.prefix.size() + op_.content->size();
    hot.email = state.next_email;
    state.next_email = EmailId(raw(state.next_email) + 1);
    hot.thread = known_thread(w_.txn, d.account, op_.thread_keys).value_or(ThreadId(raw(hot.email)));
    return hot;
  }

  // Its blobs are added when the first row that names them is written. prepare() has made it, unless the key is newer.
  const Content::Form& stored_form(const DataKeyPtr& key) {
    const Content::Form& form = op_.content->form(key);
    if (std::find(added_.begin(), added_.end(), &form) == added_.end()) {
      w_.add_content(*op_.content, form);
      added_.push_back(&form);
    }
    if (owner_ == nullptr) owner_ = key;
    return form;
  }

  WriteContext& w_;
  const SubmitMessage& op_;
  std::vector<const Content::Form*> added_;
  DataKeyPtr owner_;  // the first key that a copy was sealed with: it seals what the operation says about the mail
  std::string thread_keys_;
};

}  // namespace

void SubmitMessage::prepare(const Env& env) const {
  if (content == nullptr) return;
  if (!env.keyring().active()) {
    static_cast<void>(content->form(nullptr));
    return;
  }
  const auto txn = env.read();
  if (!txn) return;  // the writer will say it
  try {
    for (const Delivery& d : deliveries) static_cast<void>(content->form(current_key(*txn, d.account)));
    for (const Outbound& o : outbound)
      if (const DataKeyPtr key = current_key(*txn, o.domain)) static_cast<void>(content->form(key));
  } catch (const Failure&) {
    return;  // a key that is not loaded: the operation will fail with it
  }
}

std::size_t SubmitMessage::weight() const {
  std::size_t copies = (deliveries.size() + outbound.size()) * (summary.size() + 512);
  for (const Delivery& d : deliveries) copies += d.prefix.size();
  for (const Outbound& o : outbound) copies += o.prefix.size() + o.envelope.size();
  if (content == nullptr) return copies;
  const std::size_t inlined = content->inlined() != nullptr ? content->inlined()->stored_size() : 0;
  return copies + content->stored_bytes() + inlined * (deliveries.size() + outbound.size());
}

std::optional<base::Error> SubmitMessage::locate(WriteContext& w, const Submitted& done) const {
  if (located.empty()) return std::nullopt;
  std::vector<Put> rows;
  for (std::size_t i = 0; i < done.deliveries.size(); ++i) {
    const Delivered& d = done.deliveries[i];
    rows.push_back({RecordTable::evidence, location_key(located, {deliveries[i].account, d.mailbox, d.uid, d.email}), "{}"});
  }
  return put_records(w, rows);
}

std::string location_key(std::string_view prefix, const Location& at) {
  Key key;
  key.bytes(prefix).num(at.account).num(at.mailbox).num(at.uid).num(at.email);
  return std::string(key.view());
}

std::optional<Location> read_location(std::string_view prefix, std::string_view key) {
  constexpr std::size_t kSize = sizeof(AccountId) + sizeof(MailboxId) + sizeof(Uid) + sizeof(EmailId);
  if (!key.starts_with(prefix) || key.size() != prefix.size() + kSize) return std::nullopt;
  const char* p = key.data() + prefix.size();
  const auto take = [&p]<class T>(T& out) {
    using Raw = std::underlying_type_t<T>;
    out = T(load_be<Raw>(p));
    p += sizeof(Raw);
  };
  Location at;
  take(at.account), take(at.mailbox), take(at.uid), take(at.email);
  return at;
}

Result<Submitted> SubmitMessage::apply(WriteContext& w) const {
  if (content == nullptr || (deliveries.empty() && outbound.empty())) return base::fail(base::Errc::invalid, "a message for nobody");
  if (deliveries.size() + outbound.size() > kMaxSlice) return base::fail(base::Errc::limit, "more than 5000 recipients in one operation");
  if (idempotency_id.size() > kMaxIdempotencyId) return base::fail(base::Errc::invalid, "idempotency id of more than 64 bytes");
  if (const auto done = w.txn.get(Table::done, idempotency_id)) return decode_done(*done);
  if (auto refused = w.refuse_growth(weight())) return *refused;
  Submission submission(w, *this);
  Submitted out;
  for (const Delivery& d : deliveries) {
    auto delivered = submission.deliver(d);
    if (!delivered) return delivered.error();
    out.deliveries.push_back(*delivered);
  }
  for (const Outbound& o : outbound) out.queued.push_back(submission.enqueue(o));
  if (auto error = put_records(w, puts, submission.owner())) return *error;
  if (auto error = locate(w, out)) return *error;
  if (const auto written = apply_rules(w, rules, deliveries, out); !written) return written.error();
  if (!idempotency_id.empty()) w.txn.put(Table::done, idempotency_id, encode_done(out, w.now));
  return out;
}

}  // namespace store
