// Diary: entries of Header and bytes, in the order in which the calls were done. create: path; write: the bytes; rename: old path, NUL, new
// path; unlink, make_directory, remove_directory, sync_directory: path; sync_failed: nothing.
// Paths are relative to the watched directory. Of calls that failed only syncs, and self-syncing writes that were done, are in it. A file that was there before recording began is not either: record from an empty directory.
// Built without sanitizers; every hooked function calls the next one of its name. Descriptors are known from their open(): one that
// comes by dup(), fork or a socket is not watched.
#include "fault.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <stdexcept>

namespace crash {
namespace {

constexpr std::size_t kDescriptors = 65536;
constexpr std::uint64_t kMetaPages = 2 * 4096;
enum Kind : std::uint8_t { kNone = 0, kFile = 1, kSynced = 2, kDirectory = 4 };
enum class Where { open, data, sync, meta, rollback, truncate };
enum class Manner { before, late, half };

struct Rule {
  Where where{};
  int error = 0;
  Manner manner = Manner::before;
  long left = -1;  // -1 = for ever
};

struct State {
  std::mutex mutex;
  std::string directory, control, control_text;
  std::array<Rule, 16> rules{};
  std::size_t rule_count = 0;
  int diary = -1;
  std::uint32_t next_file = 1;
  std::map<std::pair<dev_t, ino_t>, std::uint32_t> numbers;
};

std::array<std::atomic<std::uint8_t>, kDescriptors> kinds;
std::array<std::atomic<std::uint32_t>, kDescriptors> files;
std::atomic<std::uint64_t> strike_count{0};
std::atomic<bool> active{false};

State& state() {
  static State* const s = [] {
    auto* made = new State;  // lives as long as the process: other destructors still write
    const auto variable = [](const char* name) { const char* v = std::getenv(name); return std::string(v != nullptr ? v : ""); };
    made->directory = variable("CONGTHU_FAULT_DIR");
    made->control = variable("CONGTHU_FAULT_CONTROL");
    if (const std::string diary = variable("CONGTHU_FAULT_RECORD"); !diary.empty())
      made->diary = int(::syscall(SYS_openat, AT_FDCWD, diary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
    return made;
  }();
  return *s;
}
[[gnu::constructor]] void begin() { active = !state().directory.empty(); }

template <class F>
F next(const char* name) { return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name)); }

// ---- rules ----

int error_number(std::string_view name) {
  static constexpr std::pair<std::string_view, int> known[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EMFILE", EMFILE}, {"EROFS", EROFS}, {"EDQUOT", EDQUOT}, {"EACCES", EACCES}};
  for (const auto& [text, number] : known)
    if (text == name) return number;
  return 0;
}

bool parse_rule(std::string_view line, Rule& rule) {
  static constexpr std::string_view places[] = {"open", "data", "sync", "meta", "rollback", "truncate"};
  std::size_t word = 0;
  bool place = false;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view w = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    if (w.empty()) continue;
    if (word == 0) {
      for (std::size_t i = 0; i < std::size(places); ++i)
        if (places[i] == w) rule.where = Where(i), place = true;
    } else if (word == 1) rule.error = error_number(w);
    else if (w == "late") rule.manner = Manner::late;
    else if (w == "short") rule.manner = Manner::half;
    else if (w[0] == 'x') rule.left = std::atol(std::string(w.substr(1)).c_str());
    else return false;
    ++word;
  }
  return place && rule.error != 0;
}

bool parse_rules(State& s, std::string_view text) {
  s.rule_count = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    Rule rule;
    if (s.rule_count == s.rules.size() || !parse_rule(line, rule)) return false;
    s.rules[s.rule_count++] = rule;
  }
  return true;
}

void read_control(State& s) {  // by bare system calls: nothing of ours may come between
  if (s.control.empty()) return;
  std::string text;
  const int fd = int(::syscall(SYS_openat, AT_FDCWD, s.control.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd >= 0) {
    char buffer[512];
    for (long n; (n = ::syscall(SYS_read, fd, buffer, sizeof buffer)) > 0;) text.append(buffer, std::size_t(n));
    ::syscall(SYS_close, fd);
  }
  if (text == s.control_text) return;
  s.control_text = text;
  if (parse_rules(s, text)) return;
  std::fprintf(stderr, "fault: a rule is wrong: %s\n", text.c_str());
  std::abort();
}

Rule* strike(State& s, Where where) {  // REQUIRES s.mutex
  read_control(s);
  for (std::size_t i = 0; i < s.rule_count; ++i) {
    Rule& rule = s.rules[i];
    if (rule.where != where || rule.left == 0) continue;
    if (rule.left > 0) --rule.left;
    ++strike_count;
    return &rule;
  }
  return nullptr;
}

// ---- diary ----

void enter(State& s, Header header, std::string_view bytes) {
  if (s.diary < 0) return;
  header.size = std::uint32_t(bytes.size());
  iovec parts[2] = {{&header, sizeof header}, {const_cast<char*>(bytes.data()), bytes.size()}};
  if (::syscall(SYS_writev, s.diary, parts, 2) == long(sizeof header + bytes.size())) return;
  std::fprintf(stderr, "fault: cannot write the diary: %s\n", std::strerror(errno));
  std::abort();
}
Header entry(Entry e, std::uint32_t file = 0, std::uint64_t offset = 0) {
  Header h;
  h.entry = e, h.file = file, h.offset = offset;
  return h;
}

// Path relative to the watched directory; false: elsewhere.
bool inside(const State& s, const std::string& absolute, std::string& relative) {
  if (s.directory.empty() || !absolute.starts_with(s.directory)) return false;
  if (absolute.size() > s.directory.size() && absolute[s.directory.size()] != '/') return false;
  relative = absolute.size() > s.directory.size() ? absolute.substr(s.directory.size() + 1) : "";
  return true;
}
bool inside(const State& s, const char* path, std::string& relative) {
  if (path[0] == '/') return inside(s, std::string(path), relative);
  char cwd[4096];
  return ::getcwd(cwd, sizeof cwd) != nullptr && inside(s, std::string(cwd) + "/" + path, relative);
}
std::uint8_t kind_of(int fd) { return fd >= 0 && std::size_t(fd) < kDescriptors && active ? kinds[std::size_t(fd)].load() : std::uint8_t(kNone); }

bool exists(const char* path) {
  struct stat st;
  return ::syscall(SYS_newfstatat, AT_FDCWD, path, &st, 0) == 0;
}

int open_watched(const char* path, int flags, mode_t mode) {
  static const auto real = next<int (*)(const char*, int, ...)>("open");
  std::string relative;
  State& s = state();
  if (!active || !inside(s, path, relative)) return real(path, flags, mode);
  const std::lock_guard lock(s.mutex);
  if (Rule* rule = strike(s, Where::open)) return errno = rule->error, -1;
  const bool fresh = (flags & O_CREAT) != 0 && !exists(path);
  const int fd = real(path, flags, mode);
  if (fd < 0 || std::size_t(fd) >= kDescriptors) return fd;
  struct stat st;
  if (::fstat(fd, &st) != 0) return fd;
  const auto at = std::size_t(fd);
  if (S_ISDIR(st.st_mode)) {
    auto& number = s.numbers[{st.st_dev, st.st_ino}];
    if (number == 0) number = s.next_file++;
    files[at] = number;
    kinds[at] = kDirectory;
    return fd;
  }
  auto& number = s.numbers[{st.st_dev, st.st_ino}];
  if (fresh || number == 0) number = s.next_file++;
  files[at] = number;
  kinds[at] = std::uint8_t((flags & O_ACCMODE) == O_RDONLY ? kNone : kFile | ((flags & O_DSYNC) != 0 ? kSynced : 0));
  if (fresh) enter(s, entry(Entry::create, number), relative);
  else if ((flags & O_TRUNC) != 0) enter(s, entry(Entry::truncate, number, 0), {});
  return fd;
}

void written(State& s, int fd, std::uint64_t offset, std::string_view bytes, bool failed) {
  Header h = entry(Entry::write, files[std::size_t(fd)], offset);
  h.synced = std::uint8_t((kind_of(fd) & kSynced) == 0 ? 0 : failed ? 2 : 1);
  enter(s, h, bytes);
}

std::uint64_t position(int fd) {
  struct stat st;
  if ((::fcntl(fd, F_GETFL) & O_APPEND) != 0 && ::fstat(fd, &st) == 0) return std::uint64_t(st.st_size);
  return std::uint64_t(::lseek(fd, 0, SEEK_CUR));
}

// One write of any kind. `real(bytes)` does it.
template <class Real>
ssize_t write_watched(int fd, std::uint64_t offset, std::string_view bytes, Real real) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  const bool meta = (kind_of(fd) & kSynced) != 0;
  Rule* rule = strike(s, meta ? Where::meta : offset + bytes.size() <= kMetaPages ? Where::rollback : Where::data);
  if (rule != nullptr && rule->manner == Manner::before) return errno = rule->error, -1;
  if (rule != nullptr && rule->manner == Manner::half) bytes = bytes.substr(0, bytes.size() / 2);
  const ssize_t done = real(bytes);
  if (done > 0) written(s, fd, offset, bytes.substr(0, std::size_t(done)), rule != nullptr);
  if (rule != nullptr && rule->manner == Manner::late) return errno = rule->error, -1;
  return done;
}

std::string joined(const iovec* parts, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  return all;
}

int sync_watched(int fd, const char* name) {
  using Sync = int (*)(int);
  const auto real = next<Sync>(name);
  const std::uint8_t kind = kind_of(fd);
  if (kind == kNone) return real(fd);
  State& s = state();
  const std::lock_guard lock(s.mutex);
  Rule* rule = strike(s, Where::sync);
  if (rule != nullptr) enter(s, entry(Entry::sync_failed, files[std::size_t(fd)]), {});
  if (rule != nullptr && rule->manner == Manner::before) return errno = rule->error, -1;
  const int rc = real(fd);
  if (rule != nullptr) return errno = rule->error, -1;
  if (rc == 0 && kind == kDirectory) enter(s, entry(Entry::sync_directory, files[std::size_t(fd)]), {});
  else if (rc == 0) enter(s, entry(Entry::sync, files[std::size_t(fd)]), {});
  return rc;
}

template <class Real>
int named(const char* path, Entry e, Real real) {
  State& s = state();
  std::string relative;
  if (!active || !inside(s, path, relative)) return real();
  const std::lock_guard lock(s.mutex);
  const int rc = real();
  if (rc == 0) enter(s, entry(e), relative);
  return rc;
}

}  // namespace

void set_rules(std::string_view rules) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (!parse_rules(s, rules)) throw std::invalid_argument("fault rules: " + std::string(rules));
}
void watch(const std::string& directory) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.directory = directory;
  s.numbers.clear();
  active = !directory.empty();
}
std::uint64_t strikes() { return strike_count; }

void record_to(const std::string& path) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (s.diary >= 0) ::syscall(SYS_close, s.diary);
  s.diary = -1;
  if (path.empty()) return;
  s.diary = int(::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (s.diary < 0) throw std::runtime_error("cannot write the diary " + path);
}
void mark(std::string_view text) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  enter(s, entry(Entry::mark), text);
}

}  // namespace crash

using namespace crash;

extern "C" {

#define FAULT_OPEN(name)                                      \
  int name(const char* path, int flags, ...) {                \
    va_list rest;                                             \
    va_start(rest, flags);                                    \
    const mode_t mode = (flags & O_CREAT) != 0 ? mode_t(va_arg(rest, unsigned)) : 0; \
    va_end(rest);                                             \
    return open_watched(path, flags, mode);                   \
  }
FAULT_OPEN(open)
FAULT_OPEN(open64)

int close(int fd) {
  static const auto real = next<int (*)(int)>("close");
  if (fd >= 0 && std::size_t(fd) < kDescriptors) kinds[std::size_t(fd)] = kNone;
  return real(fd);
}

ssize_t write(int fd, const void* data, size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  if ((kind_of(fd) & kFile) == 0) return real(fd, data, size);
  return write_watched(fd, position(fd), {static_cast<const char*>(data), size}, [&](std::string_view b) { return real(fd, b.data(), b.size()); });
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto real = next<ssize_t (*)(int, const iovec*, int)>("writev");
  static const auto plain = next<ssize_t (*)(int, const void*, size_t)>("write");
  if ((kind_of(fd) & kFile) == 0) return real(fd, parts, count);
  return write_watched(fd, position(fd), joined(parts, count), [&](std::string_view b) { return plain(fd, b.data(), b.size()); });
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  if ((kind_of(fd) & kFile) == 0) return real(fd, data, size, offset);
  return write_watched(fd, std::uint64_t(offset), {static_cast<const char*>(data), size},
                       [&](std::string_view b) { return real(fd, b.data(), b.size(), offset); });
}
ssize_t pwrite64(int fd, const void* data, size_t size, off_t offset) { return pwrite(fd, data, size, offset); }

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  static const auto real = next<ssize_t (*)(int, const iovec*, int, off_t)>("pwritev");
  if ((kind_of(fd) & kFile) == 0) return real(fd, parts, count, offset);
  const std::string all = joined(parts, count);
  return pwrite(fd, all.data(), all.size(), offset);
}

int fsync(int fd) { return sync_watched(fd, "fsync"); }
int fdatasync(int fd) { return sync_watched(fd, "fdatasync"); }

int ftruncate(int fd, off_t length) noexcept {
  static const auto real = next<int (*)(int, off_t)>("ftruncate");
  if ((kind_of(fd) & kFile) == 0) return real(fd, length);
  State& s = state();
  const std::lock_guard lock(s.mutex);
  if (Rule* rule = strike(s, Where::truncate)) return errno = rule->error, -1;
  const int rc = real(fd, length);
  if (rc == 0) enter(s, entry(Entry::truncate, files[std::size_t(fd)], std::uint64_t(length)), {});
  return rc;
}
int ftruncate64(int fd, off_t length) noexcept { return ftruncate(fd, length); }

int rename(const char* from, const char* to) noexcept {
  static const auto real = next<int (*)(const char*, const char*)>("rename");
  State& s = state();
  std::string a, b;
  if (!active || !inside(s, from, a) || !inside(s, to, b)) return real(from, to);
  const std::lock_guard lock(s.mutex);
  const int rc = real(from, to);
  if (rc == 0) enter(s, entry(Entry::rename), a + '\0' + b);
  return rc;
}
int unlink(const char* path) noexcept {
  static const auto real = next<int (*)(const char*)>("unlink");
  return named(path, Entry::unlink, [&] { return real(path); });
}
int unlinkat(int at, const char* path, int flags) noexcept {  // std::filesystem::remove_all
  static const auto real = next<int (*)(int, const char*, int)>("unlinkat");
  State& s = state();
  char base[4096];
  std::string full(path), relative;
  if (active && path[0] != '/' && at != AT_FDCWD) {
    const ssize_t n = ::readlink(("/proc/self/fd/" + std::to_string(at)).c_str(), base, sizeof base);
    if (n > 0) full = std::string(base, std::size_t(n)) + "/" + path;
  }
  if (!active || !inside(s, full.c_str(), relative)) return real(at, path, flags);
  const std::lock_guard lock(s.mutex);
  const int rc = real(at, path, flags);
  if (rc == 0) enter(s, entry((flags & AT_REMOVEDIR) != 0 ? Entry::remove_directory : Entry::unlink), relative);
  return rc;
}
int mkdir(const char* path, mode_t mode) noexcept {
  static const auto real = next<int (*)(const char*, mode_t)>("mkdir");
  return named(path, Entry::make_directory, [&] { return real(path, mode); });
}
int rmdir(const char* path) noexcept {
  static const auto real = next<int (*)(const char*)>("rmdir");
  return named(path, Entry::remove_directory, [&] { return real(path); });
}

}  // extern "C"
