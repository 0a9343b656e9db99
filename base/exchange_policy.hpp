// One file of [policy] files: what a directive asks of agencies that exchange documents by mail, as data. Rules are named by the
// id that policy/rules gives them; every duty carries the paragraph that it comes from.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.hpp"

namespace base {

struct ExchangeDuty : RuleModeEntry {
  std::string source;  // "1c": the article or paragraph
};

enum class ExchangeWay : unsigned char { electronic, both, paper };  // e-only, e + paper, paper

// Which documents go which way. An empty list asks for nothing; a document fits that fits every list that is not empty.
struct ExchangeClass {
  ExchangeWay way = ExchangeWay::electronic;
  std::vector<std::string> kinds;     // names or abbreviations (retention_kinds)
  std::vector<std::string> subjects;  // whole words of the title
  std::vector<std::string> purposes;  // whole words of a line of "Nơi nhận"
  std::vector<std::string> groups;    // hanh_chinh, qppl, dang, khac
  bool drafts = false;                // drafts only; otherwise issued documents only
  Time from{};
  std::optional<Time> until;
  std::string source;
};

// Whom a duty spares, for how long, and who allowed it. Exceptions always end.
struct ExchangeException {
  std::string rule, agency, address;  // agency or address; an agency's covers what is below it
  Time from{}, until{};
  std::string approver, reason;
};

// How soon an incoming document that bears this urgency is to be assigned. Nothing is refused for it.
struct UrgencyLimit {
  std::string level;  // Khẩn, Thượng khẩn, Hỏa tốc
  std::optional<Millis> within;  // absent: on the day on which it came
  std::string agency;            // binds it and what is below it; empty = every agency
  Time from{};
  std::optional<Time> until;
  std::string source;
};

struct AgencyCertificate {  // from when an agency has a signature certificate
  std::string agency;
  Time since{};
  std::optional<Time> until;
};

struct ExchangePolicy {
  std::string id, title;  // "binh-duong-2014", "Chỉ thị 14/CT-UBND ..."
  std::vector<ExchangeDuty> duties;
  std::vector<ExchangeClass> classes;
  std::vector<ExchangeException> exceptions;
  std::vector<AgencyCertificate> certificates;
  std::vector<UrgencyLimit> urgencies;
};

std::string_view to_string(ExchangeWay way);  // e-only, e+paper, paper

// Every problem of the file with its line, as load_config() has it.
[[nodiscard]] Result<ExchangePolicy> load_exchange_policy(const std::filesystem::path& file);
[[nodiscard]] Result<ExchangePolicy> parse_exchange_policy(std::string_view text, const std::filesystem::path& file);

}  // namespace base
