// congthu: the command line of Công Thư. See README.md.
#include <csignal>
#include <exception>

#include "base/log.hpp"
#include "tools/cli/program.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  base::set_log_level(base::LogLevel::error);  // commands say themselves what happened
  cli::Program program;
  try {
    return program.run(argc, argv);
  } catch (const std::exception& e) {
    return program.con.fail(cli::kFailed, program.con.text({"lỗi bất ngờ: {}", "unexpected failure: {}"}, e.what()));
  }
}
