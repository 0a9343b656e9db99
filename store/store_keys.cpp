// Encryption at rest as an administrator sees it: keys of domains are made, exchanged and wrapped again.
#include "base/domain_name.hpp"
#include "base/log.hpp"
#include "store/key_operations.hpp"
#include "store/store.hpp"

namespace store {

using base::Errc;
using base::fail;

Result<void> Store::load_keys(const Options& options) {
  master_ = options.master;
  const auto txn = env_->read();
  if (!txn) return txn.error();
  try {
    return env_->keyring().load(*txn, options.master.get(), options.previous_master.get(), options.allow_locked);
  } catch (const Failure& failure) {
    return failure.error();
  }
}

Result<std::vector<KeyInfo>> Store::keys() const {
  const auto txn = env_->read();
  if (!txn) return txn.error();
  try {
    return list_keys(*txn);
  } catch (const Failure& failure) {
    return failure.error();
  }
}

std::optional<KeyId> Store::current_of(const std::string& domain) const {
  const auto all = keys();
  if (!all) return std::nullopt;
  for (const KeyInfo& key : *all)
    if (key.current && key.domain == domain) return key.id;
  return std::nullopt;
}

// The keyring learns the key before the operation that makes it current is submitted, so that the writer never waits for it.
Result<KeyId> Store::new_key(const std::string& domain, KeyId replaces) {
  if (!master_) return fail(Errc::denied, "no master key is configured: set encryption.master_key (congthu key new makes a key file) and restart");
  const auto id = run(NextKeyId{});
  if (!id) return id.error();
  std::string secret = base::random_bytes(kSecretSize);
  auto wrapped = master_->wrap(secret, domain);
  if (!wrapped) return wrapped.error();
  const auto opened = master_->unwrap(*wrapped, domain);  // a token that cannot give a key back must not get to keep one
  if (!opened) return opened.error();
  if (*opened != secret) return fail(Errc::internal, "the master key does not give back what it wrapped");
  env_->keyring().add(std::make_shared<DataKey>(*id, std::move(secret)));
  PutKey put{*id, replaces, {domain, clock_->now(), master_->id(), *std::move(wrapped)}};
  if (const auto done = run(std::move(put)); !done) return done.error();
  base::log_info("store_key", {{"domain", domain}, {"key", std::uint64_t(*id)}, {"master", master_->id()}});
  return *id;
}

Result<KeyId> Store::enable_encryption(const std::string& name) {
  const auto domain = base::canonical_domain(name);
  if (!domain) return domain.error();
  if (current_of(*domain)) return fail(Errc::exists, *domain + " is encrypted already (congthu key rotate gives it a new key)");
  return new_key(*domain, KeyId{});
}

Result<KeyId> Store::rotate_key(const std::string& name) {
  const auto domain = base::canonical_domain(name);
  if (!domain) return domain.error();
  const auto current = current_of(*domain);
  if (!current) return fail(Errc::not_found, *domain + " is not encrypted (congthu key enable)");
  return new_key(*domain, *current);
}

Result<void> Store::stop_encryption(const std::string& name) {
  const auto domain = base::canonical_domain(name);
  if (!domain) return domain.error();
  if (const auto done = run(StopEncryption{*domain}); !done) return done.error();
  base::log_info("store_key_stopped", {{"domain", *domain}});
  return {};
}

Result<std::uint64_t> Store::rewrap_keys() {
  if (!master_) return fail(Errc::denied, "no master key is configured: set encryption.master_key");
  const auto all = keys();
  if (!all) return all.error();
  RewrapKeys rewrap;
  for (const KeyInfo& key : *all) {
    if (key.master == master_->id()) continue;
    if (!key.loaded) return fail(Errc::denied, "key " + std::to_string(std::uint32_t(key.id)) + " of " + key.domain +
                                                        " is not loaded: set encryption.previous_master_key to " + key.master);
    const DataKeyPtr data = env_->keyring().get(key.id);
    auto wrapped = master_->wrap(data->secret(), key.domain);
    if (!wrapped) return wrapped.error();
    const auto opened = master_->unwrap(*wrapped, key.domain);
    if (!opened || *opened != data->secret()) return fail(Errc::internal, "the new master key does not give back what it wrapped");
    rewrap.keys.push_back({key.id, key.master, {key.domain, key.created, master_->id(), *std::move(wrapped)}});
  }
  if (rewrap.keys.empty()) return std::uint64_t(0);
  return run(std::move(rewrap));
}

}  // namespace store
