// OpenSSL's error queue as one line of text. Only .cpp files of this folder include it.
#pragma once
#include <openssl/err.h>

#include <string>

namespace net::detail {

inline void clear_openssl_errors() { ERR_clear_error(); }

// The oldest error names the cause, later ones only who passed it on.
inline std::string openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  if (const char* reason = ERR_reason_error_string(code)) return reason;
  return "error " + std::to_string(code);
}

}  // namespace net::detail
