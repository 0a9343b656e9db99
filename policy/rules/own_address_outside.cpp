#include "policy/rules/rules.hpp"

namespace policy::rules {
namespace {

constexpr base::Text kForged{"Thư từ bên ngoài mang địa chỉ của đơn vị trong miền này mà không có chữ ký số hợp lệ",
                             "Mail from outside carries an address of a domain of this site without a valid signature"};

// A mailing list or a service may write so legitimately: a valid S/MIME signature of that address shows who wrote it.
class OwnAddressOutside final : public Rule {
 public:
  explicit OwnAddressOutside(const Site& site) : site_(site) {}
  std::string_view id() const override { return "own-address-outside"; }
  Mode default_mode() const override { return Mode::observe; }
  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (stage != Stage::content || context.channel != Channel::inbound || context.content == nullptr) return;
    if (context.content->smime.verdict == Verdict::valid) return;
    for (const mime::Mailbox& box : context.content->from) {
      if (!site_.is_local_domain(box.domain)) continue;
      Finding f;
      f.action = Action::quarantine;
      f.text = kForged;
      f.subject = box.local + "@" + box.domain;
      f.evidence = {{"from", f.subject}, {"client", context.client_address}, {"mail-from", context.sender}};
      findings.push_back(std::move(f));
    }
  }

 private:
  const Site& site_;
};

}  // namespace

std::unique_ptr<Rule> own_address_outside(const Site& site) { return std::make_unique<OwnAddressOutside>(site); }

}  // namespace policy::rules
