#include "tools/cli/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/ascii.hpp"
#include "base/unicode.hpp"

namespace cli {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view(value);
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(std::size_t(n));
  }
  return true;
}

}  // namespace

base::Lang lang_from_environment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const std::string_view value = environment(name);
    if (!value.empty()) return base::istarts_with(value, "en") ? base::Lang::en : base::Lang::vi;
  }
  return base::Lang::vi;
}

int Console::fail(int code, const std::string& what, const std::string& next) {
  out.clear();
  note("congthu: " + what);
  if (!next.empty()) note((lang == base::Lang::vi ? "  → " : "  -> ") + next);
  return code;
}

void Console::note(const std::string& what) const { (void)write_all(STDERR_FILENO, what + "\n"); }

int Console::finish(int code) {
  if (code > kNegative) return code;
  if (write_all(STDOUT_FILENO, out)) return code;
  if (errno == EPIPE) return code;  // the reader (head, less) has seen enough
  return fail(kFailed, text({"không ghi được kết quả: {}", "cannot write the output: {}"}, std::strerror(errno)));
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

bool use_color(int fd) { return is_terminal(fd) && environment("NO_COLOR").empty() && environment("TERM") != "dumb"; }

std::size_t terminal_width() {
  winsize size{};
  if (!is_terminal(STDOUT_FILENO)) return 0;
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string printable(std::string_view s) {
  std::string valid;
  const std::string copy = base::valid_utf8(s) ? std::string(s) : base::nfc(s);
  for (std::size_t i = 0; i < copy.size(); ++i) {
    const auto c = static_cast<unsigned char>(copy[i]);
    const auto next = i + 1 < copy.size() ? static_cast<unsigned char>(copy[i + 1]) : 0;
    const auto third = i + 2 < copy.size() ? static_cast<unsigned char>(copy[i + 2]) : 0;
    if (c == '\n' || c == '\t' || c == '\r') {
      valid += ' ';
    } else if (c < 0x20 || c == 0x7f) {
      valid += "\xEF\xBF\xBD";
    } else if (c == 0xC2 && next >= 0x80 && next <= 0x9F) {  // C1 controls
      valid += "\xEF\xBF\xBD";
      ++i;
    } else if (c == 0xE2 && ((next == 0x80 && third >= 0xAA && third <= 0xAE) || (next == 0x81 && third >= 0xA6 && third <= 0xA9))) {
      i += 2;  // directional overrides could turn a file name or an address round
    } else {
      valid += copy[i];
    }
  }
  return valid;
}

}  // namespace cli
