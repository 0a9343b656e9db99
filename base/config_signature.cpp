// [[signature.algorithms]]: what a signature needs to be more than weak, from a day on.
#include <algorithm>

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

}  // namespace base
