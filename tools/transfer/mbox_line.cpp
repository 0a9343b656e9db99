#include "tools/transfer/mbox_line.hpp"

#include <array>
#include <charconv>

#include "base/ascii.hpp"

namespace transfer {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

template <std::size_t N>
int index_of(const std::array<std::string_view, N>& names, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i)
    if (base::iequals(names[i], word)) return int(i);
  return -1;
}

std::optional<int> number(std::string_view s, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (s.empty() || error != std::errc{} || end != s.data() + s.size() || value < least || value > most) return std::nullopt;
  return value;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (const std::string_view word : base::split(text, ' '))
    if (!word.empty()) out.push_back(word.ends_with(',') ? word.substr(0, word.size() - 1) : word);
  return out;
}

// "+0700", or a name that stands for a known offset. Other names are too many and too ambiguous.
std::optional<int> zone_of_line(std::string_view s) {
  if (s.size() == 5 && (s[0] == '+' || s[0] == '-')) {
    const auto hours = number(s.substr(1, 2), 0, 14), minutes = number(s.substr(3), 0, 59);
    if (!hours || !minutes) return std::nullopt;
    return (s[0] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
  }
  if (base::iequals(s, "GMT") || base::iequals(s, "UTC") || base::iequals(s, "Z")) return 0;
  if (base::iequals(s, "ICT")) return base::kVietnamOffset;
  return std::nullopt;
}

struct Moment {
  int year = 0, month = -1, day = 0, seconds = 0;
};

std::optional<int> seconds_of(std::string_view s) {  // "21:49:08" or "21:49"
  const auto parts = base::split(s, ':');
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  const auto h = number(parts[0], 0, 23), m = number(parts[1], 0, 59), sec = parts.size() == 3 ? number(parts[2], 0, 60) : std::optional(0);
  if (!h || !m || !sec) return std::nullopt;
  return *h * 3600 + *m * 60 + *sec;
}

std::optional<base::Time> time_of(const Moment& m, int zone) {
  using namespace std::chrono;
  const year_month_day ymd{year(m.year), month(unsigned(m.month + 1)), day(unsigned(m.day))};
  if (!ymd.ok()) return std::nullopt;
  const base::Time out = sys_days(ymd) + seconds(m.seconds) - minutes(zone);
  if (out <= base::Time{}) return std::nullopt;
  return out;
}

// `w` begins at the day's name.
std::optional<FromLine> date_of(const std::vector<std::string_view>& w, std::size_t at, int zone) {
  if (at + 4 >= w.size()) return std::nullopt;
  Moment m;
  std::size_t next = at + 3;
  m.month = index_of(kMonths, w[at + 1]);
  auto day = number(w[at + (m.month >= 0 ? 2 : 1)], 1, 31);
  const bool mail_order = m.month < 0;  // "30 Jun 1993 21:49:08"
  std::optional<int> year;
  if (mail_order) {
    m.month = index_of(kMonths, w[at + 2]);
    year = number(w[at + 3], 1970, 9999);
    ++next;
  }
  if (next >= w.size() || m.month < 0 || !day || (mail_order && !year)) return std::nullopt;
  const auto seconds = seconds_of(w[next++]);
  if (!seconds) return std::nullopt;
  std::optional<int> offset;
  for (; next < w.size() && !(year && offset); ++next) {
    if (const auto z = zone_of_line(w[next]); z) offset = z;
    else if (const auto y = number(w[next], 1970, 9999); y && !year) year = y;
    else if (year || next + 1 == w.size()) break;  // "remote from host" of UUCP, or a zone that we do not know
  }
  if (!year) return std::nullopt;
  m.year = *year;
  m.day = *day;
  m.seconds = *seconds;
  FromLine out;
  out.tz_minutes = std::int16_t(offset.value_or(zone));
  out.date = time_of(m, out.tz_minutes);
  return out.date ? std::optional(out) : std::nullopt;
}

std::uint32_t hex(std::string_view s) {
  std::uint32_t value = 0;
  s = base::trim(s);
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value, 16);
  return error == std::errc{} && end == s.data() + s.size() ? value : 0;
}

}  // namespace

std::optional<FromLine> parse_from_line(std::string_view text, int zone) {
  if (!text.starts_with("From ") || text.size() > 1000) return std::nullopt;
  const auto w = words_of(text.substr(5));
  for (std::size_t i = 0; i < w.size(); ++i)
    if (index_of(kDays, w[i]) >= 0)
      if (auto found = date_of(w, i, zone)) return found;
  return std::nullopt;
}

bool is_bare_from_line(std::string_view text) {
  if (!text.starts_with("From")) return false;
  const std::string_view rest = base::trim(text.substr(4));
  return (rest.empty() || rest == "-") && (text.size() == 4 || text[4] == ' ');
}

bool is_header_line(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  for (const char c : text.substr(0, colon))
    if (c <= ' ' || c > '~') return false;
  return true;
}

std::string_view unquoted(std::string_view line, MboxQuoting quoting) {
  if (quoting == MboxQuoting::none || !line.starts_with('>')) return line;
  const std::size_t end = quoting == MboxQuoting::rd ? line.find_first_not_of('>') : 1;
  if (end == std::string_view::npos || !line.substr(end).starts_with("From ")) return line;
  return line.substr(1);
}

bool StatusFields::take(std::string_view name, std::string_view value) {
  const auto letters = [&](std::initializer_list<std::pair<char, store::SystemFlags>> known) {
    for (const char c : value)
      for (const auto& [letter, flag] : known)
        if (c == letter) flags |= flag;
  };
  const auto list = [&] {
    for (const std::string_view word : words_of(base::trim(value))) keywords.emplace_back(word);
  };
  if (base::iequals(name, "Status")) letters({{'R', store::kSeen}, {'D', store::kDeleted}});
  else if (base::iequals(name, "X-Status"))
    letters({{'A', store::kAnswered}, {'F', store::kFlagged}, {'T', store::kDraft}, {'D', store::kDeleted}});
  else if (base::iequals(name, "X-Keywords") || base::iequals(name, "X-Mozilla-Keys")) list();
  else if (base::iequals(name, "X-Mozilla-Status")) {
    const std::uint32_t bits = hex(value);
    if ((bits & 0x0001) != 0) flags |= store::kSeen;
    if ((bits & 0x0002) != 0) flags |= store::kAnswered;
    if ((bits & 0x0004) != 0) flags |= store::kFlagged;
    if ((bits & 0x1000) != 0) keywords.emplace_back("$Forwarded");
    expunged = expunged || (bits & 0x0008) != 0;
  } else {
    return base::iequals(name, "X-Mozilla-Status2") || base::iequals(name, "X-UID") || base::iequals(name, "X-IMAP") ||
           base::iequals(name, "X-IMAPbase") || base::iequals(name, "Content-Length");
  }
  return true;
}

}  // namespace transfer
