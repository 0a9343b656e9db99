// date-time = [day-of-week ","] day month year hour ":" minute [":" second] zone
#include "mime/date.hpp"

#include <chrono>
#include <string>

#include "base/ascii.hpp"
#include "mime/params.hpp"

namespace mime {
namespace {

struct Cursor {
  std::string_view s;
  std::size_t pos = 0;
  void skip() { pos = skip_cfws(s, pos); }
  char peek() const { return pos < s.size() ? s[pos] : '\0'; }
  bool take(char c) {
    skip();
    if (peek() != c) return false;
    ++pos;
    return true;
  }
  // A number of at most `digits` digits; -1 when there is none.
  int number(std::size_t digits, std::size_t* count = nullptr) {
    skip();
    const std::size_t start = pos;
    int v = 0;
    while (pos < s.size() && pos - start < digits && base::is_digit(s[pos])) v = v * 10 + (s[pos++] - '0');
    if (count) *count = pos - start;
    return pos == start ? -1 : v;
  }
  std::string_view word() {
    skip();
    const std::size_t start = pos;
    while (pos < s.size() && base::is_alpha(s[pos])) ++pos;
    return s.substr(start, pos - start);
  }
};

unsigned month_of(std::string_view word) {
  constexpr std::string_view names = "janfebmaraprmayjunjulaugsepoctnovdec";
  if (word.size() < 3) return 0;
  const std::string key = base::lower_ascii(word.substr(0, 3));
  const std::size_t at = names.find(key);
  return at == names.npos || at % 3 != 0 ? 0 : unsigned(at / 3 + 1);
}

int full_year(int year, std::size_t digits) {  // RFC 5322 4.3
  if (digits == 2) return year < 50 ? year + 2000 : year + 1900;
  return digits == 3 ? year + 1900 : year;
}

int zone_minutes(Cursor& c) {
  c.skip();
  const char sign = c.peek();
  if (sign == '+' || sign == '-') {
    ++c.pos;
    const int v = c.number(4);
    const int minutes = v < 0 ? 0 : v / 100 * 60 + v % 100;
    return minutes > 24 * 60 ? 0 : sign == '-' ? -minutes : minutes;
  }
  const std::string name = base::lower_ascii(c.word());
  if (name == "est") return -300;
  if (name == "edt" || name == "cst") return name == "edt" ? -240 : -360;
  if (name == "cdt" || name == "mst") return name == "cdt" ? -300 : -420;
  if (name == "mdt" || name == "pst") return name == "mdt" ? -360 : -480;
  return name == "pdt" ? -420 : 0;
}

std::optional<std::int32_t> read_day(Cursor& c) {
  c.word();  // day of week: not checked, it is often wrong
  c.take(',');
  const int day = c.number(2);
  c.take('-');
  const unsigned month = month_of(c.word());
  c.take('.');
  c.take('-');
  std::size_t digits = 0;
  const int year = c.number(4, &digits);
  if (day < 1 || month == 0 || year < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(full_year(year, digits)), std::chrono::month(month), std::chrono::day(unsigned(day))};
  if (!date.ok() || int(date.year()) < 1900) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

}  // namespace

std::optional<std::int64_t> parse_date(std::string_view raw_value) {
  Cursor c{raw_value};
  const auto days = read_day(c);
  if (!days) return std::nullopt;
  int clock[3] = {0, 0, 0};
  for (int i = 0; i < 3; ++i) {
    if (i > 0 && !c.take(':') && !c.take('.')) break;
    const int v = c.number(2);
    if (v > (i == 0 ? 23 : i == 1 ? 59 : 60)) return std::nullopt;
    clock[i] = v < 0 ? 0 : v;
  }
  return std::int64_t(*days) * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2] - std::int64_t(zone_minutes(c)) * 60;
}

std::optional<std::int32_t> parse_date_day(std::string_view raw_value) {
  Cursor c{raw_value};
  return read_day(c);
}

}  // namespace mime
