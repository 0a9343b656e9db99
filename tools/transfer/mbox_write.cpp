// Messages as they stand in an mbox file of ours (mboxrd), and back.
#include <array>

#include "base/ascii.hpp"
#include "tools/transfer/export_writer.hpp"
#include "tools/transfer/flag_words.hpp"
#include "tools/transfer/mbox_line.hpp"

namespace transfer {
namespace {

// Whether every CR is followed by LF and every LF preceded by CR: only then LF alone says everything.
bool only_crlf(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n') return false;
    if (bytes[i] != '\r') continue;
    if (i + 1 >= bytes.size() || bytes[i + 1] != '\n') return false;
    ++i;
  }
  return true;
}

bool needs_quote(std::string_view line) {
  const std::size_t end = line.find_first_not_of('>');
  return end != std::string_view::npos && line.substr(end).starts_with("From ");
}

}  // namespace

store::SystemFlags flag_of(std::string_view word) {
  for (const auto& [flag, known] : kFlagWords)
    if (base::iequals(known, word)) return flag;
  return 0;
}

std::string mbox_body(std::string_view bytes, bool& lf) {
  lf = only_crlf(bytes);
  std::string out;
  out.reserve(bytes.size() + 64);
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    std::string_view line = bytes.substr(0, end == std::string_view::npos ? bytes.size() : end + 1);
    bytes.remove_prefix(line.size());
    if (needs_quote(line)) out += '>';
    const bool whole = line.ends_with("\r\n");
    if (lf && whole) line.remove_suffix(2);
    out += line;
    if (lf && whole) out += '\n';
  }
  return out;
}

std::string mbox_original(std::string_view body, bool lf) {
  std::string out;
  out.reserve(body.size() + body.size() / 32);
  while (!body.empty()) {
    const std::size_t end = body.find('\n');
    const bool whole = end != std::string_view::npos;
    const std::string_view line = body.substr(0, whole ? end : body.size());
    body.remove_prefix(line.size() + (whole ? 1 : 0));
    out += unquoted(line, MboxQuoting::rd);
    if (whole) out += lf ? "\r\n" : "\n";
  }
  return out;
}

std::string mbox_head(const BatchMessage& m) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  using namespace std::chrono;
  const auto second = floor<seconds>(m.date);
  const auto day = floor<days>(second);
  const year_month_day ymd(day);
  const hh_mm_ss time(second - day);
  const auto two = [](auto n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  // RFC 4155: the date is UTC. "-" as the sender, as Thunderbird writes it: who sent the message stands in the message.
  std::string out = std::string("From - ") + kDays[weekday(day).c_encoding()] + " " + kMonths[unsigned(ymd.month()) - 1] + " ";
  const unsigned of_month = unsigned(ymd.day());
  out += (of_month < 10 ? " " : "") + std::to_string(of_month) + " " + two(time.hours().count()) + ":" + two(time.minutes().count()) + ":" +
         two(time.seconds().count()) + " " + std::to_string(int(ymd.year())) + "\n";
  out += (m.flags & store::kSeen) != 0 ? "Status: RO\n" : "Status: O\n";
  std::string status;
  for (const auto& [flag, letter] : {std::pair{store::kAnswered, 'A'}, std::pair{store::kFlagged, 'F'}, std::pair{store::kDraft, 'T'}, std::pair{store::kDeleted, 'D'}})
    if ((m.flags & flag) != 0) status += letter;
  if (!status.empty()) out += "X-Status: " + status + "\n";
  std::string keywords;
  for (const std::string_view k : m.keywords)
    if (!store::is_derived_keyword(k)) keywords += " " + std::string(k);
  if (!keywords.empty()) out += "X-Keywords:" + keywords + "\n";
  return out;
}

}  // namespace transfer
