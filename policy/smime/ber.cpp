#include "policy/smime/ber.hpp"

namespace policy::smime {
namespace {

struct Head {
  std::uint8_t tag = 0;
  std::size_t size = 0;         // of identifier and length bytes
  std::size_t length = 0;       // of the content; 0 when indefinite
  bool indefinite = false;
};

std::optional<Head> head(std::string_view in) {
  if (in.size() < 2) return std::nullopt;
  Head h;
  h.tag = std::uint8_t(in[0]);
  if ((h.tag & 0x1f) == 0x1f) return std::nullopt;
  const auto first = std::uint8_t(in[1]);
  if (first < 0x80) {
    h.length = first;
    h.size = 2;
  } else if (first == 0x80) {
    if ((h.tag & 0x20) == 0) return std::nullopt;  // X.690 8.1.3.2: indefinite only for constructed values
    h.indefinite = true;
    h.size = 2;
    return h;
  } else {
    const std::size_t n = first & 0x7f;
    if (n > 4 || in.size() < 2 + n) return std::nullopt;
    for (std::size_t i = 0; i < n; ++i) h.length = (h.length << 8) | std::uint8_t(in[2 + i]);
    h.size = 2 + n;
  }
  if (h.length > in.size() - h.size) return std::nullopt;
  return h;
}

bool at_end_of_contents(std::string_view in) { return in.size() >= 2 && in[0] == 0 && in[1] == 0; }

std::optional<Tlv> take_at(std::string_view& in, int depth) {
  const auto h = head(in);
  if (!h || depth > kMaxBerDepth) return std::nullopt;
  Tlv out;
  out.tag = h->tag;
  if (!h->indefinite) {
    out.content = in.substr(h->size, h->length);
    out.whole = in.substr(0, h->size + h->length);
    in.remove_prefix(out.whole.size());
    return out;
  }
  std::string_view rest = in.substr(h->size);
  while (!at_end_of_contents(rest))
    if (!take_at(rest, depth + 1)) return std::nullopt;
  const std::size_t content = in.size() - h->size - rest.size();
  out.content = in.substr(h->size, content);
  out.whole = in.substr(0, h->size + content + 2);
  in.remove_prefix(out.whole.size());
  return out;
}

// One level of the walk. An indefinite value is found by walking it, so each byte is looked at once per level at most.
BerCheck walk(std::string_view& in, int depth, std::size_t& count) {
  const auto h = head(in);
  if (!h) return BerCheck::malformed;
  if (depth > kMaxBerDepth || ++count > kMaxBerElements) return BerCheck::too_large;
  if ((h->tag & 0x20) == 0) {
    in.remove_prefix(h->size + h->length);
    return BerCheck::ok;
  }
  std::string_view inner = h->indefinite ? in.substr(h->size) : in.substr(h->size, h->length);
  while (h->indefinite ? !at_end_of_contents(inner) : !inner.empty())
    if (const BerCheck c = walk(inner, depth + 1, count); c != BerCheck::ok) return c;
  if (h->indefinite) in = inner.substr(2);
  else in.remove_prefix(h->size + h->length);
  return BerCheck::ok;
}

bool append_octets(const Tlv& value, std::string& out) {
  if (!value.constructed()) {
    out.append(value.content);
    return true;
  }
  std::string_view in = value.content;
  while (!in.empty()) {
    const auto chunk = take(in);
    if (!chunk || (chunk->tag & ~0x20) != kOctets || !append_octets(*chunk, out)) return false;
  }
  return true;
}

}  // namespace

std::optional<Tlv> take(std::string_view& in) { return take_at(in, 0); }

std::optional<Tlv> take(std::string_view& in, std::uint8_t tag) {
  if (in.empty() || std::uint8_t(in[0]) != tag) return std::nullopt;
  return take(in);
}

BerCheck check_ber(std::string_view in, std::size_t& used) {
  std::string_view rest = in;
  std::size_t count = 0;
  const BerCheck c = walk(rest, 0, count);
  used = in.size() - rest.size();
  return c;
}

std::optional<std::string> octets(const Tlv& value) {
  std::string out;
  if ((value.tag & ~0x20) != kOctets) return std::nullopt;
  out.reserve(value.content.size());
  return append_octets(value, out) ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace policy::smime
