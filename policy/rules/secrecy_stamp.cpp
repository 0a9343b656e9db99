#include "policy/rules/rules.hpp"

namespace policy::rules {
namespace {

// CONTRACT 3: refused only on an isolated stamp or a secret number series at high confidence. The classifier reports a stamp
// only when it is isolated; its confidence falls with everything that makes it less than that.
constexpr double kCertain = 0.9;

constexpr base::Text kRefused{
    "Tài liệu mang dấu độ mật; không được gửi, lưu tài liệu bí mật nhà nước qua thư điện tử",
    "A document carries a secrecy stamp; state secrets must not be sent or kept by electronic mail"};
constexpr base::Text kDoubtful{"Có thể có dấu độ mật", "There may be a secrecy stamp"};

class SecrecyStamp final : public Rule {
 public:
  std::string_view id() const override { return "secrecy-stamp"; }
  Mode default_mode() const override { return Mode::enforce; }

  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (stage != Stage::content || context.content == nullptr) return;
    for (const AttachmentFacts& a : context.content->attachments)
      for (const document::Document& d : a.documents)
        if (d.secrecy) findings.push_back(finding(a, *d.secrecy));
  }

 private:
  // Minimal metadata: the level and where, never the title, the number or the text (DOMAIN 4.3).
  static Finding finding(const AttachmentFacts& a, const document::Value& secrecy) {
    const bool certain = secrecy.confidence >= kCertain;
    Finding f;
    f.action = certain ? Action::reject : Action::annotate;
    f.enhanced = certain ? "5.7.1" : "";
    f.text = certain ? kRefused : kDoubtful;
    f.subject = a.file_name;
    f.evidence = {{"stamp", secrecy.text}, {"confidence", std::to_string(int(secrecy.confidence * 100)) + "%"}, {"digest", a.digest}};
    return f;
  }
};

}  // namespace

std::unique_ptr<Rule> secrecy_stamp() { return std::make_unique<SecrecyStamp>(); }

}  // namespace policy::rules
