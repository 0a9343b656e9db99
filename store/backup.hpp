// Online backups of a whole store into a directory that holds several generations, which share what they have in common.
// One short snapshot gives all rows, cut into segments by content; blobs follow in short reads while their collection is
// suspended. The manifest is written last: a backup cut short leaves no generation, and what it copied is used by the next.
// Thread rule: any thread but the writer's; blocks for minutes. Format: BACKUP.md. Memory: 48 bytes an object, 32 a blob.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/types.hpp"

namespace store {

class Store;

struct BackupProgress {
  enum class Stage : std::uint8_t { rows, content, verify };
  Stage stage{};
  std::uint64_t done = 0, total = 0;  // rows, blobs, objects
  std::uint64_t bytes = 0;            // copied or read so far
};
using BackupProgressFn = std::function<bool(const BackupProgress&)>;  // false: stop (Errc::unavailable)

struct BackupGeneration {
  std::uint32_t generation = 0;
  Time created{};
  std::chrono::milliseconds took{};
  std::string incarnation;
  std::uint64_t accounts = 0, messages = 0, blobs = 0;
  std::uint64_t copied = 0;               // bytes that this one added to the directory
  std::vector<std::string> findings;      // what was wrong with the store: "missing_blob HEX", "damaged_blob HEX"
  std::optional<std::string> problem;     // the manifest cannot be read
};

struct BackupOptions {
  std::string directory;  // made when it is not there; a directory with something else in it is refused
  BackupProgressFn progress;
};
// Errc::conflict: the directory is not a backup's, or holds those of another store; unavailable: in use, or stopped.
[[nodiscard]] Result<BackupGeneration> backup(Store& store, const BackupOptions& options);

// Oldest first. Errc::not_found: no backup there.
[[nodiscard]] Result<std::vector<BackupGeneration>> list_backups(const std::string& directory);

struct BackupVerification {
  std::uint64_t objects = 0, bytes = 0;
  std::vector<std::string> problems;  // file and what is wrong with it
};
// Reads and hashes every object of the directory; each generation must find all it names.
[[nodiscard]] Result<BackupVerification> verify_backups(const std::string& directory, const BackupProgressFn& progress = {});

// Forgets all but the newest `keep` generations, then the packs that nobody names any more. Gives how many generations went.
[[nodiscard]] Result<std::uint32_t> prune_backups(const std::string& directory, std::uint32_t keep);

}  // namespace store
