#include "policy/rules/rules.hpp"

namespace policy::rules {
namespace {

constexpr base::Text kNotYours{"Địa chỉ người gửi không thuộc tài khoản đã đăng nhập",
                               "The sender address does not belong to the account that signed in"};
constexpr base::Text kOneFrom{"Thư phải có đúng một trường From với một địa chỉ",
                              "A message must have exactly one From field with one address"};
constexpr base::Text kSeveralFields{"Thư có nhiều trường From", "The message has several From fields"};
constexpr base::Text kOurName{"Thư từ bên ngoài mang địa chỉ của đơn vị trong miền này",
                              "Mail from outside carries an address of a domain of this site"};

class SenderIdentity final : public Rule {
 public:
  explicit SenderIdentity(const Site& site) : site_(site) {}
  std::string_view id() const override { return "sender-identity"; }
  Mode default_mode() const override { return Mode::enforce; }

  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (context.channel == Channel::submission) return submission(stage, context, findings);
    if (context.channel == Channel::inbound && stage == Stage::content && context.content != nullptr)
      inbound(*context.content, findings);
  }

 private:
  void submission(Stage stage, const Context& context, std::vector<Finding>& findings) const {
    // A null reverse-path is what mail clients use for receipts (RFC 8098 2.1); From still has to be the login's.
    if (stage == Stage::mail && !context.sender.empty()) return belongs(context, "mail-from", context.sender, findings);
    if (stage != Stage::content || context.content == nullptr) return;
    const ContentFacts& content = *context.content;
    if (content.from_fields != 1 || content.from.size() != 1) {
      add(findings, Action::reject, kOneFrom, "", {{"from-fields", std::to_string(content.from_fields)},
                                                   {"from-addresses", std::to_string(content.from.size())}});
      return;
    }
    belongs(context, "from", content.from.front().local + "@" + content.from.front().domain, findings);
  }

  void inbound(const ContentFacts& content, std::vector<Finding>& findings) const {
    if (content.from_fields > 1)
      return add(findings, Action::reject, kSeveralFields, "", {{"from-fields", std::to_string(content.from_fields)}});
    for (const mime::Mailbox& box : content.from)
      if (site_.is_local_domain(box.domain)) {
        const std::string address = box.local + "@" + box.domain;
        add(findings, Action::annotate, kOurName, address, {{"from", address}});
      }
  }

  void belongs(const Context& context, std::string_view where, const std::string& address, std::vector<Finding>& findings) const {
    if (!site_.may_send_as(context.login, address))
      add(findings, Action::reject, kNotYours, address, {{std::string(where), address}, {"login", context.login}});
  }

  static void add(std::vector<Finding>& findings, Action action, base::Text text, std::string subject, std::vector<Evidence> evidence) {
    Finding f;
    f.action = action;
    f.enhanced = action == Action::reject ? "5.7.1" : "";
    f.text = text;
    f.subject = std::move(subject);
    f.evidence = std::move(evidence);
    findings.push_back(std::move(f));
  }

  const Site& site_;
};

}  // namespace

std::unique_ptr<Rule> sender_identity(const Site& site) { return std::make_unique<SenderIdentity>(site); }

}  // namespace policy::rules
