// What a power loss may leave of the files that a diary (fault.hpp) tells of.
// Model: a sync brings all earlier writes and truncations of its file to the disk, a self-syncing write itself. Until then each of them may be
// there or not, in any choice, and a write may be torn between sectors of 512 bytes. A failed sync leaves them in that state for ever: a later
// sync says nothing about them (the page cache holds them as clean). Names change in order (a journal); every sync of anything brings the
// earlier changes of names.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fault.hpp"

namespace crash {

struct DiaryEntry {
  Header header;
  std::string bytes;
};
std::vector<DiaryEntry> read_diary(const std::string& path);  // throws std::runtime_error

inline constexpr std::size_t kSector = 512;

class Disk {
 public:
  void apply(const DiaryEntry& entry) { begin(entry); end(entry); }
  void begin(const DiaryEntry& entry);  // a write that syncs itself, or a sync, is under way: what it would bring is still unsure
  void end(const DiaryEntry& entry);

  struct Change {                       // that a power loss may undo
    std::uint32_t file = 0;
    std::uint64_t offset = 0;
    std::string bytes;
    bool truncate = false;              // to `offset`
    enum class State : std::uint8_t { open, sure, limbo } state = State::open;  // limbo: its sync failed
  };
  // All that is not sure, in order; the pointers live until the next apply().
  std::vector<const Change*> unsure() const;
  std::size_t unsure_names() const { return names_.size() - sure_names_; }

  // keep(change, sector) = is this sector of the change on the disk? (truncation: sector 0). names: how many unsure changes of names.
  using Keep = std::function<bool(const Change&, std::size_t sector)>;
  std::map<std::string, std::string> image(const Keep& keep, std::size_t names) const;  // path -> content; "path/" = a directory

 private:
  struct File {
    std::string base;
    std::vector<Change> changes;
  };
  void settle(std::uint32_t file, Change::State state);
  std::map<std::uint32_t, File> files_;
  std::vector<DiaryEntry> names_;
  std::size_t sure_names_ = 0;
};

void write_image(const std::map<std::string, std::string>& image, const std::string& directory);  // replaces what is there

}  // namespace crash
