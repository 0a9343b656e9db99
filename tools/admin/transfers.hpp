// Imports and exports: each begins with an audit row, and every later request names that row, so that nobody reads or fills
// another's mailbox without a trace, also not by hand over the socket.
#pragma once
#include "tools/admin/handlers.hpp"

namespace admin {

inline constexpr std::string_view kImport = "mailbox.import", kExport = "mailbox.export";

struct Transfer {
  store::Account account;
  std::uint64_t id = 0;  // sequence of its audit row
};

Result<store::Account> account_named(const store::Snapshot& snapshot, std::string_view address);
// Writes the row; `detail` says what comes from where.
Result<Transfer> begin_transfer(const Call& call, std::string_view what, Json detail);
// /accounts/ADDRESS/imports/ID...: denied when there is no such row for this account.
Result<Transfer> transfer_of(const Call& call, const store::Snapshot& snapshot, std::string_view what);
// The row that says how it ended; the reply is {"schema":"congthu.change/1","changed":true}.
Result<Json> end_transfer(const Call& call, std::string_view what);

// Options of a query that are flags: absent or "false", or "true".
Result<bool> flag_arg(const Call& call, std::string_view name);

std::string_view word_of(store::SpecialUse use);  // "sent"; empty for none and inbox
Result<store::SpecialUse> special_use_of(std::string_view word);

}  // namespace admin
