// Exceptions from rules that an officer gives, beside those of policy files: rows of the directory (Entry::policy, "exception/ID", JSON
// {"rule","agency"|"address","from","until","approver","reason","entered_by","entered"}). They always end. tools/congthud/policy_state
// reads them with the rules; adding or removing one counts at once.
#pragma once
#include <functional>
#include <string_view>

#include "store/store.hpp"
#include "tools/admin/context.hpp"

namespace admin {

// Every row, with its "id"; damaged ones are told to the log and left out. True: go on.
void for_each_exception(const store::Snapshot& snapshot, const std::function<void(const Json&)>& use);

}  // namespace admin
