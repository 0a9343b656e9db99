// One running congthu-inspect: spawned with nothing but its socket, greeted, killed when the owner goes. Internal.
#pragma once
#include <sys/types.h>

#include <string>

#include "policy/inspect/frame.hpp"

namespace policy::inspect {

class WorkerProcess {
 public:
  WorkerProcess() = default;
  ~WorkerProcess() { stop(); }
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  [[nodiscard]] base::Result<> start(const std::string& path, std::string_view hello, std::string_view trust, Deadline deadline);
  [[nodiscard]] base::Result<Frame> ask(std::string_view json, std::string_view blob, Deadline deadline);
  void stop();  // SIGKILL and wait: the worker holds nothing worth a farewell
  bool running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int fd_ = -1;
};

}  // namespace policy::inspect
