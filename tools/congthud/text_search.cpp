#include "tools/congthud/text_search.hpp"

#include <chrono>
#include <set>
#include <thread>

#include "indexer/indexer.hpp"
#include "mime/summary.hpp"

namespace tools {
namespace {

imap::proto::NumberSet set_of(const std::vector<store::Uid>& uids) {
  imap::proto::NumberSet out;
  for (const store::Uid uid : uids) out.append(store::raw(uid));
  return out;
}

indexer::Field field_of(imap::TextIndex::Field field) {
  using From = imap::TextIndex::Field;
  if (field == From::subject) return indexer::Field::subject;
  return field == From::body ? indexer::Field::body : indexer::Field::text;
}

// Mail of the last moments is found too: the index batches by time, so a search may wait for its round.
constexpr std::chrono::milliseconds kIndexWait{5000};

admin::Json keywords_of(store::DerivedBits bits) {
  admin::Json out = admin::Json::array();
  for (const store::DerivedName& d : store::kDerivedNames)
    if ((bits & d.bit) != 0) out.push_back(d.name);
  return out;
}

std::optional<admin::Json> hit_json(const store::Snapshot& snapshot, store::AccountId account, const indexer::Hit& hit) {
  const auto message = snapshot.message(account, hit.mailbox, hit.uid);
  const auto mailbox = snapshot.mailbox(account, hit.mailbox);
  if (!message || !mailbox || (message->hot.derived & store::kHidden) != 0) return std::nullopt;
  admin::Json out = {{"mailbox", mailbox->name}, {"uid", store::raw(hit.uid)}, {"date", base::rfc3339(message->hot.internal_date)},
                     {"from", nullptr}, {"subject", nullptr}, {"keywords", keywords_of(message->hot.derived)}, {"preview", nullptr}};
  if (const auto summary = mime::SummaryView::open(message->detail.summary)) {
    const std::string_view name = summary->from(), address = summary->from_address();
    out["from"] = name.empty() || name == address ? std::string(address) : std::string(name) + " <" + std::string(address) + ">";
    out["subject"] = summary->subject();
    out["preview"] = summary->preview();
  }
  return out;
}

}  // namespace

std::optional<imap::TextIndex::Proposal> ImapTextIndex::propose(base::AccountId account, base::MailboxId mailbox, Field field,
                                                                std::string_view needle) {
  const auto found = index_.propose(account, mailbox, field_of(field), needle);
  if (!found) return std::nullopt;
  Proposal proposal;
  proposal.candidates = set_of(found->candidates);
  proposal.certain = set_of(found->certain);
  proposal.indexed_up_to = found->indexed_up_to;
  return proposal;
}

bool wait_for_index(const store::Store& store, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  std::optional<store::JournalSeq> wanted;
  for (;;) {
    const auto snapshot = store.snapshot();
    if (!snapshot) return false;
    if (!wanted) wanted = snapshot->journal_end();
    for (const store::Consumer& c : snapshot->consumers())
      if (c.name == indexer::kConsumer && c.done >= *wanted) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

base::Result<admin::Json> search_mail(const store::Store& store, const indexer::TextIndex& index, store::AccountId account,
                                      std::string_view query, std::size_t limit) {
  const bool current = wait_for_index(store, kIndexWait);
  const auto hits = index.search(account, query, limit);
  if (!hits) return hits.error();
  auto snapshot = store.snapshot();
  if (!snapshot) return snapshot.error();
  admin::Json results = admin::Json::array();
  for (const indexer::Hit& hit : *hits)
    if (auto row = hit_json(*snapshot, account, hit)) results.push_back(*std::move(row));
  const std::size_t total = results.size();
  return admin::Json{{"total", total}, {"indexed", current}, {"results", std::move(results)}};
}

base::Result<std::vector<store::Finding>> check_index(indexer::Indexer& index, bool repair) {
  std::vector<store::Finding> out;
  std::set<store::AccountId> behind;
  for (const indexer::AccountStatus& s : index.status())
    if (!s.ready || s.lag > 0) behind.insert(s.account);  // the tail that is not indexed is scanned by every search
  const auto found = index.check();
  if (!found) return found.error();
  for (const indexer::IndexFinding& f : *found) {
    if (behind.contains(f.account)) continue;
    if (repair) index.request_rebuild(f.account);
    store::Finding& added = out.emplace_back();
    added.code = "index_" + f.code;
    added.detail = "account " + std::to_string(raw(f.account)) + ": " + std::to_string(f.messages) + " messages";
  }
  return out;
}

}  // namespace tools
