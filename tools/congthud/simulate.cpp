#include "tools/congthud/simulate.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "mime/header.hpp"
#include "tools/admin/directory.hpp"
#include "tools/congthud/policy_state.hpp"

namespace tools {
namespace {

using admin::Json;

// A mail as far as it is kept: what came by SMTP begins with the fields that the server wrote in front of it.
struct Kept {
  std::string sender, login, content;
  bool by_smtp = false;
};

base::Result<Kept> read_kept(const store::Snapshot& snapshot, store::AccountId account, const store::MessageView& message, const StoreSite& site) {
  Kept out;
  const std::uint64_t all = message.detail.size(), size = message.detail.content_size;
  std::string bytes;
  bytes.reserve(all);
  const auto done = snapshot.read(account, message, {0, all}, [&](std::string_view piece) { return bytes.append(piece), true; });
  if (!done) return done.error();
  const std::string_view prefix = std::string_view(bytes).substr(0, all - size);
  const auto path = mime::find(prefix, "Return-Path"), received = mime::find(prefix, "Received");
  out.by_smtp = path.has_value();
  if (path) {
    const std::string_view value = path->raw_value;
    const std::size_t open = value.find('<'), close = value.rfind('>');
    if (open != std::string_view::npos && close != std::string_view::npos && close > open) out.sender = value.substr(open + 1, close - open - 1);
  }
  // RFC 3848: the last letter says that the client had signed in; as whom is taken from the sender, who had the right to it.
  const std::string how = received ? mime::unfold(received->raw_value) : std::string();
  const bool signed_in = how.find(" with ESMTPSA ") != std::string::npos || how.find(" with ESMTPA ") != std::string::npos || how.find(" with UTF8SMTPSA ") != std::string::npos;
  if (signed_in && site.is_local_domain(std::string_view(out.sender).substr(out.sender.rfind('@') + 1))) out.login = out.sender;
  out.content = bytes.substr(all - size);
  return out;
}

struct Outcome {
  policy::Action action = policy::Action::accept;
  std::map<std::string, policy::Finding> findings;  // by rule, the strongest; its mode says whether it binds
};

Outcome judge_by(const PolicyState& state, policy::Context context, const policy::ContentFacts& facts) {
  Outcome out;
  const auto run = [&](policy::Stage stage) {
    const policy::Decision decision = state.pipeline->run(stage, context);
    out.action = std::max(out.action, decision.action);
    for (const policy::Finding& f : decision.findings) {
      const auto [at, fresh] = out.findings.try_emplace(std::string(f.rule), f);
      if (!fresh && f.action > at->second.action) at->second = f;
    }
  };
  run(policy::Stage::mail);
  run(policy::Stage::rcpt);
  context.content = &facts;
  run(policy::Stage::content);
  return out;
}

std::string said(const Outcome& o, const std::string& rule) {
  const auto found = o.findings.find(rule);
  return found == o.findings.end() ? "none" : std::string(policy::to_string(found->second.mode)) + ":" + std::string(policy::to_string(found->second.action));
}

class Comparison {
 public:
  Comparison(const admin::PolicyChange& what, const PolicyState& before, const PolicyState& after) : what_(what) {
    for (const PolicyState* state : {&before, &after})
      for (const auto& rule : state->pipeline->rules()) rules_.insert(std::string(rule->id()));
  }

  void add(const std::string& agency, const Outcome& before, const Outcome& after, const std::function<Json()>& describe) {
    Json changes = Json::array();
    for (const std::string& rule : rules_) {
      if (!what_.rule.empty() && rule != what_.rule) continue;
      const std::string was = said(before, rule), is = said(after, rule);
      if (was != "none" || is != "none") ++counts_[{agency, rule, was, is}];
      if (was == is) continue;
      const auto found = after.findings.find(rule);
      Json change = {{"rule", rule}, {"before", was}, {"after", is}};
      if (found != after.findings.end()) change["text"] = {{"vi", found->second.text.vi}, {"en", found->second.text.en}};
      changes.push_back(std::move(change));
    }
    ++mails_;
    if (before.action != after.action && what_.rule.empty()) ++decided_otherwise_;
    if (changes.empty()) return;
    ++differing_;
    if (listed_.size() >= what_.limit) return;
    Json mail = describe();
    mail["action_before"] = policy::to_string(before.action);
    mail["action_after"] = policy::to_string(after.action);
    mail["changes"] = std::move(changes);
    listed_.push_back(std::move(mail));
  }

  Json finish(std::uint64_t unreadable) && {
    Json rows = Json::array();
    for (const auto& [key, count] : counts_)
      rows.push_back({{"agency", key[0].empty() ? Json(nullptr) : Json(key[0])}, {"rule", key[1]}, {"before", key[2]}, {"after", key[3]}, {"mails", count}, {"differs", key[2] != key[3]}});
    return {{"schema", "congthu.policy_simulate/1"}, {"mails", mails_}, {"differing", differing_}, {"decided_otherwise", decided_otherwise_}, {"unreadable", unreadable},
            {"rules", std::move(rows)}, {"messages", std::move(listed_)}};
  }

 private:
  const admin::PolicyChange& what_;
  std::set<std::string> rules_;
  std::map<std::array<std::string, 4>, std::uint64_t> counts_;
  std::uint64_t mails_ = 0, differing_ = 0, decided_otherwise_ = 0;
  Json listed_ = Json::array();
};

bool is_below(const store::Snapshot& snapshot, store::AgencyId id, std::string_view code) {
  for (int depth = 0; id != store::AgencyId{} && depth < 64; ++depth) {
    const auto agency = snapshot.agency(id);
    if (!agency) return false;
    if (agency->code == code) return true;
    id = agency->parent;
  }
  return false;
}

struct Box {
  store::Account owner;
  store::Mailbox row;
};

std::vector<Box> boxes_of(const store::Snapshot& snapshot, std::uint64_t& total) {
  std::vector<Box> out;
  snapshot.for_each_account([&](const store::Account& a) {
    for (const store::Mailbox& m : snapshot.mailboxes(a.id)) {
      if (m.messages == 0) continue;
      total += m.messages;
      out.push_back({a, m});
    }
    return true;
  });
  return out;
}

class Replay {
 public:
  Replay(const Ingest& ingest, const StoreSite& site, const PolicyState& changed, const admin::PolicyChange& what)
      : ingest_(ingest), site_(site), what_(what), running_(ingest.state()), changed_(changed), comparison_(what, *running_, changed) {}

  // Some rows from `from` on, in one snapshot: a look at a year of mail must not pin the store's free pages. Gives how many; `from` is moved.
  std::size_t some(const store::Snapshot& snapshot, const Box& box, store::Uid& from) {
    std::vector<store::MessageView> due;
    store::Uid last = from;
    std::size_t looked = 0;
    snapshot.for_each_message(box.owner.id, box.row.id, from, store::kLastUid, [&](const store::MessageView& m) {
      last = m.uid;
      ++looked;
      const base::Time at = m.hot.internal_date;
      if (at >= what_.since && at < what_.until && (m.hot.derived & store::kHidden) == 0) due.push_back(m);
      return looked < kRowsOnce && due.size() < kMailsOnce;
    });
    for (const store::MessageView& m : due) judge(snapshot, box, m);
    from = store::Uid(store::raw(last) + 1);
    return looked;
  }
  Json finish() && { return std::move(comparison_).finish(unreadable_); }

 private:
  static constexpr std::size_t kRowsOnce = 500, kMailsOnce = 20;

  void judge(const store::Snapshot& snapshot, const Box& box, const store::MessageView& m) {
    const auto kept = read_kept(snapshot, box.owner.id, m, site_);
    if (!kept) return void(++unreadable_);
    if (!kept->by_smtp) return;  // a copy of one's own, or an import: no rule of the exchange saw it
    const auto bound = kept->login.empty() ? std::optional(box.owner) : snapshot.account(std::string_view(kept->login));
    if (!what_.agency.empty() && (!bound || !is_below(snapshot, bound->agency, what_.agency))) return;
    policy::Context context;
    context.channel = kept->login.empty() ? policy::Channel::inbound : policy::Channel::submission;
    context.now = m.hot.internal_date;  // duties begin and end by days
    context.login = kept->login;
    context.sender = kept->sender;
    context.sender_known = true;
    context.recipients = {box.owner.address};
    policy::ExamineOptions options;
    options.times = {m.hot.internal_date, m.hot.internal_date};
    options.past = true;
    const mime::Structure structure = mime::scan(kept->content);
    const policy::ContentFacts facts = ingest_.examine(kept->content, structure, *running_, options, true);
    const auto describe = [&]() -> Json {
      return {{"account", box.owner.address}, {"mailbox", box.row.name}, {"uid", store::raw(m.uid)}, {"received", base::rfc3339(m.hot.internal_date)},
              {"sender", kept->sender}, {"login", kept->login.empty() ? Json(nullptr) : Json(kept->login)}};
    };
    comparison_.add(bound ? admin::agency_code(snapshot, bound->agency) : std::string(), judge_by(*running_, context, facts), judge_by(changed_, context, facts), describe);
  }

  const Ingest& ingest_;
  const StoreSite& site_;
  const admin::PolicyChange& what_;
  std::shared_ptr<const PolicyState> running_;
  const PolicyState& changed_;
  Comparison comparison_;
  std::uint64_t unreadable_ = 0;
};

base::Result<LoadedPolicy> changed_policy(const store::Snapshot& snapshot, base::Config config, const StoreSite& site, const admin::PolicyChange& change) {
  policy::rules::ExchangePolicies files;
  for (const auto& [name, text] : change.files) {
    auto one = base::parse_exchange_policy(text, name);
    if (!one) return one.error();
    files.push_back(*std::move(one));
  }
  constexpr std::pair<std::string_view, base::RuleMode> kModes[] = {{"off", base::RuleMode::off}, {"observe", base::RuleMode::observe}, {"enforce", base::RuleMode::enforce}};
  for (const auto& [rule, mode] : change.modes) {
    const auto known = std::find_if(std::begin(kModes), std::end(kModes), [&](const auto& m) { return m.first == mode; });
    if (known == std::end(kModes)) return base::fail(base::Errc::invalid, "mode of " + rule + ": must be off, observe or enforce");
    std::erase_if(config.policy.modes, [&](const base::RuleModeEntry& e) { return e.rule == rule; });  // asked for everywhere
    config.policy.rules[rule] = known->second;
  }
  return load_policy(snapshot, config, site, change.files.empty() ? nullptr : &files);
}

}  // namespace

base::Result<Json> simulate(const store::Store& store, const Ingest& ingest, const StoreSite& site, const base::Config& config, const admin::PolicyChange& change,
                            const std::function<bool(std::uint64_t, std::uint64_t)>& progress) {
  std::vector<Box> boxes;
  std::uint64_t total = 0, done = 0;
  std::shared_ptr<const PolicyState> changed;
  {
    const auto snapshot = store.snapshot();
    if (!snapshot) return snapshot.error();
    auto loaded = changed_policy(*snapshot, config, site, change);
    if (!loaded) return loaded.error();
    changed = std::move(loaded->state);
    boxes = boxes_of(*snapshot, total);
  }
  Replay replay(ingest, site, *changed, change);
  for (const Box& box : boxes) {
    for (auto from = store::Uid(1);;) {
      const auto snapshot = store.snapshot();
      if (!snapshot) return snapshot.error();
      const std::size_t looked = replay.some(*snapshot, box, from);
      if (looked == 0) break;
      done += looked;
      if (progress && !progress(done, std::max(total, done))) return base::fail(base::Errc::unavailable, "stopped");
    }
  }
  return std::move(replay).finish();
}

}  // namespace tools
