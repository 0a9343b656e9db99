#include "base/clock.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>

#include "base/ascii.hpp"

namespace base {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

class SystemClock final : public Clock {
 public:
  Time now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

struct Parts {
  int year, month, day, hour, minute, second, ms;
  unsigned weekday;
};

Parts local_parts(Time t, int offset_minutes) {
  const Time shifted = t + minutes(offset_minutes);
  const auto day = std::chrono::floor<std::chrono::days>(shifted);
  const year_month_day ymd(day);
  const auto rest = static_cast<int>((shifted - day).count());
  return {int(ymd.year()),      int(unsigned(ymd.month())), int(unsigned(ymd.day())),
          rest / 3'600'000,     rest / 60'000 % 60,         rest / 1000 % 60,
          rest % 1000,          std::chrono::weekday(day).c_encoding()};
}

[[gnu::format(printf, 1, 2)]] std::string print(const char* format, ...) {
  std::array<char, 80> buffer;  // the longest text here has seven numbers of at most six characters
  va_list arguments;
  va_start(arguments, format);
  const int n = std::vsnprintf(buffer.data(), buffer.size(), format, arguments);
  va_end(arguments);
  return std::string(buffer.data(), static_cast<std::size_t>(n));
}

std::string offset_text(int minutes_east, bool colon) {
  const int positive = minutes_east < 0 ? -minutes_east : minutes_east;
  return print("%c%02d%s%02d", minutes_east < 0 ? '-' : '+', positive / 60, colon ? ":" : "", positive % 60);
}

// Reads fixed-width fields off the front; after the first mismatch ok is false and the values do not matter.
struct Cursor {
  std::string_view in;
  bool ok = true;

  int number(std::size_t digits) {
    int v = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = next();
      if (!is_digit(c)) ok = false;
      v = v * 10 + (c - '0');
    }
    return ok ? v : 0;
  }
  char next() {
    if (in.empty()) { ok = false; return '\0'; }
    const char c = in.front();
    in.remove_prefix(1);
    return c;
  }
  void expect(char c) { if (next() != c) ok = false; }
  bool skip(char c) {
    if (in.empty() || in.front() != c) return false;
    in.remove_prefix(1);
    return true;
  }
  int offset(bool colon) {  // minutes east
    const char sign = next();
    const int hours = number(2);
    if (colon) expect(':');
    const int mins = number(2);
    if ((sign != '+' && sign != '-') || hours > 23 || mins > 59) ok = false;
    return (sign == '-' ? -1 : 1) * (hours * 60 + mins);
  }
};

Result<Time> make_time(const Parts& f, int offset_minutes) {
  const year_month_day ymd{std::chrono::year(f.year), std::chrono::month(unsigned(f.month)), std::chrono::day(unsigned(f.day))};
  if (!ymd.ok() || f.hour > 23 || f.minute > 59 || f.second > 60) return fail(Errc::invalid, "date or time out of range");
  return Time(sys_days(ymd)) + std::chrono::hours(f.hour) + minutes(f.minute - offset_minutes) + seconds(f.second) +
         std::chrono::milliseconds(f.ms);
}

int fraction(Cursor& c) {  // the digits after '.', cut to milliseconds
  int ms = 0;
  int scale = 100;
  if (c.in.empty() || !is_digit(c.in.front())) c.ok = false;
  for (; !c.in.empty() && is_digit(c.in.front()); scale /= 10) ms += (c.next() - '0') * scale;
  return ms;
}

int month_number(std::string_view name) {
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (iequals(name, kMonths[i])) return static_cast<int>(i) + 1;
  }
  return 0;
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string rfc3339(Time t, int offset_minutes) {
  const Parts f = local_parts(t, offset_minutes);
  std::string out = print("%04d-%02d-%02dT%02d:%02d:%02d", f.year, f.month, f.day, f.hour, f.minute, f.second);
  if (f.ms != 0) out += print(".%03d", f.ms);
  return out + (offset_minutes == 0 ? std::string("Z") : offset_text(offset_minutes, true));
}

// RFC 3339 5.6: date-time = full-date ("T" / "t" / SP) full-time ; full-time = hh:mm:ss [.frac] ("Z" / "z" / offset)
Result<Time> parse_rfc3339(std::string_view s) {
  Cursor c{s};
  Parts f{};
  f.year = c.number(4);
  c.expect('-');
  f.month = c.number(2);
  c.expect('-');
  f.day = c.number(2);
  const char t = c.next();
  if (t != 'T' && t != 't' && t != ' ') c.ok = false;
  f.hour = c.number(2);
  c.expect(':');
  f.minute = c.number(2);
  c.expect(':');
  f.second = c.number(2);
  if (c.skip('.')) f.ms = fraction(c);
  const int offset = c.skip('Z') || c.skip('z') ? 0 : c.offset(true);
  if (!c.ok || !c.in.empty()) return fail(Errc::invalid, "not an RFC 3339 time");
  return make_time(f, offset);
}

Result<std::pair<Time, Time>> vietnam_day(std::string_view day) {
  Cursor c{day};
  Parts f{};
  f.year = c.number(4);
  c.expect('-');
  f.month = c.number(2);
  c.expect('-');
  f.day = c.number(2);
  if (!c.ok || !c.in.empty()) return fail(Errc::invalid, "not a day like 2026-11-22");
  const auto start = make_time(f, kVietnamOffset);
  if (!start) return start.error();
  return std::pair{*start, *start + std::chrono::hours(24)};
}

std::string vietnam_date(Time t) {
  const Parts f = local_parts(t, kVietnamOffset);
  return print("%04d-%02d-%02d", f.year, f.month, f.day);
}

std::string rfc5322_date(Time t, int offset_minutes) {
  const Parts f = local_parts(t, offset_minutes);
  return print("%s, %d %s %04d %02d:%02d:%02d ", kDays[f.weekday], f.day, kMonths[static_cast<std::size_t>(f.month) - 1], f.year,
               f.hour, f.minute, f.second) + offset_text(offset_minutes, false);
}

std::string imap_date_time(Time t, int offset_minutes) {
  const Parts f = local_parts(t, offset_minutes);
  return print("%2d-%s-%04d %02d:%02d:%02d ", f.day, kMonths[static_cast<std::size_t>(f.month) - 1], f.year, f.hour, f.minute,
               f.second) + offset_text(offset_minutes, false);
}

// RFC 9051 9: date-time = date-day-fixed "-" date-month "-" date-year SP time SP zone ; one-digit days without padding are common
Result<Time> parse_imap_date_time(std::string_view s) {
  Cursor c{s};
  Parts f{};
  c.skip(' ');
  f.day = c.number(c.in.size() > 1 && c.in[1] == '-' ? 1 : 2);
  c.expect('-');
  f.month = month_number(c.in.substr(0, 3));
  c.in.remove_prefix(c.in.size() < 3 ? c.in.size() : 3);
  c.expect('-');
  f.year = c.number(4);
  c.expect(' ');
  f.hour = c.number(2);
  c.expect(':');
  f.minute = c.number(2);
  c.expect(':');
  f.second = c.number(2);
  c.expect(' ');
  const int offset = c.offset(false);
  if (!c.ok || !c.in.empty()) return fail(Errc::invalid, "not an IMAP date-time");
  return make_time(f, offset);
}

}  // namespace base
