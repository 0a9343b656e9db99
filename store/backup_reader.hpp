// One generation of a backup, as rows and blobs. Every byte given out was compared with its digest. Used by restore and by the
// restore of a mailbox. Thread rule: one thread. Holds the directory's lock for reading. Throws Failure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "store/backup_packs.hpp"
#include "store/function_ref.hpp"

namespace store::backups {

class Generation {
 public:
  // The newest without a number. not_found: no backup, or no such generation; corrupt: names the file.
  explicit Generation(const std::string& directory, std::optional<std::uint32_t> number = {});
  const Manifest& manifest() const { return manifest_; }

  using Row = FunctionRef<bool(std::string_view key, std::string_view value)>;  // true: go on
  // Rows whose key starts with prefix, in key order; reads only the segments that may hold them.
  void for_each_row(Table table, std::string_view prefix, Row f) const;
  std::optional<std::string> get(Table table, std::string_view key) const;

  bool has_blob(const BlobId& id) const { return packs_.has(Kind::blob, id); }
  void for_each_chunk(const BlobId& id, FunctionRef<void(std::uint32_t n, std::string_view chunk)> f) const;

  void check_names() const;  // every segment and blob that this generation names is in its packs

 private:
  const TableStream* stream(Table table) const;
  std::uint32_t pick(std::optional<std::uint32_t> number) const;
  Names names_;
  Lock lock_;
  Manifest manifest_;
  const std::string& segment(const base::Digest& id) const;

  Packs packs_;
  mutable base::Digest held_id_{};   // the segment read last: single rows are asked for in key order
  mutable std::string held_;
};

}  // namespace store::backups
