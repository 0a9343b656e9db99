#include "policy/inspect/frame.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace policy::inspect {
namespace {
using base::Errc;
using base::fail;
using base::Result;

Result<> wait_for(int fd, short events, Deadline deadline) {
  for (;;) {
    int ms = -1;
    if (deadline != kForever) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
      if (left <= 0) return fail(Errc::timed_out, "inspect worker");
      ms = int(std::min<long long>(left + 1, 60000));
    }
    pollfd p{fd, events, 0};
    const int n = ::poll(&p, 1, ms);
    if (n > 0) return {};
    if (n < 0 && errno != EINTR) return fail(Errc::io, std::strerror(errno));
  }
}

Result<> read_all(int fd, char* to, std::size_t n, Deadline deadline) {
  while (n) {
    if (auto ready = wait_for(fd, POLLIN, deadline); !ready) return ready;
    const ssize_t got = ::recv(fd, to, n, MSG_DONTWAIT);
    if (got == 0) return fail(Errc::io, "closed");
    if (got < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return fail(Errc::io, errno == ECONNRESET ? "closed" : std::strerror(errno));
    }
    to += got;
    n -= std::size_t(got);
  }
  return {};
}

Result<> write_all(int fd, std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (auto ready = wait_for(fd, POLLOUT, deadline); !ready) return ready;
    const ssize_t put = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return fail(Errc::io, errno == EPIPE || errno == ECONNRESET ? "closed" : std::strerror(errno));
    }
    bytes.remove_prefix(std::size_t(put));
  }
  return {};
}

void put32(char* to, std::uint32_t v) {
  for (int i = 0; i < 4; ++i) to[i] = char(std::uint8_t(v >> (24 - 8 * i)));
}
std::uint32_t get32(const char* from) {
  std::uint32_t v = 0;
  for (int i = 0; i < 4; ++i) v = v << 8 | std::uint8_t(from[i]);
  return v;
}
}  // namespace

Result<Frame> read_frame(int fd, Deadline deadline, std::uint32_t max_blob) {
  char head[8];
  if (auto r = read_all(fd, head, sizeof head, deadline); !r) return r.error();
  const std::uint32_t json = get32(head), blob = get32(head + 4);
  if (json > kMaxJson || blob > max_blob) return fail(Errc::limit, "frame size");
  Frame f;
  f.json.resize(json);
  if (auto r = read_all(fd, f.json.data(), json, deadline); !r) return r.error();
  f.blob.resize(blob);
  if (auto r = read_all(fd, f.blob.data(), blob, deadline); !r) return r.error();
  return f;
}

Result<> write_frame(int fd, std::string_view json, std::string_view blob, Deadline deadline) {
  if (json.size() > kMaxJson || blob.size() > kMaxBlob) return fail(Errc::limit, "frame size");
  char head[8];
  put32(head, std::uint32_t(json.size()));
  put32(head + 4, std::uint32_t(blob.size()));
  std::string start(head, sizeof head);
  start += json;
  if (auto r = write_all(fd, start, deadline); !r) return r;
  return write_all(fd, blob, deadline);
}

}  // namespace policy::inspect
