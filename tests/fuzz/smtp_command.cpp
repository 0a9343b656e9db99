// One command line: no crash, and an accepted address reads back to itself.
#include <cstdint>
#include <cstdlib>
#include "smtp/proto/command.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtp::proto;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_command(line, {true, 8192});
  const auto* command = std::get_if<Command>(&parsed);
  if (!command) return 0;
  if (const auto* rcpt = std::get_if<Rcpt>(&command->args); rcpt && !rcpt->to.postmaster()) {
    const auto again = Mailbox::parse(rcpt->to.to_string(), Utf8::yes);
    if (!again || !(*again == rcpt->to.mailbox())) std::abort();
    if (rcpt->to.to_string().find_first_of("\r\n") != std::string::npos) std::abort();
  }
  return 0;
}
