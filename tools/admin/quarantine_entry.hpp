// A message that the policy holds back, as the queue keeps it: an entry that is never due, whose envelope is of this kind. So it is
// durable, sealed where its domain is, referenced and backed up like mail that waits, and in nobody's mailbox.
//   envelope = "Q" JSON      (an ordinary entry begins with its version, 1)
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/pipeline/decision.hpp"
#include "store/store.hpp"
#include "tools/admin/context.hpp"

namespace admin {

struct QuarantineEntry {
  struct Recipient {
    std::string address;
    bool local = true;
    bool notify_never = false, notify_success = false, notify_failure = false, notify_delay = false;  // RFC 3461
  };
  bool submission = false;  // by one of ours, who had signed in; else from outside
  std::string sender, login, client_address, hello, id;
  std::vector<Recipient> recipients;
  bool smtputf8 = false, eight_bit = false;
  base::Time received{};
  std::string from, subject;      // of the header, to be shown
  std::string rule, text_vi, text_en;
  std::vector<std::pair<std::string, std::string>> evidence;
};

inline constexpr base::Time kNeverDue{std::chrono::milliseconds(253'402'300'799'000)};  // as smtp/queue's kNever: the runner leaves it alone

bool is_quarantined(std::string_view envelope);
std::string encode(const QuarantineEntry& entry);
[[nodiscard]] Result<QuarantineEntry> decode_quarantined(std::string_view envelope);  // corrupt; invalid: an ordinary entry

// The accounts here that it is for (aliases followed), or whose it is.
std::vector<store::Account> concerned(const store::Snapshot& snapshot, const QuarantineEntry& entry);

}  // namespace admin
