// Content framing gives the same whatever the cuts are, and what it accepts has strict lines.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <tuple>
#include "smtp/proto/client.hpp"

static auto run(std::string_view wire, std::size_t piece) {
  smtp::proto::ContentFramer f;
  f.begin(1 << 20, 1 << 20, {});
  bool done = false;
  while (!wire.empty() && !done) {
    std::string_view in = wire.substr(0, piece);
    const std::size_t n = in.size();
    done = f.data(in) == smtp::proto::ContentFramer::State::done;
    wire.remove_prefix(n - in.size());
  }
  const bool bare = f.bare();
  return std::tuple(done, bare, wire.size(), done ? f.take() : std::string());
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view wire(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto whole = run(wire, wire.size());
  if (whole != run(wire, 1) || whole != run(wire, 1 + data[0] % 40)) std::abort();
  if (std::get<0>(whole) && !std::get<1>(whole) && !smtp::proto::has_strict_lines(std::get<3>(whole))) std::abort();
  return 0;
}
