#include "policy/pipeline/record.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace policy {
namespace {

constexpr std::size_t kRecipientsKept = 20;

nlohmann::ordered_json json_of(const Finding& f) {
  nlohmann::ordered_json evidence = nlohmann::ordered_json::object();
  for (const Evidence& e : f.evidence) evidence[e.name] = e.value;
  return {{"rule", f.rule}, {"mode", to_string(f.mode)}, {"action", to_string(f.action)}, {"subject", f.subject},
          {"text", {{"vi", f.text.vi}, {"en", f.text.en}}}, {"evidence", std::move(evidence)}};
}

}  // namespace

std::string_view to_string(Channel channel) {
  switch (channel) {
    case Channel::inbound: return "inbound";
    case Channel::submission: return "submission";
    case Channel::append: return "append";
    case Channel::import: return "import";
  }
  return "unknown";
}

Record make_record(Stage stage, const Context& context, const Decision& decision, const Site& site) {
  Record r;
  r.at = context.now;
  r.stage = stage;
  r.channel = context.channel;
  r.action = decision.action;
  r.client_address = context.client_address;
  r.login = context.login;
  r.sender = context.sender;
  r.agency = site.agency_of(context.login.empty() && !context.recipients.empty() ? context.recipients.front() : context.login);
  r.recipient_count = context.recipients.size();
  r.recipients.assign(context.recipients.begin(),
                      context.recipients.begin() + static_cast<std::ptrdiff_t>(std::min(kRecipientsKept, r.recipient_count)));
  r.findings = decision.findings;
  return r;
}

std::string to_json(const Record& r) {
  nlohmann::ordered_json out = {{"schema", "congthu.decision/1"}, {"at", base::rfc3339(r.at)}, {"stage", to_string(r.stage)},
                                {"channel", to_string(r.channel)}, {"action", to_string(r.action)}, {"client", r.client_address},
                                {"login", r.login}, {"sender", r.sender}, {"agency", r.agency}, {"recipients", r.recipients},
                                {"recipient_count", r.recipient_count}, {"findings", nlohmann::ordered_json::array()}};
  for (const Finding& f : r.findings) out["findings"].push_back(json_of(f));
  // Addresses come from outside: bytes that are not UTF-8 are replaced, never thrown on.
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace policy
