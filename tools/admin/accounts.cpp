#include "tools/admin/accounts.hpp"

#include "base/domain_name.hpp"
#include "base/unicode.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/directory.hpp"

namespace admin {

std::string send_as_role(std::string_view login) { return "send-as:" + std::string(login); }

std::optional<sasl::Credential> credential(const store::Snapshot& snapshot, store::AccountId account) {
  const auto row = snapshot.entry(store::Entry::credential, store::account_entry_key(account, kPassword));
  if (!row) return std::nullopt;
  auto decoded = sasl::decode(*row);
  return decoded ? std::optional(*std::move(decoded)) : std::nullopt;
}

namespace {

Result<store::Account> find(const store::Snapshot& snapshot, std::string_view given) {
  const auto address = store::canonical_address(given);
  if (!address) return address.error();
  auto account = snapshot.account(std::string_view(*address));
  if (!account) return fail(Errc::not_found, "no such account: " + *address);
  return *std::move(account);
}

Json senders(const store::Snapshot& snapshot, store::AccountId id) {
  Json out = Json::array();
  const std::string prefix = store::account_entry_key(id, send_as_role(""));
  snapshot.for_each_entry(store::Entry::role, prefix, [&](std::string_view key, std::string_view) {
    if (key.size() > prefix.size()) out.push_back(key.substr(prefix.size()));
    return true;
  });
  return out;
}

Json account_json(const store::Snapshot& snapshot, const store::Account& a) {
  const store::AccountState state = snapshot.account_state(a.id);
  return {{"address", a.address}, {"name", a.name}, {"agency", text_or_null(agency_code(snapshot, a.agency))},
          {"functional", a.functional}, {"disabled", a.disabled}, {"quota", a.quota == 0 ? Json(nullptr) : Json(a.quota)},
          {"used", state.bytes}, {"messages", state.messages}, {"send_as", senders(snapshot, a.id)}};
}

// Null is "none" and absent is the default: text() and number() cannot tell them apart.
std::uint64_t quota_of(Body& body, std::uint64_t otherwise) {
  const auto given = body.number("quota");
  return given ? *given : body.has("quota") ? 0 : otherwise;
}

Result<std::string> encoded(const std::string& password, const base::PasswordCost& cost) {
  const auto made = sasl::make_credential(password, cost);
  if (!made) return made.error();
  return sasl::encode(*made);
}

// A repeated add with another password is not identical (CONTRACT 1): it must not look as if it had been set.
Result<void> check_repetition(const store::Snapshot& snapshot, const store::Account& old, const std::optional<std::string>& password) {
  if (!password) return {};
  const auto known = credential(snapshot, old.id);
  const auto prepared = sasl::prepare_password(*password);
  if (known && prepared && base::verify_password(known->argon2, *prepared)) return {};
  return fail(Errc::conflict, "the account is there with another password");
}

Json audit_detail(const store::Snapshot& snapshot, const store::Account& a, bool password) {
  return {{"name", a.name}, {"agency", agency_code(snapshot, a.agency)}, {"functional", a.functional},
          {"disabled", a.disabled}, {"quota", a.quota}, {"password_set", password}};
}

}  // namespace

Result<Json> list_accounts(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const std::string agency(call.request.arg("agency")), domain(call.request.arg("domain"));
  const auto wanted = agency_id(*snapshot, agency);
  if (!wanted) return wanted.error();
  std::string suffix;
  if (!domain.empty()) {
    const auto name = base::canonical_domain(domain);
    if (!name) return name.error();
    suffix = "@" + *name;
  }
  Json list = Json::array();
  snapshot->for_each_account([&](const store::Account& a) {
    if ((agency.empty() || a.agency == *wanted) && a.address.ends_with(suffix) && call.actor.covers(*snapshot, a)) list.push_back(account_json(*snapshot, a));
    return true;
  });
  return Json{{"schema", "congthu.accounts/1"}, {"accounts", std::move(list)}};
}

Result<Json> show_account(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto account = find(*snapshot, call.segment(1));
  if (!account) return account.error();
  Json out = {{"schema", "congthu.account/1"}};
  out.update(account_json(*snapshot, *account));
  return out;
}

Result<Json> add_account(const Call& call) {
  Body body(call.request.body);
  store::AddAccount op;
  const std::string given = body.required("address");
  op.row.name = base::nfc(body.text("name").value_or(""));
  const auto agency = body.text("agency");
  op.row.functional = body.flag("functional").value_or(false);
  op.row.quota = quota_of(body, call.context.config.store.default_quota);
  const auto password = body.text("password");
  if (const auto wrong = body.error()) return *wrong;
  if (!password && !op.row.functional) return fail(Errc::invalid, "password: is missing; only a functional mailbox may go without");
  const auto address = store::canonical_address(given);
  if (!address) return address.error();
  op.row.address = *address;
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto owner = agency_id(*snapshot, agency);
  if (!owner) return owner.error();
  op.row.agency = *owner;
  const auto old = snapshot->account(std::string_view(*address));
  if (old) {
    if (const auto same = check_repetition(*snapshot, *old, password); !same) return same.error();
  } else if (password) {
    auto secret = encoded(*password, call.context.services.password_cost);
    if (!secret) return secret.error();
    op.credentials.emplace_back(kPassword, *std::move(secret));
  }
  Json detail = audit_detail(*snapshot, op.row, password.has_value());
  return commit(call, {step(std::move(op), !old)}, "account.add", *address, std::move(detail));
}

Result<Json> change_account(const Call& call) {
  Body body(call.request.body);
  const auto name = body.text("name");
  const auto agency = body.text("agency");
  const auto functional = body.flag("functional");
  const auto disabled = body.flag("disabled");
  const auto password = body.text("password");
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto account = find(*snapshot, call.segment(1));
  if (!account) return account.error();
  store::UpdateAccount op{*account};
  op.row.quota = quota_of(body, account->quota);
  if (const auto wrong = body.error()) return *wrong;
  if (name) op.row.name = base::nfc(*name);
  op.row.functional = functional.value_or(account->functional);
  op.row.disabled = disabled.value_or(account->disabled);
  if (body.has("agency")) {
    const auto owner = agency_id(*snapshot, agency);
    if (!owner) return owner.error();
    op.row.agency = *owner;
  }
  Json detail = audit_detail(*snapshot, op.row, password.has_value());
  std::vector<Change::Step> steps{step(std::move(op))};
  if (password) {
    auto secret = encoded(*password, call.context.services.password_cost);
    if (!secret) return secret.error();
    steps.push_back(step(store::PutEntry{store::Entry::credential, store::account_entry_key(account->id, kPassword), *std::move(secret), true}));
  }
  return commit(call, std::move(steps), "account.change", account->address, std::move(detail));
}

Result<Json> remove_account(const Call& call) {
  const std::string address(call.segment(1));
  return commit(call, {step(store::RemoveDirectory{store::RemoveDirectory::What::account, address})}, "account.remove", address);
}

namespace {

struct Grant {
  store::Account mailbox, login;
};
Result<Grant> grant_of(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  auto mailbox = find(*snapshot, call.segment(1));
  if (!mailbox) return mailbox.error();
  auto login = find(*snapshot, call.segment(3));
  if (!login) return login.error();
  return Grant{*std::move(mailbox), *std::move(login)};
}

}  // namespace

Result<Json> grant_send_as(const Call& call) {
  const auto grant = grant_of(call);
  if (!grant) return grant.error();
  if (grant->mailbox.id == grant->login.id) return fail(Errc::invalid, "an account sends as itself anyway");
  store::PutEntry op{store::Entry::role, store::account_entry_key(grant->mailbox.id, send_as_role(grant->login.address)), "1"};
  return commit(call, {step(std::move(op))}, "send_as.grant", grant->mailbox.address, {{"login", grant->login.address}});
}

Result<Json> revoke_send_as(const Call& call) {
  // The login's own account may be gone already: its role must still be removable.
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto mailbox = find(*snapshot, call.segment(1));
  if (!mailbox) return mailbox.error();
  const auto login = store::canonical_address(call.segment(3));
  if (!login) return login.error();
  store::PutEntry op{store::Entry::role, store::account_entry_key(mailbox->id, send_as_role(*login)), ""};
  return commit(call, {step(std::move(op))}, "send_as.revoke", mailbox->address, {{"login", *login}});
}

}  // namespace admin
