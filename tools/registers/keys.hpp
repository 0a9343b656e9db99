// Keys of the table `documents`; README.md has the grammar. The first letter says what a row is: 'i' and 'o' are the register rows
// themselves, capital letters are ways to them. People name a row by its place in the register: "svd/in/2026/17".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "store/types.hpp"

namespace registers {

enum class Direction : char { incoming = 'i', outgoing = 'o' };
std::string_view word(Direction direction);  // "in", "out"
std::optional<Direction> direction_of(std::string_view word);

// What a document is known by, whatever its mail (CONTRACT 4): issuer, number with symbol, and year; else the file's digest.
struct Name {
  std::string issuer, number, year;
  bool whole() const { return !issuer.empty() && !number.empty() && !year.empty(); }
};
std::string year_of(std::string_view number, std::string_view date);  // the date's, else the one in the number of a legal document
std::string identity(const Name& name, std::string_view hex_digest);

std::string row_key(Direction direction, std::string_view agency, std::string_view identity);
std::string rows_of(Direction direction, std::string_view agency);  // prefix
struct RowName {
  Direction direction{};
  std::string_view agency, identity;
};
std::optional<RowName> read_row_key(std::string_view key);  // none: no register row

std::string counter_key(Direction direction, std::string_view agency, unsigned year);
std::string number_key(Direction direction, std::string_view agency, unsigned year, std::uint32_t number);  // -> row key
std::string alias_key(Direction direction, std::string_view agency, std::string_view identity);             // -> row key
std::string file_prefix(std::string_view hex_digest);   // + row key; empty: no digest
std::string text_prefix(std::string_view number);       // + row key: by the document's own number, case and spaces aside
std::string mail_prefix(std::string_view message_id);   // + row key: an outgoing document's mail
std::string queued_prefix(store::QueueId id);           // + row key
std::string copy_prefix(store::AccountId account, store::EmailId email);  // + row key: not read yet
std::string due_prefix(std::string_view agency);        // + day + row key: not done yet
std::string notice_key(std::string_view row_key);       // whoever sent it is to be told that it came
std::string receipt_prefix(std::string_view row_key);   // + hash of the recipient's address
std::string receipt_key(std::string_view row_key, std::string_view address);

struct Place {
  Direction direction{};
  std::string agency;
  unsigned year = 0;
  std::uint32_t number = 0;
};
std::string to_string(const Place& place);
std::optional<Place> parse_place(std::string_view text);
unsigned year_at(base::Time at);  // of Asia/Ho_Chi_Minh

}  // namespace registers
