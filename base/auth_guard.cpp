#include "base/auth_guard.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/ascii.hpp"
#include "base/encoding.hpp"

namespace base {
namespace {

constexpr std::size_t kMaxAccount = 320;  // RFC 5321 4.5.3.1: no address is longer, and no table grows by longer ones

std::string pair_key(std::string_view address, std::string_view account) {
  std::string key = client_group(address);
  key.push_back('\0');
  return key.append(lower_ascii(account.substr(0, kMaxAccount)));
}

}  // namespace

std::string client_group(std::string_view address) {
  std::array<unsigned char, 16> bytes{};
  const std::string text(address.substr(0, 64));
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  static constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool v4 = std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
  return hex_encode(std::string_view(reinterpret_cast<const char*>(bytes.data()), v4 ? 16 : 8));
}

AuthGuard::AuthGuard(const Clock& clock, AuthGuardOptions options) : clock_(clock), options_(options) {}

double AuthGuard::count(const std::string& key) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return 0;
  const double age = std::max<double>(0, double((clock_.now() - it->second.last).count()));
  return it->second.count * std::exp2(-age / double(options_.half_life.count()));
}

double AuthGuard::add(const std::string& key) {
  const double next = count(key) + 1;
  const auto [it, fresh] = entries_.try_emplace(key);
  if (fresh) it->second.place = order_.insert(order_.end(), key);
  else order_.splice(order_.end(), order_, it->second.place);
  it->second.count = next;
  it->second.last = clock_.now();
  if (entries_.size() > options_.entries) {
    entries_.erase(order_.front());
    order_.pop_front();
  }
  return next;
}

bool AuthGuard::allowed(std::string_view address) {
  const std::lock_guard lock(mutex_);
  return count(client_group(address)) < options_.address_limit;
}

bool AuthGuard::allowed(std::string_view address, std::string_view account) {
  const std::lock_guard lock(mutex_);
  return count(client_group(address)) < options_.address_limit && count(pair_key(address, account)) < options_.pair_limit;
}

std::chrono::milliseconds AuthGuard::failed(std::string_view address, std::string_view account) {
  const std::lock_guard lock(mutex_);
  add(client_group(address));
  const double failures = add(pair_key(address, account));
  const double wait = double(options_.first_delay.count()) * std::exp2(std::min(failures - 1, 20.0));
  return std::min(options_.longest_delay, std::chrono::milliseconds(static_cast<std::int64_t>(wait)));
}

void AuthGuard::succeeded(std::string_view address, std::string_view account) {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(pair_key(address, account));
  if (it == entries_.end()) return;
  order_.erase(it->second.place);
  entries_.erase(it);
}

std::size_t AuthGuard::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace base
