// Files and folders of somebody else: nothing but regular files is opened, no symbolic link is followed (an import that runs as
// root must not read /etc/shadow because a Maildir says so), and how much is read is bounded.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/transfer/message.hpp"

namespace transfer {

class InputFile {
 public:
  [[nodiscard]] static Result<InputFile> open(const std::string& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  std::uint64_t size() const { return size_; }      // when it was opened
  base::Time modified() const { return modified_; }
  // Up to `count` bytes from `offset`; fewer only at the end.
  [[nodiscard]] Result<std::string> read(std::uint64_t offset, std::size_t count) const;

 private:
  InputFile(int fd, std::uint64_t size, base::Time modified) : fd_(fd), size_(size), modified_(modified) {}
  int fd_;
  std::uint64_t size_;
  base::Time modified_;
};

// The whole file; Errc::limit above `max`. Says when it was last changed.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::uint64_t max, base::Time* modified = nullptr);

enum class Kind : unsigned char { missing, file, directory, link, other };
Kind kind_of(const std::string& path);

struct Entry {
  std::string name;
  Kind kind;
  std::uint64_t size = 0;
};
// What a directory holds but "." and "..", by name, so that a run repeats itself. Errc::limit above `max` entries.
[[nodiscard]] Result<std::vector<Entry>> entries(const std::string& directory, std::size_t max = 5'000'000);

// Lines of a file through a window. A line is given with its line end; one that is longer than the window comes in pieces, of
// which only the first has `starts`.
class Lines {
 public:
  explicit Lines(const InputFile& file, std::size_t window = 256 * 1024) : file_(file), window_(window) {}
  struct Line {
    std::string_view text;  // valid until the next call
    std::uint64_t offset = 0;
    bool starts = true;
  };
  [[nodiscard]] Result<std::optional<Line>> next();
  void seek(std::uint64_t offset);
  std::uint64_t at() const { return base_ + used_; }

 private:
  Result<void> fill();
  const InputFile& file_;
  std::size_t window_;
  std::string buffer_;
  std::uint64_t base_ = 0;  // of the buffer in the file
  std::size_t used_ = 0;
  bool starts_ = true;
};

}  // namespace transfer
