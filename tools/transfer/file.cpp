#include "tools/transfer/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/handle.hpp"

namespace transfer {
namespace {

base::Error system_error(int code) {
  return fail(code == ENOENT || code == ENOTDIR ? Errc::not_found : code == EACCES || code == EPERM ? Errc::denied : Errc::io, std::strerror(code));
}

Kind kind_of_mode(mode_t mode) { return S_ISREG(mode) ? Kind::file : S_ISDIR(mode) ? Kind::directory : S_ISLNK(mode) ? Kind::link : Kind::other; }

base::Time time_of(const timespec& t) {
  return base::Time(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::seconds(t.tv_sec)));
}

}  // namespace

Result<InputFile> InputFile::open(const std::string& path) {
  // O_NONBLOCK: the open of a FIFO would wait for ever.
  const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return errno == ELOOP ? fail(Errc::denied, "a symbolic link is not followed") : system_error(errno);
  struct stat s {};
  if (::fstat(fd, &s) != 0 || !S_ISREG(s.st_mode)) {
    ::close(fd);
    return fail(Errc::invalid, "not a regular file");
  }
  return InputFile(fd, std::uint64_t(s.st_size), time_of(s.st_mtim));
}

InputFile::InputFile(InputFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), size_(other.size_), modified_(other.modified_) {}
InputFile::~InputFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::string> InputFile::read(std::uint64_t offset, std::size_t count) const {
  std::string out(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const ssize_t n = ::pread(fd_, out.data() + have, count - have, off_t(offset + have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno);
    if (n == 0) break;
    have += std::size_t(n);
  }
  out.resize(have);
  return out;
}

Result<std::string> read_file(const std::string& path, std::uint64_t max, base::Time* modified) {
  const auto file = InputFile::open(path);
  if (!file) return file.error();
  if (modified != nullptr) *modified = file->modified();
  if (file->size() > max) return fail(Errc::limit, std::to_string(file->size()) + " bytes; " + std::to_string(max) + " are allowed");
  return file->read(0, std::size_t(file->size()));
}

Kind kind_of(const std::string& path) {
  struct stat s {};
  return ::lstat(path.c_str(), &s) == 0 ? kind_of_mode(s.st_mode) : Kind::missing;
}

Result<std::vector<Entry>> entries(const std::string& directory, std::size_t max) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno == ELOOP ? fail(Errc::denied, "a symbolic link is not followed") : system_error(errno);
  const base::Handle<DIR, ::closedir> dir(::fdopendir(fd));
  if (!dir) {
    const int code = errno;
    ::close(fd);
    return system_error(code);
  }
  std::vector<Entry> out;
  errno = 0;
  while (const dirent* e = ::readdir(dir.get())) {
    const std::string name = e->d_name;
    if (name == "." || name == "..") continue;
    if (out.size() >= max) return fail(Errc::limit, "more than " + std::to_string(max) + " entries");
    struct stat s {};
    if (::fstatat(fd, name.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile
    out.push_back({name, kind_of_mode(s.st_mode), std::uint64_t(s.st_size)});
    errno = 0;
  }
  if (errno != 0) return system_error(errno);
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return out;
}

void Lines::seek(std::uint64_t offset) {
  if (offset >= base_ && offset <= base_ + buffer_.size()) {
    used_ = std::size_t(offset - base_);
  } else {
    base_ = offset;
    buffer_.clear();
    used_ = 0;
  }
  starts_ = true;
}

Result<void> Lines::fill() {
  base_ += used_;
  buffer_.erase(0, used_);
  used_ = 0;
  auto more = file_.read(base_ + buffer_.size(), window_ - buffer_.size());
  if (!more) return more.error();
  buffer_ += *more;
  return {};
}

Result<std::optional<Lines::Line>> Lines::next() {
  std::size_t end = buffer_.find('\n', used_);
  if (end == std::string::npos) {
    if (auto filled = fill(); !filled) return filled.error();
    end = buffer_.find('\n', used_);
  }
  if (used_ == buffer_.size()) return std::optional<Line>{};
  const std::size_t size = (end == std::string::npos ? buffer_.size() : end + 1) - used_;
  const Line line{std::string_view(buffer_).substr(used_, size), at(), starts_};
  starts_ = end != std::string::npos;
  used_ += size;
  return std::optional<Line>(line);
}

}  // namespace transfer
