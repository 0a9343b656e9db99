// FETCH and UID FETCH (RFC 9051 6.4.5, 6.4.9; CHANGEDSINCE of RFC 7162 3.1.4). Messages go out in windows: a window ends with its
// read transaction before anything is flushed; bodies beyond 64 KiB are read in pieces on the reader pool. \Seen is set before a
// window of at most kWindow messages is answered, in one commit, so that the answer shows it.
#include <algorithm>

#include "base/log.hpp"
#include "imap/capabilities.hpp"
#include "imap/commands/commands.hpp"
#include "imap/commands/message_sets.hpp"
#include "imap/fetch_message.hpp"

namespace imap::commands {
namespace {

using proto::Range;

constexpr std::uint64_t kWindow = 256;          // messages
constexpr std::uint64_t kPiece = 128 * 1024;    // of a large body, read at once

class Fetcher {
 public:
  Fetcher(Session& s, const proto::Fetch& c, proto::NumberSet uids)
      : s_(s), box_(s.selected()), plan_(c.items, {c.uid, c.changed_since.has_value()}), uid_command_(c.uid), todo_(std::move(uids)),
        context_{s.account(), box_.flags} {}

  Task<Reply> run();

 private:
  enum class Stop : unsigned char { end, full, body, pool };

  bool next_chunk();
  Task<> mark_seen();
  Task<> body();  // of the message that writer_ stopped in, to its end
  Stop window();
  Stop details(const store::Snapshot& snapshot, Range range);
  Stop rows(const store::Snapshot& snapshot, Range range);
  Stop tombstones(const store::Snapshot& snapshot, std::uint64_t& next, std::uint64_t end);
  Stop message(const store::Snapshot& snapshot, const store::MessageView& m);
  Stop step(const store::Snapshot& snapshot, const store::MessageView& m);
  Stop on_pool();
  base::Result<void> piece();
  store::MessageView find(const store::Snapshot& snapshot) const;
  void failed(const base::Error& error);
  Reply reply() const;

  Session& s_;
  Selected& box_;
  FetchPlan plan_;
  bool uid_command_;
  proto::NumberSet todo_;
  FetchContext context_;
  std::size_t todo_range_ = 0;
  std::uint64_t todo_next_ = 0;
  std::vector<Range> chunk_;
  std::size_t range_ = 0;
  std::uint64_t next_ = 0;          // UID to go on from inside the chunk
  proto::NumberSet just_seen_;
  store::Uid current_{};            // of writer_
  std::optional<MessageWriter> writer_;
  std::optional<BodyStream> stream_;
  bool missing_ = false, undecodable_ = false, damaged_ = false;
};

bool Fetcher::next_chunk() {
  chunk_.clear();
  range_ = 0;
  next_ = 0;
  just_seen_.clear();
  std::uint64_t room = kWindow;
  const auto& ranges = todo_.ranges();
  while (todo_range_ < ranges.size() && room > 0) {
    Range r = ranges[todo_range_];
    r.first = std::uint32_t(std::max<std::uint64_t>(r.first, todo_next_));
    if (r.count() > room) r.last = std::uint32_t(r.first + room - 1);
    room -= r.count();
    todo_next_ = std::uint64_t(r.last) + 1;
    if (r.last == ranges[todo_range_].last) ++todo_range_;
    chunk_.push_back(r);
  }
  return !chunk_.empty();
}

// RFC 9051 6.4.5: "The \Seen flag is implicitly set; if this causes the flags to change, they SHOULD be included".
Task<> Fetcher::mark_seen() {
  store::SetFlags op;
  {
    const store::Snapshot snapshot = s_.snapshot();
    for (const Range& r : chunk_)
      snapshot.for_each_hot(s_.account(), box_.id, store::Uid(r.first), store::Uid(r.last), [&](store::Uid uid, const store::HotRow& row) {
        if ((row.flags & store::kSeen) == 0 && (row.derived & store::kHidden) == 0) op.uids.push_back(uid);
        return true;
      });
  }
  if (op.uids.empty()) co_return;
  op.account = s_.account();
  op.mailbox = box_.id;
  op.mode = store::FlagMode::add;
  op.flags = store::kSeen;
  const auto done = co_await s_.commit(std::move(op));
  if (!done) co_return;  // reading goes on though the flag could not be kept
  for (const store::FlagState& state : done->states) {
    if (!state.changed) continue;
    if (just_seen_.empty()) s_.note_own(state.modseq);
    just_seen_.append(base::raw(state.uid));
  }
  if (!just_seen_.empty()) s_.backend().newly_read(s_.account());
}

Fetcher::Stop Fetcher::window() {
  const store::Snapshot snapshot = s_.snapshot();
  while (range_ < chunk_.size()) {
    Range r = chunk_[range_];
    if (next_ > r.last) {
      ++range_;
      continue;
    }
    r.first = std::uint32_t(std::max<std::uint64_t>(r.first, next_));
    const Stop stop = plan_.needs_detail() ? details(snapshot, r) : rows(snapshot, r);
    if (stop != Stop::end) return stop;
    next_ = std::uint64_t(r.last) + 1;
  }
  return Stop::end;
}

Fetcher::Stop Fetcher::details(const store::Snapshot& snapshot, Range range) {
  Stop stop = Stop::end;
  std::uint64_t expected = range.first;
  snapshot.for_each_message(s_.account(), box_.id, store::Uid(range.first), store::Uid(range.last), [&](const store::MessageView& m) {
    stop = tombstones(snapshot, expected, base::raw(m.uid));
    if (stop == Stop::end) stop = message(snapshot, m);
    ++expected;
    return stop == Stop::end;
  });
  return stop == Stop::end ? tombstones(snapshot, expected, std::uint64_t(range.last) + 1) : stop;
}

Fetcher::Stop Fetcher::rows(const store::Snapshot& snapshot, Range range) {
  Stop stop = Stop::end;
  std::uint64_t expected = range.first;
  store::MessageView m;
  m.mailbox = box_.id;
  snapshot.for_each_hot(s_.account(), box_.id, store::Uid(range.first), store::Uid(range.last), [&](store::Uid uid, const store::HotRow& row) {
    stop = tombstones(snapshot, expected, base::raw(uid));
    m.uid = uid;
    m.hot = row;
    if (stop == Stop::end) stop = message(snapshot, m);
    ++expected;
    return stop == Stop::end;
  });
  return stop == Stop::end ? tombstones(snapshot, expected, std::uint64_t(range.last) + 1) : stop;
}

// UIDs of the view that are in no row: expunged by somebody, not told yet, still readable (RFC 9051 7.5.1).
Fetcher::Stop Fetcher::tombstones(const store::Snapshot& snapshot, std::uint64_t& next, std::uint64_t end) {
  for (; next < end; ++next) {
    const auto grave = snapshot.tombstone(s_.account(), box_.id, store::Uid(next));
    if (!grave) missing_ = true;
    const Stop stop = grave ? message(snapshot, grave->message) : Stop::end;
    if (stop != Stop::end) return stop;
  }
  return Stop::end;
}

Fetcher::Stop Fetcher::message(const store::Snapshot& snapshot, const store::MessageView& m) {
  current_ = m.uid;
  next_ = std::uint64_t(base::raw(m.uid)) + 1;
  const std::uint32_t seq = box_.view.seq_of(m.uid);
  if (seq == 0 || (m.hot.derived & store::kHidden) != 0) return Stop::end;  // a late secrecy stamp: shown to nobody
  if (!box_.flags.knows(m.hot.keywords)) {
    const auto keywords = snapshot.keywords(s_.account(), box_.id);
    box_.flags = FlagNames(keywords);
    tell_flag_names(s_.out(), keywords);
  }
  writer_.emplace(plan_, context_, s_.out(), seq, just_seen_.contains(base::raw(m.uid)));
  if (plan_.decodes() && m.hot.size > kInlineBody) return Stop::pool;
  return step(snapshot, m);
}

Fetcher::Stop Fetcher::step(const store::Snapshot& snapshot, const store::MessageView& m) {
  const auto read = [&](mime::ByteRange range, store::FunctionRef<bool(std::string_view)> sink) {
    return snapshot.read(s_.account(), m, range, sink);
  };
  const FetchSource source{m, read};
  auto large = writer_->step(source);
  if (!large) {
    failed(large.error());
    return Stop::end;
  }
  if (*large) {
    stream_.emplace(**large);
    return Stop::body;
  }
  return s_.out().size() > Session::kFull ? Stop::full : Stop::end;
}

// Where the current message is now: it may have been expunged since the last window.
store::MessageView Fetcher::find(const store::Snapshot& snapshot) const {
  if (auto m = snapshot.message(s_.account(), box_.id, current_)) return *m;
  if (auto grave = snapshot.tombstone(s_.account(), box_.id, current_)) return grave->message;
  throw store::Failure(base::fail(base::Errc::not_found, "a message was purged while it was sent"));
}

Fetcher::Stop Fetcher::on_pool() {
  const store::Snapshot snapshot = s_.snapshot();
  return step(snapshot, find(snapshot));
}

base::Result<void> Fetcher::piece() {
  const store::Snapshot snapshot = s_.snapshot();
  const store::MessageView m = find(snapshot);
  const auto read = [&](mime::ByteRange range, store::FunctionRef<bool(std::string_view)> sink) {
    return snapshot.read(s_.account(), m, range, sink);
  };
  return stream_->write(s_.out(), read, kPiece);
}

// A response that has begun promised octets that do not come: only the end of the connection is honest then.
void Fetcher::failed(const base::Error& error) {
  if (writer_->started()) throw store::Failure(error);
  if (error.code() == base::Errc::unsupported) {
    undecodable_ = true;
    return;
  }
  damaged_ = true;
  base::log_error("imap.fetch_damaged", {{"conn", s_.peer().id}, {"uid", base::raw(current_)}, {"error", error.detail()}});
}

Task<> Fetcher::body() {
  const auto work = [this] { return piece(); };
  const auto rest = [this] { return on_pool(); };
  while (stream_) {
    while (!stream_->done()) {
      const auto done = co_await s_.blocking(work);
      if (!done) throw store::Failure(done.error());
      co_await s_.flush_if_full();
    }
    stream_.reset();
    const auto stopped = co_await s_.blocking(rest);
    if (!stopped) throw store::Failure(stopped.error());
    co_await s_.flush_if_full();
  }
}

Task<Reply> Fetcher::run() {
  while (next_chunk()) {
    if (plan_.sets_seen() && !box_.read_only) co_await mark_seen();
    for (Stop stop = window(); stop != Stop::end; stop = window()) {
      if (stop == Stop::pool) {
        const auto rest = [this] { return on_pool(); };
        const auto stopped = co_await s_.blocking(rest);
        if (!stopped) throw store::Failure(stopped.error());
        stop = *stopped;
      }
      if (stop == Stop::body) co_await body();
      co_await s_.flush_if_full();
    }
    co_await s_.flush_if_full();
  }
  co_return reply();
}

Reply Fetcher::reply() const {
  if (undecodable_) return no("A part's transfer encoding is unknown.", "UNKNOWN-CTE");
  if (damaged_) return no("Some messages cannot be read.", "SERVERBUG");
  if (missing_ && !uid_command_) return no("Some of the messages are gone.", "EXPUNGEISSUED");  // RFC 5530 3
  return ok("Fetched.");
}

proto::NumberSet changed_since(Session& s, store::ModSeq since) {
  std::vector<Range> uids;
  s.snapshot().changed_since(s.account(), s.selected().id, since, [&](store::Uid uid, store::ModSeq) {
    uids.push_back({base::raw(uid), base::raw(uid)});
    return true;
  });
  return proto::NumberSet::of(std::move(uids));
}

}  // namespace

Task<Reply> fetch(Session& s, const proto::Fetch& c) {
  if (c.vanished) co_return bad("VANISHED needs QRESYNC.");  // RFC 7162 3.2.6
  auto uids = resolve(s.selected().view, c.set, c.uid);
  if (!uids) co_return bad(uids.error().detail());
  const auto asks_mod_seq = [](const proto::FetchItem& i) { return i.kind == proto::FetchItem::Kind::mod_seq; };
  // RFC 7162 3.1: both are CONDSTORE-enabling.
  if (c.changed_since || std::any_of(c.items.begin(), c.items.end(), asks_mod_seq)) s.enable_condstore();
  if (c.changed_since) *uids = uids->intersect(changed_since(s, *c.changed_since));
  Fetcher fetcher(s, c, std::move(*uids));
  co_return co_await fetcher.run();
}

}  // namespace imap::commands
