// A disk that fails when told to, and one that keeps a diary: stands between a program and its file calls, for files below one
// directory. Linked into a test program it takes the place of the C library's functions for LMDB and Xapian too; as a shared library
// it comes before them in any program (LD_PRELOAD). fault.cpp says what it sees and the diary's grammar.
// The library is steered by the environment: CONGTHU_FAULT_DIR = the directory, CONGTHU_FAULT_CONTROL = a file with rules, read before each
// call so that a fault can come and go, CONGTHU_FAULT_RECORD = the diary.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace crash {

// One rule a line: WHERE ERRNO [late|short] [xCOUNT]. WHERE = open, data (a plain write), sync, meta (a write that syncs itself), rollback
// (a plain write into a meta page), truncate. late: it is done, then fails; short: half of it is done. xCOUNT: so often, else for ever.
// Throws std::invalid_argument.
void set_rules(std::string_view rules);
void watch(const std::string& directory);  // "" = nothing; files that are open already stay as they were
std::uint64_t strikes();                   // calls that a rule made fail

void record_to(const std::string& path);   // "" = stop
void mark(std::string_view text);          // an entry of the workload's own

enum class Entry : std::uint8_t { create = 1, write, sync, truncate, rename, unlink, make_directory, remove_directory, sync_directory, mark, sync_failed };
struct Header {                            // of a diary entry; `size` bytes follow
  std::uint32_t size = 0;
  Entry entry{};
  std::uint8_t synced = 0;                 // a write that syncs itself; 2: and that was reported as failed
  std::uint16_t unused = 0;
  std::uint32_t file = 0;                  // number of the file: its creation's, whatever its name becomes
  std::uint32_t unused2 = 0;
  std::uint64_t offset = 0;                // truncate: the new length
};

}  // namespace crash
