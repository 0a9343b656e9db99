// A whole session over any bytes, effects included; what it says is made of CRLF lines only, and cuts change nothing.
#include <cstdint>
#include <cstdlib>
#include "smtp/proto/client.hpp"
#include "tests/smtp/proto/driver.hpp"

static std::string run(std::string_view wire, std::size_t piece, smtp::proto::Kind kind) {
  smtp::testing::Driver d(smtp::testing::config_of(kind));
  for (std::size_t at = 0; at < wire.size() && !d.closed; at += piece) d.feed(wire.substr(at, piece));
  return d.take();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view wire(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto kind = smtp::proto::Kind(data[0] % 3);
  for (const std::string& out : {run(wire, wire.size(), kind), run(wire, 1 + data[0] / 3, kind), run(wire, 1, kind)}) {
    if (!smtp::proto::has_strict_lines(out)) std::abort();
  }
  return 0;
}
