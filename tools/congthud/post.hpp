// Runs a function on a pool without waiting for it. False: the queue is full. The function must not throw; when the pool ends
// before its turn it is destroyed unrun.
#pragma once
#include <memory>
#include <utility>

#include "base/net/pool.hpp"

namespace tools {

template <class F>
bool post(net::Pool& pool, F function) {
  struct Job final : net::Pool::Task {
    explicit Job(F f) : function(std::move(f)) {}
    void run() noexcept override { function(); }
    void drop() noexcept override {}
    F function;
  };
  return pool.submit(std::make_shared<Job>(std::move(function)));
}

}  // namespace tools
