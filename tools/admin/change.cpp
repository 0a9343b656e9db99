#include "tools/admin/change.hpp"

#include "base/log.hpp"
#include "tools/admin/handle.hpp"

namespace admin {

Result<bool> Change::apply(store::WriteContext& w) const {
  bool changed = false;
  for (const Step& one : steps) {
    const auto outcome = one(w);
    if (!outcome) return outcome.error();
    changed = changed || *outcome;
  }
  if (!changed) return false;
  const auto written = store::AppendAudit{audit}.apply(w);
  if (!written) return written.error();
  return true;
}

Result<Json> commit(const Call& call, std::vector<Change::Step> steps, std::string_view what, std::string_view target, Json detail) {
  const Json row = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", what},
                    {"target", target}, {"detail", std::move(detail)}};
  Change change{std::move(steps), dump(row)};
  const auto changed = call.context.store.run(std::move(change));
  if (!changed) return changed.error();
  if (*changed) base::log_info("admin_change", {{"who", call.request.who}, {"what", what}, {"target", target}});
  return Json{{"schema", "congthu.change/1"}, {"changed", *changed}};
}

}  // namespace admin
