#include "indexer/text_index.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/unicode.hpp"
#include "indexer/candidates.hpp"
#include "indexer/database.hpp"

namespace indexer {
namespace {

constexpr std::size_t kMaxTail = 20'000;   // journal rows not yet indexed; more: scan
constexpr std::size_t kMinNeedle = 2;      // bytes, folded
constexpr std::size_t kMaxNeedle = 1000;

// Up to where every account's database is complete, as the indexer last stored it. Nothing: the journal has a gap for it.
std::optional<store::JournalSeq> stored_checkpoint(const store::Snapshot& snapshot) {
  for (const store::Consumer& c : snapshot.consumers())
    if (c.name == "indexer" && !c.rebuild) return c.done;
  return std::nullopt;
}

// The last UID below every one of the mailbox that the journal names after `done`.
std::optional<store::Uid> indexed_up_to(const store::Snapshot& snapshot, store::AccountId account, const store::Mailbox& m, store::JournalSeq done) {
  std::uint32_t first = raw(m.uid_next);
  std::size_t rows = 0;
  snapshot.for_each_change(done, [&](store::JournalSeq, const store::Change& c) {
    if (c.kind == store::ChangeKind::append && c.account == account && c.mailbox == m.id)
      for (const store::UidRange& r : c.uids) first = std::min(first, raw(r.first));
    return ++rows <= kMaxTail;
  });
  if (rows > kMaxTail) return std::nullopt;
  return store::Uid(first - 1);
}

struct Sets {
  DocSet candidates;   // by what SEARCH can read itself
  DocSet attachments;  // by attachments' text: to be verified
};

std::optional<Sets> find_sets(const Xapian::Database& db, Field field, std::string_view needle) {
  const std::string folded = base::fold_search(needle);
  const NeedleWords words = needle_words(folded);
  if (words.words.empty() || folded.size() < kMinNeedle || folded.size() > kMaxNeedle) return std::nullopt;
  const Candidates find(db);
  Sets out{find.with(kPartial), DocSet(find.size())};
  const std::string_view fields = field == Field::subject ? "S" : field == Field::body ? "B" : "HB";
  for (const char f : fields) {
    const auto found = find.holding(f, words);
    if (!found) return std::nullopt;
    unite(out.candidates, *found);
  }
  if (field == Field::subject) return out;
  auto attached = find.holding(kAttachment, words);
  if (!attached) return std::nullopt;
  out.attachments = std::move(*attached);
  unite(out.attachments, find.with(kPartial));  // only some of their texts were indexed
  return out;
}

bool attachment_holds(const store::Snapshot& snapshot, store::AccountId account, store::MailboxId mailbox, store::Uid uid, std::string_view needle) {
  const auto m = snapshot.message(account, mailbox, uid);
  if (!m) return false;
  const auto texts = snapshot.texts(*m, std::size_t(64) << 20);
  if (!texts) throw store::Failure(texts.error());
  return std::any_of(texts->texts.begin(), texts->texts.end(), [&](const std::string& t) { return holds(t, needle); });
}

// Where the documents are now.
Proposal locate(const store::Snapshot& snapshot, store::AccountId account, store::MailboxId mailbox, const Sets& sets, std::string_view needle) {
  Proposal out;
  std::vector<store::Uid> verify;
  snapshot.for_each_hot(account, mailbox, store::Uid(1), store::kLastUid, [&](store::Uid uid, const store::HotRow& hot) {
    const auto id = raw(hot.email);
    const bool attached = id < sets.attachments.size() && sets.attachments[id] && (hot.derived & store::kHidden) == 0;
    if (attached) verify.push_back(uid);
    if (id < sets.candidates.size() && (sets.candidates[id] || sets.attachments[id])) out.candidates.push_back(uid);
    return true;
  });
  for (const store::Uid uid : verify)
    if (attachment_holds(snapshot, account, mailbox, uid, needle)) out.certain.push_back(uid);
  return out;
}

// Runs f over a ready database; nothing when there is none. A writer that overtakes the reader twice counts as "cannot say".
template <class F>
auto with_database(const std::string& path, const std::string& incarnation, bool& broken, F f) -> decltype(f(std::declval<const Xapian::Database&>())) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      const Xapian::Database db(path);
      if (!is_ready(db, incarnation)) {
        broken = db.get_metadata("state") != "building";
        return std::nullopt;
      }
      return f(db);
    } catch (const Xapian::DatabaseModifiedError&) {
      continue;
    } catch (const Xapian::Error& e) {
      broken = to_error(e).code() == base::Errc::corrupt;
      base::log_warn("index_unusable", {{"path", path}, {"error", to_error(e)}});
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Proposal> TextIndex::propose(store::AccountId account, store::MailboxId mailbox, Field field, std::string_view needle) const {
  // The checkpoint is read before the database is opened and the rows after: what the checkpoint promises is in the database.
  std::optional<store::JournalSeq> done;
  {
    const auto before = store_.snapshot();
    if (before) done = stored_checkpoint(*before);
  }
  if (!done) return std::nullopt;
  bool broken = false;
  auto out = with_database(database_path(directory_, account), store_.env().incarnation(), broken, [&](const Xapian::Database& db) -> std::optional<Proposal> {
    const auto sets = find_sets(db, field, needle);
    if (!sets) return std::nullopt;
    const auto snapshot = store_.snapshot();
    if (!snapshot) return std::nullopt;
    const auto box = snapshot->mailbox(account, mailbox);
    if (!box) return std::nullopt;
    const auto upto = indexed_up_to(*snapshot, account, *box, std::max(*done, checkpoint_of(db)));
    if (!upto) return std::nullopt;
    Proposal p = locate(*snapshot, account, mailbox, *sets, needle);
    p.indexed_up_to = *upto;
    return p;
  });
  if (broken) report(account);
  return out;
}

}  // namespace indexer
