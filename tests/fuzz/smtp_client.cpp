// A client against a server that says anything: it ends, and every recipient has a fate.
#include <cstdint>
#include <cstdlib>
#include "smtp/proto/client.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtp::proto;
  Client c({"mx.vidu.vn", TlsUse::opportunistic, "", "", false}, {"a@vidu.vn", {"b@songla.gov.vn", "c@songla.gov.vn"}, "x\n.y\r\n", false});
  std::string_view in(reinterpret_cast<const char*>(data), size);
  for (int i = 0; i < 1000; ++i) {
    const auto action = c.next(in);
    (void)c.take_output();
    if (action == Client::Action::start_tls) c.on_tls(true);
    if (action == Client::Action::read) c.on_closed("end");
    if (action == Client::Action::done) break;
    if (i == 999) std::abort();
  }
  for (const auto& r : c.results()) {
    if (r.fate == Fate::pending) std::abort();
  }
  return 0;
}
