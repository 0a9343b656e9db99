// What the operator and the composition root decide about IMAP. A value, shared read-only by all connections.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "base/auth_guard.hpp"
#include "base/password.hpp"

namespace imap {

struct Settings {
  std::string hostname = "localhost";
  bool tls = true;                                // STARTTLS can be offered
  bool plaintext_loopback = false;                // LOGIN without TLS, from 127.0.0.0/8 and ::1 only
  std::uint64_t append_limit = 50u << 20;         // bytes of one message (RFC 7889)
  base::AuthGuard* guard = nullptr;               // shared with SMTP; null: no delays, no limits (tests)
  std::string sasl_secret;                        // stable: makes the fake salts of unknown users
  base::PasswordCost password_cost;               // what the accounts' hashes cost
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(30);      // RFC 9051 5.4: at least 30 minutes
  std::chrono::milliseconds login_timeout = std::chrono::minutes(1);      // before authentication
  std::chrono::milliseconds write_timeout = std::chrono::minutes(5);
  unsigned max_failures = 10;                     // wrong passwords or senseless commands of one connection
};

}  // namespace imap
