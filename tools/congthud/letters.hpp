// Mail that the server writes for the registers: a recall, a notice that a document has come. From an agency's mailbox here; into the INBOX
// of local accounts, into the queue otherwise. Pure but for the directory look-up.
#pragma once
#include <optional>
#include <string>

#include "store/store.hpp"
#include "tools/admin/context.hpp"

namespace tools {

// nullopt: nobody is left to tell. Error invalid: an address that no header can carry.
[[nodiscard]] base::Result<std::optional<store::SubmitMessage>> make_letter(const store::Snapshot& snapshot, const std::string& hostname, base::Time now,
                                                                            const admin::Letter& letter);

}  // namespace tools
