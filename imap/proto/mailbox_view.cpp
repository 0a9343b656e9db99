#include "imap/proto/mailbox_view.hpp"

#include <algorithm>

namespace imap::proto {

MailboxView::Runs::const_iterator MailboxView::run_of_uid(std::uint32_t uid) const {
  return std::lower_bound(runs_.begin(), runs_.end(), uid, [](const Run& r, std::uint32_t u) { return r.last < u; });
}

MailboxView::Runs::const_iterator MailboxView::run_of_seq(std::uint32_t seq) const {
  return std::upper_bound(runs_.begin(), runs_.end(), seq, [](std::uint32_t s, const Run& r) { return s < r.seq; }) - 1;
}

base::Uid MailboxView::uid_of(std::uint32_t seq) const {
  if (seq == 0 || seq > count_) return base::Uid{0};
  const auto r = run_of_seq(seq);
  return base::Uid(r->first + (seq - r->seq));
}

std::uint32_t MailboxView::seq_of(base::Uid uid) const {
  const std::uint32_t u = base::raw(uid);
  const auto r = run_of_uid(u);
  return r == runs_.end() || r->first > u ? 0 : r->seq + (u - r->first);
}

NumberSet MailboxView::uids() const {
  NumberSet out;
  for (const Run& r : runs_) out.append(Range{r.first, r.last});
  return out;
}

void MailboxView::append(const NumberSet& uids) {
  for (const Range& r : uids.ranges()) {
    if (!runs_.empty() && std::uint64_t(runs_.back().last) + 1 == r.first)
      runs_.back().last = r.last;
    else
      runs_.push_back(Run{r.first, r.last, count_ + 1});
    count_ += std::uint32_t(r.count());
  }
}

void MailboxView::add_new(Range uids) {
  const std::uint32_t known_up_to = std::max(last_uid(), new_.max());
  if (uids.last <= known_up_to) return;
  new_.append(Range{std::max(uids.first, known_up_to + 1), uids.last});
}

void MailboxView::mark_expunged(const NumberSet& uids) {
  if (!new_.empty()) new_ = new_.minus(uids);
  const NumberSet gone = known(uids);
  if (expunged_.empty()) {
    expunged_ = gone;
  } else {
    for (const Range& r : gone.ranges()) expunged_.insert(r);
  }
}

std::optional<std::uint32_t> MailboxView::take_exists() {
  if (new_.empty()) return std::nullopt;
  append(new_);
  new_.clear();
  return count_;
}

NumberSet MailboxView::take_expunges(const std::function<void(std::uint32_t)>& tell) {
  if (expunged_.empty()) return {};
  if (tell) {
    const NumberSet seqs = to_seqs(expunged_);
    for (auto r = seqs.ranges().rbegin(); r != seqs.ranges().rend(); ++r)
      for (std::uint32_t s = r->last; s >= r->first; --s) tell(s);  // first >= 1, so s does not wrap
  }
  remove(expunged_);
  saved_ = saved_.minus(expunged_);
  return std::exchange(expunged_, {});
}

void MailboxView::remove(const NumberSet& uids) {
  const NumberSet left = this->uids().minus(uids);
  runs_.clear();
  count_ = 0;
  append(left);
}

NumberSet MailboxView::known(const NumberSet& uids) const {
  NumberSet out;
  for (const Range& want : uids.ranges())
    for (auto r = run_of_uid(want.first); r != runs_.end() && r->first <= want.last; ++r)
      out.append(Range{std::max(r->first, want.first), std::min(r->last, want.last)});
  return out;
}

NumberSet MailboxView::to_seqs(const NumberSet& uids) const {
  NumberSet out;
  for (const Range& want : uids.ranges())
    for (auto r = run_of_uid(want.first); r != runs_.end() && r->first <= want.last; ++r)
      out.append(Range{r->seq + (std::max(r->first, want.first) - r->first), r->seq + (std::min(r->last, want.last) - r->first)});
  return out;
}

NumberSet MailboxView::uids_at(const NumberSet& seqs) const {
  NumberSet out;
  for (Range want : seqs.ranges()) {
    for (auto r = run_of_seq(want.first); r != runs_.end() && want.first <= want.last; ++r) {
      const std::uint32_t first = r->first + (want.first - r->seq);
      const std::uint32_t take = std::min(r->last - first, want.last - want.first);
      out.append(Range{first, first + take});
      want.first += take + 1;
    }
  }
  return out;
}

base::Result<NumberSet> MailboxView::resolve_seq(const SequenceSet& set) const {
  if (set.is_saved()) return known(saved_);
  // A number that was never announced is an error; ranges with "*" always fit (clients ask for 1:* of an empty mailbox).
  if (set.highest_number() > count_)
    return base::fail(base::Errc::invalid, "no such message");
  return uids_at(set.resolve(count_));
}

NumberSet MailboxView::resolve_uid(const SequenceSet& set) const {
  return known(set.is_saved() ? saved_ : set.resolve(last_uid()));
}

}  // namespace imap::proto
