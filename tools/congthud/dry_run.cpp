#include "tools/congthud/dry_run.hpp"

#include "smtp/queue/entry.hpp"

namespace tools {
namespace {

using admin::Json;

Json finding_json(const policy::Finding& f) {
  Json evidence = Json::object();
  for (const policy::Evidence& e : f.evidence) evidence[e.name] = e.value;
  return {{"rule", f.rule}, {"mode", policy::to_string(f.mode)}, {"action", policy::to_string(f.action)}, {"enhanced", f.enhanced},
          {"subject", f.subject}, {"text", {{"vi", f.text.vi}, {"en", f.text.en}}}, {"evidence", std::move(evidence)}};
}

class Run {
 public:
  explicit Run(const PolicyState& state) : state_(state) {}

  void add(policy::Stage stage, const policy::Decision& decision) {
    Json findings = Json::array();
    for (const policy::Finding& f : decision.findings) {
      findings.push_back(finding_json(f));
      auto& strongest = outcomes_[std::string(f.rule)];
      strongest = std::max(strongest.value_or(policy::Action::accept), f.action);
    }
    stages_.push_back({{"stage", policy::to_string(stage)}, {"action", policy::to_string(decision.action)}, {"findings", std::move(findings)}});
    if (decision.action <= action_) return;
    action_ = decision.action;
    if (const policy::Finding* cause = decision.cause(); cause != nullptr && action_ >= policy::Action::defer)
      reply_ = (action_ == policy::Action::reject ? "550 " : "451 ") + std::string(cause->enhanced) + " " + policy::reply_text(*cause, true);
  }
  bool refused() const { return action_ >= policy::Action::defer; }

  Json finish(std::string_view who, base::Time at, Json smime, Json keywords, Json documents) && {
    Json rules = Json::array();
    for (const auto& rule : state_.pipeline->rules()) {
      const auto found = outcomes_.find(rule->id());
      const policy::Pipeline::Basis why = state_.pipeline->basis(*rule, who, at);
      rules.push_back({{"rule", rule->id()}, {"mode", policy::to_string(why.mode)},
                       {"applies", !rule->is_duty() || why.duty != nullptr},
                       {"policy", why.duty == nullptr ? Json(nullptr) : Json(why.duty->policy)},
                       {"source", why.duty == nullptr ? Json(nullptr) : Json(why.duty->source)},
                       {"exception", why.exception == nullptr ? Json(nullptr) : Json(why.exception->approver)},
                       {"outcome", found == outcomes_.end() || !found->second ? "none" : policy::to_string(*found->second)}});
    }
    return {{"schema", "congthu.policy_test/1"}, {"action", policy::to_string(action_)}, {"reply", reply_.empty() ? Json(nullptr) : Json(reply_)},
            {"smime", std::move(smime)}, {"stages", std::move(stages_)}, {"rules", std::move(rules)}, {"keywords", std::move(keywords)},
            {"documents", std::move(documents)}};
  }

 private:
  const PolicyState& state_;
  policy::Action action_ = policy::Action::accept;
  std::string reply_;
  Json stages_ = Json::array();
  std::map<std::string, std::optional<policy::Action>, std::less<>> outcomes_;
};

Json keywords_of(store::DerivedBits bits) {
  Json out = Json::array();
  for (const store::DerivedName& d : store::kDerivedNames)
    if ((bits & d.bit) != 0) out.push_back(d.name);
  return out;
}

Json documents_of(const Judged& judged) {
  Json out = Json::array();
  for (const registers::Arrival& a : judged.arrivals) {
    Json row = registers::make_row(a, registers::year_at(a.at), 0);
    row["register_number"] = nullptr;  // given when it is delivered
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

admin::Json dry_run(const Ingest& ingest, const StoreSite& site, const admin::PolicyTest& test, base::Time now) {
  const bool local = site.is_local_domain(std::string_view(test.from).substr(test.from.rfind('@') + 1));
  policy::Context context;
  context.channel = test.channel.value_or(local || !test.login.empty() ? policy::Channel::submission : policy::Channel::inbound);
  context.now = now;
  context.client_address = "127.0.0.1";
  if (context.channel == policy::Channel::submission) context.login = test.login.empty() ? test.from : test.login;
  const auto state = ingest.state();
  Run run(*state);
  run.add(policy::Stage::connect, ingest.judge_envelope(policy::Stage::connect, context));
  context.sender = test.from;
  context.sender_known = true;
  run.add(policy::Stage::mail, ingest.judge_envelope(policy::Stage::mail, context));
  for (const std::string& to : test.to) {
    context.recipients = {to};
    run.add(policy::Stage::rcpt, ingest.judge_envelope(policy::Stage::rcpt, context));
  }
  // The content is judged also after a refusal: a dry run is to show everything.
  Incoming in;
  in.channel = context.channel;
  in.client_address = context.client_address;
  in.login = context.login;
  in.sender = test.from;
  in.recipients = test.to;
  in.bytes = test.message;
  in.explain = true;
  const Judged judged = ingest.judge(std::move(in));
  run.add(policy::Stage::content, judged.decision);
  const std::string_view bound = !context.login.empty() || test.to.empty() ? std::string_view(context.login) : test.to.front();
  return std::move(run).finish(bound, now, Json::parse(policy::to_json(judged.smime, base::Lang::vi), nullptr, false), keywords_of(judged.derived),
                               documents_of(judged));
}

base::Result<admin::QueueView> queue_view(const store::QueueRow& row) {
  auto entry = smtp::queue::decode(row.envelope);
  if (!entry) return entry.error();
  admin::QueueView view;
  view.sender = std::move(entry->sender);
  view.domain = std::move(entry->domain);
  view.attempts = entry->attempts;
  view.held = entry->held;
  for (const auto& target : entry->targets) {
    view.recipients.push_back(target.result.address);
    if (target.result.code != 0 && view.last_error.empty())
      view.last_error = std::to_string(target.result.code) + " " + target.result.text;
  }
  return view;
}

base::Result<store::Outbound> queue_action(const store::QueueRow& row, admin::QueueAction action, base::Time now) {
  auto entry = smtp::queue::decode(row.envelope);
  if (!entry) return entry.error();
  entry->held = action == admin::QueueAction::hold;
  store::Outbound next;
  next.envelope = smtp::queue::encode(*entry);
  next.due = entry->held ? smtp::queue::kNever : now;
  return next;
}

}  // namespace tools
