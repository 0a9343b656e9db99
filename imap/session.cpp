#include "imap/session.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/log.hpp"
#include "imap/capabilities.hpp"
#include "imap/commands/dispatch.hpp"
#include "imap/proto/parse.hpp"

namespace imap {
namespace {

using base::Errc;
using base::raw;

constexpr std::size_t kTellWindow = 500;  // FETCH (FLAGS) lines made under one snapshot

}  // namespace

Reply refusal(const base::Error& error, std::string_view connection_id) {
  switch (error.code()) {
    case Errc::not_found: return no("No such mailbox.", "NONEXISTENT");
    case Errc::exists: return no("There is one already.", "ALREADYEXISTS");
    case Errc::denied:
    case Errc::invalid:
    case Errc::unsupported: return no("Not possible here.", "CANNOT");
    case Errc::conflict: return no("Changed meanwhile; try again.", "INUSE");
    case Errc::limit: return no("A limit of this server was reached.", "LIMIT");
    case Errc::over_quota: return no("Over quota.", "OVERQUOTA");
    case Errc::unavailable:
    case Errc::timed_out:
      base::log_warn("imap_unavailable", {{"conn", connection_id}, {"error", error}});
      return no("Cannot be done now; try again later.", "UNAVAILABLE");
    default: break;
  }
  base::log_error("imap_failed", {{"conn", connection_id}, {"error", error}});
  return no("Internal error; the log of the server says more.", "SERVERBUG");
}

Session::Session(store::Store& store, Backend& backend, const Settings& settings, Peer peer)
    : store_(store), backend_(backend), settings_(settings), peer_(std::move(peer)) {}

Session::~Session() = default;

store::Snapshot Session::snapshot() const {
  auto taken = store_.snapshot();
  if (!taken) throw StoreAway(taken.error());
  return std::move(*taken);
}

// --- the command that runs ------------------------------------------------------------------------------------------------

void Session::greet() {
  const std::string code = "CAPABILITY " + capability_text(*this);
  proto::status_line(out_, "*", proto::Condition::ok, code, settings_.hostname + " ready.");
}

void Session::begin(std::string_view text, std::vector<std::string> messages, bool pipelined) {
  pipelined_ = pipelined;
  text_.assign(text);
  messages_ = std::move(messages);
  running_ = true;
  wait_ = {};
  command_ = run(text_);
  command_.start();
  after_step();
}

void Session::resume() {
  const auto handle = std::exchange(parked_, nullptr);
  wait_ = {};
  handle.resume();
  after_step();
}

void Session::after_step() {
  if (!command_.done()) return;
  running_ = false;
  Task<> ended = std::move(command_);
  messages_.clear();
  ended.result();  // rethrows: the connection ends
}

Task<> Session::run(std::string_view text) {
  proto::Limits limits;
  limits.utf8 = utf8();
  const auto request = proto::parse(text, limits);
  if (!request) {
    const Reply reply = parse_refusal(request.error());
    refuse(text, reply.condition, reply.code, reply.text);
    co_return;
  }
  tag_ = request->tag.str();
  Reply reply;
  if (auto wrong = wrong_state(state_, request->command)) {
    reply = std::move(*wrong);
    ++failures;
  } else {
    try {
      reply = co_await dispatch(*this, request->command, std::move(messages_));
    } catch (const StoreAway& away) {
      reply = refusal(away.error(), peer_.id);
    }
  }
  if (state_ == State::selected) {
    const Tell tell = tell_after(request->command);
    co_await update(tell);
  }
  proto::status_line(out_, tag_, reply.condition, reply.code, reply.text);
  if (failures > settings_.max_failures) say_bye("Too many errors.");
}

void Session::refuse(std::string_view text, proto::Condition condition, std::string_view code, std::string_view why) {
  proto::status_line(out_, proto::tag_of(text), condition, code, why);
  if (++failures > settings_.max_failures) say_bye("Too many errors.");
}

std::optional<Reply> Session::early_refusal(std::string_view text) const {
  proto::Limits limits;
  limits.utf8 = utf8();
  const auto request = proto::parse(text, limits);
  if (!request) return parse_refusal(request.error());
  if (auto wrong = wrong_state(state_, request->command)) return wrong;
  const auto* append = std::get_if<proto::Append>(&request->command);
  if (!append) return std::nullopt;
  const auto look = store_.snapshot();
  if (!look) return refusal(look.error(), peer_.id);
  if (!look->mailbox(account(), append->mailbox.str())) return no("No such mailbox.", "TRYCREATE");
  return std::nullopt;
}

// --- state -----------------------------------------------------------------------------------------------------------------

void Session::authenticated(User user) {
  user_ = std::move(user);
  user_.credential.reset();
  state_ = State::authenticated;
  just_logged_in_ = true;
  failures = 0;
}

void Session::started_tls() {
  // RFC 9051 11.1: what was said before must not count.
  peer_.tls = true;
  tls_requested_ = false;
  state_ = State::not_authenticated;
  failures = 0;
  out_.clear();
}

void Session::select(std::unique_ptr<Selected> selected) {
  selected_ = std::move(selected);
  state_ = State::selected;
  auto notify = on_change;
  if (!notify) return;
  subscription_ = store_.bus().subscribe(account(), selected_->id, [notify](const store::Hint&) { notify(); });
}

void Session::unselect() {
  subscription_.reset();
  selected_.reset();
  if (state_ == State::selected) state_ = State::authenticated;
}

// --- changes made by others ------------------------------------------------------------------------------------------------

void Session::sync() {
  Selected& s = *selected_;
  if (s.gone) return;
  const store::Snapshot snap = snapshot();
  const auto now = snap.mailbox(account(), s.id);
  if (!now) {
    s.gone = true;
    s.view.mark_expunged(s.view.uids());
    return;
  }
  if (now->highest_modseq == s.synced) return;
  pull_expunges(snap, *now);
  pull_changes(snap, *now);
  s.synced = now->highest_modseq;
  s.uid_next = now->uid_next;
  s.own.clear();
}

void Session::pull_expunges(const store::Snapshot& snap, const store::Mailbox& now) {
  Selected& s = *selected_;
  if (s.synced >= now.expunge_floor) {
    std::vector<proto::Range> gone;
    snap.expunged_since(account(), s.id, s.synced, [&](store::Uid uid, store::ModSeq) {
      gone.push_back({raw(uid), raw(uid)});
      return true;
    });
    if (!gone.empty()) s.view.mark_expunged(proto::NumberSet::of(std::move(gone)));
    return;
  }
  // The log does not reach back so far: whatever is not there is gone.
  proto::NumberSet there;
  snap.for_each_hot(account(), s.id, store::Uid(1), store::kLastUid, [&](store::Uid uid, const store::HotRow&) {
    there.append(raw(uid));
    return true;
  });
  s.view.mark_expunged(s.view.uids().minus(there));
}

void Session::pull_changes(const store::Snapshot& snap, const store::Mailbox&) {
  Selected& s = *selected_;
  std::vector<proto::Range> fresh, changed, hidden;
  snap.changed_since(account(), s.id, s.synced, [&](store::Uid uid, store::ModSeq modseq) {
    const proto::Range one{raw(uid), raw(uid)};
    const bool is_new = uid >= s.uid_next;
    if (!is_new && std::find(s.own.begin(), s.own.end(), modseq) != s.own.end()) return true;
    const auto row = snap.hot(account(), s.id, uid);
    if (row && (row->derived & store::kHidden)) hidden.push_back(one);
    else if (is_new) fresh.push_back(one);
    else changed.push_back(one);
    return true;
  });
  // Named: C++20 does not keep a temporary alive whose member a range-for walks.
  const proto::NumberSet added = proto::NumberSet::of(std::move(fresh)), touched = proto::NumberSet::of(std::move(changed));
  for (const proto::Range& r : added.ranges()) s.view.add_new(r);
  if (!hidden.empty()) s.view.mark_expunged(proto::NumberSet::of(std::move(hidden)));  // CONTRACT.md 3: a late stamp hides at once
  for (const proto::Range& r : touched.ranges()) s.changed.insert(r);
}

Task<bool> Session::update(Tell tell) {
  try {
    sync();
    Selected& s = *selected_;
    if (tell == Tell::all && s.view.has_pending_expunges()) s.view.take_expunges([this](std::uint32_t seq) { proto::expunge(out_, seq); });
    if (const auto n = s.view.take_exists()) proto::exists(out_, *n);
    while (!s.changed.empty()) {
      tell_flags(kTellWindow);
      co_await flush_if_full();
    }
    co_return true;
  } catch (const StoreAway& away) {
    base::log_warn("imap_unavailable", {{"conn", peer_.id}, {"error", away.error()}});
  }
  co_return false;
}

void Session::tell_flags(std::size_t at_most) {
  Selected& s = *selected_;
  const store::Snapshot snap = snapshot();
  proto::NumberSet done;
  const auto tell_one = [&](store::Uid uid) {
    const std::uint32_t seq = s.view.seq_of(uid);
    const auto row = seq == 0 || s.view.is_expunged(uid) ? std::nullopt : snap.hot(account(), s.id, uid);
    if (!row) return;
    if (!s.flags.knows(row->keywords)) {
      s.flags = FlagNames(snap.keywords(account(), s.id));
      tell_flag_names(out_, snap.keywords(account(), s.id));
    }
    FlagNames::Buffer buffer;
    proto::FetchWriter writer(out_, seq);
    writer.uid(uid).flags(s.flags.names(*row, buffer));
    if (condstore_) writer.mod_seq(row->modseq);
    writer.end();
  };
  for (const proto::Range& r : s.changed.ranges()) {
    for (std::uint64_t uid = r.first; uid <= r.last && at_most > 0; ++uid, --at_most) {
      tell_one(store::Uid(uid));
      done.append(std::uint32_t(uid));
    }
    if (at_most == 0) break;
  }
  s.changed = s.changed.minus(done);
}

}  // namespace imap
