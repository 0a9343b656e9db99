// Trace fields (RFC 5321 4.4): Received, with the transmission types of RFC 3848 and 6531, and Return-Path. Every value is
// sanitised: what a client said can neither end the field nor open or close a comment (ATTACKS M4).
#pragma once
#include <string>
#include <string_view>
#include "smtp/proto/path.hpp"

namespace smtp::proto {

struct Trace {
  std::string hello;         // what the client called itself
  std::string address;       // "192.0.2.1" or "2001:db8::1"
  std::string reverse_name;  // verified PTR name; empty = unknown
  std::string by;            // our host name
  std::string id;
  std::string cipher;        // "TLSv1.3 TLS_AES_256_GCM_SHA384"; empty without TLS
  std::string recipient;     // only where there is exactly one (7.2: else blind copies would leak)
  std::string date;          // RFC 5322 date-time
  bool esmtp = true, tls = false, authenticated = false, utf8 = false;
};

std::string_view with_protocol(const Trace& t);  // "ESMTPSA"
std::string received(const Trace& t);             // the folded field with its CRLF
std::string return_path(const ReversePath& path);  // with its CRLF
// Received fields in the header at the front of a message; > kMaxHops is a loop (RFC 5321 6.3). Stops at the empty line.
unsigned count_received(std::string_view message);

}  // namespace smtp::proto
