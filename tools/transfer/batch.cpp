#include "tools/transfer/batch.hpp"

#include "base/codec.hpp"

namespace transfer {
namespace {
constexpr std::string_view kMagic = "CTB1";
constexpr std::size_t kLeast = 1 + 1 + 1 + 8 + 2 + 8 + 1;  // bytes of the shortest message
}  // namespace

BatchMessage view(const Message& m) {
  BatchMessage out{m.mailbox, m.flags, {}, m.date, m.tz_minutes, 0, m.bytes};
  out.keywords.assign(m.keywords.begin(), m.keywords.end());
  return out;
}

std::string encode(std::span<const BatchMessage> messages) {
  base::Writer w;
  std::size_t size = 64;
  for (const BatchMessage& m : messages) size += m.bytes.size() + m.mailbox.size() + 64;
  w.reserve(size);
  w.raw(kMagic).varint(messages.size());
  for (const BatchMessage& m : messages) {
    w.bytes(m.mailbox).fixed(std::uint8_t(m.flags)).varint(m.keywords.size());
    for (const std::string_view k : m.keywords) w.bytes(k);
    w.fixed(std::uint64_t(m.date.time_since_epoch().count())).fixed(std::uint16_t(m.tz_minutes)).fixed(std::uint64_t(m.uid)).bytes(m.bytes);
  }
  return w.take();
}

Result<std::vector<BatchMessage>> decode(std::string_view batch) {
  base::Reader r(batch);
  const auto bad = [] { return fail(Errc::invalid, "the batch of messages is malformed"); };
  if (r.raw(kMagic.size()) != kMagic) return bad();
  const std::uint64_t n = r.varint();
  if (!r.ok() || n > batch.size() / kLeast) return bad();
  std::vector<BatchMessage> out;
  out.reserve(std::size_t(n));
  for (std::uint64_t i = 0; i < n && r.ok(); ++i) {
    BatchMessage m;
    m.mailbox = r.bytes();
    m.flags = r.fixed<std::uint8_t>();
    const std::uint64_t keywords = r.varint();
    if (!r.ok() || keywords > store::kMaxKeywords || (m.flags & ~store::kAllFlags) != 0) return bad();
    for (std::uint64_t k = 0; k < keywords; ++k) m.keywords.push_back(r.bytes());
    m.date = base::Time(std::chrono::milliseconds(std::int64_t(r.fixed<std::uint64_t>())));
    m.tz_minutes = std::int16_t(r.fixed<std::uint16_t>());
    m.uid = std::uint32_t(r.fixed<std::uint64_t>());
    m.bytes = r.bytes();
    if (r.ok() && (m.date <= base::Time{} || m.tz_minutes < -900 || m.tz_minutes > 900)) return bad();
    out.push_back(std::move(m));
  }
  if (!r.ok() || !r.at_end()) return bad();
  return out;
}

}  // namespace transfer
