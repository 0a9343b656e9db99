#include "imap/task.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>

namespace {

using imap::Task;

struct Gate {  // suspends until open() is called
  std::coroutine_handle<> waiting;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) { waiting = h; }
  void await_resume() const noexcept {}
  void open() { std::exchange(waiting, nullptr).resume(); }
};

Task<int> at_once(int n) { co_return n; }
Task<int> after(Gate& gate, int n) {
  co_await gate;
  co_return n;
}
Task<long> sum(Gate& gate, int many) {
  long total = 0;
  for (int i = 0; i < many; ++i) total += co_await at_once(1);
  for (int i = 0; i < 3; ++i) total += co_await after(gate, 10);
  co_return total;
}
Task<> failing(Gate& gate) {
  co_await gate;
  throw std::runtime_error("lost");
}
Task<bool> catching(Gate& gate) {
  try {
    co_await failing(gate);
  } catch (const std::runtime_error&) {
    co_return true;
  }
  co_return false;
}
Task<> holding(Gate& gate, std::shared_ptr<int> held) {
  co_await gate;
  ++*held;
}
Task<> outer(Gate& gate, std::shared_ptr<int> held) { co_await holding(gate, held); }

BOOST_AUTO_TEST_SUITE(imap_task)

BOOST_AUTO_TEST_CASE(a_million_tasks_that_end_at_once_cost_no_stack) {
  Gate gate;
  Task<long> task = sum(gate, 1'000'000);
  task.start();
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(!task.done());
    gate.open();
  }
  BOOST_REQUIRE(task.done());
  BOOST_TEST(task.result() == 1'000'030);
}

BOOST_AUTO_TEST_CASE(an_exception_travels_to_whoever_awaits) {
  Gate gate;
  Task<bool> task = catching(gate);
  task.start();
  gate.open();
  BOOST_REQUIRE(task.done());
  BOOST_TEST(task.result());
  Task<> top = failing(gate);
  top.start();
  gate.open();
  BOOST_CHECK_THROW(top.result(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(destroying_a_task_destroys_what_it_awaits) {
  Gate gate;
  auto held = std::make_shared<int>(0);
  {
    Task<> task = outer(gate, held);
    task.start();
    BOOST_TEST(held.use_count() > 1);
  }
  BOOST_TEST(held.use_count() == 1);
  BOOST_TEST(*held == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
