// How revocation data is fetched, and [[signature.algorithms]]: what a signature needs to be more than weak, from a day on.
#include <algorithm>

#include "base/ascii.hpp"
#include "base/config_reader.hpp"

namespace base {
namespace {

Result<std::string> strong_digest(std::string_view name) {
  const auto& known = signature_digests();
  if (std::find(known.begin(), known.end(), name) != known.end()) return std::string(name);
  return fail(Errc::invalid, "no such digest, or a weak one: " + std::string(name) + "; write sha256, sha384, sha512, sha3-256 ...");
}

AlgorithmRow read_algorithm_row(const toml::table& table, Section& s) {
  AlgorithmRow row;
  std::string day;
  s.text("from", day, [&](std::string_view given) -> Result<std::string> {
    const auto first = vietnam_day(given);
    if (!first) return fail(Errc::invalid, "must be a day such as \"2031-01-01\"");
    row.from = first->first;
    return std::string(given);
  });
  s.number("rsa_bits", row.rsa_bits, 2048, 8192);
  s.number("ec_bits", row.ec_bits, 256, 521);
  s.texts("digests", row.digests, strong_digest);
  if (!s.has("from")) s.problem(&table, "from", "is missing");
  s.finish();
  return row;
}

}  // namespace

const std::vector<std::string_view>& signature_digests() {
  static const std::vector<std::string_view> names{"sha256", "sha384", "sha512", "sha512-256", "sha3-256", "sha3-384", "sha3-512"};
  return names;
}

void read_algorithms(Section& signature, const std::filesystem::path& directory, Problems& problems, std::vector<AlgorithmRow>& out) {
  const toml::node* list = signature.node("algorithms");
  if (list == nullptr) return;
  if (!list->is_array_of_tables()) return signature.problem(list, "algorithms", "must be [[signature.algorithms]] tables");
  for (const toml::node& item : *list->as_array()) {
    Section s(item.as_table(), "signature.algorithms", directory, problems);
    out.push_back(read_algorithm_row(*item.as_table(), s));
  }
}

void read_fetching(Section& signature, SignatureConfig& out) {
  using namespace std::chrono_literals;
  const auto host = [](std::string_view given) -> Result<std::string> {
    const std::string lower = lower_ascii(given);
    const bool usable = !lower.empty() && lower.size() <= 253 && lower.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:") == std::string::npos;
    if (!usable) return fail(Errc::invalid, "must be host names or addresses, without a port");
    return lower;
  };
  const auto proxy = [](std::string_view given) -> Result<std::string> {
    const std::size_t port = given.rfind(':');
    if (!given.empty() && (!given.starts_with("http://") || port == std::string_view::npos || port < 8 || port + 1 == given.size()))
      return fail(Errc::invalid, "must be http://HOST:PORT");
    return std::string(given);
  };
  signature.flag("fetch", out.fetch);
  signature.text("fetch_proxy", out.fetch_proxy, proxy);
  signature.texts("fetch_private_hosts", out.fetch_private_hosts, host);
  signature.duration("fetch_timeout", out.fetch_timeout, 1s, 10min);
  signature.size("fetch_limit", out.fetch_limit, 64 << 10, std::uint64_t(1) << 30);
  signature.duration("pending_limit", out.pending_limit, 1s, 24h * 30);
}

}  // namespace base
