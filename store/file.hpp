// A file descriptor that closes itself, and what the system said. Internal to the store.
#pragma once
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace store {

class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile() { if (fd_ >= 0) ::close(fd_); }
  OpenFile(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

inline std::string errno_text(const std::string& what) { return what + ": " + std::strerror(errno); }

}  // namespace store
