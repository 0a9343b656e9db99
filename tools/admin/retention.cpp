// What [[retention]] keeps and lets go: counts for people. Changes nothing; a message that two classes keep counts for the longer one.
#include <map>

#include "store/hold.hpp"
#include "store/keys.hpp"
#include "store/retention.hpp"
#include "tools/admin/handlers.hpp"
#include "tools/admin/retention_classes.hpp"

namespace admin {
namespace {

constexpr std::chrono::hours kSoon{24 * 7};

struct Counts {
  std::map<std::string, std::uint64_t> kept, tombstones, expiring;  // by class
  Json mailboxes = Json::array();
};

void count_kept(const store::Snapshot& snapshot, store::AccountId account, base::Time now, Counts& out) {
  store::for_each_kept(snapshot.txn(), account, [&](const store::KeptMessage& m) {
    if (m.until <= now) return true;
    ++out.kept[m.label];
    if (!snapshot.hot(m.account, m.mailbox, m.uid)) ++out.tombstones[m.label];
    return true;
  });
}

void count_expiring(const store::Snapshot& snapshot, const RetentionClasses& classes, const store::Account& account, base::Time now, Counts& out) {
  const auto mine = classes.of_account(snapshot, account.id);
  if (mine.empty() || snapshot.held(account.id)) return;
  for (const store::Mailbox& m : snapshot.mailboxes(account.id)) {
    const auto some = RetentionClasses::of_mailbox(mine, m);
    base::Time latest{};  // a message younger than this cannot go within the week
    for (const base::RetentionClass* c : some)
      if (c->expire_days != 0) latest = std::max(latest, now + kSoon - std::chrono::hours(24) * std::int64_t(c->expire_days));
    std::map<std::string, std::uint64_t> here;
    if (latest != base::Time{})
      snapshot.for_each_message(account.id, m.id, store::Uid(1), store::kLastUid, [&](const store::MessageView& v) {
        if (v.hot.internal_date > latest) return true;
        const auto verdict = RetentionClasses::judge(some, snapshot, v);
        const auto kept = store::find_kept(snapshot.txn(), {account.id, m.id, v.uid});
        const base::Time until = std::max(verdict.keep_until, kept ? kept->until : base::Time{});
        if (verdict.expires != nullptr && std::max(verdict.expires_at, until) <= now + kSoon && !store::is_message_held(snapshot.txn(), {account.id, m.id, v.uid}))
          ++here[verdict.expires->name];
        return true;
      });
    for (const auto& [name, n] : here) {
      out.expiring[name] += n;
      out.mailboxes.push_back({{"class", name}, {"account", account.address}, {"mailbox", m.name}, {"messages", n}});
    }
  }
}

std::uint64_t at(const std::map<std::string, std::uint64_t>& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

Json days_or_null(unsigned days) { return days == 0 ? Json(nullptr) : Json(days); }

}  // namespace

Result<Json> show_retention(const Call& call) {
  const RetentionClasses classes(call.context.config.retention);
  const base::Time now = call.context.clock.now();
  std::vector<store::Account> accounts;
  std::string state = "none";
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    if (const auto wanted = call.request.arg("account"); !wanted.empty()) {
      const auto address = store::canonical_address(wanted);
      if (!address) return address.error();
      const auto found = snapshot->account(*address);
      if (!found) return fail(Errc::not_found, "no such account: " + *address);
      accounts.push_back(*found);
    } else {
      snapshot->for_each_account([&](const store::Account& a) { return accounts.push_back(a), true; });
    }
    const auto row = store::retention_state(snapshot->txn());
    if (!classes.empty()) state = row && row->matched && row->classes == classes.digest() ? "in force" : "matching";
  }
  Counts counts;
  for (const store::Account& a : accounts) {  // a snapshot each: none lives long
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    count_kept(*snapshot, a.id, now, counts);
    count_expiring(*snapshot, classes, a, now, counts);
  }
  Json list = Json::array();
  for (const base::RetentionClass& c : classes.all()) {
    list.push_back({{"class", c.name}, {"mailboxes", c.mailboxes}, {"kinds", c.kinds}, {"domains", c.domains}, {"agencies", c.agencies},
                    {"keep_days", days_or_null(c.keep_days)}, {"expire_days", days_or_null(c.expire_days)}, {"kept", at(counts.kept, c.name)},
                    {"kept_expunged", at(counts.tombstones, c.name)}, {"expiring", at(counts.expiring, c.name)}});
    counts.kept.erase(c.name);
  }
  Json former = Json::array();  // no longer in the configuration: what they keep stays until its time
  for (const auto& [name, n] : counts.kept) former.push_back({{"class", name}, {"kept", n}, {"kept_expunged", at(counts.tombstones, name)}});
  return Json{{"schema", "congthu.retention/1"}, {"state", state}, {"within_days", 7}, {"classes", std::move(list)}, {"former", std::move(former)},
              {"mailboxes", std::move(counts.mailboxes)}};
}

}  // namespace admin
