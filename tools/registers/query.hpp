// Reading the registers in one snapshot. A book is walked from its newest number, by heads: only rows that are shown are read, and a
// period does not cost the years around it. Thread rule: that of the snapshot.
#pragma once
#include "store/store.hpp"
#include "tools/registers/head.hpp"
#include "tools/registers/rules.hpp"

namespace registers {

struct Filter {
  std::vector<std::string> agencies;  // codes; empty: all
  std::optional<Direction> direction;
  std::string from, to;               // days, both included; empty: open
  std::string kind, issuer, number;   // kind: name or abbreviation; issuer, number: a part of it, case and marks aside
  std::string state;                  // state_of(), or "overdue"
  std::string verdict;                // of the document's signatures: valid, unsigned ...
  std::string unit, official;         // of the assignment
  bool duplicates = false;            // only rows that bear another paper's number
  bool book_order = false;            // from the first number on, the oldest year first: as the book is written
  std::optional<Place> before;        // go on behind this row of the list
  std::size_t limit = 100;
  std::size_t look = 50'000;          // heads looked at for one page: what a rare filter may cost
};
struct Listing {
  std::vector<Json> rows;      // with "id", "state", "overdue"
  std::optional<Place> next;   // of the last row or head looked at, when there may be more: also of a page with few rows or none
  std::size_t unreadable = 0;
};
Listing list(const store::Snapshot& snapshot, const Filter& filter, base::Time now);
std::uint64_t rows_at_most(const store::Snapshot& snapshot, const Filter& filter);  // of the books and days that are meant, whatever else filters

std::optional<Json> find(const store::Snapshot& snapshot, const Place& place, base::Time now);
std::vector<Json> receipts(const store::Snapshot& snapshot, const Place& place);
// By the document's own number, the machine's or the corrected one.
std::vector<Json> find_number(const store::Snapshot& snapshot, std::string_view number, base::Time now);

std::vector<std::string> notices_due(const store::Snapshot& snapshot);  // row keys, some at a time
std::optional<Json> stored_row(const store::Snapshot& snapshot, const std::string& key);

// Copies of outgoing documents, in mailboxes here, that nobody has read yet.
std::vector<store::AccountId> accounts_with_unread(const store::Snapshot& snapshot);
bool has_unread(const store::Snapshot& snapshot, store::AccountId account);
std::optional<SeenCopy> unread_copy(const store::Snapshot& snapshot, store::AccountId account, store::EmailId email);  // with the recipients it stands for

// A file beside what is registered. same_bytes: this very file. same_text: other bytes, the same words (signed, printed again).
// differs: the number, issuer and year of a registered document, and other words; `fields` are those that are not the same.
struct Candidate {
  std::string digest, text_digest;
  std::vector<Json> documents;  // of congthu.classify
};
struct Match {
  std::string how;  // same_bytes, same_text, differs
  bool original = true;  // what it equals is the file that the row stands for, not another that came under the same name
  Json row;
  std::vector<std::string> fields;
};
std::vector<Match> match(const store::Snapshot& snapshot, const Candidate& candidate, base::Time now);

bool is_overdue(const Json& row, base::Time now);

}  // namespace registers
