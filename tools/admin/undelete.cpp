// What of an account's mail was expunged and can come back, and its way back. Both leave an audit row: it is somebody else's mail.
#include <algorithm>
#include <charconv>
#include <map>

#include "base/ascii.hpp"
#include "mime/summary.hpp"
#include "store/recovery.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/handlers.hpp"
#include "tools/admin/numbers.hpp"

namespace admin {
namespace {

constexpr std::size_t kSlice = 1000;  // messages of one commit

struct Filter {
  std::optional<std::string> mailbox;  // canonical
  std::optional<base::Time> since;     // expunged at or after
  std::vector<store::UidRange> uids;   // empty = all
  bool passes(const store::Recoverable& r) const {
    if (mailbox && r.mailbox != *mailbox) return false;
    if (since && r.expunged < *since) return false;
    const auto in = [&](const store::UidRange& u) { return u.first <= r.message.uid && r.message.uid <= u.last; };
    return uids.empty() || std::any_of(uids.begin(), uids.end(), in);
  }
};

bool take_uid(std::string_view text, store::Uid& out) {
  std::uint32_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  out = store::Uid(n);
  return error == std::errc{} && end == text.data() + text.size() && n != 0;
}

// "3", "3,5:9"
Result<std::vector<store::UidRange>> uid_ranges(std::string_view text) {
  std::vector<store::UidRange> out;
  for (const std::string_view piece : base::split(text, ',')) {
    const std::size_t colon = piece.find(':');
    store::UidRange r;
    const bool good = take_uid(piece.substr(0, colon), r.first) && (colon == std::string_view::npos ? (r.last = r.first, true) : take_uid(piece.substr(colon + 1), r.last));
    if (!good || r.last < r.first) return fail(Errc::invalid, "uids: \"" + std::string(piece.substr(0, 40)) + "\" is no UID and no range; write 3,5:9");
    out.push_back(r);
  }
  return out;
}

Result<Filter> make_filter(std::string_view mailbox, std::string_view since, std::string_view uids) {
  Filter f;
  if (!mailbox.empty()) {
    auto name = store::canonical_mailbox_name(mailbox);
    if (!name) return fail(Errc::invalid, "mailbox: " + name.error().detail());
    f.mailbox = *std::move(name);
  }
  if (!since.empty()) {
    const auto at = since.size() == 10 ? base::vietnam_day(since) : Result<std::pair<base::Time, base::Time>>(fail(Errc::invalid, "no day"));
    const auto time = at ? Result<base::Time>(at->first) : base::parse_rfc3339(since);
    if (!time) return fail(Errc::invalid, "since: must be a day (2026-11-22) or a time (2026-11-22T09:15:00+07:00)");
    f.since = *time;
  }
  if (!uids.empty()) {
    if (!f.mailbox) return fail(Errc::invalid, "uids: need a mailbox, as each numbers its own");
    auto ranges = uid_ranges(uids);
    if (!ranges) return ranges.error();
    f.uids = *std::move(ranges);
  }
  return f;
}

Result<store::Account> account_of(const Call& call) {
  const auto address = store::canonical_address(call.segment(1));
  if (!address) return address.error();
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  auto account = snapshot->account(std::string_view(*address));
  if (!account) return fail(Errc::not_found, "no such account: " + *address);
  return *std::move(account);
}

Result<void> audit(const Call& call, std::string_view what, const std::string& target, Json detail) {
  const Json row = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", what}, {"target", target}, {"detail", std::move(detail)}};
  const auto written = call.context.store.run(store::AppendAudit{dump(row)});
  if (!written) return written.error();
  return {};
}

Json deleted_json(const store::Recoverable& r, std::chrono::hours kept) {
  Json out = {{"mailbox", r.mailbox}, {"mailbox_deleted", r.mailbox_deleted}, {"uid", store::raw(r.message.uid)}, {"expunged", base::rfc3339(r.expunged)},
              {"expires", base::rfc3339(r.expunged + kept)}, {"date", base::rfc3339(r.message.hot.internal_date)}, {"size", r.message.hot.size}, {"from", nullptr}, {"subject", nullptr}};
  if ((r.message.hot.derived & store::kHidden) != 0) return out;  // a secrecy stamp: nothing of it is shown
  if (const auto summary = mime::SummaryView::open(r.message.detail.summary)) {
    out["from"] = summary->from_address();
    out["subject"] = summary->subject();
  }
  return out;
}

// What is to come back, by the mailbox that it was in.
struct Group {
  std::string name;
  bool deleted = false;
  std::vector<store::Uid> uids;
  std::uint64_t bytes = 0;
};
using Groups = std::map<store::MailboxId, Group>;

Result<Groups> gather(const Call& call, store::AccountId account, const Filter& filter) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Groups out;
  store::for_each_recoverable(*snapshot, account, [&](const store::Recoverable& r) {
    if (!filter.passes(r)) return true;
    Group& g = out[r.message.mailbox];
    g.name = r.mailbox;
    g.deleted = r.mailbox_deleted;
    g.uids.push_back(r.message.uid);
    g.bytes += r.message.hot.size;
    return true;
  });
  return out;
}

// The mailbox of this name, made when it is not there.
Result<store::MailboxId> target_of(const Call& call, store::AccountId account, const std::string& name) {
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    if (const auto m = snapshot->mailbox(account, std::string_view(name))) return m->id;
  }
  return call.context.store.run(store::CreateMailbox{account, name, {}});
}

Result<std::uint64_t> bring_back(const Call& call, store::AccountId account, store::MailboxId from, store::MailboxId to, const std::vector<store::Uid>& uids) {
  std::uint64_t count = 0;
  for (std::vector<store::Uid>& slice : store::slices(uids, kSlice)) {
    const auto done = call.context.store.run(store::Undelete{account, from, to, std::move(slice)});
    if (!done) return done.error();
    count += done->uids.size();
  }
  return count;
}

}  // namespace

Result<Json> list_deleted(const Call& call) {
  const auto limit = number_arg(call, "limit", 1000, 1'000'000);
  if (!limit) return limit.error();
  const auto filter = make_filter(call.request.arg("mailbox"), call.request.arg("since"), {});
  if (!filter) return filter.error();
  const auto account = account_of(call);
  if (!account) return account.error();
  if (auto done = audit(call, "mailbox.deleted", account->address, {{"mailbox", call.request.arg("mailbox")}}); !done) return done.error();
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto kept = std::chrono::hours(24) * call.context.config.store.undelete_days;
  Json list = Json::array();
  std::uint64_t total = 0, bytes = 0;
  store::for_each_recoverable(*snapshot, account->id, [&](const store::Recoverable& r) {
    if (!filter->passes(r)) return true;
    ++total;
    bytes += r.message.hot.size;
    if (list.size() < *limit) list.push_back(deleted_json(r, kept));
    return true;
  });
  return Json{{"schema", "congthu.deleted/1"}, {"account", account->address}, {"total", total}, {"total_bytes", bytes}, {"deleted", std::move(list)}};
}

Result<Json> undelete(const Call& call) {
  Body body(call.request.body);
  const std::string mailbox = body.text("mailbox").value_or(""), since = body.text("since").value_or(""), uids = body.text("uids").value_or(""), to = body.text("to").value_or("");
  const bool all = body.flag("all").value_or(false);
  if (const auto wrong = body.error()) return *wrong;
  if (mailbox.empty() && since.empty() && !all) return fail(Errc::invalid, "which messages? give mailbox, since or all");
  const auto filter = make_filter(mailbox, since, uids);
  if (!filter) return filter.error();
  std::optional<std::string> target;
  if (!to.empty()) {
    auto name = store::canonical_mailbox_name(to);
    if (!name) return fail(Errc::invalid, "to: " + name.error().detail());
    target = *std::move(name);
  }
  const auto account = account_of(call);
  if (!account) return account.error();
  const auto groups = gather(call, account->id, *filter);
  if (!groups) return groups.error();
  std::uint64_t bytes = 0, messages = 0;
  for (const auto& [from, g] : *groups) bytes += g.bytes, messages += g.uids.size();
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    const std::uint64_t used = snapshot->account_state(account->id).bytes;
    if (account->quota != 0 && used + bytes > account->quota)
      return fail(Errc::over_quota, std::to_string(messages) + " messages of " + std::to_string(bytes) + " bytes would come back; the account uses " + std::to_string(used) + " of " +
                                        std::to_string(account->quota) + " bytes: raise its quota, or choose fewer");
  }
  if (messages != 0) {
    Json detail = {{"mailbox", mailbox}, {"since", since}, {"uids", uids}, {"to", to}, {"messages", messages}};
    if (auto done = audit(call, "mailbox.undelete", account->address, std::move(detail)); !done) return done.error();
  }
  Json list = Json::array();
  std::uint64_t back = 0;
  for (const auto& [from, g] : *groups) {
    const std::string name = target.value_or(g.name);
    const auto into = !target && !g.deleted ? Result<store::MailboxId>(from) : target_of(call, account->id, name);
    if (!into) return into.error();
    const auto count = bring_back(call, account->id, from, *into, g.uids);
    if (!count) return count.error();
    back += *count;
    list.push_back({{"mailbox", g.name}, {"to", name}, {"messages", *count}});
  }
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  return Json{{"schema", "congthu.undelete/1"}, {"account", account->address}, {"messages", back}, {"changed", back != 0}, {"mailboxes", std::move(list)},
              {"used", snapshot->account_state(account->id).bytes}, {"quota", account->quota == 0 ? Json(nullptr) : Json(account->quota)}};
}

}  // namespace admin
