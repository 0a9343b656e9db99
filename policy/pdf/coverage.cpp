#include "policy/pdf/coverage.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace policy::pdf {
namespace {

std::optional<std::array<std::uint64_t, 4>> range_of(std::string_view file, const Object* range) {
  if (!range || range->kind != Kind::array || range->items.size() != 4) return std::nullopt;
  if (file.substr(range->begin, range->end - range->begin).find('%') != std::string_view::npos) return std::nullopt;  // a comment
  std::array<std::uint64_t, 4> out{};
  for (std::size_t i = 0; i < 4; ++i) {
    const Object& o = range->items[i];
    if (o.kind != Kind::integer || o.number < 0) return std::nullopt;
    out[i] = std::uint64_t(o.number);
  }
  return out;
}

bool only_hex(std::string_view gap) {
  return gap.size() >= 2 && gap.size() % 2 == 0 && std::all_of(gap.begin() + 1, gap.end() - 1, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

}  // namespace

Coverage read_coverage(std::string_view file, const Object& signature) {
  Coverage out;
  if (signature.duplicate_keys) return add(out.reasons, Code::signature_field_unparsable, "duplicate keys"), out;
  const Object* contents = signature.get("Contents");
  const bool good_contents = contents && contents->kind == Kind::hex_string && !contents->text.empty() &&
                             only_hex(file.substr(contents->begin, contents->end - contents->begin));
  if (!good_contents) add(out.reasons, Code::contents_bad);
  const auto range = range_of(file, signature.get("ByteRange"));
  if (!range) add(out.reasons, Code::byte_range_bad);
  if (!range || !good_contents) return out;
  const auto [zero, a, b, c] = *range;
  const bool inside = a <= file.size() && b <= file.size() && c <= file.size() - b;
  if (zero != 0 || !inside || a != contents->begin || b != contents->end || c == 0)
    return add(out.reasons, Code::byte_range_bad), out;
  out.segments = {file.substr(0, a), file.substr(b, c)};
  out.contents = contents->text;
  out.end = b + c;
  return out;
}

bool has_tail(std::string_view file, std::size_t end) {
  const std::string_view tail = file.substr(std::min(end, file.size()));
  return tail.find_first_not_of("\r\n\t ") != std::string_view::npos;
}

bool raw_tail_after_last_range(std::string_view file) {
  std::size_t end = 0;
  for (std::size_t at = 0; (at = file.find("/ByteRange", at)) != std::string_view::npos; ++at) {
    Parser parser(file, at + 10);
    const auto array = parser.object();
    if (!array || array->kind != Kind::array || array->items.size() != 4) continue;
    const auto b = array->items[2].number, c = array->items[3].number;
    if (b >= 0 && c >= 0 && std::uint64_t(b) <= file.size() && std::uint64_t(c) <= file.size() - std::uint64_t(b))
      end = std::max(end, std::size_t(b) + std::size_t(c));
  }
  return end != 0 && has_tail(file, end);
}

}  // namespace policy::pdf
