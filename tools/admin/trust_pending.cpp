#include "tools/admin/trust_pending.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

constexpr std::string_view kPendingPrefix = "trust-pending/";
constexpr std::chrono::days kPendingLife{14};  // who asked may not remember later

// One person, whether he comes by the server or while none runs.
std::string_view person(std::string_view who) {
  constexpr std::string_view kByHand = " congthu";
  return who.ends_with(kByHand) ? who.substr(0, who.size() - kByHand.size()) : who;
}

std::vector<Change::Step> steps_of(const TrustChange& change) {
  std::vector<Change::Step> steps;
  for (const std::string& key : change.removes) steps.push_back(step(store::PutEntry{store::Entry::trust, key, ""}));
  for (const auto& [key, value] : change.puts) steps.push_back(step(store::PutEntry{store::Entry::trust, key, value}));
  return steps;
}

void tell(const Call& call) {
  if (call.context.services.changed) call.context.services.changed(Changed::trust);
}

Result<bool> is_so_already(const Call& call, const TrustChange& change) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  return change.removes.empty() && std::all_of(change.puts.begin(), change.puts.end(), [&](const auto& put) {
           return snapshot->entry(store::Entry::trust, put.first) == std::optional<std::string_view>(put.second);
         });
}

Result<Json> keep_for_second(const Call& call, const TrustChange& change) {
  Json puts = Json::array();
  for (const auto& [key, value] : change.puts) puts.push_back({{"key", key}, {"value", value}});
  const std::string id = base::hex_encode(base::random_bytes(4));
  const Json row = {{"schema", "congthu.trust_pending/1"}, {"id", id}, {"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who},
                    {"what", change.what}, {"target", change.target}, {"detail", change.detail}, {"puts", std::move(puts)}, {"removes", change.removes}};
  auto reply = commit(call, {step(store::PutEntry{store::Entry::policy, std::string(kPendingPrefix) + id, dump(row)})}, change.what + ".asked",
                      change.target, change.detail);
  if (!reply) return reply.error();
  (*reply)["pending"] = id;
  return reply;
}

struct Pending {
  Json row;
  TrustChange change;
};

Result<Pending> pending_of(std::string_view value) {
  try {
    Pending p{Json::parse(value), {}};
    p.change.what = p.row.at("what").get<std::string>();
    p.change.target = p.row.at("target").get<std::string>();
    p.change.detail = p.row.at("detail");
    for (const Json& put : p.row.at("puts")) p.change.puts.emplace_back(put.at("key").get<std::string>(), put.at("value").get<std::string>());
    p.change.removes = p.row.at("removes").get<std::vector<std::string>>();
    return p;
  } catch (const Json::exception&) {
    return fail(Errc::corrupt, "a change that waits for its confirmation is broken: reject it");
  }
}

Result<std::string> pending_value(const Call& call, const std::string& id) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto value = snapshot->entry(store::Entry::policy, std::string(kPendingPrefix) + id);
  if (!value) return fail(Errc::not_found, "no change waits under " + id);
  return std::string(*value);
}

Change::Step forget(const std::string& id) { return step(store::PutEntry{store::Entry::policy, std::string(kPendingPrefix) + id, ""}); }

}  // namespace

Result<Json> commit_trust(const Call& call, const TrustChange& change, bool needs_two) {
  if (needs_two && call.context.config.signature.two_person) {
    const auto there = is_so_already(call, change);
    if (!there) return there.error();
    if (!*there) return keep_for_second(call, change);
  }
  auto reply = commit(call, steps_of(change), change.what, change.target, change.detail);
  if (!reply) return reply.error();
  (*reply)["pending"] = nullptr;
  if (reply->at("changed") == true) tell(call);
  return reply;
}

Result<Json> list_pending_trust(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json list = Json::array();
  snapshot->for_each_entry(store::Entry::policy, kPendingPrefix, [&](std::string_view key, std::string_view value) {
    const auto p = pending_of(value);
    if (p) list.push_back({{"id", p->row.value("id", "")}, {"at", text_of(p->row, "at")}, {"who", text_of(p->row, "who")}, {"what", p->change.what},
                           {"target", p->change.target}, {"detail", p->change.detail}});
    else list.push_back({{"id", key.substr(kPendingPrefix.size())}, {"at", nullptr}, {"who", nullptr}, {"what", nullptr}, {"target", nullptr}, {"detail", nullptr}});
    return true;
  });
  return Json{{"schema", "congthu.trust_pending_list/1"}, {"two_person", call.context.config.signature.two_person}, {"pending", std::move(list)}};
}

Result<Json> approve_trust(const Call& call) {
  const std::string id(call.segment(2));
  const auto value = pending_value(call, id);
  if (!value) return value.error();
  auto p = pending_of(*value);
  if (!p) return p.error();
  const std::string asked_by = text_of(p->row, "who");
  if (person(asked_by) == person(call.request.who)) return fail(Errc::denied, "the person who asked for a change cannot confirm it: " + asked_by);
  const auto at = base::parse_rfc3339(text_of(p->row, "at"));
  if (!at || call.context.clock.now() - *at > kPendingLife) return fail(Errc::conflict, "it has waited for more than 14 days: reject it and ask anew");
  std::vector<Change::Step> steps = steps_of(p->change);
  steps.push_back(forget(id));  // fails when somebody was faster
  p->change.detail["asked_by"] = asked_by;
  p->change.detail["asked_at"] = text_of(p->row, "at");
  auto reply = commit(call, std::move(steps), p->change.what, p->change.target, p->change.detail);
  if (!reply) return reply.error();
  tell(call);
  return reply;
}

Result<Json> reject_trust(const Call& call) {
  const std::string id(call.segment(2));
  const auto value = pending_value(call, id);
  if (!value) return value.error();
  const Json row = Json::parse(*value, nullptr, false);
  return commit(call, {forget(id)}, "trust.rejected", row.is_object() ? text_of(row, "target") : id,
                {{"id", id}, {"asked_by", row.is_object() ? Json(text_of(row, "who")) : Json(nullptr)}});
}

}  // namespace admin
