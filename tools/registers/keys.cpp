#include "tools/registers/keys.hpp"

#include <algorithm>
#include <charconv>

#include "base/codec.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/unicode.hpp"

namespace registers {
namespace {

constexpr std::size_t kMaxAgency = 200;  // a key holds 480 bytes
constexpr std::size_t kShort = 16;       // of a digest in a key that only leads on

std::string begin(char kind) { return std::string(1, kind); }

// A code that is too long stands by its digest.
std::string part_of(std::string_view agency) {
  return agency.size() <= kMaxAgency ? std::string(agency) : std::string(base::view(base::sha256(agency)));
}

std::string of_agency(char kind, Direction direction, std::string_view agency) {
  base::Writer w;
  w.raw(begin(kind)).raw(begin(char(direction))).bytes(part_of(agency));
  return w.take();
}

std::string hashed(char kind, std::string_view text, std::size_t bytes) {
  const base::Digest digest = base::sha256(text);
  return begin(kind) + std::string(base::view(digest).substr(0, bytes));
}

bool is_year(std::string_view text) { return text.size() == 4 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) && text >= "1945" && text <= "2999"; }

// "204 / KH-UBND" and "204/kh-ubnd" are one number.
std::string squeezed(std::string_view number) {
  std::string folded = base::fold_search(number);
  std::erase(folded, ' ');
  return folded;
}

}  // namespace

std::string_view word(Direction direction) { return direction == Direction::incoming ? "in" : "out"; }

std::optional<Direction> direction_of(std::string_view text) {
  if (text == "in") return Direction::incoming;
  if (text == "out") return Direction::outgoing;
  return std::nullopt;
}

std::string year_of(std::string_view number, std::string_view date) {
  if (const std::string_view year = date.substr(0, 4); is_year(year)) return std::string(year);
  while (!number.empty()) {  // 12/2024/ND-CP
    const std::size_t slash = number.find('/');
    const std::string_view part = number.substr(0, slash);
    if (is_year(part) && slash != std::string_view::npos) return std::string(part);
    number = slash == std::string_view::npos ? std::string_view{} : number.substr(slash + 1);
  }
  return {};
}

std::string identity(const Name& name, std::string_view hex_digest) {
  if (name.whole()) return hashed('n', base::fold_search(name.issuer) + "|" + squeezed(name.number) + "|" + name.year, sizeof(base::Digest));
  const auto raw = base::hex_decode(hex_digest);
  return raw && raw->size() == sizeof(base::Digest) ? begin('d') + *raw : hashed('d', hex_digest, sizeof(base::Digest));
}

std::string rows_of(Direction direction, std::string_view agency) {
  base::Writer w;
  w.raw(begin(char(direction))).bytes(part_of(agency));
  return w.take();
}
std::string row_key(Direction direction, std::string_view agency, std::string_view identity) { return rows_of(direction, agency) + std::string(identity); }

std::optional<RowName> read_row_key(std::string_view key) {
  base::Reader r(key);
  const std::string_view kind = r.raw(1);
  const std::string_view agency = r.bytes();
  if (!r.ok() || (kind != "i" && kind != "o")) return std::nullopt;
  const std::string_view rest = r.rest();
  if (rest.empty()) return std::nullopt;
  return RowName{Direction(kind[0]), agency, rest};
}

std::string counter_key(Direction direction, std::string_view agency, unsigned year) {
  return of_agency('C', direction, agency) + base::Writer().fixed(std::uint16_t(year)).take();
}
std::string number_key(Direction direction, std::string_view agency, unsigned year, std::uint32_t number) {
  return of_agency('N', direction, agency) + base::Writer().fixed(std::uint16_t(year)).fixed(number).take();
}
std::string alias_key(Direction direction, std::string_view agency, std::string_view identity) {
  return of_agency('A', direction, agency) + std::string(identity);
}

std::string file_prefix(std::string_view hex_digest) {
  const auto raw = base::hex_decode(hex_digest);
  return raw && raw->size() == sizeof(base::Digest) ? begin('F') + *raw : std::string();
}
std::string text_prefix(std::string_view number) { return hashed('S', squeezed(number), kShort); }
std::string mail_prefix(std::string_view message_id) { return hashed('M', message_id, kShort); }
std::string queued_prefix(store::QueueId id) { return begin('Q') + base::Writer().fixed(store::raw(id)).take(); }
std::string copy_prefix(store::AccountId account, store::EmailId email) {
  return begin('L') + base::Writer().fixed(store::raw(account)).fixed(store::raw(email)).take();
}
std::string due_prefix(std::string_view agency) {
  base::Writer w;
  w.raw(begin('O')).bytes(part_of(agency));
  return w.take();
}

std::string notice_key(std::string_view row_key) { return begin('P') + std::string(row_key); }
std::string receipt_prefix(std::string_view row_key) { return begin('R') + std::string(row_key); }
std::string receipt_key(std::string_view row_key, std::string_view address) {
  return receipt_prefix(row_key) + std::string(base::view(base::sha256(base::fold_case(address))).substr(0, kShort));
}

std::string to_string(const Place& p) {
  return p.agency + "/" + std::string(word(p.direction)) + "/" + std::to_string(p.year) + "/" + std::to_string(p.number);
}

// From the end: an agency's code may hold a slash.
std::optional<Place> parse_place(std::string_view text) {
  std::string_view piece[3];
  for (std::string_view& one : piece) {
    const std::size_t slash = text.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    one = text.substr(slash + 1);
    text = text.substr(0, slash);
  }
  Place out;
  const auto number = [](std::string_view digits, auto& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && end == digits.data() + digits.size() && value > 0;
  };
  const auto direction = direction_of(piece[2]);
  if (!direction || text.empty() || !number(piece[1], out.year) || !number(piece[0], out.number) || out.year > 9999) return std::nullopt;
  out.direction = *direction;
  out.agency = text;
  return out;
}

unsigned year_at(base::Time at) {
  const std::string day = base::vietnam_date(at);
  unsigned year = 0;
  std::from_chars(day.data(), day.data() + std::min<std::size_t>(4, day.size()), year);
  return year;
}

}  // namespace registers
