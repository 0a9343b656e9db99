// Whether mailboxes are used (CONTRACT 4: mail sent, or newly read, on working days; polling is no use). Rows of the table `documents`:
//   'U' u64 account, u16 year -> the year's days with mail sent, then those with mail newly read, kYearBytes each; bit 0 is 1 January
//   'U' u64 0, u16 0          -> the first day that was recorded: of a period before it nothing is known
// Days are Vietnam's. Functions are pure but for their snapshot; rules run in the store's writer.
#pragma once
#include <chrono>

#include "base/config.hpp"
#include "store/store.hpp"

namespace admin {

enum class Use : unsigned char { sent, read };
inline constexpr std::size_t kYearBytes = 46;  // 366 bits

store::RecordRule note_use(store::AccountId account, Use use, base::Time at);
store::RecordRule begin_use(base::Time at);  // nothing where it has begun
std::optional<std::string> use_began(const store::Snapshot& snapshot);  // "2026-11-23"

// Monday to Friday without the holidays, and the days that the year's decree moves work to. Days are inclusive.
std::vector<std::chrono::sys_days> working_days(const base::ReportsConfig& config, std::string_view from, std::string_view to);
// On how many of these days (in their order) the account sent or newly read mail.
unsigned days_used(const store::Snapshot& snapshot, store::AccountId account, const std::vector<std::chrono::sys_days>& days);

}  // namespace admin
