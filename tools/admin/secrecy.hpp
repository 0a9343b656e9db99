// Mail in which a secrecy stamp was found after delivery: rows of the table `documents` (key 'Z' id), written by tools/congthud/late_secrecy.
// A compliance officer looks at the list, shows the mail again or destroys it everywhere. Minimal metadata: whose copies, never what the
// document says. `purged` in the backup directory names what is not to come back with a restore of an older generation.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "store/secrecy.hpp"
#include "tools/admin/context.hpp"

namespace admin {

inline constexpr std::string_view kSecrecyRows = "Z";
std::string secrecy_key(std::string_view id);
// JSON congthu.secrecy_row/1: {"id","found","found_by","stamp","confidence","digest","state":"hidden|released|purged","copies":[{"account",
// "email"}],"queued":[],"decided":{"who","at","reason"}|null}. account, email: numbers of the store; a copy may have moved since.
struct SecretMail {
  store::AccountId account{};
  store::EmailId email{};
  friend auto operator<=>(const SecretMail&, const SecretMail&) = default;
};
std::vector<SecretMail> mails_of(const Json& row);
// Whoever is to be told: accounts with the role compliance for the whole site, else those with any reach, else admins.
std::vector<std::string> officers(const store::Snapshot& snapshot);

// What a restore leaves out: mail that is hidden or purged by the rows of this store, and what the backup directory names.
[[nodiscard]] Result<std::set<SecretMail>> secret_mails(const store::Store& store, const std::string& backup_directory);

// The file `purged` of a backup directory, a line each: "ACCOUNT EMAIL". Missing file: none.
[[nodiscard]] Result<std::vector<SecretMail>> read_purged(const std::string& backup_directory);
[[nodiscard]] Result<void> add_purged(const std::string& backup_directory, const std::vector<SecretMail>& mails);
// Destroys them in a store that was just restored, and what is hidden by its rows stays so. What a hold of that store keeps is hidden.
[[nodiscard]] Result<std::size_t> drop_purged(store::Store& store, const std::vector<SecretMail>& mails);

}  // namespace admin
