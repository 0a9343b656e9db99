// What a receipt states. Made when the mail is accepted, read back by those who list, show or verify receipts. Values, pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace policy::receipt {

struct Receipt {
  std::string id;        // 32 hex digits
  base::Time accepted{};
  std::string server;    // host name
  std::string channel;   // "inbound" or "submission"
  std::string client;    // its address
  std::string login;     // empty on the MX port
  std::string sender;    // reverse-path, empty for <>
  std::vector<std::string> recipients;
  std::string message_id;  // as the mail says, unverified
  std::uint64_t size = 0;  // bytes as received
  std::string received_sha256, stored_sha256;  // hex
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

std::string to_json(const Receipt& receipt);
// Errc::invalid: no statement of this schema.
[[nodiscard]] base::Result<Receipt> parse_receipt(std::string_view json);

// The statement inside a signed receipt, not verified: for the server's own rows.
[[nodiscard]] base::Result<Receipt> statement_of(std::string_view cms);
bool has_timestamp(std::string_view cms);

}  // namespace policy::receipt
