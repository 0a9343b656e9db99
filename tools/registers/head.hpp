// The head of a register row: what lists and reports look at, kept beside its place in the book (the row 'N' of keys.hpp), so that a
// million documents are counted without reading them. Written with every row by the rules.
// Views live as long as the value that they were read from. Thread rule: values.
#pragma once
#include "store/store.hpp"
#include "tools/registers/row.hpp"

namespace registers {

struct Head {
  std::string_view row_key;
  std::string_view day;  // it came, in Vietnam: 2026-11-20
  std::string_view verdict, doc_class, kind, kind_abbrev;
  std::string_view state;  // state_of()
  std::string_view due;    // of work that is not done; else empty
  std::string_view number, issuer, unit, official;  // folded for searching (base::fold_search)
  std::string_view way;  // of an outgoing one: e-only, e+paper, paper, or empty
  bool struck = false, free_mail = false, internal = false, duplicate = false, scanned = false;
};

std::string encode_head(std::string_view row_key, const Json& row);
// False: the value is none; `head` is undefined.
bool read_head(std::string_view value, Head& head);

// What stands behind a row, in a word: of an incoming one received, assigned, in_progress, done, refused; of an outgoing one recalled,
// refused (by somebody), read (by all), delivered (to all), sent; of both void.
std::string state_of(const Json& row);
std::string due_of(const Json& row);  // the day; empty: none, or nothing is open

// One agency's register of one direction and year.
struct Book {
  Direction direction{};
  std::string agency;
  unsigned year = 0;
  std::uint32_t count = 0;
};
std::vector<Book> books(const store::Snapshot& snapshot);  // by agency, then direction, the newest year first
// Numbers follow commits and days the moment of judging, so days are in order but for mails around midnight: whoever looks for a day
// reads so many rows further and looks at each one's own day.
inline constexpr std::uint32_t kAroundMidnight = 200;
// The rows of the book that may have come on these days (empty: open), as the first number and the one behind the last.
std::pair<std::uint32_t, std::uint32_t> numbers_of(const store::Snapshot& snapshot, const Book& book, std::string_view from, std::string_view to);

// Heads of the period's days (both included, empty: open) in the order of books and numbers. Tells how many were unreadable.
// Costs what the period holds, not what the years around it do.
std::uint64_t for_each_head(const store::Snapshot& snapshot, std::string_view from, std::string_view to,
                            store::FunctionRef<void(const Book& book, std::uint32_t number, const Head& head)> f);

}  // namespace registers
