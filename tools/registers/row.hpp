// A row of a register: what a document says of itself, where it stands in the book, and what became of it. JSON (congthu.document/1,
// README.md has its members): reports, the socket and the page read it as it is. Its top members are what counts, a clerk's corrections
// included; what the machine read stays in "machine". Pure functions; the rules in rules.hpp are the only ones that write rows.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "tools/registers/keys.hpp"

namespace registers {

using Json = nlohmann::ordered_json;

struct Recipient {
  std::string address;
  bool local = false;
};

// One document that one mail brings to the register of one agency.
struct Arrival {
  Direction direction{};
  std::string agency, agency_name;
  base::Time at{};
  Json fields;  // of the classifier: number, symbol, kind ...
  Json to_places = Json::array();  // its "Nơi nhận", line by line
  std::string issuer_domain;  // verified; of an issuer whom the document does not name
  std::string from, subject, message_id, mail;  // mail: what tells this delivery from another
  std::string file, digest, text_digest, verdict;
  std::string domain;  // whose key seals the row
  std::uint32_t pages = 0;      // 0: unknown
  std::optional<bool> scanned;  // pictures of paper
  std::string way;              // of an outgoing one, as the sender's exchange policy has it: e-only, e+paper, paper; empty: none says so
  bool free_mail = false;  // from a free provider: a letter of a citizen, no exchange between agencies
  std::string tell;        // who is to be told that it came; empty: nobody
  std::optional<base::Time> urgent_until;  // of an incoming one with an urgency that a policy file limits
  std::string urgent_source;
  bool internal = false;   // of an outgoing one: to nobody outside the agency
  std::vector<Recipient> recipients;
};

inline constexpr std::string_view kFields[] = {"doc_class", "kind",   "kind_abbrev",      "number",  "symbol", "issuer",    "place",
                                               "date",      "title",  "signer",           "signer_authority", "urgency", "copy_form", "note"};
bool is_field(std::string_view name);  // that a clerk may correct
// Errc::invalid: no date, no such urgency, too long.
[[nodiscard]] base::Result<void> check_field(std::string_view name, std::string_view value);

Json make_row(const Arrival& arrival, unsigned year, std::uint32_t number);
// The same document again. Tells whether it came as another file with other words ("differs"), the same words ("same_text"), or neither.
std::string_view add_arrival(Json& row, const Arrival& arrival);
// False: nothing to change.
bool correct(Json& row, std::string_view field, const std::optional<std::string>& value, std::string_view who, base::Time at, std::string_view reason);
bool strike(Json& row, bool struck, std::string_view who, base::Time at, std::string_view reason);  // void: counted nowhere, its number stays
// When a document was put on a website. What was judged by an earlier time no longer counts.
bool publish(Json& row, base::Time published, std::string_view url, std::string_view who, base::Time at);
bool set_verdict(Json& row, std::string_view hex_digest, std::string_view verdict);

// 02 03 04 05 06 of the national exchange: refused, received, assigned, in_progress, done (DOMAIN 4.1).
inline constexpr std::string_view kStates[] = {"received", "assigned", "in_progress", "done", "refused"};
bool is_state(std::string_view word);
bool is_open(std::string_view state);  // received, assigned, in progress

struct Assignment {  // what is absent stays; an empty text takes away
  std::optional<std::string> unit, official, due, state, note;
  std::string who;
  base::Time at{};
};
bool assign(Json& row, const Assignment& assignment);  // a first assignment without a state makes the row "assigned"
Json to_json(const Assignment& assignment);

std::string text(const Json& row, const char* name);  // empty when absent or null
Name name_of(const Json& row);
Place place_of(const Json& row);
std::string dump(const Json& row);  // bytes that are not UTF-8 are replaced
std::optional<Json> parse(std::string_view value);

// Of a document's words, case, marks and spaces aside; empty for none.
std::string text_digest(std::string_view text);

}  // namespace registers
