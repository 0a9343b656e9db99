// The files of a backup directory: written whole or not at all, read whole or refused by name.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/encoding.hpp"
#include "base/handle.hpp"
#include "store/backup_format.hpp"

namespace store::backups {
namespace {

using base::Errc;
using base::fail;

constexpr std::size_t kBuffer = 1u << 20;
constexpr std::string_view kMarkerMagic = "congthu-backup ";

[[noreturn]] void refused(const std::string& what) {
  const int error = errno;
  const Errc code = error == ENOENT ? Errc::not_found : error == EACCES || error == EPERM ? Errc::denied : Errc::io;
  throw Failure(fail(code, what + ": " + std::strerror(error)));
}

std::string numbered(const char* pattern, std::uint32_t n) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, n);
  return text;
}

// One line, its own digest at the end.
std::string marker(std::string_view origin) {
  const std::string line = std::string(kMarkerMagic) + std::to_string(kBackupFormat) + " " + std::string(origin);
  return line + " " + base::hex_encode(base::view(base::sha256(line))) + "\n";
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (fd_ < 0) refused(path);
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

File::File(std::string path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd_ < 0) refused("create " + path_);
  buffer_.reserve(kBuffer);
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

void File::write(std::string_view bytes) {
  size_ += bytes.size();
  if (buffer_.size() + bytes.size() > kBuffer) flush();
  if (bytes.size() < kBuffer) {
    buffer_.append(bytes);
    return;
  }
  buffer_.assign(bytes);
  flush();
}

void File::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refused("write " + path_);
    rest.remove_prefix(std::size_t(n));
  }
  buffer_.clear();
  pace();
}

// Brings out what was written while there is little of it. Left to the one sync at the end, it would stand before the syncs of mail that
// comes in meanwhile: 100 to 670 ms. Nothing relies on it (a file system may not know it), so that its answer does not matter.
void File::pace() {
  constexpr std::uint64_t kPace = 2u << 20;
  if (size_ - paced_ < kPace) return;
  ::sync_file_range(fd_, off_t(paced_), off_t(size_ - paced_), SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  paced_ = size_;
}

void File::truncate(std::uint64_t size) {
  flush();
  if (::ftruncate(fd_, off_t(size)) != 0 || ::lseek(fd_, off_t(size), SEEK_SET) < 0) refused("cut " + path_);
  size_ = size;
  paced_ = std::min(paced_, size);
}

void File::sync() {
  flush();
  if (::fsync(fd_) != 0) refused("sync " + path_);
}

void File::rename_to(const std::string& path) {
  sync();
  if (::rename(path_.c_str(), path.c_str()) != 0) refused("rename " + path_ + " to " + path);
  sync_directory(path.substr(0, path.rfind('/')));
}

void write_whole(const std::string& path, std::string_view bytes) {
  File file(path + ".tmp");
  file.write(bytes);
  file.rename_to(path);
}

std::string read_whole(const std::string& path, std::uint64_t at_most) {
  const Descriptor file(path, O_RDONLY);
  struct stat s;
  if (::fstat(file.get(), &s) != 0) refused(path);
  if (!S_ISREG(s.st_mode)) throw Failure(fail(Errc::corrupt, path + " is not a file"));
  if (std::uint64_t(s.st_size) > at_most) throw Failure(fail(Errc::corrupt, path + " is too large to be what its name says"));
  std::string out(std::size_t(s.st_size), '\0');
  std::size_t at = 0;
  while (at < out.size()) {
    const ssize_t n = ::read(file.get(), out.data() + at, out.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refused("read " + path);
    if (n == 0) break;
    at += std::size_t(n);
  }
  out.resize(at);
  return out;
}

void sync_directory(const std::string& path) {
  const Descriptor directory(path, O_RDONLY | O_DIRECTORY);
  if (::fsync(directory.get()) != 0) refused("sync " + path);
}

void make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) refused("make " + path);
}

Lock::Lock(const std::string& directory, bool exclusive) {
  const std::string path = directory + "/lock";
  fd_ = ::open(path.c_str(), (exclusive ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC, 0600);
  if (fd_ < 0 && !exclusive && errno == ENOENT) return;  // a copy of a backup, on a medium that takes no lock
  if (fd_ < 0) refused(path);
  if (::flock(fd_, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return;
  const int error = errno;
  ::close(std::exchange(fd_, -1));
  if (error == EWOULDBLOCK) throw Failure(fail(Errc::unavailable, directory + " is in use by another backup or restore; wait until it is done"));
  errno = error;
  refused("lock " + path);
}

Lock::~Lock() {
  if (fd_ >= 0) ::close(fd_);
}

std::string Names::pack(std::uint32_t n) const { return packs() + numbered("/%06u.pack", n); }
std::string Names::index(std::uint32_t n) const { return packs() + numbered("/%06u.index", n); }
std::string Names::manifest(std::uint32_t generation) const { return directory + numbered("/generation-%06u", generation); }

std::vector<std::uint32_t> generations(const Names& names) {
  const base::Handle<DIR, ::closedir> dir(::opendir(names.directory.c_str()));
  if (!dir) refused(names.directory);
  std::vector<std::uint32_t> out;
  while (const dirent* entry = ::readdir(dir.get())) {
    unsigned n = 0;
    int end = 0;
    if (std::sscanf(entry->d_name, "generation-%u%n", &n, &end) == 1 && entry->d_name[end] == '\0') out.push_back(n);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string read_marker(const Names& names) {
  std::string text;
  try {
    text = read_whole(names.marker(), 4096);
  } catch (const Failure& f) {
    if (f.error().code() != Errc::not_found) throw;
    throw Failure(fail(Errc::not_found, names.directory + " holds no backup (there is no file congthu-backup in it): is it the right directory?"));
  }
  unsigned version = 0;
  char origin[65] = {};
  const int words = text.starts_with(kMarkerMagic) ? std::sscanf(text.c_str() + kMarkerMagic.size(), "%u %64[0-9a-f]", &version, origin) : 0;
  if (words == 2 && version > kBackupFormat) throw Failure(fail(Errc::unsupported, names.directory + " holds backups of a newer program (format " + std::to_string(version) + ")"));
  if (words != 2 || text != marker(origin)) throw Failure(fail(Errc::corrupt, names.marker() + " is damaged, or not of a backup"));
  return origin;
}

void make_marker(const Names& names, std::string_view origin) { write_whole(names.marker(), marker(origin)); }

Manifest read_manifest(const Names& names, std::uint32_t generation) {
  const std::string file = names.manifest(generation);
  Manifest m = parse_manifest(read_whole(file), file);
  if (m.generation != generation) throw Failure(fail(Errc::corrupt, file + " is the manifest of generation " + std::to_string(m.generation)));
  return m;
}

}  // namespace store::backups
