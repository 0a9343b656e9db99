// Makes COUNT accounts user0@DOMAIN, user1@DOMAIN ... in a store that no server has open, with a password hash that costs nothing,
// so that a comparison of logins shows the server's own cost. Run: bench_accounts DATA_DIRECTORY DOMAIN COUNT PASSWORD
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/sasl/credential.hpp"
#include "store/store.hpp"
#include "tools/admin/accounts.hpp"

namespace {

int failed(const std::string& what, const base::Error& error) {
  std::fprintf(stderr, "bench_accounts: %s: %s\n", what.c_str(), error.detail().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "use: bench_accounts DATA_DIRECTORY DOMAIN COUNT PASSWORD\n");
    return 2;
  }
  const std::string domain = argv[2];
  const auto credential = sasl::make_credential(argv[4], base::PasswordCost{8, 1, 1});
  if (!credential) return failed("password", credential.error());
  auto store = store::Store::open(argv[1]);
  if (!store) return failed(argv[1], store.error());
  for (int i = 0; i < std::atoi(argv[3]); ++i) {
    store::AddAccount op;
    op.row.address = "user" + std::to_string(i) + "@" + domain;
    op.credentials.emplace_back(admin::kPassword, sasl::encode(*credential));
    const std::string address = op.row.address;
    if (const auto added = (*store)->run(std::move(op)); !added) return failed(address, added.error());
  }
  return 0;
}
