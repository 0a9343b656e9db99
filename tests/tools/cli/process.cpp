#include "tests/tools/cli/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace test {
namespace {

std::string drain(int fd) {
  std::string out;
  char block[4096];
  for (ssize_t n = 0; (n = ::read(fd, block, sizeof block)) > 0;) out.append(block, std::size_t(n));
  ::close(fd);
  return out;
}

}  // namespace

Ran run(const Invocation& what) {
  int in[2], out[2], err[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  std::vector<std::string> args{CONGTHU};
  args.insert(args.end(), what.args.begin(), what.args.end());
  std::vector<std::string> environment{"PATH=/usr/bin:/bin", "CONGTHU_INSPECT=" INSPECT};
  for (const auto& [name, value] : what.environment) environment.push_back(name + "=" + value);
  std::vector<char*> argv, envp;
  for (std::string& a : args) argv.push_back(a.data());
  for (std::string& e : environment) envp.push_back(e.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork");
  if (pid == 0) {
    ::setsid();  // no controlling terminal: nobody may be asked for a password
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    ::dup2(err[1], 2);
    ::execve(CONGTHU, argv.data(), envp.data());
    ::_exit(127);
  }
  for (const int fd : {in[0], out[1], err[1]}) ::close(fd);
  Ran ran;
  std::thread feeder([&] {
    (void)!::write(in[1], what.input.data(), what.input.size());
    ::close(in[1]);
  });
  std::thread errors([&] { ran.err = drain(err[0]); });
  ran.out = drain(out[0]);
  feeder.join();
  errors.join();
  int status = 0;
  ::waitpid(pid, &status, 0);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

Ran congthu(std::vector<std::string> args, const std::string& input) { return run({std::move(args), input, {}}); }

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "congthu-cli-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& bytes) const {
  std::ofstream(path_ / name, std::ios::binary) << bytes;
  return path(name);
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return std::move(bytes).str();
}

}  // namespace test
