#include "policy/inspect/worker_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace policy::inspect {
using base::Errc;
using base::fail;
using base::Result;

namespace {
// fd 0: the socket. 1: /dev/null. 2: inherited, for a sanitizer's last words. Everything else is closed.
Result<pid_t> spawn(const std::string& path, int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, socket, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attr;
  posix_spawnattr_init(&attr);
  sigset_t none, reset;
  sigemptyset(&none);
  sigfillset(&reset);
  posix_spawnattr_setsigmask(&attr, &none);
  posix_spawnattr_setsigdefault(&attr, &reset);
  posix_spawnattr_setpgroup(&attr, 0);  // a Ctrl-C for the daemon is not for its workers
  posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::string name = "congthu-inspect", locale = "LC_ALL=C.UTF-8", threads = "OMP_THREAD_LIMIT=1";  // the sandbox has one thread
  char* argv[] = {name.data(), nullptr};
  char* env[] = {locale.data(), threads.data(), nullptr};
  pid_t pid = -1;
  const int code = posix_spawn(&pid, path.c_str(), &actions, &attr, argv, env);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attr);
  if (code) return fail(Errc::unavailable, path + ": " + std::strerror(code));
  return pid;
}
}  // namespace

Result<> WorkerProcess::start(const std::string& path, std::string_view hello, std::string_view trust, Deadline deadline) {
  stop();
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return fail(Errc::unavailable, std::strerror(errno));
  Result<pid_t> pid = spawn(path, pair[1]);
  ::close(pair[1]);
  if (!pid) {
    ::close(pair[0]);
    return pid.error();
  }
  pid_ = *pid;
  fd_ = pair[0];
  const Result<Frame> answer = ask(hello, trust, deadline);
  if (!answer || answer->json.find("\"ready\":true") == std::string::npos) {
    stop();
    return fail(Errc::unavailable, "inspect worker did not start: " + (answer ? answer->json : answer.error().detail()));
  }
  return {};
}

Result<Frame> WorkerProcess::ask(std::string_view json, std::string_view blob, Deadline deadline) {
  if (auto sent = write_frame(fd_, json, blob, deadline); !sent) return sent.error();
  return read_frame(fd_, deadline);
}

void WorkerProcess::stop() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
  }
  pid_ = -1;
}

}  // namespace policy::inspect
