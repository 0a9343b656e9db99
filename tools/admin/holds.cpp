// Legal holds. Placing, lifting and each look at one are audited: also who read what is held.
#include "tools/admin/holds.hpp"

#include "store/hold.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/numbers.hpp"

namespace admin {
namespace {

constexpr std::pair<store::HoldScope, std::string_view> kScopes[] = {{store::HoldScope::everything, "everything"}, {store::HoldScope::account, "account"},
                                                                     {store::HoldScope::agency, "agency"}, {store::HoldScope::document, "document"},
                                                                     {store::HoldScope::search, "search"}};

std::string_view name_of(store::HoldScope scope) {
  for (const auto& [value, name] : kScopes)
    if (value == scope) return name;
  return "";
}

Json hold_json(const store::Snapshot& snapshot, const store::Hold& h) {
  const auto account = snapshot.account(h.account);
  return {{"name", h.name}, {"scope", name_of(h.scope)}, {"account", account ? Json(account->address) : Json(nullptr)},
          {"agency", text_or_null(agency_code(snapshot, h.agency))}, {"text", text_or_null(h.text)}, {"reason", h.reason},
          {"case", text_or_null(h.case_number)}, {"placed", base::rfc3339(h.placed)}, {"placed_by", h.who},
          {"state", h.lifting ? "lifting" : h.by_text() && !h.matched ? "matching" : "in force"}};
}

Result<void> audit(const Call& call, std::string_view what, std::string_view target, Json detail = Json::object()) {
  const Json row = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", what}, {"target", target}, {"detail", std::move(detail)}};
  const auto written = call.context.store.run(store::AppendAudit{dump(row)});
  if (!written) return written.error();
  return {};
}

Result<store::Hold> hold_of(const Call& call, Body& body) {
  store::Hold h;
  h.name = body.required("name");
  const std::string scope = body.required("scope");
  const auto account = body.text("account"), agency = body.text("agency"), text = body.text("text");
  h.reason = body.required("reason");
  h.case_number = body.text("case").value_or("");
  h.who = call.request.who;
  if (auto error = body.error()) return *error;
  for (const auto& [value, name] : kScopes)
    if (name == scope) h.scope = value;
  if (h.scope == store::HoldScope{}) return fail(Errc::invalid, "scope: everything, account, agency, document or search");
  h.text = text.value_or("");
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  if (account) {
    const auto address = store::canonical_address(*account);
    if (!address) return address.error();
    const auto found = snapshot->account(*address);
    if (!found) return fail(Errc::not_found, "no such account: " + *address);
    h.account = found->id;
  }
  const auto id = agency_id(*snapshot, agency);
  if (!id) return id.error();
  h.agency = *id;
  return h;
}

}  // namespace

Result<Json> list_holds(const Call& call) {
  Json list = Json::array();
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    for (const store::Hold& h : store::list_holds(snapshot->txn())) list.push_back(hold_json(*snapshot, h));
  }
  if (auto audited = audit(call, "hold.list", "holds"); !audited) return audited.error();
  return Json{{"schema", "congthu.holds/1"}, {"holds", std::move(list)}};
}

Result<Json> show_hold(const Call& call) {
  const auto limit = number_arg(call, "limit", 1000, 100'000);
  if (!limit) return limit.error();
  Json out;
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    const auto h = store::find_hold(snapshot->txn(), call.segment(1));
    if (!h) return fail(Errc::not_found, "no such hold");
    out = hold_json(*snapshot, *h);
    out["schema"] = "congthu.hold/1";
    Json messages = Json::array();
    std::uint64_t total = 0;
    store::for_each_held(snapshot->txn(), h->name, [&](const store::HeldMessage& m) {
      if (++total > *limit) return true;
      const auto account = snapshot->account(m.account);
      const auto mailbox = snapshot->mailbox(m.account, m.mailbox);
      messages.push_back({{"account", account ? Json(account->address) : Json(nullptr)}, {"mailbox", mailbox ? Json(mailbox->name) : Json(nullptr)},
                          {"uid", store::raw(m.uid)}, {"expunged", !snapshot->hot(m.account, m.mailbox, m.uid).has_value()}});
      return true;
    });
    out["total"] = total;
    out["messages"] = std::move(messages);
  }
  if (auto audited = audit(call, "hold.show", call.segment(1)); !audited) return audited.error();
  return out;
}

Result<Json> place_hold(const Call& call) {
  Body body(call.request.body);
  auto h = hold_of(call, body);
  if (!h) return h.error();
  const Json detail = {{"scope", name_of(h->scope)}, {"account", body.text("account").value_or("")}, {"agency", body.text("agency").value_or("")},
                       {"text", h->text}, {"reason", h->reason}, {"case", h->case_number}};
  const std::string name = h->name;
  return commit(call, {step(store::AddHold{*std::move(h)})}, "hold.place", name, detail);
}

Result<Json> lift_hold(const Call& call) {
  const std::string name(call.segment(1)), reason(call.request.arg("reason"));
  if (reason.empty()) return fail(Errc::invalid, "reason: is missing");
  return commit(call, {step(store::LiftHold{name})}, "hold.lift", name, {{"reason", reason}, {"case", call.request.arg("case")}});
}

}  // namespace admin
