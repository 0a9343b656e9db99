// What IMAP needs from the rest of the program besides the store: who may log in, and what an appended message becomes.
// Implemented in tools/congthud, and by tests. Thread rule: every function from any thread, also at the same time.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/sasl/credential.hpp"
#include "store/operations.hpp"

namespace imap {

class TextIndex;  // imap/text_index.hpp: candidates for SEARCH TEXT, BODY, SUBJECT

struct User {
  store::AccountId account{};
  std::string address;
  std::optional<sasl::Credential> credential;  // nullopt: this account has no password
  bool disabled = false;
};

class Backend {
 public:
  virtual ~Backend() = default;

  // Directory look-up, microseconds: called on network threads. `name` is an address as the client wrote it, any case.
  // nullopt: no such user. An error is a fault of ours, not of the client (Errc::unavailable, io).
  [[nodiscard]] virtual base::Result<std::optional<User>> find_user(std::string_view name) = 0;

  // Scan, summary, facts and policy of a message that a client appends; on a pool thread. Gives content, summary, thread_keys
  // and puts (the decision, when one is to be recorded) with one Delivery that holds prefix and derived bits of the policy;
  // the command fills its account, mailbox, flags, keywords and date, and enforce_quota.
  // Errc::denied: the policy refuses (secrecy, CONTRACT.md 3); its detail is what the client is told. invalid: not a message.
  [[nodiscard]] virtual base::Result<store::SubmitMessage> prepare_append(store::AccountId account, std::string bytes) = 0;

  // The owner of the mailbox newly read mail in it (\Seen was set). Called on network threads: must not block.
  virtual void newly_read(store::AccountId) {}

  virtual TextIndex* text_index() { return nullptr; }  // nullptr: SEARCH scans
};

}  // namespace imap
