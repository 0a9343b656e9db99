// policy::Site over the store: who is local, who may send as whom, which agency an address belongs to.
// Each question is one look-up in a fresh snapshot (about a microsecond). Thread-safe.
#pragma once
#include "policy/pipeline/context.hpp"
#include "store/store.hpp"

namespace tools {

class StoreSite final : public policy::Site {
 public:
  explicit StoreSite(const store::Store& store) : store_(store) {}
  bool is_local_domain(std::string_view domain) const override;
  bool may_send_as(std::string_view login, std::string_view address) const override;
  std::string agency_of(std::string_view address) const override;  // the agency's code
  std::string agency_above(std::string_view agency) const override;
  std::vector<std::string> agency_names(std::string_view agency) const override;
  std::optional<bool> is_agency_mailbox(std::string_view address) const override;
  std::vector<std::string> domains() const override;

 private:
  const store::Store& store_;
};

}  // namespace tools
