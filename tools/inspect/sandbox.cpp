#include "tools/inspect/sandbox.hpp"

#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/handle.hpp"

namespace tools::inspect {
namespace {
using base::Errc;
using base::fail;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitizer = true;
#else
constexpr bool kSanitizer = false;
#endif

// What reading a socket, computing and ending need.
constexpr int kAllowed[] = {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(poll),
                            SCMP_SYS(ppoll), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(lseek), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk),
                            SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getpid), SCMP_SYS(gettid),
                            SCMP_SYS(getrandom), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(exit), SCMP_SYS(exit_group),
                            SCMP_SYS(getrusage), SCMP_SYS(sched_yield), SCMP_SYS(tgkill), SCMP_SYS(restart_syscall), SCMP_SYS(membarrier), SCMP_SYS(rseq)};
// What a library may try and can do without: it is told no. Every other call ends the process.
constexpr int kRefused[] = {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(creat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(access),
                            SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(getdents64), SCMP_SYS(unlink), SCMP_SYS(mkdir),
                            SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(clone),
                            SCMP_SYS(clone3), SCMP_SYS(ioctl), SCMP_SYS(fcntl), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(sched_getaffinity), SCMP_SYS(getuid), SCMP_SYS(geteuid),
                            SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(kill), SCMP_SYS(ptrace), SCMP_SYS(pipe2), SCMP_SYS(dup), SCMP_SYS(memfd_create)};

void set_limit(__rlimit_resource_t what, rlim_t value) {
  const rlimit r{value, value};
  ::setrlimit(what, &r);
}

base::Result<> load_filter() {
  const base::Handle<void, seccomp_release> filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) return fail(Errc::unavailable, "seccomp_init");
  bool ok = true;
  for (const int call : kAllowed) ok &= seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0) == 0;
  for (const int call : kRefused) ok &= seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), call, 0) == 0;
  // Memory: anonymous or already open, never executable. CPU limits of this process only.
  ok &= seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, 4, 0)) == 0;
  ok &= seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, 4, 0)) == 0;
  ok &= seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_EQ, 0)) == 0;
  if (!ok) return fail(Errc::unavailable, "seccomp rules");
  if (const int code = seccomp_load(filter.get()); code != 0) return fail(Errc::unavailable, std::string("seccomp_load: ") + std::strerror(-code));
  return {};
}
}  // namespace

base::Result<std::string> enter_sandbox(std::uint32_t memory_mib, bool keep_output) {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  set_limit(RLIMIT_CORE, 0);
  ::signal(SIGXFSZ, SIG_IGN);
  if (!keep_output) set_limit(RLIMIT_FSIZE, 0);  // the self-test's own output may be a file
  if (!kSanitizer) set_limit(RLIMIT_NOFILE, 3);  // UBSan tests addresses through a pipe
  set_limit(RLIMIT_NPROC, 0);
  set_limit(RLIMIT_STACK, 16u << 20);
  if (kSanitizer) return std::string("limits");
  set_limit(RLIMIT_AS, rlim_t(memory_mib) << 20);
  if (auto loaded = load_filter(); !loaded) return loaded.error();
  return std::string("seccomp");
}

void limit_cpu(std::uint32_t seconds) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const rlimit r{rlim_t(used.ru_utime.tv_sec + used.ru_stime.tv_sec + seconds + 1), RLIM_INFINITY};
  ::setrlimit(RLIMIT_CPU, &r);
}

int self_test() {
  if (auto inside = enter_sandbox(512, true); !inside || *inside != "seccomp") {
    std::puts(inside ? "sandbox: limits only (sanitizer build)" : inside.error().detail().c_str());
    return inside ? 0 : 1;
  }
  int failures = 0;
  const auto refused = [&](const char* what, long result) {
    const bool ok = result < 0 && errno == EACCES;
    failures += !ok;
    std::printf("%s: %s\n", what, ok ? "refused" : "ALLOWED");
  };
  refused("open", ::syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY));
  refused("create", ::syscall(SYS_openat, AT_FDCWD, "/tmp/congthu-inspect-self-test", O_CREAT | O_WRONLY, 0600));
  refused("socket inet", ::socket(AF_INET, SOCK_STREAM, 0));
  refused("socket unix", ::socket(AF_UNIX, SOCK_STREAM, 0));
  char program[] = "/bin/true";
  char* argv[] = {program, nullptr};
  refused("execve", ::execve(program, argv, nullptr));
  refused("fork", ::syscall(SYS_clone, 17, 0, 0, 0, 0));
  refused("kill", ::syscall(SYS_kill, 1, 0));
  refused("ptrace", ::syscall(SYS_ptrace, 0, 0, 0, 0));
  std::fflush(stdout);
  return failures ? 1 : 0;
}

}  // namespace tools::inspect
