// What a backup directory holds, as values and files. Grammar in BACKUP.md. Internal to the store's backup and restore.
// Everything throws Failure (io, corrupt, unsupported) with the file's name; the public functions of backup.hpp and restore.hpp
// turn it into a Result.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/env.hpp"
#include "store/types.hpp"

namespace store::backups {

inline constexpr std::uint32_t kBackupFormat = 1;

// Row of meta: the incarnation of the store that this one descends from by restores; absent in one that was never restored.
inline constexpr std::string_view kOriginKey = "origin";

enum class Kind : std::uint8_t { segment = 1, blob = 2 };  // rows of a table under their digest; chunks of a blob under its id

struct SegmentRef {
  base::Digest id{};
  std::string first_key;
};
struct TableStream {
  std::string table;
  std::uint64_t rows = 0, bytes = 0;
  std::vector<SegmentRef> segments;  // in key order
};
struct PackRef {
  std::uint32_t number = 0;
  std::uint64_t size = 0;
  base::Digest index{};  // of the index file without its own digest
};
struct Manifest {
  std::uint32_t generation = 0, store_format = kFormat;
  Time created{};
  std::uint64_t milliseconds = 0;
  std::string origin, incarnation;
  std::uint64_t blobs = 0, messages = 0, accounts = 0, copied = 0;
  std::vector<TableStream> tables;
  std::vector<PackRef> packs;
  std::vector<std::string> findings;  // what was wrong with the store when it was copied: "missing_blob HEX"
};
std::string render(const Manifest& m);
Manifest parse_manifest(std::string_view text, const std::string& file);

// Rows in a segment: v key size, key, v value size, value.
void append_row(std::string& to, std::string_view key, std::string_view value);

// Where one segment ends and the next begins depends on the rows alone, so that unchanged rows give unchanged segments.
bool ends_segment(std::size_t segment_bytes, std::string_view key, std::size_t row_bytes);

// --- files ------------------------------------------------------------------------------------------------------------------
class File {  // a new file, written through a buffer
 public:
  explicit File(std::string path);  // replaces what is there
  ~File();
  File(const File&) = delete;
  void write(std::string_view bytes);
  std::uint64_t size() const { return size_; }
  void truncate(std::uint64_t size);
  void sync();                        // everything is on disk
  void rename_to(const std::string& path);  // syncs file, renames, syncs the directory

 private:
  void flush();
  void pace();
  std::string path_, buffer_;
  int fd_ = -1;
  std::uint64_t size_ = 0, paced_ = 0;
};
void write_whole(const std::string& path, std::string_view bytes);  // tmp + fsync + rename
std::string read_whole(const std::string& path, std::uint64_t at_most = std::uint64_t(4) << 30);
void sync_directory(const std::string& path);
void make_directory(const std::string& path);

class Lock {  // one writer or several readers of a backup directory; goes with the process
 public:
  Lock(const std::string& directory, bool exclusive);
  ~Lock();
  Lock(const Lock&) = delete;

 private:
  int fd_ = -1;
};

// --- names ------------------------------------------------------------------------------------------------------------------
struct Names {
  std::string directory;
  std::string marker() const { return directory + "/congthu-backup"; }
  std::string packs() const { return directory + "/packs"; }
  std::string pack(std::uint32_t n) const;
  std::string index(std::uint32_t n) const;
  std::string manifest(std::uint32_t generation) const;  // "generation-000001"
};
std::vector<std::uint32_t> generations(const Names& names);  // ascending; those with a manifest
std::string read_marker(const Names& names);                 // the origin of the stores it is for; not_found, corrupt, unsupported
void make_marker(const Names& names, std::string_view origin);
Manifest read_manifest(const Names& names, std::uint32_t generation);

}  // namespace store::backups
