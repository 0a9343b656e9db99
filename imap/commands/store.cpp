// STORE and UID STORE (RFC 9051 6.4.6, UNCHANGEDSINCE of RFC 7162 3.1.3), in slices of one commit each. Derived keywords
// (CONTRACT.md 2) can be neither set nor cleared: the store leaves them out, the answer shows what holds.
#include <algorithm>

#include "imap/capabilities.hpp"
#include "imap/commands/commands.hpp"
#include "imap/commands/message_sets.hpp"
#include "imap/system_flags.hpp"

namespace imap::commands {
namespace {

store::FlagMode mode_of(proto::Store::Mode mode) {
  switch (mode) {
    case proto::Store::Mode::add: return store::FlagMode::add;
    case proto::Store::Mode::remove: return store::FlagMode::remove;
    case proto::Store::Mode::replace: break;
  }
  return store::FlagMode::set;
}

store::SetFlags operation(Session& s, const proto::Store& c) {
  store::SetFlags op;
  op.account = s.account();
  op.mailbox = s.selected().id;
  op.mode = mode_of(c.mode);
  op.unchanged_since = c.unchanged_since;
  for (const proto::Flag& f : c.flags) {
    if (f.is_keyword()) op.keywords.push_back(f.str());
    else op.flags |= bit_of(f.system());
  }
  return op;
}

// RFC 9051 7.3.5: FLAGS names what may be used; a keyword made by this STORE is told before the messages that bear it.
void tell_new_keywords(Session& s, const store::SetFlags& op) {
  Selected& box = s.selected();
  const auto unknown = [&](const std::string& k) {
    const FlagNames::Bits bits = box.flags.find(k);
    return bits.keyword == 0 && bits.derived == 0;
  };
  if (!std::any_of(op.keywords.begin(), op.keywords.end(), unknown)) return;
  const auto keywords = s.snapshot().keywords(s.account(), box.id);
  box.flags = FlagNames(keywords);
  tell_flag_names(s.out(), keywords);
}

void tell(Session& s, const proto::Store& c, const store::FlagState& state) {
  Selected& box = s.selected();
  // RFC 7162 3.1.3: with CONDSTORE in use MODSEQ is told even where .SILENT spares the flags.
  const bool flags = !c.silent, mod_seq = s.condstore() && (state.changed || flags);
  const std::uint32_t seq = box.view.seq_of(state.uid);
  if ((!flags && !mod_seq) || seq == 0 || (state.derived & store::kHidden) != 0) return;
  proto::FetchWriter w(s.out(), seq);
  if (c.uid) w.uid(state.uid);
  FlagNames::Buffer buffer;
  if (flags) w.flags(box.flags.names(state.flags, state.keywords, state.derived, buffer));
  if (mod_seq) w.mod_seq(state.modseq);
  w.end();
}

// Whether the operation reads a message that was not: what already bears \Seen is no new reading.
bool marks_read(Session& s, const store::SetFlags& op, const std::vector<store::Uid>& uids) {
  if ((op.flags & store::kSeen) == 0 || op.mode == store::FlagMode::remove) return false;
  const store::Snapshot snapshot = s.snapshot();
  return std::any_of(uids.begin(), uids.end(), [&](store::Uid uid) {
    const auto row = snapshot.hot(s.account(), s.selected().id, uid);
    return row && (row->flags & store::kSeen) == 0;
  });
}

Reply reply(Session& s, const proto::Store& c, const proto::NumberSet& modified, bool missing) {
  if (!modified.empty()) {
    proto::Out code;
    code.raw("MODIFIED ").set(c.uid ? modified : s.selected().view.to_seqs(modified));
    return ok("Conditional STORE failed.", code.take());
  }
  if (missing && !c.uid) return no("Some of the messages are gone.", "EXPUNGEISSUED");
  return ok("Stored.");
}

}  // namespace

Task<Reply> store(Session& s, const proto::Store& c) {
  if (s.selected().read_only) co_return no("The mailbox is open for reading only.", "READ-ONLY");
  auto uids = resolve(s.selected().view, c.set, c.uid);
  if (!uids) co_return bad(uids.error().detail());
  if (c.unchanged_since) s.enable_condstore();
  const Present found = co_await find_present(s, s.selected().id, *uids);
  const store::SetFlags pattern = operation(s, c);
  proto::NumberSet modified;
  bool missing = found.missing;
  for (auto& slice : store::slices(found.uids, kFlagSlice)) {
    store::SetFlags op = pattern;
    const std::size_t asked = slice.size();
    const bool unread = marks_read(s, pattern, slice);
    op.uids = std::move(slice);
    const auto done = co_await s.commit(std::move(op));
    if (!done) co_return refusal(done.error(), s.peer().id);
    missing = missing || done->states.size() + done->modified.size() < asked;
    for (const store::Uid uid : done->modified) modified.append(base::raw(uid));
    tell_new_keywords(s, pattern);
    store::ModSeq own{};
    for (const store::FlagState& state : done->states) {
      if (state.changed) own = state.modseq;
      tell(s, c, state);
    }
    if (unread) s.backend().newly_read(s.account());
    s.note_own(own);
    co_await s.flush_if_full();
  }
  co_return reply(s, c, modified, missing);
}

}  // namespace imap::commands
