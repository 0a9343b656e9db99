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
  Incoming in;
  in.channel = policy::Channel::append;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    const auto row = snapshot->account(account);
    if (!row) return base::fail(base::Errc::not_found, "the account is gone");
    in.login = row->address;
  }
  in.bytes = std::move(bytes);
  Judged judged = ingest_.judge(std::move(in));
  if (judged.decision.action >= policy::Action::defer) {
    for (store::Put& put : judged.message.puts) recorder_.add(std::move(put));
    const policy::Finding* cause = judged.decision.cause();
    return base::fail(base::Errc::denied, cause == nullptr ? "refused by policy" : policy::reply_text(*cause, true));
  }
  store::Delivery delivery;
  delivery.account = account;
  delivery.derived = judged.derived;
  judged.message.deliveries.push_back(std::move(delivery));
  return std::move(judged.message);
}

}  // namespace tools
