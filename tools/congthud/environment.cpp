#include "tools/congthud/environment.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

namespace tools {
namespace {

using base::Errc;
using base::fail;
namespace fs = std::filesystem;

struct User {
  uid_t uid = 0;
  gid_t gid = 0;
};

base::Result<User> find_user(const std::string& name) {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return fail(Errc::not_found, "server.user: there is no user " + name + " on this machine; create it or change the setting");
  return User{found->pw_uid, found->pw_gid};
}

// Inodes of sockets that listen on the port: the tables' fields are "sl local rem st ... inode", state 0A.
std::set<std::string> listening(std::uint16_t port) {
  std::set<std::string> inodes;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(table);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
      std::istringstream fields(line);
      std::string sl, local, remote, state, skip, inode;
      fields >> sl >> local >> remote >> state;
      for (int i = 0; i < 5; ++i) fields >> skip;
      fields >> inode;
      const auto colon = local.rfind(':');
      if (state == "0A" && colon != std::string::npos && std::strtoul(local.c_str() + colon + 1, nullptr, 16) == port) inodes.insert("socket:[" + inode + "]");
    }
  }
  return inodes;
}

bool holds(const fs::path& process, const std::set<std::string>& sockets) {
  std::error_code error;
  for (fs::directory_iterator it(process / "fd", error), end; !error && it != end; it.increment(error)) {
    std::error_code unreadable;
    if (sockets.contains(fs::read_symlink(it->path(), unreadable).string())) return true;
  }
  return false;
}

}  // namespace

base::Result<void> drop_privileges(const std::string& name) {
  if (name.empty()) return {};
  const auto user = find_user(name);
  if (!user) return user.error();
  if (geteuid() == user->uid) return {};
  if (geteuid() != 0) return fail(Errc::denied, "server.user: only root can become " + name + "; start as root or as " + name);
  if (initgroups(name.c_str(), user->gid) != 0 || setgid(user->gid) != 0 || setuid(user->uid) != 0)
    return fail(Errc::denied, "cannot become " + name + ": " + std::strerror(errno));
  if (setuid(0) == 0) return fail(Errc::internal, "privileges were not dropped for good");
  return {};
}

base::Result<void> hand_over(const std::string& path, const std::string& name) {
  if (name.empty() || geteuid() != 0) return {};
  const auto user = find_user(name);
  if (!user) return user.error();
  if (::lchown(path.c_str(), user->uid, user->gid) != 0) return fail(Errc::io, "cannot give " + path + " to " + name + ": " + std::strerror(errno));
  return {};
}

void notify_ready() {
  const char* where = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (where == nullptr || (where[0] != '/' && where[0] != '@') || std::strlen(where) >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(where);
  std::memcpy(address.sun_path, where, length);
  if (where[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  constexpr std::string_view kReady = "READY=1";
  (void)::sendto(fd, kReady.data(), kReady.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
                 socklen_t(offsetof(sockaddr_un, sun_path) + length));
  ::close(fd);
}

std::string user_name(unsigned uid) {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? std::to_string(uid) : std::string(found->pw_name);
}

std::string own_directory() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path().string();
}

std::string port_owner(std::uint16_t port) {
  const auto sockets = listening(port);
  if (sockets.empty()) return {};
  std::error_code error;
  for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const std::string pid = it->path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos || !holds(it->path(), sockets)) continue;
    std::ifstream comm(it->path() / "comm");
    std::string name;
    std::getline(comm, name);
    return name + " (pid " + pid + ")";
  }
  return {};
}

}  // namespace tools
