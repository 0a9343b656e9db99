#include "tools/transfer/imap_source.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace transfer {
namespace {

constexpr std::size_t kWindow = 500;                  // messages whose flags, date and size are asked for at once
constexpr std::uint64_t kBodyBytes = 8u << 20;        // of bodies in one FETCH, but for one that is larger alone
constexpr std::size_t kBodyMessages = 100;

// By names of one case only where IMAP says so (RFC 9051 5.1).
std::string inbox_name(std::string name) {
  if (base::istarts_with(name, "INBOX") && (name.size() == 5 || name[5] == '/')) name.replace(0, 5, "INBOX");
  return name;
}

}  // namespace

ImapSource::~ImapSource() {
  if (client_) client_->logout();
}

std::string ImapSource::place(std::uint32_t uid) const { return options_.origin + "/" + boxes_[box_].name + ", UID " + std::to_string(uid); }

Result<std::unique_ptr<Source>> ImapSource::open(ImapSourceOptions options) {
  auto out = std::unique_ptr<ImapSource>(new ImapSource(std::move(options)));
  if (auto connected = out->connect(); !connected) return connected.error();
  if (auto found = out->find_mailboxes(); !found) return found.error();
  return std::unique_ptr<Source>(std::move(out));
}

Result<void> ImapSource::connect() {
  client_.reset();
  box_open_ = false;
  auto wire = options_.connect();
  if (!wire) return wire.error();
  ImapLimits limits;
  limits.literal = options_.limits.message;
  auto client = std::make_unique<ImapClient>(*std::move(wire), limits);
  if (auto done = client->login(options_.login); !done) return done;
  client_ = std::move(client);
  return {};
}

bool ImapSource::wanted(const std::string& name) const {
  const auto below = [&](const std::string& above) { return name == above || name.starts_with(above + "/"); };
  if (std::any_of(options_.skip.begin(), options_.skip.end(), below)) return false;
  return options_.only.empty() || std::any_of(options_.only.begin(), options_.only.end(), below);
}

Result<void> ImapSource::find_mailboxes() {
  const auto listed = client_->list(options_.limits.folders);
  if (!listed) return listed.error();
  for (const ImapListed& l : *listed) {
    const std::string name = inbox_name(l.name);
    if (!name.empty() && (!wanted(name) || l.is_virtual)) continue;
    if (name.empty()) {
      ready_.push_back(Problem{options_.origin + ", mailbox " + l.wire_name.substr(0, 200), "its name is not modified UTF-7 (RFC 3501 5.1.3)"});
      continue;
    }
    std::uint32_t messages = 0;
    if (l.selectable) {
      const auto count = client_->count(l.wire_name);
      if (!count && count.error().code() != Errc::denied) return count.error();
      messages = count ? *count : 0;
    }
    folders_.push_back({name, l.special});
    if (!l.selectable) continue;
    boxes_.push_back({l.wire_name, name});
    total_ += messages;
  }
  return {};
}

Result<void> ImapSource::open_box() {
  const auto box = client_->examine(boxes_[box_].wire_name);
  if (!box) {
    if (box.error().code() != Errc::denied) return box.error();
    ready_.push_back(Problem{options_.origin + "/" + boxes_[box_].name, box.error().detail()});
    ++box_;
    return {};
  }
  // A mailbox that was made anew meanwhile is read from its beginning (RFC 9051 2.3.1.1).
  if (!uids_known_ || box->uid_validity != uid_validity_) {
    auto uids = client_->uids();
    if (!uids) return uids.error();
    uids_ = *std::move(uids);
    at_ = 0;
    uid_validity_ = box->uid_validity;
    uids_known_ = true;
  }
  box_open_ = true;
  return {};
}

Result<void> ImapSource::step() {
  if (!client_)
    if (auto connected = connect(); !connected) return connected;
  if (!box_open_) return open_box();
  if (at_ < uids_.size()) return read_window();
  ++box_;
  box_open_ = uids_known_ = false;
  return {};
}

Result<void> ImapSource::read_window() {
  const std::span<const std::uint32_t> part(uids_.data() + at_, std::min(kWindow, uids_.size() - at_));
  std::map<std::uint32_t, ImapFetch> seen;  // a server may answer in pieces
  const auto done = client_->fetch(part, "(UID FLAGS INTERNALDATE RFC822.SIZE)", [&](ImapFetch f) {
    ImapFetch& one = seen[f.uid];
    one.uid = f.uid;
    if (f.has_flags) one.flags = f.flags, one.keywords = std::move(f.keywords), one.has_flags = true;
    if (f.date) one.date = f.date, one.tz_minutes = f.tz_minutes;
    if (f.size) one.size = f.size;
  });
  if (!done) return done.error();
  std::vector<ImapFetch> window;
  std::vector<Item> items;
  for (auto& [uid, f] : seen) {
    if (!f.date) f.date = base::Time(std::chrono::seconds(1));  // RFC 9051 2.3.3 asks for one; without it: the beginning of time
    if (f.size.value_or(0) > options_.limits.message)
      items.push_back(Problem{place(uid), std::to_string(*f.size) + " bytes; messages of at most " + std::to_string(options_.limits.message) + " are taken (store.max_message_size)"});
    else window.push_back(std::move(f));
  }
  auto fresh = unknown(std::move(window));
  if (!fresh) return fresh.error();
  if (auto read = read_bodies(*fresh); !read) return read;
  for (Item& i : items) ready_.push_back(std::move(i));
  at_ += part.size();
  done_ += part.size();
  return {};
}

// Drops what the account has already.
Result<std::vector<ImapFetch>> ImapSource::unknown(std::vector<ImapFetch> window) {
  if (!options_.known || window.empty()) return window;
  const std::string& mailbox = boxes_[box_].name;
  std::vector<ImapShape> shapes;
  for (const ImapFetch& f : window) shapes.push_back({mailbox, *f.date, f.size.value_or(0), {}});
  const auto maybe = options_.known(shapes);
  if (!maybe) return maybe.error();
  std::vector<std::uint32_t> ask;
  for (std::size_t i = 0; i < window.size(); ++i)
    if ((*maybe)[i] != ImapKnown::absent) ask.push_back(window[i].uid);
  if (ask.empty()) return window;
  std::map<std::uint32_t, std::string> headers;
  const auto done = client_->fetch(ask, "(UID BODY.PEEK[HEADER])", [&](ImapFetch f) {
    if (f.body) headers[f.uid] = *std::move(f.body);
  });
  if (!done) return done.error();
  std::vector<ImapShape> exact;
  std::vector<std::uint32_t> exact_uids;
  for (const ImapFetch& f : window) {
    const auto h = headers.find(f.uid);
    if (h == headers.end() || h->second.empty()) continue;
    exact.push_back({mailbox, *f.date, f.size.value_or(0), std::move(h->second)});
    exact_uids.push_back(f.uid);
  }
  const auto known = options_.known(exact);
  if (!known) return known.error();
  std::map<std::uint32_t, ImapKnown> verdict;
  for (std::size_t i = 0; i < exact.size(); ++i) verdict[exact_uids[i]] = (*known)[i];
  std::vector<ImapFetch> out;
  Skipped present{mailbox, 0, Skipped::Why::present}, removed{mailbox, 0, Skipped::Why::removed};
  for (ImapFetch& f : window) {
    const auto v = verdict.find(f.uid);
    if (v != verdict.end() && v->second == ImapKnown::present) ++present.messages;
    else if (v != verdict.end() && v->second == ImapKnown::removed) ++removed.messages;
    else out.push_back(std::move(f));
  }
  if (present.messages > 0) ready_.push_back(present);
  if (removed.messages > 0) ready_.push_back(removed);
  return out;
}

// A server that cannot read one of its messages answers NO to them all: then each is asked for alone.
Result<void> ImapSource::fetch_bodies(std::span<const std::uint32_t> uids, Bodies& bodies, std::vector<Item>& problems) {
  const auto done = client_->fetch(uids, "(UID BODY.PEEK[])", [&](ImapFetch f) {
    if (f.body || f.too_large) bodies[f.uid] = std::move(f);
  });
  if (done) return {};
  if (done.error().code() != Errc::denied) return done.error();
  if (uids.size() == 1) {
    if (!bodies.contains(uids[0])) problems.push_back(Problem{place(uids[0]), done.error().detail()});
    return {};
  }
  for (std::size_t i = 0; i < uids.size(); ++i)
    if (!bodies.contains(uids[i]))
      if (auto one = fetch_bodies(uids.subspan(i, 1), bodies, problems); !one) return one;
  return {};
}

Result<void> ImapSource::read_bodies(const std::vector<ImapFetch>& window) {
  std::vector<Item> items;  // given out only when the whole window is there: a lost connection reads it again
  for (std::size_t from = 0; from < window.size();) {
    std::vector<std::uint32_t> uids;
    std::uint64_t bytes = 0;
    std::size_t to = from;
    for (; to < window.size() && uids.size() < kBodyMessages && (uids.empty() || bytes + window[to].size.value_or(0) <= kBodyBytes); ++to) {
      uids.push_back(window[to].uid);
      bytes += window[to].size.value_or(0);
    }
    Bodies bodies;
    if (auto done = fetch_bodies(uids, bodies, items); !done) return done;
    for (std::size_t i = from; i < to; ++i) {
      const ImapFetch& meta = window[i];
      const auto body = bodies.find(meta.uid);
      if (body == bodies.end()) continue;  // expunged meanwhile
      if (body->second.too_large || body->second.body->empty()) {
        items.push_back(Problem{place(meta.uid), body->second.too_large ? "larger than the server said, and than store.max_message_size" : "an empty message"});
        continue;
      }
      Message m;
      m.mailbox = boxes_[box_].name;
      m.bytes = *std::move(body->second.body);
      m.flags = meta.flags;
      m.keywords = meta.keywords;
      m.date = *meta.date;
      m.tz_minutes = meta.tz_minutes;
      m.origin = place(meta.uid);
      items.push_back(std::move(m));
    }
    from = to;
  }
  for (Item& i : items) ready_.push_back(std::move(i));
  return {};
}

Result<std::optional<Item>> ImapSource::next() {
  while (ready_.empty()) {
    if (box_ >= boxes_.size()) return std::optional<Item>{};
    const std::size_t before = ready_.size();
    auto done = step();
    if (done) {
      failures_ = 0;
      continue;
    }
    ready_.resize(before);
    const Errc code = done.error().code();
    const bool again = code == Errc::io || code == Errc::timed_out || code == Errc::unavailable;
    if (!again || failures_ >= options_.reconnects)
      return fail(code, options_.origin + (box_ < boxes_.size() ? "/" + boxes_[box_].name : std::string()) + ": " + done.error().detail());
    client_.reset();
    box_open_ = false;
    options_.sleep(1u << failures_++);
  }
  Item out = std::move(ready_.front());
  ready_.pop_front();
  return std::optional(std::move(out));
}

}  // namespace transfer
