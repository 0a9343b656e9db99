// Encryption at rest: the domains' keys. The store makes and wraps them; here they are asked for, shown and audited.
#include "base/domain_name.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/handlers.hpp"

namespace admin {
namespace {

Result<Json> audited(const Call& call, std::string_view what, const std::string& target, Json detail) {
  return commit(call, {[](store::WriteContext&) -> Result<bool> { return true; }}, what, target, std::move(detail));
}

// The intent is audited first: a key that was made and not written down would be worse than the other way round.
template <class Act>
Result<Json> key_change(const Call& call, std::string_view what, Act act) {
  const auto domain = base::canonical_domain(call.segment(1));
  if (!domain) return domain.error();
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    if (!snapshot->domain(*domain)) return fail(Errc::not_found, "no such domain: " + *domain);
  }
  if (const auto written = audited(call, what, *domain, Json::object()); !written) return written.error();
  return act(*domain);
}

Json key_reply(store::KeyId id) { return {{"schema", "congthu.change/1"}, {"changed", true}, {"key", std::uint32_t(id)}}; }

}  // namespace

Result<Json> list_keys(const Call& call) {
  const auto all = call.context.store.keys();
  if (!all) return all.error();
  Json keys = Json::array();
  for (const store::KeyInfo& k : *all)
    keys.push_back({{"domain", k.domain}, {"key", std::uint32_t(k.id)}, {"current", k.current}, {"loaded", k.loaded},
                    {"created", base::rfc3339(k.created)}, {"master", k.master}});
  const store::MasterKey* master = call.context.store.master();
  return Json{{"schema", "congthu.keys/1"}, {"master", master != nullptr ? Json(master->id()) : Json(nullptr)}, {"keys", std::move(keys)}};
}

// Repeating it changes nothing and says so (CONTRACT.md 1).
Result<Json> enable_key(const Call& call) {
  const auto name = base::canonical_domain(call.segment(1));
  if (!name) return name.error();
  const auto all = call.context.store.keys();
  if (!all) return all.error();
  for (const store::KeyInfo& key : *all)
    if (key.current && key.domain == *name) return Json{{"schema", "congthu.change/1"}, {"changed", false}, {"key", std::uint32_t(key.id)}};
  return key_change(call, "key.enable", [&](const std::string& domain) -> Result<Json> {
    const auto id = call.context.store.enable_encryption(domain);
    if (!id) return id.error();
    return key_reply(*id);
  });
}

Result<Json> rotate_key(const Call& call) {
  return key_change(call, "key.rotate", [&](const std::string& domain) -> Result<Json> {
    const auto id = call.context.store.rotate_key(domain);
    if (!id) return id.error();
    return key_reply(*id);
  });
}

Result<Json> stop_key(const Call& call) {
  return key_change(call, "key.stop", [&](const std::string& domain) -> Result<Json> {
    const auto done = call.context.store.stop_encryption(domain);
    if (!done) return done.error();
    return Json{{"schema", "congthu.change/1"}, {"changed", true}};
  });
}

Result<Json> rewrap_keys(const Call& call) {
  const store::MasterKey* master = call.context.store.master();
  if (const auto written = audited(call, "key.rewrap", master != nullptr ? master->id() : "", Json::object()); !written) return written.error();
  const auto count = call.context.store.rewrap_keys();
  if (!count) return count.error();
  return Json{{"schema", "congthu.change/1"}, {"changed", *count > 0}, {"rewrapped", *count}};
}

}  // namespace admin
