#include "policy/rules/meeting_time.hpp"

#include <array>
#include <cstdio>
#include <regex>

#include "base/unicode.hpp"

namespace policy::rules {
namespace {

constexpr std::size_t kMostText = 64u << 10;  // an invitation says its time on the first page
constexpr std::size_t kReach = 160;           // letters behind the label

// 14 gio 00 phut, 14h00, 8g30, 14:00, 14 gio
const std::regex& hour_pattern() {
  static const std::regex pattern(R"((^|[^0-9])([0-9]{1,2}) ?(gio|h|g|:) ?([0-9]{2})?)", std::regex::optimize);
  return pattern;
}

// ngay 25 thang 11 nam 2026, 25/11/2026, 25-11-2026, 25.11.2026
const std::regex& date_pattern() {
  static const std::regex pattern(R"((^|[^0-9])([0-9]{1,2}) ?(?:/|-|\.|thang) ?([0-9]{1,2}) ?(?:/|-|\.|,? ?nam) ?([0-9]{4}))", std::regex::optimize);
  return pattern;
}

bool has_any(const std::string& text, std::initializer_list<std::string_view> words) {
  for (std::string_view w : words)
    if (text.find(w) != std::string::npos) return true;
  return false;
}

// Two different matches are one too many to know which counts.
std::optional<std::smatch> only_match(const std::string& text, const std::regex& pattern) {
  std::optional<std::smatch> found;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
    if (found) return std::nullopt;
    found = *it;
  }
  return found;
}

// `words`: the words around the hour. "tới" alone is also "to come", so the evening has to be named in full.
std::optional<int> hour_of_day(int hour, const std::string& words) {
  const bool morning = has_any(words, {"sang"}), later = has_any(words, {"chieu", "buoi toi"});
  if (hour >= 24 || (morning && later) || (morning && hour > 12)) return std::nullopt;
  if (hour >= 12) return hour;
  if (later) return hour >= 1 && hour <= 10 ? std::optional<int>(hour + 12) : std::nullopt;
  if (hour < 6 && !morning) return std::nullopt;  // "2 giờ" is hardly at night, and nobody says so
  return hour;
}

std::optional<base::Time> time_in(const std::string& around) {
  const auto hour = only_match(around, hour_pattern());
  const auto date = only_match(around, date_pattern());
  if (!hour || !date) return std::nullopt;
  constexpr std::size_t kNear = 20;
  const auto first = static_cast<std::size_t>(hour->position(0));
  const std::size_t start = first < kNear ? 0 : first - kNear;
  const auto of_day = hour_of_day(std::stoi((*hour)[2]), around.substr(start, first - start + static_cast<std::size_t>(hour->length(0)) + kNear));
  if (!of_day) return std::nullopt;
  const int minute = (*hour)[4].matched ? std::stoi((*hour)[4]) : 0;
  std::array<char, 40> iso{};
  std::snprintf(iso.data(), iso.size(), "%04d-%02d-%02dT%02d:%02d:00+07:00", std::stoi((*date)[4]), std::stoi((*date)[3]), std::stoi((*date)[2]),
                *of_day, minute);
  const auto at = base::parse_rfc3339(iso.data());
  return at ? std::optional<base::Time>(*at) : std::nullopt;
}

std::string one_line(std::string_view text) {
  std::string out;
  for (char c : base::fold_search(text.substr(0, kMostText))) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space) out.push_back(c);
    else if (!out.empty() && out.back() != ' ') out.push_back(' ');
  }
  return out;
}

}  // namespace

std::optional<base::Time> meeting_time(std::string_view text) {
  const std::string folded = one_line(text);
  std::optional<base::Time> found;
  for (std::string_view label : {"thoi gian:", "thoi gian :", "thoi gian hop:", "vao luc ", "vao hoi "}) {
    for (std::size_t at = 0; (at = folded.find(label, at)) != std::string::npos; ++at) {
      std::string around = folded.substr(at + label.size(), kReach);
      if (const auto place = around.find("dia diem"); place != std::string::npos) around.resize(place);
      const auto time = time_in(around);
      if (!time) return std::nullopt;
      if (found && *found != *time) return std::nullopt;
      found = time;
    }
  }
  return found;
}

}  // namespace policy::rules
