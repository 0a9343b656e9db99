// The one entrance: finds the handler of a request, calls it, makes errors and exceptions into replies. Thread-safe.
#pragma once
#include "tools/admin/context.hpp"

namespace admin {

Reply handle(const Context& context, const Request& request, const Progress& progress = {});
bool streams(const Request& request);  // its lines come through `progress` before the reply: send them as they come

int http_status(Errc code);
Json error_json(const base::Error& error);
std::string dump(const Json& json);  // bytes that are not UTF-8 are replaced, never thrown on

}  // namespace admin
