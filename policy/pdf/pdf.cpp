#include "policy/pdf/pdf.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "base/domain_name.hpp"
#include "policy/pdf/coverage.hpp"
#include "policy/pdf/fields.hpp"
#include "policy/smime/cms.hpp"
#include "policy/trust/path.hpp"

namespace policy::pdf {
namespace {

constexpr std::size_t kMaxSignatures = 32;

struct Judged {
  SignatureReport report;
  std::size_t end = 0;  // 0: it covers nothing
};

bool mentions_signature(std::string_view bytes) { return bytes.find("/ByteRange") != std::string_view::npos; }

std::vector<SignatureReport> only(Code code) {
  SignatureReport r;
  r.layer = Layer::pdf;
  add(r.reasons, code);
  r.verdict = verdict_of(code);
  return {std::move(r)};
}

std::string sha1_of(const std::vector<std::string_view>& segments) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  base::Handle<EVP_MD_CTX, EVP_MD_CTX_free> ctx(EVP_MD_CTX_new());
  if (!ctx || EVP_DigestInit_ex(ctx.get(), EVP_sha1(), nullptr) != 1) return {};
  for (const std::string_view s : segments) EVP_DigestUpdate(ctx.get(), s.data(), s.size());
  return EVP_DigestFinal_ex(ctx.get(), digest, &n) == 1 ? std::string(reinterpret_cast<char*>(digest), n) : std::string();
}

smime::CmsOptions cms_options(const Options& o) {
  smime::CmsOptions c;
  c.at = o.at;
  c.known = o.known;
  c.revocation = o.revocation;
  c.document = true;
  return c;
}

// ISO 32000-2 table 260. adbe.pkcs7.sha1 signs the SHA-1 of the ranges as its content.
smime::CmsResult verify_value(const Object& signature, const Coverage& coverage, const trust::TrustStore& trust, const Options& options,
                              Reasons& reasons) {
  const Object* filter = signature.get("SubFilter");
  if (filter && (filter->is_name("adbe.pkcs7.detached") || filter->is_name("ETSI.CAdES.detached")))
    return smime::verify_detached(coverage.contents, coverage.segments, trust, cms_options(options));
  if (filter && filter->is_name("adbe.pkcs7.sha1")) {
    smime::CmsResult result = smime::verify_opaque(coverage.contents, trust, cms_options(options));
    add(reasons, Code::weak_subfilter);
    if (result.content && *result.content != sha1_of(coverage.segments)) add(reasons, Code::digest_mismatch);
    return result;
  }
  add(reasons, Code::unsupported_subfilter, filter ? filter->text : "");
  return {};
}

bool entitled(const trust::AnchorInfo& anchor, const SignerInfo& signer, const Options& options) {
  const bool domains = std::all_of(signer.emails.begin(), signer.emails.end(), [&](const std::string& mail) {
    const auto domain = base::canonical_domain(std::string_view(mail).substr(mail.rfind('@') + 1));
    return !domain || trust::may_vouch_for_domain(anchor, *domain, options.site_domains);
  });
  return domains && trust::may_vouch_for_agency(anchor, signer, options.site_agencies);
}

void take_signer(smime::CmsSigner&& s, const Options& options, SignatureReport& report) {
  for (Reason& r : s.reasons) add(report.reasons, r.code, std::move(r.detail));
  if (s.names_unusable) add(report.reasons, Code::name_unusable);
  if (s.anchor) {
    report.anchor_class = s.anchor->anchor_class;
    if (s.signer && !entitled(*s.anchor, *s.signer, options)) add(report.reasons, Code::anchor_not_allowed, s.signer->anchor);
  }
  report.wanted = std::move(s.wanted);
  report.used = std::move(s.used);
  report.signer = std::move(s.signer);
  report.signing_time_claimed = s.signing_time;
}

// A CMS in a PDF that nobody signed is no "unsigned" file: the field promises a signature (ATTACKS P1).
void take_cms(smime::CmsResult&& cms, const Options& options, SignatureReport& report) {
  for (Reason& r : cms.reasons) {
    const bool nobody = verdict_of(r.code) == Verdict::unsigned_;
    add(report.reasons, nobody ? Code::contents_bad : r.code, std::move(r.detail));
  }
  if (cms.signers.size() > 1) add(report.reasons, Code::several_signers);
  if (!cms.signers.empty()) take_signer(std::move(cms.signers.front()), options, report);
}

Judged judge(File& file, const SignatureField& field, const trust::TrustStore& trust, const Options& options) {
  Judged out;
  SignatureReport& report = out.report;
  report.layer = Layer::pdf;
  report.part = field.name;
  if (!field.readable) {
    add(report.reasons, Code::signature_field_unparsable);
    return out;
  }
  Coverage coverage = read_coverage(file.bytes(), field.value);
  report.reasons = std::move(coverage.reasons);
  out.end = coverage.end;
  if (coverage.segments.empty()) return out;
  take_cms(verify_value(field.value, coverage, trust, options, report.reasons), options, report);
  if (const int level = certification_level(file, field.value)) add(report.reasons, Code::certified, "P=" + std::to_string(level));
  return out;
}

void conclude(std::string_view bytes, std::vector<Judged>& all) {
  std::stable_sort(all.begin(), all.end(), [](const Judged& a, const Judged& b) { return a.end < b.end; });
  if (all.back().end != 0 && has_tail(bytes, all.back().end))
    for (Judged& j : all) add(j.report.reasons, Code::changed_after_signing);
  for (Judged& j : all) {
    if (all.size() > 1) add(j.report.reasons, Code::multiple_signatures_not_judged);
    j.report.verdict = verdict_of(j.report.reasons);
    if (j.report.verdict == Verdict::valid) add(j.report.reasons, Code::verified);
  }
}

Code why_unreadable(FileState state, std::string_view bytes) {
  if (state == FileState::encrypted) return Code::encrypted_document;
  if (state == FileState::hybrid) return Code::hybrid_xref;
  if (!mentions_signature(bytes)) return Code::unparsable_container;
  return raw_tail_after_last_range(bytes) ? Code::changed_after_signing : Code::repaired_xref;
}

}  // namespace

std::vector<SignatureReport> verify_pdf(std::string_view bytes, const trust::TrustStore& trust, const Options& options) {
  if (bytes.substr(0, 5) != "%PDF-") return only(mentions_signature(bytes) ? Code::header_not_at_start : Code::unparsable_container);
  File file(bytes);
  if (file.state() != FileState::good) return only(why_unreadable(file.state(), bytes));
  FieldSearch found = find_signatures(file);
  if (found.signatures.empty()) {
    if (mentions_signature(bytes)) return only(Code::hidden_signature);
    return found.good ? std::vector<SignatureReport>{} : only(Code::unparsable_container);
  }
  if (found.signatures.size() > kMaxSignatures) return only(Code::limit_exceeded);
  std::vector<Judged> all;
  for (const SignatureField& field : found.signatures) all.push_back(judge(file, field, trust, options));
  if (!found.good)
    for (Judged& j : all) add(j.report.reasons, Code::repaired_xref);
  conclude(bytes, all);
  std::vector<SignatureReport> out;
  for (Judged& j : all) out.push_back(std::move(j.report));
  return out;
}

VerifyReport verify_document(std::string_view bytes, const trust::TrustStore& trust, const Options& options) {
  VerifyReport out;
  out.signatures = verify_pdf(bytes, trust, options);
  out.verdict = overall(out.signatures);
  for (const SignatureReport& r : out.signatures)
    for (const Reason& one : r.reasons) add(out.reasons, one.code, one.detail);
  if (out.signatures.empty()) add(out.reasons, Code::not_signed);
  return out;
}

}  // namespace policy::pdf
