// What a command reads: files, standard input, a password without echo.
#pragma once
#include <string>

#include "base/result.hpp"
#include "tools/cli/console.hpp"

namespace cli {

inline constexpr std::size_t kMaxInput = 256u << 20;  // the largest file a command takes

// "-" is standard input. not_found, io, or limit above `max`; directories are refused.
[[nodiscard]] base::Result<std::string> read_input(const std::string& path, std::size_t max = kMaxInput);

// From standard input (first line, without its line end), or asked for twice at the terminal when `from_stdin` is false.
[[nodiscard]] base::Result<std::string> read_password(const Console& con, bool from_stdin);

// A file that is written whole or not at all: beside its name, and renamed at the end, so that an old report is not lost to a full disk.
// Without a name it is standard output. Errc::io.
class OutputFile {
 public:
  explicit OutputFile(std::string path);
  ~OutputFile();  // what was not finished goes
  OutputFile(const OutputFile&) = delete;
  [[nodiscard]] base::Result<void> write(std::string_view bytes);
  [[nodiscard]] base::Result<void> finish();

 private:
  std::string path_, target_;
  int fd_ = -1, error_ = 0;
};
[[nodiscard]] base::Result<void> write_output(const std::string& path, std::string_view bytes);

// The password of whom --as names: the first line of its file, or asked for once at the terminal.
[[nodiscard]] base::Result<std::string> sign_in_password(const Console& con);

// Reports an unreadable file in the chosen language; returns the exit code.
int cannot_read(Console& con, const std::string& path, const base::Error& error);

}  // namespace cli
