// Limits of an SMTP session (RFC 5321 4.5.3.1) and its timeouts (4.5.3.2). The engines count; the driver owns the clock.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace smtp::proto {

struct Limits {
  std::size_t command_line = 2048;          // 512 plus what SIZE, BODY, SMTPUTF8, AUTH and DSN add; CRLF included
  std::size_t auth_line = 12288;            // RFC 4954 4
  std::size_t auth_response = 8192;         // one decoded SASL message
  std::size_t line_flood = 65536;           // an over-long line is skipped so far, then the connection ends
  std::uint64_t message = 50u << 20;        // announced as SIZE, enforced on the declared and on the real size
  std::uint64_t discard = 64u << 20;        // bytes of a refused message that are read away before the connection is dropped
  std::uint64_t reserve = 8u << 20;         // most that a declared SIZE alone makes us allocate (address space: the pages come with the octets)
  unsigned recipients = 1000;               // RFC 5321 4.5.3.1.8 asks for at least 100
  unsigned errors = 20;                     // refused commands before 421
  unsigned idle_commands = 200;             // commands other than RCPT and BDAT since the last accepted message before 421
  unsigned chunks = 100000;                 // BDAT commands of one message
  unsigned auth_failures = 3;
  std::size_t output = 32768;               // replies collected before the driver is asked to flush
};

inline constexpr unsigned kMaxHops = 50;  // Received fields; more means a loop (RFC 5321 6.3)

// RFC 5321 4.5.3.2: the least a client waits for each answer, and the server for the next command.
inline constexpr std::chrono::minutes kGreetingTimeout{5};
inline constexpr std::chrono::minutes kMailTimeout{5};
inline constexpr std::chrono::minutes kRcptTimeout{5};
inline constexpr std::chrono::minutes kDataInitiationTimeout{2};
inline constexpr std::chrono::minutes kDataBlockTimeout{3};
inline constexpr std::chrono::minutes kDataTerminationTimeout{10};
inline constexpr std::chrono::minutes kServerTimeout{5};

}  // namespace smtp::proto
