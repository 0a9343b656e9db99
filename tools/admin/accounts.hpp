// Where an account's password and who may send as it stand in the directory; used by the handlers and the servers' backends.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/sasl/credential.hpp"
#include "store/store.hpp"

namespace admin {

inline constexpr std::string_view kPassword = "password";  // name of the credential row: sasl::encode(Credential)

// Role row that lets an account send as another mailbox: key account_entry_key(mailbox, "send-as:<address>").
std::string send_as_role(std::string_view login);

std::optional<sasl::Credential> credential(const store::Snapshot& snapshot, store::AccountId account);

}  // namespace admin
