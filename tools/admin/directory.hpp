// Small helpers over the directory, shared by the handlers.
#pragma once
#include "tools/admin/handlers.hpp"

namespace admin {

std::string agency_code(const store::Snapshot& snapshot, store::AgencyId id);  // empty for none
Result<store::AgencyId> agency_id(const store::Snapshot& snapshot, const std::optional<std::string>& code);  // none for none
bool holds_on(const store::Agency& agency, std::string_view day);  // ISO days compare as text
Json text_or_null(const std::string& text);

}  // namespace admin
