// Reports that were published, as they are kept (published.cpp).
#pragma once
#include "tools/admin/handlers.hpp"

namespace admin {

std::vector<Json> published_reports(const store::Snapshot& snapshot);  // what each is, without content; the newest first

}  // namespace admin
