// The whole server, put together: the only place that knows every part. make() binds every port, drops privileges, opens the
// store and loads policy and trust, or says what is wrong, where, and what to do; run() serves until SIGTERM or stop().
// Thread rule: made, run and destroyed by one thread; reload(), stop() from any.
#pragma once
#include <memory>
#include <string>

#include "base/config.hpp"
#include "base/password.hpp"

namespace tools {

struct DaemonOptions {
  std::string worker_path;          // congthu-inspect, when the configuration names none; empty = beside this program
  bool signals = true;              // SIGTERM, SIGINT, SIGHUP are ours (not in tests)
  base::PasswordCost password_cost; // what an unknown user's check costs; tests use a cheaper one
  bool sync = true;                 // false only in tests
  bool resolve = true;              // false: no DNS, for tests and closed networks
};

class Daemon {
 public:
  // Errors: their detail is for the operator, one line or several. invalid = the configuration; others = the environment.
  [[nodiscard]] static base::Result<std::unique_ptr<Daemon>> make(base::Config config, DaemonOptions options = {});
  ~Daemon();
  Daemon(const Daemon&) = delete;

  void start();     // every port answers once it returns
  void run();       // start(), `ready`, wait, graceful stop
  void stop();      // any thread: run() ends
  // Reads the file again: rules, free providers, trust, certificates, log level. A bad one changes nothing. Blocks.
  [[nodiscard]] base::Result<void> reload();

 private:
  struct Parts;
  explicit Daemon(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tools
