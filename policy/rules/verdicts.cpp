// The rules that only tell what was found: signatures and official documents. They annotate in every mode.
#include "policy/rules/rules.hpp"

namespace policy::rules {
namespace {

constexpr base::Text kSmime{"Chữ ký số của thư", "The signature of the mail"};
constexpr base::Text kDocument{"Chữ ký số của tệp đính kèm", "The signature of an attachment"};
constexpr base::Text kOfficial{"Tệp đính kèm là văn bản hành chính", "An attachment is an official document"};
constexpr base::Text kUnread{"Không đọc được tệp đính kèm", "An attachment could not be read"};

std::string codes(const Reasons& reasons) {
  std::string out;
  for (const Reason& r : reasons) out.append(out.empty() ? "" : " ").append(name(r.code));
  return out;
}

std::string text_of(const document::Field& field) { return field ? field->text : std::string{}; }

Finding note(base::Text text, std::string subject, std::vector<Evidence> evidence) {
  Finding f;
  f.text = text;
  f.subject = std::move(subject);
  f.evidence = std::move(evidence);
  return f;
}

class SmimeVerdict final : public Rule {
 public:
  std::string_view id() const override { return "smime"; }
  Mode default_mode() const override { return Mode::observe; }
  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (stage != Stage::content || context.content == nullptr) return;
    const VerifyReport& report = context.content->smime;
    if (report.verdict == Verdict::unsigned_ && report.reasons.empty()) return;
    findings.push_back(note(kSmime, {}, {{"verdict", std::string(to_string(report.verdict))}, {"reasons", codes(report.reasons)}}));
  }
};

class DocumentSignature final : public Rule {
 public:
  std::string_view id() const override { return "document-signature"; }
  Mode default_mode() const override { return Mode::observe; }
  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (stage != Stage::content || context.content == nullptr) return;
    for (const AttachmentFacts& a : context.content->attachments)
      for (const SignatureReport& s : a.signatures)
        if (s.verdict != Verdict::unsigned_)
          findings.push_back(note(kDocument, a.file_name, {{"verdict", std::string(to_string(s.verdict))},
                                                           {"reasons", codes(s.reasons)}, {"digest", a.digest}}));
  }
};

class OfficialDocument final : public Rule {
 public:
  std::string_view id() const override { return "official-document"; }
  Mode default_mode() const override { return Mode::observe; }
  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (stage != Stage::content || context.content == nullptr) return;
    for (const AttachmentFacts& a : context.content->attachments) {
      if (!a.reason.empty()) findings.push_back(note(kUnread, a.file_name, {{"reason", a.reason}, {"digest", a.digest}}));
      for (const document::Document& d : a.documents)
        findings.push_back(note(kOfficial, d.number ? d.number->text : a.file_name,
                                {{"kind", text_of(d.kind)}, {"number", text_of(d.number)}, {"issuer", text_of(d.issuer)}}));
    }
  }
};

}  // namespace

std::unique_ptr<Rule> smime_verdict() { return std::make_unique<SmimeVerdict>(); }
std::unique_ptr<Rule> document_signature() { return std::make_unique<DocumentSignature>(); }
std::unique_ptr<Rule> official_document() { return std::make_unique<OfficialDocument>(); }

std::vector<std::unique_ptr<Rule>> builtin_rules(const FreeProviders& list, const Site& site) {
  std::vector<std::unique_ptr<Rule>> rules;
  rules.push_back(free_provider(list));
  rules.push_back(sender_identity(site));
  rules.push_back(own_address_outside(site));
  rules.push_back(smime_verdict());
  rules.push_back(document_signature());
  rules.push_back(official_document());
  rules.push_back(secrecy_stamp());
  return rules;
}

}  // namespace policy::rules
