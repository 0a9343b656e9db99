// A small CA of one's own and a server certificate under it, so that a fresh installation has TLS from the first minute.
#pragma once
#include <string>
#include <vector>

#include "base/net/types.hpp"

namespace net {

// Writes DIR/ca.pem, DIR/ca-key.pem (0600), DIR/cert.pem (certificate, then the CA) and DIR/key.pem (0600); clients trust
// ca.pem. EC P-256. names: DNS names and IP addresses, the first is the subject; 825 days, the CA 10 years.
// An existing CA (ca.pem with ca-key.pem) signs again, so a renewal needs no new trust; cert.pem and key.pem are replaced.
// DIR is made when missing (0700).
[[nodiscard]] Result<void> make_self_signed(const std::string& dir, const std::vector<std::string>& names);

}  // namespace net
