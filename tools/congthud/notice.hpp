// Mail that the server writes to people itself: into the INBOX of a local account, into the queue otherwise. Sent with the null
// reverse-path and Auto-Submitted, so that nothing answers it. Pure but for the directory look-up.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "mime/build.hpp"
#include "store/store.hpp"

namespace tools {

struct Notice {
  std::vector<std::string> to;  // addresses, here or elsewhere; those that lead nowhere are left out
  std::string subject, text;    // UTF-8, both languages
  std::vector<mime::Attachment> attachments;
};

// nullopt: nobody is left to tell. Error invalid: an address that no header can carry.
[[nodiscard]] base::Result<std::optional<store::SubmitMessage>> make_notice(const store::Snapshot& snapshot, const std::string& hostname, base::Time now,
                                                                            const Notice& notice);

}  // namespace tools
