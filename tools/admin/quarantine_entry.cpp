#include "tools/admin/quarantine_entry.hpp"

#include <algorithm>

#include "tools/admin/handle.hpp"

namespace admin {
namespace {
constexpr char kMark = 'Q';
}

bool is_quarantined(std::string_view envelope) { return !envelope.empty() && envelope.front() == kMark; }

std::string encode(const QuarantineEntry& e) {
  Json recipients = Json::array(), evidence = Json::array();
  for (const auto& r : e.recipients)
    recipients.push_back({{"address", r.address}, {"local", r.local}, {"never", r.notify_never}, {"success", r.notify_success}, {"failure", r.notify_failure}, {"delay", r.notify_delay}});
  for (const auto& [name, value] : e.evidence) evidence.push_back({{"name", name}, {"value", value}});
  const Json json = {{"submission", e.submission}, {"sender", e.sender}, {"login", e.login}, {"client", e.client_address}, {"hello", e.hello}, {"id", e.id},
                     {"recipients", std::move(recipients)}, {"smtputf8", e.smtputf8}, {"eight_bit", e.eight_bit}, {"received", e.received.time_since_epoch().count()},
                     {"from", e.from}, {"subject", e.subject}, {"rule", e.rule}, {"vi", e.text_vi}, {"en", e.text_en}, {"evidence", std::move(evidence)}};
  return std::string(1, kMark) + dump(json);
}

Result<QuarantineEntry> decode_quarantined(std::string_view envelope) {
  if (!is_quarantined(envelope)) return fail(Errc::invalid, "the entry is in the queue, not in the quarantine");
  QuarantineEntry e;
  try {
    const Json json = Json::parse(envelope.substr(1));
    e.submission = json.at("submission").get<bool>();
    const std::pair<const char*, std::string*> texts[] = {{"sender", &e.sender}, {"login", &e.login}, {"client", &e.client_address}, {"hello", &e.hello}, {"id", &e.id},
                                                          {"from", &e.from}, {"subject", &e.subject}, {"rule", &e.rule}, {"vi", &e.text_vi}, {"en", &e.text_en}};
    for (const auto& [name, text] : texts) *text = json.at(name).get<std::string>();
    e.smtputf8 = json.at("smtputf8").get<bool>();
    e.eight_bit = json.at("eight_bit").get<bool>();
    e.received = base::Time(std::chrono::milliseconds(json.at("received").get<std::int64_t>()));
    for (const Json& r : json.at("recipients"))
      e.recipients.push_back({r.at("address").get<std::string>(), r.at("local").get<bool>(), r.at("never").get<bool>(), r.at("success").get<bool>(), r.at("failure").get<bool>(),
                              r.at("delay").get<bool>()});
    for (const Json& v : json.at("evidence")) e.evidence.emplace_back(v.at("name").get<std::string>(), v.at("value").get<std::string>());
  } catch (const Json::exception& error) {
    return fail(Errc::corrupt, std::string("the quarantine entry is damaged: ") + error.what());
  }
  return e;
}

std::vector<store::Account> concerned(const store::Snapshot& snapshot, const QuarantineEntry& e) {
  std::vector<store::Account> out;
  const auto add = [&](std::optional<store::Account> account) {
    if (account && std::none_of(out.begin(), out.end(), [&](const store::Account& a) { return a.id == account->id; })) out.push_back(*std::move(account));
  };
  if (!e.login.empty()) add(snapshot.account(std::string_view(e.login)));
  for (const auto& r : e.recipients) {
    const auto address = store::canonical_address(r.address);
    if (!address) continue;
    const auto resolved = snapshot.resolve(*address);
    if (!resolved) continue;
    for (const store::AccountId id : resolved->accounts) add(snapshot.account(id));
  }
  return out;
}

}  // namespace admin
