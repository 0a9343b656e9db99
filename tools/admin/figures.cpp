#include "tools/admin/figures.hpp"

#include "base/exchange_policy.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/inputs.hpp"
#include "tools/admin/use.hpp"
#include "tools/registers/head.hpp"

namespace admin {
namespace {

std::set<std::string> below(const store::Snapshot& snapshot, std::string_view code) {
  std::map<store::AgencyId, store::Agency> all;
  snapshot.for_each_agency([&](const store::Agency& a) { return all.emplace(a.id, a), true; });
  std::set<std::string> out;
  for (const auto& [id, agency] : all) {
    store::AgencyId at = id;
    for (std::size_t depth = 0; at != store::AgencyId{} && depth <= all.size(); ++depth) {
      const auto found = all.find(at);
      if (found == all.end()) break;
      if (found->second.code == code) out.insert(agency.code);
      at = found->second.parent;
    }
  }
  return out;
}

Result<std::set<std::string>> agencies_asked(const Call& call, const store::Snapshot& snapshot) {
  const std::string_view code = call.request.arg("agency");
  std::set<std::string> out;
  if (!code.empty()) {
    if (!snapshot.agency(code)) return fail(Errc::not_found, "agency: no such agency: " + std::string(code));
    if (!call.actor.covers_agency(snapshot, code)) return fail(Errc::denied, "your role does not reach the agency " + std::string(code));
    return below(snapshot, code);
  }
  snapshot.for_each_agency([&](const store::Agency& a) {
    if (call.actor.covers_agency(snapshot, a.code)) out.insert(a.code);
    return true;
  });
  return out;
}

void count_outgoing(AgencyCounts& c, const registers::Head& head, bool is_signed) {
  ++c.outgoing;
  c.outgoing_signed += is_signed;
  c.scans += head.scanned && !is_signed;
  c.classed += !head.way.empty();
  c.e_only += head.way == base::to_string(base::ExchangeWay::electronic);
  c.e_paper += head.way == base::to_string(base::ExchangeWay::both);
}

void count_documents(const store::Snapshot& snapshot, const Period& p, Scene& scene) {
  registers::for_each_head(snapshot, p.from, p.to, [&](const registers::Book& book, std::uint32_t, const registers::Head& head) {
    const auto found = scene.agencies.find(book.agency);
    if (found == scene.agencies.end() || head.struck || head.free_mail) return;  // a citizen's letter is no exchange between agencies
    AgencyCounts& c = found->second;
    const bool is_signed = head.verdict == "valid";
    if (book.direction == registers::Direction::incoming) ++c.incoming, c.incoming_signed += is_signed;
    else if (head.internal) ++c.internal, c.internal_signed += is_signed;
    else count_outgoing(c, head, is_signed);
  });
}

void count_mailboxes(const Call& call, const store::Snapshot& snapshot, const Period& p, Scene& scene) {
  const auto began = use_began(snapshot);
  scene.use_known = began && *began <= p.from;
  const auto days = working_days(call.context.config.reports, p.from, p.to);
  snapshot.for_each_account([&](const store::Account& a) {
    const auto found = a.disabled || a.functional ? scene.agencies.end() : scene.agencies.find(agency_code(snapshot, a.agency));
    if (found == scene.agencies.end()) return true;
    ++found->second.mailboxes;
    if (scene.use_known && days_used(snapshot, a.id, days) >= call.context.config.reports.active_days) ++found->second.active;
    return true;
  });
}

}  // namespace

Result<Scene> count_all(const Call& call, const store::Snapshot& snapshot, const Period& p) {
  const auto asked = agencies_asked(call, snapshot);
  if (!asked) return asked.error();
  Scene scene;
  scene.period = period_named(p.from, p.to);
  for (const std::string& code : *asked)
    if (const auto agency = snapshot.agency(code); agency && holds_on(*agency, p.to)) scene.agencies[code];
  count_documents(snapshot, p, scene);
  count_mailboxes(call, snapshot, p, scene);
  return scene;
}

}  // namespace admin
