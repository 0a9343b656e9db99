// What the handlers need besides the store while no server runs: the dry run and the queue's rows, made of the server's own parts.
// Search is not among it: the index belongs to the server.
#pragma once
#include <memory>

#include "tools/admin/context.hpp"

namespace cli {

class LocalServices {
 public:
  LocalServices(store::Store& store, const base::Config& config);  // both outlive this
  ~LocalServices();
  LocalServices(const LocalServices&) = delete;
  LocalServices& operator=(const LocalServices&) = delete;
  admin::Services services();  // they refer to this object

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cli
