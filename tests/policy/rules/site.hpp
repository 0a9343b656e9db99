// A site of two agencies for tests of rules.
#pragma once
#include "policy/pipeline/context.hpp"

struct TestSite final : policy::Site {
  bool is_local_domain(std::string_view domain) const override { return domain == "songla.gov.vn"; }
  std::vector<std::string> domains() const override { return {"songla.gov.vn"}; }
  bool may_send_as(std::string_view login, std::string_view address) const override {
    return login == address || (login == "an@songla.gov.vn" && address == "vanthu@songla.gov.vn");
  }
  std::string agency_above(std::string_view agency) const override { return agency == "snv" ? "tinh" : ""; }
  std::string agency_of(std::string_view address) const override { return address == "binh@songla.gov.vn" ? "stc" : "snv"; }
};

inline mime::Mailbox box(std::string_view address) {
  const auto at = address.find('@');
  mime::Mailbox m;
  m.local = address.substr(0, at);
  m.domain = address.substr(at + 1);
  return m;
}
