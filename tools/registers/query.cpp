#include "tools/registers/query.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/unicode.hpp"

namespace registers {
namespace {

constexpr store::RecordTable kRows = store::RecordTable::documents;
constexpr std::size_t kMaxMatches = 50;

struct Book {
  Direction direction{};
  std::string agency;
  unsigned year = 0;
  std::uint32_t count = 0;
};

std::string stem_after(std::string prefix) {  // the first key behind all that begin so
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = char(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::vector<Book> books(const store::Snapshot& snapshot) {
  std::vector<Book> out;
  snapshot.for_each_record(kRows, "C", "D", [&](std::string_view key, std::string_view value) {
    base::Reader r(key.substr(1));
    const std::string_view direction = r.raw(1), agency = r.bytes();
    const unsigned year = r.fixed<std::uint16_t>();
    if (r.ok()) out.push_back({Direction(direction[0]), std::string(agency), year, base::Reader(value).fixed<std::uint32_t>()});
    return true;
  });
  std::sort(out.begin(), out.end(), [](const Book& a, const Book& b) {
    return std::tie(a.agency, a.direction, b.year) < std::tie(b.agency, b.direction, a.year);  // newest year first
  });
  return out;
}

std::optional<Json> row_at(const store::Snapshot& snapshot, const std::string& key) {
  const auto value = snapshot.record(kRows, key);
  return value ? parse(*value) : std::nullopt;
}

std::optional<Json> row_of(const store::Snapshot& snapshot, const Book& book, std::uint32_t number) {
  const auto key = snapshot.record(kRows, number_key(book.direction, book.agency, book.year, number));
  return key ? row_at(snapshot, *key) : std::nullopt;
}

std::string day_of(const Json& row) { return text(row, "at").substr(0, 10); }

// How many rows of the book came until that day. Numbers follow commits and "at" the moment of judging, so days are in order but for
// mails around midnight: whoever asks looks at each row's own day, and a little further.
std::uint32_t until(const store::Snapshot& snapshot, const Book& book, const std::string& day) {
  std::uint32_t low = 0, high = book.count;
  while (low < high) {
    const std::uint32_t middle = low + (high - low + 1) / 2;
    const auto row = row_of(snapshot, book, middle);
    if (!row || day_of(*row) <= day) low = middle;
    else high = middle - 1;
  }
  return low;
}

bool holds(const std::string& whole, const std::string& part) { return part.empty() || base::fold_search(whole).find(base::fold_search(part)) != std::string::npos; }

std::string assigned(const Json& row, const char* name) {
  const auto found = row.find("assignment");
  return found == row.end() || !found->is_object() ? std::string() : text(*found, name);
}

bool fits(const Json& row, const Filter& f, base::Time now) {
  const std::string day = day_of(row);
  if ((!f.from.empty() && day < f.from) || (!f.to.empty() && day > f.to)) return false;
  if (f.duplicates && text(row, "duplicate").empty()) return false;
  if (!f.kind.empty() && base::fold_case(text(row, "kind")) != base::fold_case(f.kind) && base::fold_case(text(row, "kind_abbrev")) != base::fold_case(f.kind)) return false;
  if (!holds(text(row, "issuer"), f.issuer) || !holds(text(row, "number"), f.number)) return false;
  if (!holds(assigned(row, "unit"), f.unit) || !holds(assigned(row, "official"), f.official)) return false;
  if (f.state.empty()) return true;
  return f.state == "overdue" ? is_overdue(row, now) : state_of(row) == f.state;
}

Json shown(Json row, base::Time now) {
  Json out = {{"id", to_string(place_of(row))}};
  out["overdue"] = is_overdue(row, now);
  row["state"] = state_of(row);
  out.update(row);
  return out;
}

constexpr std::uint32_t kAroundMidnight = 200;

void list_book(const store::Snapshot& snapshot, const Book& book, const Filter& f, std::uint32_t first, base::Time now, Listing& out) {
  std::uint32_t before_period = 0;
  for (std::uint32_t n = first; n > 0 && out.rows.size() < f.limit; --n) {
    auto row = row_of(snapshot, book, n);
    if (!row) {
      ++out.unreadable;
      continue;
    }
    if (!f.from.empty() && day_of(*row) < f.from && ++before_period > kAroundMidnight) return;
    if (!fits(*row, f, now)) continue;
    if (out.rows.size() + 1 == f.limit) out.next = place_of(*row);
    out.rows.push_back(shown(*std::move(row), now));
  }
}

// Only what is due is looked at.
void list_overdue(const store::Snapshot& snapshot, const Filter& f, base::Time now, Listing& out) {
  std::vector<std::string> agencies = f.agencies;
  if (agencies.empty())
    for (const Book& b : books(snapshot))
      if (b.direction == Direction::incoming && (agencies.empty() || agencies.back() != b.agency)) agencies.push_back(b.agency);
  const std::string today = base::vietnam_date(now);
  for (const std::string& agency : agencies) {
    const std::string prefix = due_prefix(agency);
    snapshot.for_each_record(kRows, prefix, prefix + today, [&](std::string_view key, std::string_view) {
      if (!key.starts_with(prefix) || key.size() < prefix.size() + today.size()) return false;
      auto row = row_at(snapshot, std::string(key.substr(prefix.size() + today.size())));
      if (row && fits(*row, f, now)) out.rows.push_back(shown(*std::move(row), now));
      return out.rows.size() < f.limit;
    });
  }
}

}  // namespace

void for_each_row(const store::Snapshot& snapshot, store::FunctionRef<bool(std::string_view value)> f) {
  bool go_on = true;
  for (const char* kind : {"i", "o"}) {
    if (!go_on) return;
    snapshot.for_each_record(kRows, kind, stem_after(kind), [&](std::string_view, std::string_view value) { return go_on = f(value); });
  }
}

std::string state_of(const Json& row) {
  if (row.value("void", false)) return "void";
  if (text(row, "direction") != "out") return text(row, "state");
  if (row.contains("recall")) return "recalled";
  const auto counts = row.find("receipts");
  if (counts == row.end() || !counts->is_object()) return "sent";
  const auto n = [&](const char* name) { return counts->value(name, 0); };
  if (n("refused") > 0) return "refused";
  if (n("sent") > 0) return "sent";
  return n("delivered") > 0 ? "delivered" : n("read") > 0 ? "read" : "sent";
}

bool is_overdue(const Json& row, base::Time now) {
  const std::string due = assigned(row, "due");
  return !due.empty() && is_open(text(row, "state")) && !row.value("void", false) && due < base::vietnam_date(now);
}

Listing list(const store::Snapshot& snapshot, const Filter& f, base::Time now) {
  Listing out;
  if (f.limit == 0) return out;
  if (f.state == "overdue") {
    list_overdue(snapshot, f, now, out);
    return out;
  }
  bool found = !f.before;
  for (const Book& book : books(snapshot)) {
    if (!f.agencies.empty() && std::find(f.agencies.begin(), f.agencies.end(), book.agency) == f.agencies.end()) continue;
    if (f.direction && *f.direction != book.direction) continue;
    std::uint32_t first = book.count;
    if (!found) {
      if (book.agency != f.before->agency || book.direction != f.before->direction || book.year != f.before->year) continue;
      found = true;
      first = std::min(first, f.before->number - 1);
    } else if (!f.to.empty()) {
      first = std::min<std::uint64_t>(first, std::uint64_t(until(snapshot, book, f.to)) + kAroundMidnight);
    }
    if (!f.from.empty() && std::to_string(book.year) < f.from.substr(0, 4)) continue;
    if (!f.to.empty() && std::to_string(book.year) > f.to.substr(0, 4)) continue;
    list_book(snapshot, book, f, first, now, out);
    if (out.rows.size() >= f.limit) return out;
  }
  out.next.reset();
  return out;
}

std::optional<Json> find(const store::Snapshot& snapshot, const Place& place, base::Time now) {
  auto row = row_of(snapshot, {place.direction, place.agency, place.year, 0}, place.number);
  if (!row) return std::nullopt;
  return shown(*std::move(row), now);
}

std::vector<Json> receipts(const store::Snapshot& snapshot, const Place& place) {
  std::vector<Json> out;
  const auto key = snapshot.record(kRows, number_key(place.direction, place.agency, place.year, place.number));
  if (!key) return out;
  const std::string prefix = receipt_prefix(*key);
  snapshot.for_each_record(kRows, prefix, stem_after(prefix), [&](std::string_view, std::string_view value) {
    if (auto one = parse(value)) out.push_back(*std::move(one));
    return true;
  });
  std::sort(out.begin(), out.end(), [](const Json& a, const Json& b) { return text(a, "address") < text(b, "address"); });
  return out;
}

namespace {

std::vector<std::string> keys_below(const store::Snapshot& snapshot, const std::string& prefix) {
  std::vector<std::string> out;
  if (prefix.empty()) return out;
  snapshot.for_each_record(kRows, prefix, stem_after(prefix), [&](std::string_view key, std::string_view) {
    out.emplace_back(key.substr(prefix.size()));
    return out.size() < kMaxMatches;
  });
  return out;
}

// The registered file first.
std::string file_with_text(const Json& row, const std::string& digest) {
  std::string found;
  const auto files = row.find("files");
  if (digest.empty() || files == row.end()) return found;
  for (const Json& f : *files) {
    if (text(f, "text_digest") != digest) continue;
    if (found.empty() || text(f, "digest") == text(row, "digest")) found = text(f, "digest");
  }
  return found;
}

std::vector<std::string> differences(const Json& row, const Json& document) {
  std::vector<std::string> out;
  for (const std::string_view field : kFields) {
    const std::string name(field);
    if (name == "note" || name == "doc_class") continue;
    if (base::fold_search(text(row, name.c_str())) != base::fold_search(text(document, name.c_str()))) out.push_back(name);
  }
  return out;
}

}  // namespace

std::vector<std::string> notices_due(const store::Snapshot& snapshot) { return keys_below(snapshot, notice_key({})); }
std::optional<Json> stored_row(const store::Snapshot& snapshot, const std::string& key) { return row_at(snapshot, key); }

std::vector<store::AccountId> accounts_with_unread(const store::Snapshot& snapshot) {
  std::vector<store::AccountId> out;
  // From one account to the next: their copies are not walked.
  for (std::string from = "L"; !from.empty();) {
    std::string next;
    snapshot.for_each_record(kRows, from, "M", [&](std::string_view key, std::string_view) {
      base::Reader r(key.substr(1));
      const auto account = r.fixed<std::uint64_t>();
      if (!r.ok()) return true;
      out.push_back(store::AccountId(account));
      next = "L" + base::Writer().fixed(account + 1).take();
      return false;
    });
    from = std::move(next);
  }
  return out;
}

bool has_unread(const store::Snapshot& snapshot, store::AccountId account) {
  const std::string prefix = "L" + base::Writer().fixed(store::raw(account)).take();
  bool found = false;
  snapshot.for_each_record(kRows, prefix, stem_after(prefix), [&](std::string_view, std::string_view) { return found = true, false; });
  return found;
}

std::optional<SeenCopy> unread_copy(const store::Snapshot& snapshot, store::AccountId account, store::EmailId email) {
  const auto keys = keys_below(snapshot, copy_prefix(account, email));
  if (keys.empty()) return std::nullopt;
  SeenCopy out{account, email, {}};
  for (const std::string& key : keys) {
    const std::string prefix = receipt_prefix(key);
    snapshot.for_each_record(kRows, prefix, stem_after(prefix), [&](std::string_view, std::string_view value) {
      const auto receipt = parse(value);
      const auto address = receipt ? store::canonical_address(text(*receipt, "address")) : store::Result<std::string>(base::fail(base::Errc::invalid, ""));
      const auto leads = address ? snapshot.resolve(*address) : store::Result<store::Resolved>(base::fail(base::Errc::not_found, ""));
      if (leads && std::find(leads->accounts.begin(), leads->accounts.end(), account) != leads->accounts.end()) out.addresses.push_back(text(*receipt, "address"));
      return true;
    });
  }
  return out;
}

std::vector<Json> find_number(const store::Snapshot& snapshot, std::string_view number, base::Time now) {
  std::vector<Json> out;
  for (const std::string& key : keys_below(snapshot, text_prefix(number)))
    if (auto row = row_at(snapshot, key)) out.push_back(shown(*std::move(row), now));
  std::sort(out.begin(), out.end(), [](const Json& a, const Json& b) { return text(a, "at") > text(b, "at"); });
  return out;
}

std::vector<Match> match(const store::Snapshot& snapshot, const Candidate& c, base::Time now) {
  std::vector<Match> out;
  std::vector<std::string> seen;
  for (const std::string& key : keys_below(snapshot, file_prefix(c.digest)))
    if (auto row = row_at(snapshot, key)) {
      const bool original = text(*row, "digest") == c.digest;
      out.push_back({"same_bytes", original, shown(*std::move(row), now), {}});
      seen.push_back(key);
    }
  for (const Json& document : c.documents) {
    const std::string number = text(document, "number");
    if (number.empty()) continue;
    const Name wanted = name_of(document);
    for (const std::string& key : keys_below(snapshot, text_prefix(number))) {
      auto row = row_at(snapshot, key);
      if (!row || std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
      const Name own = name_of(*row);
      // The same number of another issuer or another year is another document; what one of both does not say parts nothing.
      const auto apart = [](const std::string& a, const std::string& b) { return !a.empty() && !b.empty() && base::fold_search(a) != base::fold_search(b); };
      if (apart(own.issuer, wanted.issuer) || apart(own.year, wanted.year)) continue;
      seen.push_back(key);
      const auto file = file_with_text(*row, c.text_digest);
      const bool original = file.empty() || file == text(*row, "digest");
      auto fields = file.empty() ? differences(*row, document) : std::vector<std::string>();
      out.push_back({file.empty() ? "differs" : "same_text", original, shown(*std::move(row), now), std::move(fields)});
    }
  }
  return out;
}

}  // namespace registers
