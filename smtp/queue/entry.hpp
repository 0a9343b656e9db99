// The outbound envelope as the store keeps it (store::Outbound::envelope, opaque there): one message for one domain.
// What hands a message over makes entries with outbound_for(); the Runner and the admin read and rewrite them. Pure.
//   row = version, flags, sender, domain, envid, attempts, last host, recipients: each address, fate, notify, code, status, text
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/backend.hpp"
#include "smtp/proto/client.hpp"
#include "store/types.hpp"

namespace smtp::queue {

struct Target {
  proto::RecipientResult result;  // fate pending = still to do
  bool notify_never = false;      // RFC 3461: no report to the sender
};

struct Entry {
  std::string sender;  // empty = null reverse-path
  std::string domain;
  std::string envid;
  std::vector<Target> targets;
  std::uint64_t attempts = 0;
  std::string last_host;
  bool smtputf8 = false;
  bool held = false;
  bool warned = false;  // the delay has been reported
};

inline constexpr base::Time kNever{std::chrono::milliseconds(253'402'300'799'000)};  // due time of what is held

std::string encode(const Entry& entry);
[[nodiscard]] base::Result<Entry> decode(std::string_view bytes);

// One entry for each domain among the recipients that are not local. `prefix` goes before the content when it is sent.
std::vector<store::Outbound> outbound_for(const Envelope& envelope, base::Time due);

std::string domain_of(std::string_view address);  // lower case; "[...]" for a literal

}  // namespace smtp::queue
