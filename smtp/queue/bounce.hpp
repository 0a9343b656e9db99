// Reports to the sender (RFC 3464, 5321 6.1): what could not be delivered, or is late. Null reverse-path, header only of the
// returned message, and never a report about a report. Pure but for the directory look-up in the snapshot it is given.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/queue/entry.hpp"
#include "store/store.hpp"

namespace smtp::queue {

struct BounceInput {
  std::string hostname;
  const Entry& entry;
  std::vector<const Target*> targets;  // whom the report is about
  bool delayed = false;                // "will be tried further" instead of "failed"
  base::Time accepted{}, now{}, until{};
  std::string header;                  // of the message
};

// The report's bytes. Error invalid: the sender is not an address.
[[nodiscard]] base::Result<std::string> make_bounce(const BounceInput& in);

// The report on its way to `sender`: into the INBOX of a local account, or into the queue. nullopt: nobody to tell.
std::optional<store::SubmitMessage> address_bounce(const store::Snapshot& snapshot, const std::string& sender, std::string bytes,
                                                   base::Time now);

}  // namespace smtp::queue
