// Deadline rules besides that of meetings: they never refuse (CONTRACT 3). What they find is known only when a time has come, so their
// findings are made by tools/congthud/deadline_watch; a dry run says that a mail alone does not tell. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/rules/exchange.hpp"

namespace policy::rules {

inline constexpr std::string_view kScheduleFirst = "schedule-before-website", kUrgent = "urgent-deadline";
inline constexpr std::chrono::hours kScheduleBefore{1};

// A work schedule goes to the agencies by mail an hour before it is on the website. Bound: whoever sends it.
std::unique_ptr<Rule> schedule_before_website();
struct PublishedSchedule {
  std::string row, number, title, url, entered_by;
  base::Time accepted{}, published{};
};
std::optional<Finding> schedule_too_late(const PublishedSchedule& schedule);  // none: an hour or more was between

// An urgent document is assigned within the time that [[urgency]] gives it. Bound: the agency that received it.
std::unique_ptr<Rule> urgent_deadline();
struct UrgentLimit {
  base::Time until{};
  std::string policy, source;
};
// Of the files' limits the nearest agency's, then the later one. `agencies`: the receiving one first, then those above it.
std::optional<UrgentLimit> urgent_limit(const ExchangePolicies& policies, std::string_view level, const std::vector<std::string>& agencies, base::Time received);
struct UrgentDocument {
  std::string row, number, level, source;
  base::Time received{}, until{};
};
Finding urgent_missed(const UrgentDocument& document);

}  // namespace policy::rules
