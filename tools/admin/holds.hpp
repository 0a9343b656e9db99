// Handlers of legal holds.
#pragma once
#include "tools/admin/handlers.hpp"

namespace admin {

Result<Json> list_holds(const Call&);
Result<Json> show_hold(const Call&);
Result<Json> place_hold(const Call&);
Result<Json> lift_hold(const Call&);

}  // namespace admin
