#include "tools/inspect/ole.hpp"

#include <algorithm>

namespace tools::inspect {
namespace {

constexpr std::uint32_t kEndOfChain = 0xFFFFFFFE, kLargest = 0xFFFFFFFA;
constexpr std::size_t kHeader = 512, kEntry = 128;

}  // namespace

std::uint32_t le16(std::string_view s, std::size_t at) {
  return at + 2 > s.size() ? 0 : std::uint32_t(std::uint8_t(s[at])) | std::uint32_t(std::uint8_t(s[at + 1])) << 8;
}
std::uint32_t le32(std::string_view s, std::size_t at) { return at + 4 > s.size() ? 0 : le16(s, at) | le16(s, at + 2) << 16; }

Ole::Ole(std::string_view bytes) : bytes_(bytes) {
  if (bytes.size() < kHeader || le16(bytes, 28) != 0xFFFE) return;
  const std::uint32_t shift = le16(bytes, 30), small = le16(bytes, 32);
  if ((shift != 9 && shift != 12) || small < 4 || small >= shift) return;
  sector_size_ = 1u << shift;
  small_size_ = 1u << small;
  cutoff_ = le32(bytes, 56);
  read_table();
  directory_ = chain(le32(bytes, 48), bytes.size());
  if (directory_.size() < kEntry) return;
  small_stream_ = chain(le32(directory_, 116), le32(directory_, 120));  // of the root entry
  const std::string small_table = chain(le32(bytes, 60), std::size_t(le32(bytes, 64)) * sector_size_);
  for (std::size_t at = 0; at + 4 <= small_table.size(); at += 4) small_next_.push_back(le32(small_table, at));
  good_ = true;
}

std::string_view Ole::sector(std::uint32_t n) const {
  const std::size_t at = (std::size_t(n) + 1) * sector_size_;
  return at >= bytes_.size() ? std::string_view() : bytes_.substr(at, sector_size_);
}

void Ole::read_table() {
  const std::size_t sectors = bytes_.size() / sector_size_ + 1;
  const auto add = [&](std::uint32_t n) {
    const std::string_view table = n < kLargest ? sector(n) : std::string_view();
    for (std::size_t at = 0; at + 4 <= table.size() && next_.size() < sectors; at += 4) next_.push_back(le32(table, at));
  };
  for (std::size_t i = 0; i < 109; ++i) add(le32(bytes_, 76 + 4 * i));
  std::uint32_t more = le32(bytes_, 68);
  for (std::size_t steps = 0; more < kLargest && steps < sectors && next_.size() < sectors; ++steps) {
    const std::string_view table = sector(more);
    if (table.size() < sector_size_) return;
    for (std::size_t at = 0; at + 8 <= table.size(); at += 4) add(le32(table, at));
    more = le32(table, sector_size_ - 4);
  }
}

// A chain that runs in a circle ends with the size, which is no larger than the file.
std::string Ole::chain(std::uint32_t start, std::size_t size) const {
  std::string out;
  size = std::min(size, bytes_.size());
  for (std::uint32_t n = start; n < kLargest && out.size() < size; n = n < next_.size() ? next_[n] : kEndOfChain) {
    const std::string_view piece = sector(n);
    if (piece.empty()) break;
    out += piece.substr(0, size - out.size());
  }
  return out;
}

std::string Ole::small_chain(std::uint32_t start, std::size_t size) const {
  std::string out;
  size = std::min(size, small_stream_.size());
  for (std::uint32_t n = start; n < kLargest && out.size() < size; n = n < small_next_.size() ? small_next_[n] : kEndOfChain) {
    const std::size_t at = std::size_t(n) * small_size_;
    if (at >= small_stream_.size()) break;
    out += std::string_view(small_stream_).substr(at, std::min<std::size_t>(small_size_, size - out.size()));
  }
  return out;
}

std::optional<std::string> Ole::stream(std::string_view name, std::size_t most) const {
  for (std::size_t at = 0; at + kEntry <= directory_.size(); at += kEntry) {
    const std::string_view entry = std::string_view(directory_).substr(at, kEntry);
    if (entry[66] != 2 || le16(entry, 64) != 2 * (name.size() + 1)) continue;
    bool same = true;
    for (std::size_t i = 0; i < name.size() && same; ++i) same = le16(entry, 2 * i) == std::uint8_t(name[i]);
    if (!same) continue;
    const std::size_t size = le32(entry, 120);
    const std::uint32_t start = le32(entry, 116);
    return size < cutoff_ ? small_chain(start, std::min(size, most)) : chain(start, std::min(size, most));
  }
  return std::nullopt;
}

}  // namespace tools::inspect
