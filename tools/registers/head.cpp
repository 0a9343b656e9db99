#include "tools/registers/head.hpp"

#include <algorithm>
#include <tuple>

#include "base/codec.hpp"
#include "base/unicode.hpp"

namespace registers {
namespace {

constexpr store::RecordTable kHeads = store::RecordTable::documents;
enum Flag : std::uint8_t { kStruck = 1, kFreeMail = 2, kInternal = 4, kDuplicate = 8, kScanned = 16 };
constexpr std::size_t kDay = 10;

std::string assigned_to(const Json& row, const char* name) {
  const auto found = row.find("assignment");
  return found == row.end() || !found->is_object() ? std::string() : text(*found, name);
}

bool flag_of(const Json& row, const char* name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace

std::string state_of(const Json& row) {
  if (flag_of(row, "void")) return "void";
  if (text(row, "direction") != "out") return text(row, "state");
  if (row.contains("recall")) return "recalled";
  const auto counts = row.find("receipts");
  if (counts == row.end() || !counts->is_object()) return "sent";
  const auto n = [&](const char* name) { return counts->value(name, 0); };
  if (n("refused") > 0) return "refused";
  if (n("sent") > 0) return "sent";
  return n("delivered") > 0 ? "delivered" : n("read") > 0 ? "read" : "sent";
}

std::string due_of(const Json& row) { return flag_of(row, "void") || !is_open(text(row, "state")) ? std::string() : assigned_to(row, "due"); }

std::string encode_head(std::string_view row_key, const Json& row) {
  std::string day = text(row, "at").substr(0, kDay);
  day.resize(kDay, '0');
  const std::uint8_t flags = std::uint8_t((flag_of(row, "void") ? kStruck : 0) | (flag_of(row, "free_mail") ? kFreeMail : 0) |
                                          (flag_of(row, "internal") ? kInternal : 0) | (text(row, "duplicate").empty() ? 0 : kDuplicate) | (flag_of(row, "scanned") ? kScanned : 0));
  base::Writer w;
  w.bytes(row_key).raw(day).fixed(flags);
  for (const char* name : {"verdict", "doc_class", "kind", "kind_abbrev"}) w.bytes(text(row, name));
  w.bytes(state_of(row)).bytes(due_of(row)).bytes(text(row, "way"));
  for (const std::string& words : {text(row, "number"), text(row, "issuer"), assigned_to(row, "unit"), assigned_to(row, "official")}) w.bytes(base::fold_search(words));
  return w.take();
}

bool read_head(std::string_view value, Head& head) {
  base::Reader r(value);
  head.row_key = r.bytes();
  head.day = r.raw(kDay);
  const auto flags = r.fixed<std::uint8_t>();
  for (std::string_view* field : {&head.verdict, &head.doc_class, &head.kind, &head.kind_abbrev, &head.state, &head.due, &head.way, &head.number, &head.issuer, &head.unit, &head.official})
    *field = r.bytes();
  head.struck = (flags & kStruck) != 0;
  head.free_mail = (flags & kFreeMail) != 0;
  head.internal = (flags & kInternal) != 0;
  head.duplicate = (flags & kDuplicate) != 0;
  head.scanned = (flags & kScanned) != 0;
  return r.ok() && r.at_end() && !head.row_key.empty();
}

std::vector<Book> books(const store::Snapshot& snapshot) {
  std::vector<Book> out;
  snapshot.for_each_record(kHeads, "C", "D", [&](std::string_view key, std::string_view value) {
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

namespace {

std::uint32_t count_before(const store::Snapshot& snapshot, const Book& book, std::string_view day) {
  std::uint32_t low = 0, high = book.count;
  Head head;
  while (low < high) {
    const std::uint32_t middle = low + (high - low + 1) / 2;
    const auto value = snapshot.record(kHeads, number_key(book.direction, book.agency, book.year, middle));
    if (!value || !read_head(*value, head) || head.day < day) low = middle;
    else high = middle - 1;
  }
  return low;
}

}  // namespace

std::pair<std::uint32_t, std::uint32_t> numbers_of(const store::Snapshot& snapshot, const Book& book, std::string_view from, std::string_view to) {
  const std::uint32_t before = from.empty() ? 0 : count_before(snapshot, book, from);
  const std::uint32_t until = to.empty() ? book.count : count_before(snapshot, book, std::string(to) + "~");  // behind all of that day
  return {before > kAroundMidnight ? before - kAroundMidnight + 1 : 1, std::uint32_t(std::min<std::uint64_t>(book.count, std::uint64_t(until) + kAroundMidnight)) + 1};
}

std::uint64_t for_each_head(const store::Snapshot& snapshot, std::string_view from, std::string_view to,
                            store::FunctionRef<void(const Book&, std::uint32_t, const Head&)> f) {
  std::uint64_t unreadable = 0;
  Head head;
  for (const Book& book : books(snapshot)) {
    const auto [first, end] = numbers_of(snapshot, book, from, to);
    const auto key = [&](std::uint32_t n) { return number_key(book.direction, book.agency, book.year, n); };
    snapshot.for_each_record(kHeads, key(first), key(end), [&](std::string_view at, std::string_view value) {
      const auto number = base::Reader(at.substr(at.size() - sizeof(std::uint32_t))).fixed<std::uint32_t>();
      if (!read_head(value, head)) ++unreadable;
      else if (head.day >= from && (to.empty() || head.day <= to)) f(book, number, head);
      return true;
    });
  }
  return unreadable;
}

}  // namespace registers
