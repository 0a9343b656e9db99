// A ZIP archive whose files are signed: each name once (also without case), consistent, what inflates is counted. Private to the room.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace policy::xmlsig {

struct PackageLimits {
  std::uint64_t total_bytes = 64u << 20;  // inflated, everything that is read; each file is read once
  std::uint32_t ratio = 200;              // inflated to packed, above 1 MiB
  std::uint32_t entries = 2000;
};

class Package {
 public:
  // Null: no archive, or one that two readers would read differently.
  static std::unique_ptr<Package> open(std::string_view bytes, const PackageLimits& limits);
  ~Package();

  const std::map<std::string, std::uint64_t>& names() const { return names_; }  // files only, as they are spelled
  std::string spelled(std::string_view name) const;                             // without regard to case; empty when it is not there
  const std::string* read(const std::string& name);                             // null: not there, damaged, encrypted, or past a limit
  bool exceeded() const { return exceeded_; }

 private:
  struct Zip;
  Package() = default;
  std::unique_ptr<Zip> zip_;
  std::map<std::string, std::uint64_t> names_;
  std::map<std::string, std::string> folded_, contents_;
  PackageLimits limits_;
  std::uint64_t packed_ = 0, used_ = 0;
  bool exceeded_ = false;
};

}  // namespace policy::xmlsig
