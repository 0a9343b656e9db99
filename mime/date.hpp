// The Date field (RFC 5322 3.3 and 4.3, with the mistakes that mailers make) as UTC seconds. Thread rule: pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace mime {

// Seconds since 1970 UTC. A missing zone counts as UTC. Nothing when day, month or year cannot be read or is out of range.
std::optional<std::int64_t> parse_date(std::string_view raw_value);

// The day as the sender wrote it, zone disregarded (RFC 9051 6.4.4 SENTBEFORE, SENTON, SENTSINCE): days since 1970-01-01.
std::optional<std::int32_t> parse_date_day(std::string_view raw_value);

}  // namespace mime
