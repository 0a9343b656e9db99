// The connection of `mailbox import imap`: TCP and TLS by base/net on a thread of its own, as blocking calls.
#pragma once
#include <memory>
#include <string>

#include "tools/transfer/imap_client.hpp"

namespace cli {

struct WireOptions {
  std::string host;
  std::uint16_t port = 993;
  bool implicit_tls = true;  // else start_tls() is called
  std::string ca_file;       // PEM; empty: the system's
};

// The name is resolved by the system, every address tried. Errc::denied: the certificate or its name does not hold.
[[nodiscard]] base::Result<std::unique_ptr<transfer::Wire>> connect_wire(const WireOptions& options);

}  // namespace cli
