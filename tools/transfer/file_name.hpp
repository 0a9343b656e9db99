// Mailbox names as names of files that every system takes, and back is not needed: the manifest holds the real ones. Pure.
#pragma once
#include <set>
#include <string>
#include <string_view>

namespace transfer {

// One level: NFC; what a file system or a shell could take for something else (control characters, \ / : * ? " < > |, a dot at
// either end, spaces at the end, the device names of Windows) becomes or gets "_"; at most 180 bytes, whole characters.
std::string safe_level(std::string_view level);

// Different mailboxes get different paths also where case does not count; `suffix` (".mbox" or nothing) is of the last level.
class PathNames {
 public:
  std::string path_of(std::string_view mailbox, std::string_view suffix);

 private:
  std::set<std::string> taken_;  // folded
};

}  // namespace transfer
