#include "tools/cli/input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/crypto.hpp"
#include "base/unicode.hpp"

namespace cli {
namespace {

base::Result<std::string> read_all(int fd, std::size_t max) {
  std::string out;
  std::string block(1u << 16, '\0');
  for (;;) {
    const ssize_t n = ::read(fd, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::fail(base::Errc::io, std::strerror(errno));
    if (n == 0) return out;
    out.append(block, 0, std::size_t(n));
    if (out.size() > max) return base::fail(base::Errc::limit, "larger than " + std::to_string(max >> 20) + " MiB");
  }
}

class NoEcho {  // restores the terminal whatever happens
 public:
  explicit NoEcho(int fd) : fd_(fd), changed_(::tcgetattr(fd, &before_) == 0) {
    termios quiet = before_;
    quiet.c_lflag &= ~tcflag_t(ECHO);
    quiet.c_lflag |= ECHONL;
    if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &quiet);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }

 private:
  int fd_;
  termios before_{};
  bool changed_;
};

std::string read_line(int fd) {
  std::string out;
  char c = 0;
  while (out.size() < 4096 && ::read(fd, &c, 1) == 1 && c != '\n') out += c;
  if (out.ends_with('\r')) out.pop_back();
  return out;
}

base::Result<std::string> ask(const Console& con) {
  const int tty = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (tty < 0) return base::fail(base::Errc::invalid, "no terminal to ask for the password; use --password-stdin");
  const auto prompt = [&](base::Text t) {
    const std::string words = con.text(t);
    (void)!::write(tty, words.data(), words.size());
    return read_line(tty);
  };
  std::string first, again;
  {
    const NoEcho quiet(tty);
    first = prompt({"Mật khẩu: ", "Password: "});
    again = prompt({"Nhập lại: ", "Again: "});
  }
  ::close(tty);
  const bool same = first == again;
  base::wipe(again);
  if (!same) return base::fail(base::Errc::invalid, con.text({"hai lần nhập khác nhau", "the two entries differ"}));
  return first;
}

}  // namespace

base::Result<std::string> read_input(const std::string& path, std::size_t max) {
  if (path == "-") return read_all(STDIN_FILENO, max);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return base::fail(errno == ENOENT || errno == ENOTDIR ? base::Errc::not_found : base::Errc::io, std::strerror(errno));
  auto out = read_all(fd, max);
  ::close(fd);
  return out;
}

base::Result<std::string> read_password(const Console& con, bool from_stdin) {
  auto password = from_stdin ? base::Result<std::string>(read_line(STDIN_FILENO)) : ask(con);
  if (password && password->empty())
    return base::fail(base::Errc::invalid, con.text({"mật khẩu trống", "the password is empty"}));
  if (password && !base::valid_utf8(*password))  // JSON could not carry it unchanged, and no client could type it
    return base::fail(base::Errc::invalid, con.text({"mật khẩu không phải UTF-8", "the password is not UTF-8"}));
  return password;
}

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  if (path_.empty()) {
    fd_ = ::dup(STDOUT_FILENO);
  } else {
    struct stat there{};
    const bool special = ::stat(path_.c_str(), &there) == 0 && !S_ISREG(there.st_mode);  // a pipe or a device stays what it is
    target_ = special ? path_ : path_ + ".part";
    fd_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC | (special ? 0 : O_CREAT | O_TRUNC), 0644);
  }
  if (fd_ < 0) error_ = errno;
}

OutputFile::~OutputFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (target_ != path_) ::unlink(target_.c_str());
}

base::Result<void> OutputFile::write(std::string_view bytes) {
  while (!bytes.empty() && error_ == 0) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n > 0) bytes.remove_prefix(std::size_t(n));
    else if (n == 0) error_ = EIO;
    else if (errno != EINTR) error_ = errno;
  }
  return error_ == 0 ? base::Result<void>() : base::fail(base::Errc::io, std::strerror(error_));
}

base::Result<void> OutputFile::finish() {
  if (error_ == 0) {
    const int fd = std::exchange(fd_, -1);
    if (::close(fd) != 0) error_ = errno;
    else if (target_ != path_ && ::rename(target_.c_str(), path_.c_str()) != 0) error_ = errno;
    if (error_ != 0 && target_ != path_) ::unlink(target_.c_str());
  }
  return error_ == 0 ? base::Result<void>() : base::fail(base::Errc::io, std::strerror(error_));
}

base::Result<void> write_output(const std::string& path, std::string_view bytes) {
  OutputFile out(path);
  if (auto written = out.write(bytes); !written) return written;
  return out.finish();
}

base::Result<std::string> sign_in_password(const Console& con) {
  std::string password;
  if (con.as_password.empty()) {
    const int tty = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (tty < 0) return base::fail(base::Errc::invalid, con.text({"không có terminal để hỏi mật khẩu; dùng --as-password TỆP", "no terminal to ask for the password; use --as-password FILE"}));
    const std::string words = con.text({"Mật khẩu của {}: ", "Password of {}: "}, printable(con.as));
    {
      const NoEcho quiet(tty);
      (void)!::write(tty, words.data(), words.size());
      password = read_line(tty);
    }
    ::close(tty);
  } else {
    auto text = read_input(con.as_password, 64 * 1024);
    if (!text) return base::fail(text.error().code(), con.as_password + ": " + text.error().detail());
    password = text->substr(0, text->find('\n'));
    if (password.ends_with('\r')) password.pop_back();
    base::wipe(*text);
  }
  if (password.empty()) return base::fail(base::Errc::invalid, con.text({"mật khẩu trống", "the password is empty"}));
  return password;
}

int cannot_read(Console& con, const std::string& path, const base::Error& error) {
  const std::string name = printable(path);
  if (error.code() == base::Errc::not_found)
    return con.fail(kFailed, con.text({"{}: không có tệp này", "{}: there is no such file"}, name),
                    con.text({"kiểm tra đường dẫn, hoặc dùng - để đọc từ đầu vào chuẩn", "check the path, or use - to read standard input"}));
  return con.fail(kFailed, con.text({"{}: không đọc được ({})", "{}: cannot be read ({})"}, name, error.detail()),
                  con.text({"kiểm tra quyền đọc và loại tệp", "check permissions and the kind of file"}));
}

}  // namespace cli
