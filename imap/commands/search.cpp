// SEARCH and UID SEARCH (RFC 9051 6.4.4, `$` of 6.4.4.1, MODSEQ of RFC 7162 3.1.5). A program that needs only rows of a usual
// mailbox is walked at once; everything else goes in slices through the reader pool.
#include <algorithm>

#include "imap/commands/commands.hpp"
#include "imap/search_scan.hpp"

namespace imap::commands {
namespace {

// Only the first hit is asked for: the scan may end there.
bool first_is_enough(const proto::SearchReturn& r) { return r.asked && r.min && !r.max && !r.all && !r.count; }

// RFC 9051 6.4.4.4: SAVE with MIN or MAX and neither ALL nor COUNT keeps just those messages.
proto::NumberSet to_save(const proto::SearchReturn& r, const proto::NumberSet& hits) {
  if (hits.empty() || r.all || r.count || (!r.min && !r.max)) return hits;
  proto::NumberSet kept;
  if (r.min) kept.insert(hits.min());
  if (r.max) kept.insert(hits.max());
  return kept;
}

// RFC 7162 3.1.10: of the messages that the answer names.
store::ModSeq told_mod_seq(const proto::SearchReturn& r, const SearchHits& hits) {
  if (r.all || r.count || (!r.min && !r.max)) return hits.highest;
  return std::max(r.min ? hits.first : store::ModSeq{}, r.max ? hits.last : store::ModSeq{});
}

void answer(Session& s, const proto::Search& c, const SearchScan& scan) {
  const SearchHits& hits = scan.hits();
  const proto::NumberSet numbers = c.uid ? hits.uids : s.selected().view.to_seqs(hits.uids);
  proto::SearchReturn r = c.returns;
  if (!r.asked) r.all = true;
  std::optional<base::ModSeq> mod_seq;
  if (scan.plan().uses_mod_seq() && !hits.uids.empty()) mod_seq = told_mod_seq(r, hits);
  // RFC 9051 7.3.4: IMAP4rev2 knows only ESEARCH.
  if (!r.asked && !s.rev2()) return proto::search(s.out(), numbers, mod_seq);
  // RFC 5182 2.1: with SAVE alone nothing is told.
  if (r.min || r.max || r.all || r.count) proto::esearch(s.out(), s.tag(), c.uid, r, numbers, mod_seq);
}

}  // namespace

Task<Reply> search(Session& s, const proto::Search& c) {
  Selected& box = s.selected();
  const SearchPlan::Context context{s.account(), box.view, box.flags, base::system_clock().now()};
  auto plan = SearchPlan::make(c.program, context);
  if (!plan) co_return bad(plan.error().detail());
  if (plan->uses_mod_seq()) s.enable_condstore();
  SearchScan scan(std::move(*plan), s.account(), box.id, first_is_enough(c.returns));
  base::Result<bool> done = false;
  if (scan.is_cheap()) {
    while (done && !*done) done = scan.run_slice(s.store());
  } else {
    const auto slice = [&] { return scan.run_slice(s.store()); };
    TextIndex* const index = s.backend().text_index();
    const auto ask = [&] { scan.ask(*index); };
    // Without its proposals the scan reads more and finds the same.
    if (index != nullptr && scan.plan().cost() != SearchCost::row) (void)co_await s.blocking(ask);
    while (done && !*done) done = co_await s.blocking(slice);
  }
  if (!done) {
    if (c.returns.save) box.view.save_search({});  // RFC 9051 6.4.4.1: a SEARCH that ends in NO empties `$`
    co_return refusal(done.error(), s.peer().id);
  }
  answer(s, c, scan);
  if (c.returns.save) box.view.save_search(to_save(c.returns, scan.hits().uids));
  co_return ok("Searched.");
}

}  // namespace imap::commands
