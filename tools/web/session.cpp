#include "tools/web/session.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace web {
namespace {

constexpr std::size_t kTokenBytes = 32;

std::string new_token() { return base::hex_encode(base::random_bytes(kTokenBytes)); }

}  // namespace

std::string Sessions::begin(std::string account, std::string credential) {
  const base::Time now = clock_.now();
  std::string token = new_token();
  const std::lock_guard lock(mutex_);
  std::erase_if(by_digest_, [&](const auto& one) { return over(one.second, now); });
  while (by_digest_.size() >= limits_.most)
    by_digest_.erase(std::min_element(by_digest_.begin(), by_digest_.end(), [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  by_digest_[base::sha256_hex(token)] = {std::move(account), std::move(credential), new_token(), now, now};
  return token;
}

std::optional<Session> Sessions::find(std::string_view token) {
  if (token.size() != 2 * kTokenBytes) return std::nullopt;
  const base::Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto found = by_digest_.find(base::sha256_hex(token));
  if (found == by_digest_.end()) return std::nullopt;
  if (over(found->second, now)) {
    by_digest_.erase(found);
    return std::nullopt;
  }
  found->second.used = now;
  return found->second;
}

void Sessions::end(std::string_view token) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_digest_.find(base::sha256_hex(token)); found != by_digest_.end()) by_digest_.erase(found);
}

std::size_t Sessions::size() const {
  const std::lock_guard lock(mutex_);
  return by_digest_.size();
}

}  // namespace web
