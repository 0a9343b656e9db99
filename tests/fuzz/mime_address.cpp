// Addresses: groups stay inside the list, and what addr_spec() prints parses to the same address.
#include <cstdint>

#include "mime/address.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto list = mime::parse_addresses({reinterpret_cast<const char*>(data), size});
  for (const mime::Group& g : list.groups) {
    if (std::size_t(g.first) + g.count > list.mailboxes.size()) __builtin_trap();
  }
  for (const mime::Mailbox& m : list.mailboxes) {
    if (m.domain.empty() || m.domain.front() == '[') continue;
    const auto again = mime::parse_addresses(mime::addr_spec(m));
    if (again.mailboxes.size() != 1 || !mime::same_address(again.mailboxes[0], m)) __builtin_trap();
  }
  return 0;
}
