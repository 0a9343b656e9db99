#include "tools/congthud/imap_backend.hpp"

#include "tools/admin/accounts.hpp"

namespace tools {

base::Result<std::optional<imap::User>> ImapBackend::find_user(std::string_view name) {
  const auto address = store::canonical_address(name);
  if (!address) return std::optional<imap::User>{};
  const auto snapshot = store_.snapshot();
  if (!snapshot) return snapshot.error();
  const auto account = snapshot->account(std::string_view(*address));
  if (!account) return std::optional<imap::User>{};
  imap::User user;
  user.account = account->id;
  user.address = account->address;
  user.credential = admin::credential(*snapshot, account->id);
  user.disabled = account->disabled;
  return std::optional(std::move(user));
}

base::Result<store::SubmitMessage> ImapBackend::prepare_append(store::AccountId account, std::string bytes) {
  std::string login;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    const auto row = snapshot->account(account);
    if (!row) return base::fail(base::Errc::not_found, "the account is gone");
    login = row->address;
  }
  auto message = prepare_stored(ingest_, policy::Channel::append, std::move(login), std::move(bytes), [this](store::Put put) { recorder_.add(std::move(put)); });
  if (!message) return message;
  message->deliveries.front().account = account;
  message->prepare(store_.env());  // here, on a pool thread: the session's own must not hash or seal
  return message;
}

}  // namespace tools
