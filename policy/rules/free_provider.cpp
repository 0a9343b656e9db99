#include "policy/rules/rules.hpp"

namespace policy::rules {
namespace {

constexpr base::Text kSubmitted{"Không được gửi thư công vụ dưới địa chỉ của nhà cung cấp thư miễn phí",
                                "Official mail must not be sent under an address at a free mail provider"};
constexpr base::Text kOutside{"Thư đến từ nhà cung cấp thư miễn phí", "Mail from a free mail provider"};

class FreeProvider final : public Rule {
 public:
  explicit FreeProvider(const FreeProviders& list) : list_(list) {}
  std::string_view id() const override { return "free-provider"; }
  Mode default_mode() const override { return Mode::enforce; }
  bool may_be_excepted() const override { return true; }

  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (stage == Stage::mail) return look(context, "mail-from", context.sender, findings);
    if (stage != Stage::content || context.content == nullptr) return;
    for (const auto& [name, boxes] : {std::pair{"from", &context.content->from}, std::pair{"sender", &context.content->sender},
                                      std::pair{"reply-to", &context.content->reply_to}})
      for (const mime::Mailbox& box : *boxes) look(context, name, box.local + "@" + box.domain, findings);
  }

 private:
  void look(const Context& context, std::string_view where, std::string_view address, std::vector<Finding>& findings) const {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos || !list_.contains(address.substr(at + 1))) return;
    const bool bound = context.channel == Channel::submission;
    if (!bound && context.channel != Channel::inbound) return;
    Finding f;
    f.action = bound ? Action::reject : Action::annotate;
    f.enhanced = "5.7.1";
    f.text = bound ? kSubmitted : kOutside;
    f.subject = std::string(address);
    f.evidence = {{std::string(where), std::string(address)}};
    findings.push_back(std::move(f));
  }

  const FreeProviders& list_;
};

}  // namespace

std::unique_ptr<Rule> free_provider(const FreeProviders& list) {
  return std::make_unique<FreeProvider>(list);
}

}  // namespace policy::rules
