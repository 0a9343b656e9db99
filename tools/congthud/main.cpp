// congthud --config DIR/congthu.toml: the server, in the foreground, logging to standard error.
// Exit: 0 stopped as asked · 2 usage or configuration · 4 it could not start or broke (CONTRACT 1).
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "base/log.hpp"
#include "tools/congthud/daemon.hpp"

namespace {

constexpr int kUsage = 2;
constexpr int kFailed = 4;

int usage(const char* wrong) {
  if (wrong != nullptr) std::fprintf(stderr, "congthud: %s\n", wrong);
  std::fputs("usage: congthud --config DIR/congthu.toml\n       congthud --version\n", stderr);
  return kUsage;
}

int serve(const char* file) {
  auto config = base::load_config(file);
  if (!config) {
    std::fprintf(stderr, "congthud: the configuration is not usable:\n%s\n", config.error().detail().c_str());
    return kUsage;
  }
  base::set_log_level(config->server.log_level);
  auto daemon = tools::Daemon::make(*std::move(config));
  if (!daemon) {
    std::fprintf(stderr, "congthud: cannot start: %s\n", daemon.error().detail().c_str());
    return daemon.error().code() == base::Errc::invalid ? kUsage : kFailed;
  }
  (*daemon)->run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 2 && std::strcmp(argv[1], "--version") == 0) return std::puts("congthud 0.1.0") < 0 ? kFailed : 0;
    if (argc == 2 && std::strncmp(argv[1], "--config=", 9) == 0) return serve(argv[1] + 9);
    if (argc != 3 || (std::strcmp(argv[1], "--config") != 0 && std::strcmp(argv[1], "-c") != 0))
      return usage(argc < 2 ? "--config is missing" : "unknown or incomplete arguments");
    return serve(argv[2]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "congthud: %s\n", e.what());
    return kFailed;
  }
}
