#include "tools/admin/use.hpp"

#include <algorithm>

#include "base/codec.hpp"

namespace admin {
namespace {

namespace chrono = std::chrono;
constexpr store::RecordTable kUseTable = store::RecordTable::documents;

std::string use_key(store::AccountId account, unsigned year) {
  return base::Writer().raw("U").fixed(std::uint64_t(store::raw(account))).fixed(std::uint16_t(year)).take();
}

chrono::sys_days vietnam_days(base::Time at) { return chrono::floor<chrono::days>(chrono::sys_time<base::Time::duration>(at.time_since_epoch()) + chrono::hours(7)); }

std::optional<chrono::sys_days> parse_day(std::string_view day) {
  const auto known = base::vietnam_day(day);
  return known ? std::optional(vietnam_days(known->first)) : std::nullopt;
}

unsigned year_of_day(chrono::sys_days day) { return unsigned(int(chrono::year_month_day(day).year())); }

std::size_t bit_of_day(chrono::sys_days day) {
  return std::size_t((day - chrono::sys_days(chrono::year(int(year_of_day(day))) / chrono::January / 1)).count());
}

bool is_set(std::string_view bits, std::size_t bit) { return bit / 8 < bits.size() && (static_cast<unsigned char>(bits[bit / 8]) >> (bit % 8) & 1) != 0; }

bool names(const std::vector<std::string>& list, chrono::sys_days day) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& one) { return parse_day(one) == day; });
}

}  // namespace

store::RecordRule note_use(store::AccountId account, Use use, base::Time at) {
  return [=](const store::RecordInput& in) -> base::Result<std::vector<store::Put>> {
    const chrono::sys_days day = vietnam_days(at);
    const std::string key = use_key(account, year_of_day(day));
    std::string bits = in.rows.get(kUseTable, key).value_or(std::string());
    bits.resize(2 * kYearBytes);
    const std::size_t bit = bit_of_day(day);
    char& byte = bits[(use == Use::read ? kYearBytes : 0) + bit / 8];
    if ((static_cast<unsigned char>(byte) >> (bit % 8) & 1) != 0) return std::vector<store::Put>();
    byte = char(static_cast<unsigned char>(byte) | 1u << (bit % 8));
    return std::vector<store::Put>{{kUseTable, key, std::move(bits)}};
  };
}

store::RecordRule begin_use(base::Time at) {
  return [at](const store::RecordInput& in) -> base::Result<std::vector<store::Put>> {
    const std::string key = use_key({}, 0);
    if (in.rows.get(kUseTable, key)) return std::vector<store::Put>();
    return std::vector<store::Put>{{kUseTable, key, base::vietnam_date(at)}};
  };
}

std::optional<std::string> use_began(const store::Snapshot& snapshot) { return snapshot.record(kUseTable, use_key({}, 0)); }

std::vector<chrono::sys_days> working_days(const base::ReportsConfig& config, std::string_view from, std::string_view to) {
  std::vector<chrono::sys_days> out;
  const auto first = parse_day(from), last = parse_day(to);
  if (!first || !last) return out;
  for (chrono::sys_days day = *first; day <= *last; day += chrono::days(1)) {
    const unsigned weekday = chrono::weekday(day).iso_encoding();
    if (weekday <= 5 ? !names(config.holidays, day) : names(config.working_days, day)) out.push_back(day);
  }
  return out;
}

unsigned days_used(const store::Snapshot& snapshot, store::AccountId account, const std::vector<chrono::sys_days>& days) {
  unsigned used = 0, year = 0;
  std::string bits;
  for (const chrono::sys_days day : days) {
    if (const unsigned own = year_of_day(day); own != year) {
      year = own;
      bits = snapshot.record(kUseTable, use_key(account, year)).value_or(std::string());
    }
    const std::size_t bit = bit_of_day(day);
    const std::string_view both = bits;
    if (both.size() == 2 * kYearBytes && (is_set(both.substr(0, kYearBytes), bit) || is_set(both.substr(kYearBytes), bit))) ++used;
  }
  return used;
}

}  // namespace admin
