#include "tools/registers/query.hpp"

#include <algorithm>
#include <tuple>

#include "base/codec.hpp"
#include "base/unicode.hpp"

namespace registers {
namespace {

constexpr store::RecordTable kRows = store::RecordTable::documents;
constexpr std::size_t kMaxMatches = 50;

std::string stem_after(std::string prefix) {  // the first key behind all that begin so
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = char(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::optional<Json> row_at(const store::Snapshot& snapshot, const std::string& key) {
  const auto value = snapshot.record(kRows, key);
  return value ? parse(*value) : std::nullopt;
}

// The head of a place, as stored: `bytes` holds what the views of `head` show.
bool head_at(const store::Snapshot& snapshot, const Place& place, std::string& bytes, Head& head) {
  auto value = snapshot.record(kRows, number_key(place.direction, place.agency, place.year, place.number));
  if (!value) return false;
  bytes = *std::move(value);
  return read_head(bytes, head);
}

std::string key_at(const store::Snapshot& snapshot, const Place& place) {
  std::string bytes;
  Head head;
  return head_at(snapshot, place, bytes, head) ? std::string(head.row_key) : std::string();
}

// A filter in the words that heads are searched by.
struct Sieve {
  const Filter& f;
  std::string today, kind = base::fold_case(f.kind), issuer = base::fold_search(f.issuer), number = base::fold_search(f.number), unit = base::fold_search(f.unit),
                     official = base::fold_search(f.official);

  bool fits(const Head& h) const {
    if ((!f.from.empty() && h.day < f.from) || (!f.to.empty() && h.day > f.to)) return false;
    if ((f.duplicates && !h.duplicate) || (!f.verdict.empty() && h.verdict != f.verdict)) return false;
    if (!kind.empty() && base::fold_case(h.kind) != kind && base::fold_case(h.kind_abbrev) != kind) return false;
    const auto holds = [](std::string_view whole, const std::string& part) { return part.empty() || whole.find(part) != std::string_view::npos; };
    if (!holds(h.issuer, issuer) || !holds(h.number, number) || !holds(h.unit, unit) || !holds(h.official, official)) return false;
    if (f.state.empty()) return true;
    return f.state == "overdue" ? !h.due.empty() && h.due < today : h.state == f.state;
  }
};

Json shown(Json row, base::Time now) {
  Json out = {{"id", to_string(place_of(row))}};
  out["overdue"] = is_overdue(row, now);
  row["state"] = state_of(row);
  out.update(row);
  return out;
}

bool is_meant(const Filter& f, const Book& book) {
  return (f.agencies.empty() || std::find(f.agencies.begin(), f.agencies.end(), book.agency) != f.agencies.end()) && (!f.direction || *f.direction == book.direction);
}

// From the last number down, or in book order from the first up; false when the page is full or has looked far enough: out.next tells where.
bool list_book(const store::Snapshot& snapshot, const Book& book, const Sieve& sieve, std::pair<std::uint32_t, std::uint32_t> numbers, base::Time now,
               std::size_t& look, Listing& out) {
  std::string bytes;
  Head head;
  const bool up = sieve.f.book_order;
  Place at{book.direction, book.agency, book.year, 0};
  for (std::uint32_t n = 0; numbers.first + n < numbers.second; ++n) {
    if (look == 0) return false;
    --look;
    at.number = up ? numbers.first + n : numbers.second - 1 - n;
    out.next = at;
    if (!head_at(snapshot, at, bytes, head)) {
      ++out.unreadable;
      continue;
    }
    if (!sieve.fits(head)) continue;
    auto row = row_at(snapshot, std::string(head.row_key));
    if (row) out.rows.push_back(shown(*std::move(row), now));
    else ++out.unreadable;
    if (out.rows.size() >= sieve.f.limit) return false;
  }
  return true;
}

// Only what is due is looked at.
void list_overdue(const store::Snapshot& snapshot, const Sieve& sieve, base::Time now, Listing& out) {
  std::vector<std::string> agencies = sieve.f.agencies;
  if (agencies.empty())
    for (const Book& b : books(snapshot))
      if (b.direction == Direction::incoming && (agencies.empty() || agencies.back() != b.agency)) agencies.push_back(b.agency);
  for (const std::string& agency : agencies) {
    const std::string prefix = due_prefix(agency);
    snapshot.for_each_record(kRows, prefix, prefix + sieve.today, [&](std::string_view key, std::string_view) {
      if (!key.starts_with(prefix) || key.size() < prefix.size() + sieve.today.size()) return false;
      const std::string at(key.substr(prefix.size() + sieve.today.size()));
      auto row = row_at(snapshot, at);
      if (!row) return ++out.unreadable, true;
      const std::string bytes = encode_head(at, *row);
      Head head;
      if (read_head(bytes, head) && sieve.fits(head)) out.rows.push_back(shown(*std::move(row), now));
      return out.rows.size() < sieve.f.limit;
    });
  }
}

}  // namespace

bool is_overdue(const Json& row, base::Time now) {
  const std::string due = due_of(row);
  return !due.empty() && due < base::vietnam_date(now);
}

Listing list(const store::Snapshot& snapshot, const Filter& f, base::Time now) {
  Listing out;
  if (f.limit == 0) return out;
  const Sieve sieve{.f = f, .today = base::vietnam_date(now)};
  if (f.state == "overdue") {
    list_overdue(snapshot, sieve, now, out);
    return out;
  }
  bool found = !f.before;
  std::size_t look = f.look;
  out.next = f.before;
  std::vector<Book> all = books(snapshot);
  if (f.book_order) std::sort(all.begin(), all.end(), [](const Book& a, const Book& b) { return std::tie(a.agency, a.direction, a.year) < std::tie(b.agency, b.direction, b.year); });
  for (const Book& book : all) {
    if (!is_meant(f, book)) continue;
    const bool here = !found && book.agency == f.before->agency && book.direction == f.before->direction && book.year == f.before->year;
    if (!found && !here) continue;
    found = true;
    auto numbers = numbers_of(snapshot, book, f.from, f.to);
    if (here && f.book_order) numbers.first = std::max(numbers.first, f.before->number + 1);
    else if (here) numbers.second = std::min(numbers.second, f.before->number);
    if (!list_book(snapshot, book, sieve, numbers, now, look, out)) return out;
  }
  out.next.reset();
  return out;
}

std::uint64_t rows_at_most(const store::Snapshot& snapshot, const Filter& f) {
  std::uint64_t sum = 0;
  for (const Book& book : books(snapshot)) {
    if (!is_meant(f, book)) continue;
    const auto [first, end] = numbers_of(snapshot, book, f.from, f.to);
    sum += end > first ? end - first : 0;
  }
  return sum;
}

std::optional<Json> find(const store::Snapshot& snapshot, const Place& place, base::Time now) {
  const std::string key = key_at(snapshot, place);
  auto row = key.empty() ? std::nullopt : row_at(snapshot, key);
  if (!row) return std::nullopt;
  return shown(*std::move(row), now);
}

std::vector<Json> receipts(const store::Snapshot& snapshot, const Place& place) {
  std::vector<Json> out;
  const std::string key = key_at(snapshot, place);
  if (key.empty()) return out;
  const std::string prefix = receipt_prefix(key);
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
