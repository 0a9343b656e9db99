// The streams of an OLE2 compound file ([MS-CFB]), read from memory. Broken chains give what could be read. Inside the sandbox only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools::inspect {

class Ole {
 public:
  explicit Ole(std::string_view bytes);
  bool good() const { return good_; }
  // Of the first storage that has one of that name; at most `most` bytes.
  std::optional<std::string> stream(std::string_view ascii_name, std::size_t most) const;

 private:
  std::string_view sector(std::uint32_t n) const;
  std::string chain(std::uint32_t start, std::size_t size) const;
  std::string small_chain(std::uint32_t start, std::size_t size) const;
  void read_table();

  std::string_view bytes_;
  std::uint32_t sector_size_ = 0, small_size_ = 64, cutoff_ = 4096;
  std::vector<std::uint32_t> next_, small_next_;  // FAT and mini FAT
  std::string directory_, small_stream_;
  bool good_ = false;
};

// Little-endian; 0 behind the end.
std::uint32_t le16(std::string_view s, std::size_t at);
std::uint32_t le32(std::string_view s, std::size_t at);

}  // namespace tools::inspect
