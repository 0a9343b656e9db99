#include "policy/smime/smime.hpp"

#include <algorithm>
#include <deque>

#include "base/ascii.hpp"
#include "mime/header.hpp"
#include "policy/smime/entity.hpp"
#include "policy/smime/headers.hpp"
#include "policy/smime/identity.hpp"

namespace policy::smime {
namespace {

using mime::Part;
using mime::Structure;

constexpr int kMaxSignatures = 8;    // CMS values of one mail that are verified, the root's included
constexpr int kMaxLayers = 4;        // sign(sign(...)), and mail attached to mail

CmsOptions cms_options(const Options& o) {
  CmsOptions c;
  c.at = o.at;
  c.known = o.known;
  c.revocation = o.revocation;
  return c;
}

SignatureReport to_report(CmsSigner&& s) {
  SignatureReport r;
  r.signer = std::move(s.signer);
  r.signing_time_claimed = s.signing_time;
  r.signing_time_proven = s.proven;
  r.reasons = std::move(s.reasons);
  r.wanted = std::move(s.wanted);
  r.used = std::move(s.used);
  if (s.anchor) r.anchor_class = s.anchor->anchor_class;
  return r;
}

// One report per signer. What is wrong with the whole (the CMS, From, coverage) is wrong with each of its signatures.
std::vector<SignatureReport> reports_of(CmsResult&& cms, const Reasons& whole, const std::string& part) {
  std::vector<SignatureReport> out;
  for (CmsSigner& s : cms.signers) {
    SignatureReport r = to_report(std::move(s));
    r.part = part;
    for (const Reason& m : whole)
      if (verdict_of(m.code) != Verdict::valid) add(r.reasons, m.code, m.detail);
    r.verdict = verdict_of(r.reasons);
    if (r.verdict == Verdict::valid) add(r.reasons, Code::verified);
    out.push_back(std::move(r));
  }
  return out;
}

std::string joined(const std::string& prefix, const std::string& section) {
  return prefix.empty() ? section : section.empty() ? prefix : prefix + "/" + section;
}

// The judgement of one message: the root entity first, then what is signed inside of it. An attached message is judged by a
// Judge of its own, with the same budget.
class Judge {
 public:
  Judge(std::string_view content, const Structure& s, const trust::TrustStore& trust, const Options& options, std::string prefix, int depth,
        int& budget)
      : content_(content), structure_(s), trust_(trust), options_(options), prefix_(std::move(prefix)), depth_(depth), budget_(budget) {}

  SmimeResult run() {
    switch (kind_of(structure_, structure_.root())) {
      case EntityKind::multipart_signed:
      case EntityKind::lone_signature:
      case EntityKind::pkcs7: root_signed(); break;
      case EntityKind::openpgp: add(out_.report.reasons, Code::openpgp_not_judged); break;
      case EntityKind::none: root_unsigned(); break;
    }
    VerifyReport& r = out_.report;
    r.verdict = worse(r.verdict, verdict_of(r.reasons));
    if (!opaque_.empty()) out_.opaque = std::move(opaque_.back());
    return std::move(out_);
  }

 private:
  // The signed MIME entity, parsed: a part of the same message, or what an opaque signature holds.
  struct Inner {
    std::string_view content;
    const Structure& structure;
    const Part& part;
    std::string prefix;  // of its section numbers
  };

  NameRules names() const { return {options_.site_domains, trust_}; }

  static Reasons take_reasons(SignedEntity& e) {
    Reasons whole = std::move(e.reasons);
    for (Reason& r : e.cms.reasons) add(whole, r.code, std::move(r.detail));
    return whole;
  }

  std::optional<Inner> open(SignedEntity& e, std::string_view content, const Structure& s, const std::string& prefix, const std::string& here) {
    if (!e.opaque) return e.child == mime::kNoPart ? std::nullopt : std::optional(Inner{content, s, s.parts[e.child], prefix});
    if (!e.cms.content) return std::nullopt;
    const std::string& bytes = opaque_.emplace_back(std::move(*e.cms.content));
    const Structure& scanned = scans_.emplace_back(mime::scan(bytes));
    return Inner{bytes, scanned, scanned.root(), joined(here, "p7m")};
  }

  void root_signed() {
    if (--budget_ < 0) return add(out_.report.reasons, Code::limit_exceeded, "signatures");
    out_.report.verdict = Verdict::valid;
    SignedEntity root = read_signed(content_, structure_, structure_.root(), trust_, cms_options(options_));
    const std::string_view header = structure_.root().header.of(content_);
    Reasons whole = take_reasons(root);
    const auto inner = open(root, content_, structure_, prefix_, prefix_);
    judge_names(names(), root.cms.signers);
    if (!root.cms.signers.empty()) {
      judge_sender(read_from(header), root.cms.signers, whole);
      if (inner) judge_headers(inner->content, inner->structure, inner->part, header, root.cms.signers, whole);
      for (const char* field : {"Content-Type", "Content-Transfer-Encoding"})
        if (mime::count(header, field) > 1) add(whole, Code::malformed_multipart_signed, field);
    } else if (verdict_of(whole) == Verdict::valid) {
      add(whole, Code::malformed_cms, "nobody signed");
    }
    add_reports(reports_of(std::move(root.cms), whole, prefix_), true);
    for (Reason& r : whole) add(out_.report.reasons, r.code, std::move(r.detail));
    if (inner) inside(*inner, 1);
  }

  // The reports of the message's own signatures decide its verdict; others are told.
  void add_reports(std::vector<SignatureReport> reports, bool decide) {
    VerifyReport& r = out_.report;
    for (SignatureReport& one : reports) {
      if (decide) {
        r.verdict = worse(r.verdict, one.verdict);
        for (const Reason& reason : one.reasons) add(r.reasons, reason.code, reason.detail);
      }
      r.signatures.push_back(std::move(one));
    }
  }

  // What is signed may itself be a signed entity (sign(sign(x))): every layer must hold, only the outer one is asked for From.
  void inside(const Inner& at, int layer) {
    const EntityKind kind = kind_of(at.structure, at.part);
    if (kind != EntityKind::multipart_signed && kind != EntityKind::pkcs7) {
      attached(at.content, at.structure, at.part, at.prefix);
      return;
    }
    if (layer >= kMaxLayers || --budget_ < 0) return add(out_.report.reasons, Code::limit_exceeded, "signatures");
    SignedEntity nested = read_signed(at.content, at.structure, at.part, trust_, cms_options(options_));
    if (nested.cms.kind == CmsKind::encrypted) return add(out_.report.reasons, Code::content_encrypted);
    const std::string here = joined(at.prefix, mime::section_number(at.structure, at.part));
    Reasons whole = take_reasons(nested);
    const auto deeper = open(nested, at.content, at.structure, at.prefix, here);
    judge_names(names(), nested.cms.signers);
    if (!nested.cms.signers.empty()) add(out_.report.reasons, Code::nested_signature);
    add_reports(reports_of(std::move(nested.cms), whole, here), true);
    for (Reason& r : whole)  // certificates alone inside lend and take nothing
      if (verdict_of(r.code) != Verdict::unsigned_) add(out_.report.reasons, r.code, std::move(r.detail));
    if (deeper) inside(*deeper, layer + 1);
  }

  // Messages attached below `part`: each has a verdict of its own and lends none to this one (ATTACKS S4).
  bool attached(std::string_view content, const Structure& s, const Part& part, const std::string& prefix) {
    bool found = false;
    for (const Part& p : s.parts) {
      if (!p.is_message() || p.first_child == mime::kNoPart || !below(s, p, part) || inside_message(s, p) || !holds_signature(s, p)) continue;
      found = message(p.body.of(content), joined(prefix, mime::section_number(s, p))) || found;
    }
    return found;
  }

  static bool below(const Structure& s, const Part& p, const Part& top) {
    for (const Part* up = &p;; up = &s.parts[up->parent]) {
      if (up == &top) return true;
      if (up->parent == mime::kNoPart) return false;
    }
  }

  static bool holds_signature(const Structure& s, const Part& top) {
    return std::any_of(s.parts.begin(), s.parts.end(), [&](const Part& p) { return kind_of(s, p) != EntityKind::none && below(s, p, top); });
  }

  bool message(std::string_view bytes, const std::string& part) {
    if (depth_ >= kMaxLayers || budget_ <= 0) return false;
    const Structure s = mime::scan(bytes);
    SmimeResult r = Judge(bytes, s, trust_, options_, part, depth_ + 1, budget_).run();
    const bool any = !r.report.signatures.empty() || r.report.verdict != Verdict::unsigned_;
    add_reports(std::move(r.report.signatures), false);
    return any;
  }

  // Signed parts below an unsigned root lend it nothing: the mail is partially signed, each part is told (ATTACKS S4).
  void root_unsigned() {
    bool partial = false;
    for (const Part& p : structure_.parts) {
      if (&p == &structure_.root() || inside_message(structure_, p)) continue;
      partial = signed_part(p) || partial;
    }
    const bool mails = attached(content_, structure_, structure_.root(), prefix_);
    add(out_.report.reasons, partial ? Code::partially_signed : mails ? Code::signed_attachment_only : Code::not_signed);
  }

  bool signed_part(const Part& p) {
    const EntityKind kind = kind_of(structure_, p);
    if (kind == EntityKind::lone_signature) return !belongs_to_attachment(p);
    if (kind != EntityKind::multipart_signed && kind != EntityKind::pkcs7) return false;
    if (kind == EntityKind::pkcs7 && is_document(p)) return false;
    if (--budget_ < 0) return add(out_.report.reasons, Code::limit_exceeded, "signatures"), true;
    SignedEntity part = read_signed(content_, structure_, p, trust_, cms_options(options_));
    Reasons whole = take_reasons(part);
    if (verdict_of(whole) == Verdict::unsigned_) return false;  // encrypted, certificates alone
    judge_names(names(), part.cms.signers);
    add(whole, Code::partially_signed);
    add_reports(reports_of(std::move(part.cms), whole, joined(prefix_, mime::section_number(structure_, p))), false);
    return true;
  }

  static std::string_view file_name(const Part& p) {
    const std::string_view name = mime::param(p.disposition_params, "filename");
    return name.empty() ? mime::param(p.params, "name") : name;
  }

  // cong-van.pdf.p7m and cong-van.docx.p7s are documents' signatures; smime.p7m and smime.p7s are of mail.
  static bool is_document(const Part& p) { return !file_name(p).empty() && !base::iequals(file_name(p), "smime.p7m"); }
  bool belongs_to_attachment(const Part& p) const {
    const bool in_signed = p.parent != mime::kNoPart && structure_.parts[p.parent].is_multipart() && structure_.parts[p.parent].subtype == "signed";
    return in_signed || (!file_name(p).empty() && !base::iequals(file_name(p), "smime.p7s"));  // a signed part tells for itself
  }

  std::string_view content_;
  const Structure& structure_;
  const trust::TrustStore& trust_;
  const Options& options_;
  std::string prefix_;
  int depth_;
  int& budget_;
  std::deque<std::string> opaque_;  // what opaque signatures hold, outermost first; Inner looks into it
  std::deque<Structure> scans_;
  SmimeResult out_;
};

}  // namespace

std::optional<VerifyReport> report_without_cms(const Structure& structure) {
  const auto open = [&](const Part& p) {
    const EntityKind kind = kind_of(structure, p);
    return kind != EntityKind::none && kind != EntityKind::openpgp;
  };
  if (std::any_of(structure.parts.begin(), structure.parts.end(), open)) return std::nullopt;
  VerifyReport report;
  add(report.reasons, kind_of(structure, structure.root()) == EntityKind::openpgp ? Code::openpgp_not_judged : Code::not_signed);
  return report;
}

SmimeResult verify_message(std::string_view content, const Structure& structure, const trust::TrustStore& trust, const Options& options) {
  int budget = kMaxSignatures;
  return Judge(content, structure, trust, options, "", 0, budget).run();
}

}  // namespace policy::smime
