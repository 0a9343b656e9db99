// Slows down and limits password guessing; one for the whole process, shared by SMTP and IMAP.
// Failures are counted by (client address, account) and by client address alone (an IPv6 /64 is one address); a count halves
// with each half_life without failure. An account alone is never locked: else anybody could lock out an official by guessing.
//   if (!guard.allowed(address, account)) -> temporary failure, without looking at the password
//   on failure: wait guard.failed(address, account), then answer · on success: guard.succeeded(address, account)
// What it does depends on names only, never on whether they exist. Memory is bounded: the longest unused entry goes first.
// Thread-safe.
#pragma once
#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace base {

struct AuthGuardOptions {
  std::size_t entries = 50'000;                     // about 200 bytes each
  double pair_limit = 10;                           // failures of one address at one account
  double address_limit = 50;                        // failures of one address at any
  std::chrono::milliseconds half_life{15 * 60'000};
  std::chrono::milliseconds first_delay{1000};      // doubles with each failure of the pair
  std::chrono::milliseconds longest_delay{10'000};
};

class AuthGuard {
 public:
  explicit AuthGuard(const Clock& clock = system_clock(), AuthGuardOptions options = {});

  bool allowed(std::string_view address);  // before the account's name is known
  bool allowed(std::string_view address, std::string_view account);
  [[nodiscard]] std::chrono::milliseconds failed(std::string_view address, std::string_view account);
  void succeeded(std::string_view address, std::string_view account);  // forgets the pair; the address keeps its count
  std::size_t size() const;

 private:
  struct Entry {
    double count = 0;
    Time last{};
    std::list<std::string>::iterator place;
  };
  double count(const std::string& key);  // as of now
  double add(const std::string& key);

  const Clock& clock_;
  AuthGuardOptions options_;
  mutable std::mutex mutex_;
  std::list<std::string> order_;  // the longest unused first
  std::unordered_map<std::string, Entry> entries_;
};

// What one client counts as: an IPv4 address, the /64 of an IPv6 address, the text itself otherwise.
std::string client_group(std::string_view address);

}  // namespace base
