#include "policy/rules/meeting_time.hpp"

#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include "base/unicode.hpp"

namespace policy::rules {
namespace {

constexpr std::size_t kMostText = 64u << 10;  // an invitation says its time on the first page
constexpr std::size_t kReach = 160;           // letters behind the label

// Reads a folded text from one place on; each step says whether it fitted.
class Reader {
 public:
  Reader(std::string_view text, std::size_t at) : text_(text), at_(at) {}
  std::size_t at() const { return at_; }
  void space() { at_ += at_ < text_.size() && text_[at_] == ' '; }
  bool word(std::initializer_list<std::string_view> words) {
    for (std::string_view w : words)
      if (text_.substr(at_).starts_with(w)) return at_ += w.size(), true;
    return false;
  }
  // As many as there are, up to `most`.
  std::optional<int> number(std::size_t least, std::size_t most) {
    int value = 0;
    std::size_t n = 0;
    for (; n < most && at_ + n < text_.size() && text_[at_ + n] >= '0' && text_[at_ + n] <= '9'; ++n) value = value * 10 + (text_[at_ + n] - '0');
    if (n < least) return std::nullopt;
    at_ += n;
    return value;
  }

 private:
  std::string_view text_;
  std::size_t at_;
};

struct Hour {
  int hour = 0, minute = 0;
  std::size_t begin = 0, end = 0;
};
struct Date {
  int day = 0, month = 0, year = 0;
  std::size_t end = 0;
};

// 14 gio 00 phut, 14h00, 8g30, 14:00, 14 gio
std::optional<Hour> hour_at(std::string_view text, std::size_t at) {
  Reader r(text, at);
  const auto hour = r.number(1, 2);
  if (!hour) return std::nullopt;
  r.space();
  if (!r.word({"gio", "h", "g", ":"})) return std::nullopt;
  r.space();
  const auto minute = r.number(2, 2);
  return Hour{*hour, minute.value_or(0), at, r.at()};
}

// ngay 25 thang 11 nam 2026, 25/11/2026, 25-11-2026, 25.11.2026
std::optional<Date> date_at(std::string_view text, std::size_t at) {
  Reader r(text, at);
  const auto day = r.number(1, 2);
  r.space();
  if (!day || !r.word({"/", "-", ".", "thang"})) return std::nullopt;
  r.space();
  const auto month = r.number(1, 2);
  r.space();
  if (!month || !r.word({"/", "-", ".", ", nam", ",nam", "nam"})) return std::nullopt;
  r.space();
  const auto year = r.number(4, 4);
  return year ? std::optional(Date{*day, *month, *year, r.at()}) : std::nullopt;
}

bool has_any(const std::string& text, std::initializer_list<std::string_view> words) {
  for (std::string_view w : words)
    if (text.find(w) != std::string::npos) return true;
  return false;
}

// Two matches are one too many to know which counts.
template <class Found>
std::optional<Found> only_match(std::string_view text, std::optional<Found> (*match)(std::string_view, std::size_t)) {
  std::optional<Found> found;
  for (std::size_t at = 0; at < text.size();) {
    const bool inside = at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9';  // of a longer number
    const auto one = inside ? std::nullopt : match(text, at);
    if (one && found) return std::nullopt;
    at = one ? one->end : at + 1;
    if (one) found = one;
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
  const auto hour = only_match(around, hour_at);
  const auto date = only_match(around, date_at);
  if (!hour || !date) return std::nullopt;
  constexpr std::size_t kNear = 20;
  const std::size_t start = hour->begin < kNear ? 0 : hour->begin - kNear;
  const auto of_day = hour_of_day(hour->hour, around.substr(start, hour->end - start + kNear));
  if (!of_day) return std::nullopt;
  std::array<char, 40> iso{};
  std::snprintf(iso.data(), iso.size(), "%04d-%02d-%02dT%02d:%02d:00+07:00", date->year, date->month, date->day, *of_day, hour->minute);
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
