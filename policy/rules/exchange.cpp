#include "policy/rules/exchange.hpp"

#include <algorithm>

#include "base/unicode.hpp"
#include "policy/rules/deadlines.hpp"
#include "policy/rules/exchange_common.hpp"

namespace policy::rules {
namespace {

constexpr base::Text kNotPdf{"Văn bản chính thức phải gửi ở định dạng PDF", "An official document must be sent as PDF"};
constexpr base::Text kNotSigned{"Cơ quan đã được cấp chứng thư số: văn bản phải có chữ ký số",
                                "The agency has a certificate: its documents must carry a digital signature"};
constexpr base::Text kNoSeal{"Cơ quan chưa có chứng thư số: văn bản gửi đi phải là bản quét có con dấu và chữ ký",
                             "The agency has no certificate: its documents must be scans that show seal and signature"};
constexpr base::Text kNotAgency{"Văn bản chính thức phải gửi qua hộp thư công vụ của cơ quan",
                                "Official documents go from agency mailbox to agency mailbox"};
constexpr base::Text kWay{"Hình thức gửi của văn bản theo quy định", "How the document is to be sent"};

std::vector<Evidence> about(const document::Document& d, const AttachmentFacts& a) {
  std::vector<Evidence> out{{"kind", d.kind ? d.kind->text : ""}, {"number", d.number ? d.number->text : ""}};
  if (!a.digest.empty()) out.push_back({"digest", a.digest});
  return out;
}

// Calls use(document, attachment, note): the note is not judged where the issuer is not the sender's agency.
template <class F>
void each_issued(const Site& site, const Context& context, F use) {
  for (const AttachmentFacts& a : context.content->attachments)
    for (const document::Document& d : a.documents) {
      if (!is_issued(d)) continue;
      DutyNote note;
      note.subject = a.file_name;
      const auto own = issued_by_sender(site, context, d);
      if (!own) note.why = "issuer_unknown";
      else if (!*own) note.why = "issued_by_others";
      use(d, a, std::move(note));
    }
}

class PdfDuty final : public Rule {
 public:
  explicit PdfDuty(const Site& site) : site_(site) {}
  std::string_view id() const override { return "pdf-duty"; }
  Mode default_mode() const override { return Mode::observe; }
  bool is_duty() const override { return true; }
  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (!duty_is_asked(stage, context)) return;
    each_issued(site_, context, [&](const document::Document& d, const AttachmentFacts& a, DutyNote note) {
      if (note.why.empty()) look(*context.content, d, a, note);
      tell(context, kNotPdf, std::move(note), about(d, a), findings);
    });
  }

 private:
  static void look(const ContentFacts& content, const document::Document& d, const AttachmentFacts& a, DutyNote& note) {
    const FileForm form = form_of(a.file_name);
    note.outcome = form == FileForm::pdf ? Outcome::met : form == FileForm::other ? Outcome::violated : Outcome::not_judged;
    if (form == FileForm::unknown) note.why = "file_form_unknown";
    if (form != FileForm::other) return;
    for (const AttachmentFacts& beside : content.attachments) {
      if (form_of(beside.file_name) != FileForm::pdf) continue;
      const auto same = [&](const document::Document& other) { return other.number && other.number->text == d.number->text; };
      if (std::any_of(beside.documents.begin(), beside.documents.end(), same)) {
        note.outcome = Outcome::met;
        note.why.clear();
        return;
      }
      // A scan without text may be the same document.
      const bool unread = std::none_of(beside.documents.begin(), beside.documents.end(), [](const auto& o) { return o.number.has_value(); });
      if (unread) {
        note.outcome = Outcome::not_judged;
        note.why = "pdf_beside_without_number";
      }
    }
  }

  const Site& site_;
};

// Any policy file may know of certificates: they are facts of the site, not of one directive.
bool has_certificate(const ExchangePolicies& policies, const std::string& agency, base::Time at) {
  for (const base::ExchangePolicy& p : policies)
    for (const base::AgencyCertificate& c : p.certificates)
      if (!agency.empty() && c.agency == agency && at >= c.since && (!c.until || at < *c.until)) return true;
  return false;
}

class SignatureDuty final : public Rule {
 public:
  SignatureDuty(const Site& site, const ExchangePolicies& policies) : site_(site), policies_(policies) {}
  std::string_view id() const override { return "signature-duty"; }
  Mode default_mode() const override { return Mode::observe; }
  bool is_duty() const override { return true; }
  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (!duty_is_asked(stage, context)) return;
    const bool certified = has_certificate(policies_, site_.agency_of(context.login), context.now);
    each_issued(site_, context, [&](const document::Document& d, const AttachmentFacts& a, DutyNote note) {
      if (note.why.empty()) {
        // Without a certificate seal and signature are scanned; whether a picture shows them is for people to see.
        if (!certified) note.why = "no_certificate_known";
        else if (form_of(a.file_name) != FileForm::pdf) note.why = "not_pdf";
        else look(*context.content, a, note);
      }
      tell(context, kNotSigned, std::move(note), about(d, a), findings);
    });
  }

 private:
  static void look(const ContentFacts& content, const AttachmentFacts& a, DutyNote& note) {
    std::vector<SignatureReport> all = a.signatures;
    for (const AttachmentFacts& other : content.attachments)
      if (!other.covers.empty() && other.covers == a.digest) all.insert(all.end(), other.signatures.begin(), other.signatures.end());
    if (all.empty()) {
      note.why = "signatures_not_checked";
      return;
    }
    bool doubtful = false;
    for (const SignatureReport& s : all) {
      if (s.verdict == Verdict::valid) {
        note.outcome = Outcome::met;
        return;
      }
      doubtful = doubtful || s.verdict == Verdict::indeterminate || s.verdict == Verdict::weak;
    }
    note.outcome = doubtful ? Outcome::not_judged : Outcome::violated;
    note.why = doubtful ? "signature_in_doubt" : "";
  }

  const Site& site_;
  const ExchangePolicies& policies_;
};

// What the signature duty is otherwise: without a certificate seal and signature come as pictures of the paper, so the PDF is a scan.
class ScannedSeal final : public Rule {
 public:
  ScannedSeal(const Site& site, const ExchangePolicies& policies) : site_(site), policies_(policies) {}
  std::string_view id() const override { return "scanned-seal"; }
  Mode default_mode() const override { return Mode::observe; }
  bool is_duty() const override { return true; }
  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (!duty_is_asked(stage, context)) return;
    const bool certified = has_certificate(policies_, site_.agency_of(context.login), context.now);
    each_issued(site_, context, [&](const document::Document& d, const AttachmentFacts& a, DutyNote note) {
      if (note.why.empty()) look(certified, *context.content, a, note);
      tell(context, kNoSeal, std::move(note), about(d, a), findings);
    });
  }

 private:
  static void look(bool certified, const ContentFacts& content, const AttachmentFacts& a, DutyNote& note) {
    const bool signed_file = !a.signatures.empty() && overall(a.signatures) != Verdict::unsigned_;
    const bool signed_beside = std::any_of(content.attachments.begin(), content.attachments.end(), [&](const AttachmentFacts& other) { return !other.covers.empty() && other.covers == a.digest; });
    if (certified) note.why = "agency_has_certificate";
    else if (form_of(a.file_name) != FileForm::pdf) note.why = "not_pdf";
    else if (signed_file || signed_beside) note.outcome = Outcome::met;
    else if (!a.scanned) note.why = "scan_unknown";
    else note.outcome = *a.scanned ? Outcome::met : Outcome::violated;
  }

  const Site& site_;
  const ExchangePolicies& policies_;
};

class AgencyMailbox final : public Rule {
 public:
  explicit AgencyMailbox(const Site& site) : site_(site) {}
  std::string_view id() const override { return "agency-mailbox"; }
  Mode default_mode() const override { return Mode::observe; }
  bool is_duty() const override { return true; }
  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (!duty_is_asked(stage, context)) return;
    each_issued(site_, context, [&](const document::Document& d, const AttachmentFacts& a, DutyNote note) {
      std::string who;
      if (note.why.empty()) look(context, note, who);
      auto evidence = about(d, a);
      if (!who.empty()) evidence.push_back({"address", std::move(who)});
      tell(context, kNotAgency, std::move(note), std::move(evidence), findings);
    });
  }

 private:
  // The address in From counts, not the login: a clerk works for the agency's mailbox. Handing over inside an agency is no exchange,
  // and citizens may get documents: of addresses elsewhere the site knows nothing.
  void look(const Context& context, DutyNote& note, std::string& who) const {
    const auto& from = context.content->from;
    const std::string sender = from.size() == 1 ? from.front().local + "@" + from.front().domain : context.sender;
    const std::string agency = site_.agency_of(sender);
    const auto own = [&](const std::string& to) { return !agency.empty() && site_.agency_of(to) == agency; };
    std::vector<std::string> others;
    for (const std::string& to : context.recipients)
      if (!own(to)) others.push_back(to);
    if (others.empty()) {
      note.why = "inside_the_agency";
      return;
    }
    bool known = judge_one(sender, note, who);
    for (const std::string& to : others) known = judge_one(to, note, who) && known;
    if (note.outcome == Outcome::violated) return;
    note.outcome = known ? Outcome::met : Outcome::not_judged;
    if (!known) note.why = "mailbox_unknown";
  }

  bool judge_one(const std::string& address, DutyNote& note, std::string& who) const {
    const auto of_agency = site_.is_agency_mailbox(address);
    if (of_agency && !*of_agency && note.outcome != Outcome::violated) {
      note.outcome = Outcome::violated;
      who = address;
    }
    return of_agency.has_value();
  }

  const Site& site_;
};

bool fits_words(const std::vector<std::string>& wanted, const document::Field& field) {
  return wanted.empty() || (field && std::any_of(wanted.begin(), wanted.end(), [&](const std::string& w) { return has_words(field->text, w); }));
}

bool fits_exactly(const std::vector<std::string>& wanted, const document::Field& name, const document::Field& abbreviation) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& w) {
           return (name && name->text == w) || (abbreviation && abbreviation->text == w);
         });
}

bool fits_purpose(const std::vector<std::string>& wanted, const document::Document& d) {
  return wanted.empty() || std::any_of(d.recipients.begin(), d.recipients.end(), [&](const std::string& line) {
           return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& w) { return has_words(line, w); });
         });
}

bool fits(const base::ExchangeClass& c, const document::Document& d, base::Time at) {
  return at >= c.from && (!c.until || at < *c.until) && c.drafts == d.draft && fits_exactly(c.kinds, d.kind, d.kind_abbrev) &&
         fits_exactly(c.groups, d.doc_class, std::nullopt) && fits_words(c.subjects, d.title) && fits_purpose(c.purposes, d);
}

class ExchangeClassRule final : public Rule {
 public:
  explicit ExchangeClassRule(const ExchangePolicies& policies) : policies_(policies) {}
  std::string_view id() const override { return "exchange-class"; }
  Mode default_mode() const override { return Mode::observe; }
  bool is_duty() const override { return true; }
  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (!duty_is_asked(stage, context)) return;
    const auto policy = std::find_if(policies_.begin(), policies_.end(), [&](const auto& p) { return p.id == context.policy; });
    if (policy == policies_.end()) return;
    for (const AttachmentFacts& a : context.content->attachments)
      for (const document::Document& d : a.documents)
        if (d.kind || d.draft) look(*policy, context, d, a, findings);
  }

 private:
  static void look(const base::ExchangePolicy& policy, const Context& context, const document::Document& d, const AttachmentFacts& a,
                   std::vector<Finding>& findings) {
    const base::ExchangeClass* first = nullptr;
    std::string all;
    for (const base::ExchangeClass& c : policy.classes) {
      if (!fits(c, d, context.now)) continue;
      all.append(all.empty() ? "" : "; ").append(to_string(c.way)).append(" (").append(c.source).append(")");
      if (first == nullptr || c.way > first->way) first = &c;  // paper beats electronic: the safer of two
    }
    if (first == nullptr) return tell(context, kWay, {Outcome::not_judged, a.file_name, "no_class_fits"}, about(d, a), findings);
    Finding f;
    f.text = kWay;
    f.subject = a.file_name;
    f.evidence = about(d, a);
    f.evidence.push_back({"way", std::string(to_string(first->way))});
    f.evidence.push_back({"classes", all});
    findings.push_back(std::move(f));
  }

  const ExchangePolicies& policies_;
};

}  // namespace

std::unique_ptr<Rule> pdf_duty(const Site& site) { return std::make_unique<PdfDuty>(site); }
std::unique_ptr<Rule> signature_duty(const Site& site, const ExchangePolicies& policies) { return std::make_unique<SignatureDuty>(site, policies); }
std::unique_ptr<Rule> scanned_seal(const Site& site, const ExchangePolicies& policies) { return std::make_unique<ScannedSeal>(site, policies); }
std::unique_ptr<Rule> agency_mailbox(const Site& site) { return std::make_unique<AgencyMailbox>(site); }
std::unique_ptr<Rule> exchange_class(const ExchangePolicies& policies) { return std::make_unique<ExchangeClassRule>(policies); }

void add_exchange_rules(const Site& site, const ExchangePolicies& policies, std::vector<std::unique_ptr<Rule>>& rules) {
  rules.push_back(pdf_duty(site));
  rules.push_back(signature_duty(site, policies));
  rules.push_back(agency_mailbox(site));
  rules.push_back(exchange_class(policies));
  rules.push_back(meeting_papers());
  rules.push_back(scanned_seal(site, policies));
  rules.push_back(schedule_before_website());
  rules.push_back(urgent_deadline());
}

}  // namespace policy::rules
