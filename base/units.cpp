#include "base/units.hpp"

#include <array>
#include <charconv>
#include <limits>

#include "base/ascii.hpp"

namespace base {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array kDurations{Unit{"w", 604'800'000}, Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
                                Unit{"m", 60'000},      Unit{"s", 1'000},      Unit{"ms", 1}};
constexpr std::array kSizes{Unit{"TiB", 1ULL << 40}, Unit{"GiB", 1ULL << 30}, Unit{"MiB", 1ULL << 20},
                            Unit{"KiB", 1ULL << 10}, Unit{"B", 1}};
constexpr std::uint64_t kLongest = 100ULL * 366 * 86'400'000;

struct Quantity {
  std::uint64_t number;
  std::string_view unit;
};

Result<Quantity> parse_quantity(std::string_view text) {
  Quantity q{};
  text = trim(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), q.number);
  if (error == std::errc::result_out_of_range) return fail(Errc::invalid, "number too large");
  if (error != std::errc()) return fail(Errc::invalid, "does not start with a number");
  q.unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  return q;
}

Result<std::uint64_t> times(std::uint64_t number, std::uint64_t factor, std::uint64_t most) {
  if (number > most / factor) return fail(Errc::invalid, "too large");
  return number * factor;
}

// "K", "KB" and "KiB" are one unit: nobody who types 5GB into a quota means 4.66 GiB.
bool is_size_unit(std::string_view given, std::string_view name) {
  if (iequals(given, name)) return true;
  if (name.size() != 3 || given.empty() || lower(given[0]) != lower(name[0])) return false;
  return given.size() == 1 || (given.size() == 2 && lower(given[1]) == 'b');
}

template <std::size_t N>
std::string format_largest(std::uint64_t value, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0) return std::to_string(value / unit.factor) + std::string(unit.name);
  }
  return "0" + std::string(units.back().name);
}

}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
  const auto q = parse_quantity(text);
  if (!q) return q.error();
  if (q->number == 0 && q->unit.empty()) return milliseconds(0);
  for (const Unit& unit : kDurations) {
    if (q->unit != unit.name) continue;
    const auto ms = times(q->number, unit.factor, kLongest);
    if (!ms) return ms.error();
    return milliseconds(static_cast<milliseconds::rep>(*ms));
  }
  return fail(Errc::invalid, "needs a unit: ms, s, m, h, d or w");
}

std::string format_duration(milliseconds d) {
  return format_largest(d.count() < 0 ? 0 : static_cast<std::uint64_t>(d.count()), kDurations);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  const auto q = parse_quantity(text);
  if (!q) return q.error();
  if (q->unit.empty()) return q->number;
  for (const Unit& unit : kSizes) {
    if (is_size_unit(q->unit, unit.name)) return times(q->number, unit.factor, std::numeric_limits<std::int64_t>::max());
  }
  return fail(Errc::invalid, "needs a unit: B, KiB, MiB, GiB or TiB");
}

std::string format_size(std::uint64_t bytes) { return format_largest(bytes, kSizes); }

}  // namespace base
