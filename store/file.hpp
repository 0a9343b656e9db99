// A file descriptor that closes itself, and what the system said. Internal to the store.
#pragma once
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace store {

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() { if (fd_ >= 0) ::close(fd_); }
  File(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

inline std::string errno_text(const std::string& what) { return what + ": " + std::strerror(errno); }

}  // namespace store
