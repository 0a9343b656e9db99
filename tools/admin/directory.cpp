// Domains, agencies, aliases.
#include <algorithm>

#include "base/domain_name.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/directory.hpp"

namespace admin {

std::string agency_code(const store::Snapshot& snapshot, store::AgencyId id) {
  const auto agency = snapshot.agency(id);
  return agency ? agency->code : std::string{};
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Result<store::AgencyId> agency_id(const store::Snapshot& snapshot, const std::optional<std::string>& code) {
  if (!code || code->empty()) return store::AgencyId{};
  const auto agency = snapshot.agency(std::string_view(*code));
  if (!agency) return fail(Errc::not_found, "no such agency: " + *code);
  return agency->id;
}

namespace {

Json domain_json(const store::Snapshot& snapshot, const store::Domain& d) {
  return {{"name", d.name}, {"agency", text_or_null(agency_code(snapshot, d.agency))}};
}

Json with_schema(const char* schema, Json body) {
  Json out = {{"schema", schema}};
  out.update(body);
  return out;
}

Json agency_json(const store::Snapshot& snapshot, const store::Agency& a, unsigned depth) {
  return {{"code", a.code}, {"name", a.name}, {"parent", text_or_null(agency_code(snapshot, a.parent))}, {"symbol", text_or_null(a.symbol)},
          {"valid_from", text_or_null(a.valid_from)}, {"valid_until", text_or_null(a.valid_until)}, {"aliases", a.aliases}, {"depth", depth}};
}

Json alias_json(const store::Address& a) { return {{"address", a.address}, {"targets", a.targets}}; }

using Children = std::map<store::AgencyId, std::vector<const store::Agency*>>;

void add_tree(const store::Snapshot& snapshot, const Children& children, store::AgencyId parent, unsigned depth, Json& out) {
  const auto found = children.find(parent);
  if (found == children.end() || depth > 64) return;
  for (const store::Agency* agency : found->second) {
    out.push_back(agency_json(snapshot, *agency, depth));
    add_tree(snapshot, children, agency->id, depth + 1, out);
  }
}

unsigned depth_of(const store::Snapshot& snapshot, store::AgencyId id) {
  unsigned depth = 0;
  for (auto row = snapshot.agency(id); row && row->parent != store::AgencyId{} && depth < 64; row = snapshot.agency(row->parent)) ++depth;
  return depth;
}

}  // namespace

bool holds_on(const store::Agency& a, std::string_view day) {
  return (a.valid_from.empty() || a.valid_from <= day) && (a.valid_until.empty() || day <= a.valid_until);
}

Result<Json> list_domains(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json list = Json::array();
  snapshot->for_each_domain([&](const store::Domain& d) {
    list.push_back(domain_json(*snapshot, d));
    return true;
  });
  return Json{{"schema", "congthu.domains/1"}, {"domains", std::move(list)}};
}

Result<Json> show_domain(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto name = base::canonical_domain(call.segment(1));
  if (!name) return name.error();
  const auto domain = snapshot->domain(*name);
  if (!domain) return fail(Errc::not_found, "no such domain: " + *name);
  return with_schema("congthu.domain/1", domain_json(*snapshot, *domain));
}

Result<Json> add_domain(const Call& call) {
  Body body(call.request.body);
  const std::string given = body.required("name");
  const auto agency = body.text("agency");
  if (const auto wrong = body.error()) return *wrong;
  const auto name = base::canonical_domain(given);
  if (!name) return name.error();
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto owner = agency_id(*snapshot, agency);
  if (!owner) return owner.error();
  const bool is_new = !snapshot->domain(*name);
  auto reply = commit(call, {step(store::AddDomain{{{}, *name, *owner}}, is_new)}, "domain.add", *name, {{"agency", agency.value_or("")}});
  if (reply && call.context.services.changed) call.context.services.changed(Changed::domains);
  return reply;
}

Result<Json> remove_domain(const Call& call) {
  const std::string name(call.segment(1));
  std::vector<Change::Step> steps;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    const auto canonical = base::canonical_domain(name);
    if (const auto row = canonical ? snapshot->domain(*canonical) : std::nullopt) steps = without_grants(*snapshot, row->id, {});
  }
  steps.push_back(step(store::RemoveDirectory{store::RemoveDirectory::What::domain, name}));
  auto reply = commit(call, std::move(steps), "domain.remove", name);
  if (reply && call.context.services.changed) call.context.services.changed(Changed::domains);
  return reply;
}

Result<Json> list_agencies(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const std::string_view at = call.request.arg("at");
  if (!at.empty()) {
    if (const auto day = base::vietnam_day(at); !day) return day.error();
  }
  std::vector<store::Agency> rows;
  snapshot->for_each_agency([&](const store::Agency& a) {
    rows.push_back(a);
    return true;
  });
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.code < b.code; });
  Children children;
  for (const store::Agency& a : rows)
    if (at.empty() || holds_on(a, at)) {
      // A parent that has ended by then leaves its children at the top, not out of the list.
      const auto parent = snapshot->agency(a.parent);
      children[parent && (at.empty() || holds_on(*parent, at)) ? a.parent : store::AgencyId{}].push_back(&a);
    }
  Json list = Json::array();
  add_tree(*snapshot, children, store::AgencyId{}, 0, list);
  return Json{{"schema", "congthu.agencies/1"}, {"agencies", std::move(list)}};
}

Result<Json> show_agency(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto agency = snapshot->agency(call.segment(1));
  if (!agency) return fail(Errc::not_found, "no such agency: " + std::string(call.segment(1)));
  return with_schema("congthu.agency/1", agency_json(*snapshot, *agency, depth_of(*snapshot, agency->id)));
}

Result<Json> add_agency(const Call& call) {
  Body body(call.request.body);
  store::AddAgency op;
  op.row.code = body.required("code");
  op.row.name = body.required("name");
  const auto parent = body.text("parent");
  op.row.symbol = body.text("symbol").value_or("");
  op.row.valid_from = body.text("valid_from").value_or("");
  op.row.valid_until = body.text("valid_until").value_or("");
  op.row.aliases = body.list("aliases").value_or(std::vector<std::string>{});
  op.replace = body.flag("replace").value_or(false);
  if (const auto wrong = body.error()) return *wrong;
  if (!op.row.valid_from.empty() && !op.row.valid_until.empty() && op.row.valid_until < op.row.valid_from)
    return fail(Errc::invalid, "valid_until is before valid_from");
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto above = agency_id(*snapshot, parent);
  if (!above) return above.error();
  op.row.parent = *above;
  const auto old = snapshot->agency(std::string_view(op.row.code));
  if (old) op.row.id = old->id;  // the operation ignores it; compared here
  const bool differs = !old || !(*old == op.row);
  Json detail = agency_json(*snapshot, op.row, 0);
  detail.erase("depth");
  const std::string code = op.row.code;
  return commit(call, {step(std::move(op), differs)}, old && differs ? "agency.change" : "agency.add", code, std::move(detail));
}

Result<Json> remove_agency(const Call& call) {
  const std::string code(call.segment(1));
  std::vector<Change::Step> steps;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    if (const auto row = snapshot->agency(std::string_view(code))) steps = without_grants(*snapshot, {}, row->id);
  }
  steps.push_back(step(store::RemoveDirectory{store::RemoveDirectory::What::agency, code}));
  return commit(call, std::move(steps), "agency.remove", code);
}

Result<Json> list_aliases(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json list = Json::array();
  snapshot->for_each_address([&](const store::Address& a) {
    if (a.account == store::AccountId{} && (call.actor.all() || call.actor.scope.covers_domain(*snapshot, a.address.substr(a.address.rfind('@') + 1))))
      list.push_back(alias_json(a));
    return true;
  });
  return Json{{"schema", "congthu.aliases/1"}, {"aliases", std::move(list)}};
}

Result<Json> show_alias(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto name = store::canonical_address(call.segment(1));
  if (!name) return name.error();
  const auto alias = snapshot->address(*name);
  if (!alias || alias->account != store::AccountId{}) return fail(Errc::not_found, "no such alias: " + *name);
  return with_schema("congthu.alias/1", alias_json(*alias));
}

Result<Json> add_alias(const Call& call) {
  Body body(call.request.body);
  store::AddAlias op;
  op.row.address = body.required("address");
  op.row.targets = body.list("targets").value_or(std::vector<std::string>{});
  op.replace = body.flag("replace").value_or(false);
  if (const auto wrong = body.error()) return *wrong;
  const std::string address = op.row.address;
  Json detail = {{"targets", op.row.targets}};
  return commit(call, {step(std::move(op))}, "alias.add", address, std::move(detail));
}

Result<Json> remove_alias(const Call& call) {
  const std::string address(call.segment(1));
  return commit(call, {step(store::RemoveDirectory{store::RemoveDirectory::What::alias, address})}, "alias.remove", address);
}

}  // namespace admin
