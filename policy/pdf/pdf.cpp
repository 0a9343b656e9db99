#include "policy/pdf/pdf.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "base/domain_name.hpp"
#include "policy/pdf/coverage.hpp"
#include "policy/pdf/dss.hpp"
#include "policy/pdf/fields.hpp"
#include "policy/pdf/revision.hpp"
#include "policy/smime/timestamp.hpp"
#include "policy/trust/path.hpp"

namespace policy::pdf {
namespace {

constexpr std::size_t kMaxSignatures = 32;

struct Judged {
  const SignatureField* field = nullptr;
  SignatureReport report;
  Coverage coverage;                   // segments: what is to be verified, when there is anything
  Permissions permissions;             // that this signature states
  bool stamp = false;                  // a document time-stamp
  std::optional<base::Time> existed;   // it holds: all it covers existed then
  std::size_t end() const { return coverage.end; }  // 0: it covers nothing
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

// What is the same for all signatures of a file.
struct Job {
  File& file;
  const trust::TrustStore& trust;
  const Options& options;
  trust::Evidence evidence;  // of the DSS
  bool has_evidence = false;
};

smime::CmsOptions cms_options(const Job& job, const std::optional<base::Time>& proven) {
  smime::CmsOptions c;
  c.at = job.options.at;
  c.known = job.options.known;
  c.proven = proven;
  c.revocation = job.options.revocation;
  c.evidence = &job.evidence;
  c.document = true;
  return c;
}

// ISO 32000-2 table 260. adbe.pkcs7.sha1 signs the SHA-1 of the ranges as its content.
smime::CmsResult verify_value(const Judged& j, const Job& job, const smime::CmsOptions& options, Reasons& reasons) {
  const Object* filter = j.field->value.get("SubFilter");
  if (filter && (filter->is_name("adbe.pkcs7.detached") || filter->is_name("ETSI.CAdES.detached")))
    return smime::verify_detached(j.coverage.contents, j.coverage.segments, job.trust, options);
  if (filter && filter->is_name("adbe.pkcs7.sha1")) {
    smime::CmsResult result = smime::verify_opaque(j.coverage.contents, job.trust, options);
    add(reasons, Code::weak_subfilter);
    if (result.content && *result.content != sha1_of(j.coverage.segments)) add(reasons, Code::digest_mismatch);
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
  report.signing_time_proven = s.proven;
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

Judged read(File& file, const SignatureField& field) {
  Judged out;
  out.field = &field;
  out.report.layer = Layer::pdf;
  out.report.part = field.name;
  if (!field.readable) return add(out.report.reasons, Code::signature_field_unparsable), out;
  out.coverage = read_coverage(file.bytes(), field.value);
  out.report.reasons = std::move(out.coverage.reasons);
  out.permissions = permissions_of(file, field.value, field.lock ? &*field.lock : nullptr);
  const Object* filter = field.value.get("SubFilter");
  out.stamp = filter && filter->is_name("ETSI.RFC3161");
  out.report.document_timestamp = out.stamp;
  return out;
}

void take_stamp(smime::TimeStamp&& stamp, Judged& j) {
  SignatureReport& report = j.report;
  for (Reason& r : stamp.reasons) add(report.reasons, r.code, std::move(r.detail));
  report.signer = std::move(stamp.authority);
  report.anchor_class = stamp.anchor_class;
  report.signing_time_claimed = stamp.claimed;
  report.signing_time_proven = stamp.time;
  report.wanted = std::move(stamp.wanted);
  report.used = std::move(stamp.used);
  j.existed = stamp.time;
  if (stamp.time) add(report.reasons, Code::timestamp_verified, report.signer ? report.signer->common_name : "");
}

void verify(Judged& j, const Job& job, const std::optional<base::Time>& proven) {
  if (j.coverage.segments.empty()) return;
  const smime::CmsOptions options = cms_options(job, proven);
  if (j.stamp) return take_stamp(smime::verify_timestamp(j.coverage.contents, j.coverage.segments, job.trust, options), j);
  take_cms(verify_value(j, job, options, j.report.reasons), job.options, j.report);
  if (proven && (!j.report.signing_time_proven || *proven < *j.report.signing_time_proven)) j.report.signing_time_proven = proven;
}

// A signature that came later, seen from one before it: allowed only as far as it can itself be trusted.
void take_later(const Judged& later, Reasons& reasons) {
  const Verdict v = later.report.verdict;
  if (v == Verdict::invalid || v == Verdict::spoof || v == Verdict::unsigned_)
    return add(reasons, Code::changed_after_signing, "signature " + later.report.part);
  if (later.stamp) return add(reasons, v == Verdict::indeterminate ? Code::timestamp_not_counted : Code::document_timestamp, later.report.part);
  add(reasons, v == Verdict::indeterminate ? Code::further_signature_unverified : Code::further_signature, later.report.part);
}

void compare(std::vector<Judged>& all, std::size_t at, const Permissions& permissions, Job& job) {
  Judged& j = all[at];
  Reasons& reasons = j.report.reasons;
  if (j.end() == 0 || !has_tail(job.file.bytes(), j.end())) return;
  const Changes changes = changes_after(job.file, j.end(), permissions);
  if (changes.unreadable) add(reasons, Code::revision_unreadable);
  if (!changes.forbidden.empty()) add(reasons, Code::changed_after_signing, changes.forbidden);
  if (changes.unreadable || !changes.forbidden.empty()) return;
  add(reasons, Code::covers_earlier_revision);
  if (changes.evidence) add(reasons, Code::document_evidence);
  if (changes.filled) add(reasons, Code::form_filling);
  for (const std::size_t begin : changes.new_signatures) {
    const auto later = std::find_if(all.begin() + std::ptrdiff_t(at) + 1, all.end(), [begin](const Judged& o) { return o.field->readable && o.field->value.begin == begin; });
    if (later == all.end()) add(reasons, Code::changed_after_signing, "a signature that does not cover this one");
    else take_later(*later, reasons);
  }
}

// ETSI EN 319 142-1 6: what the file holds for each level; told of signatures in its own format only.
void tell_level(Judged& j, const Job& job, bool stamped) {
  const Object* filter = j.field->value.get("SubFilter");
  if (j.stamp || !filter || !filter->is_name("ETSI.CAdES.detached")) return;
  const bool time = j.report.signing_time_proven.has_value();
  add(j.report.reasons, Code::pades_level, !time ? "B-B" : !job.has_evidence ? "B-T" : stamped ? "B-LTA" : "B-LT");
}

// From the last to the first: a later time-stamp proves when the earlier ones existed, and a later signature must be known before
// it can be called a trusted one. ISO 32000-2 12.8.2.2.1: only the first signature of a file may certify it.
void conclude(std::vector<Judged>& all, Job& job) {
  std::stable_sort(all.begin(), all.end(), [](const Judged& a, const Judged& b) { return a.end() < b.end(); });
  std::vector<Permissions> before(all.size());
  bool first = true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) before[i] = before[i - 1];
    before[i].add(all[i].permissions);
    if (all[i].end() == 0) continue;
    if (all[i].permissions.certifies) add(all[i].report.reasons, first ? Code::certified : Code::certification_misplaced, "P=" + std::to_string(all[i].permissions.level));
    first = false;
  }
  std::optional<base::Time> proven;
  for (std::size_t i = all.size(); i-- > 0;) {
    Judged& j = all[i];
    verify(j, job, proven);
    compare(all, i, before[i], job);
    tell_level(j, job, proven.has_value());
    j.report.verdict = verdict_of(j.report.reasons);
    if (j.report.verdict == Verdict::valid) add(j.report.reasons, Code::verified);
    if (j.stamp && j.report.verdict == Verdict::valid && j.existed) proven = proven ? std::min(*proven, *j.existed) : *j.existed;
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
  for (const SignatureField& field : found.signatures) all.push_back(read(file, field));
  if (!found.good)
    for (Judged& j : all) add(j.report.reasons, Code::repaired_xref);
  Job job{file, trust, options, {}, false};
  job.has_evidence = read_dss(file, job.evidence);
  conclude(all, job);
  // A time-stamp of an authority that nobody here knows says nothing, good or bad; the signatures before it tell so.
  const bool signers = std::any_of(all.begin(), all.end(), [](const Judged& j) { return !j.stamp; });
  std::vector<SignatureReport> out;
  for (Judged& j : all)
    if (!(signers && j.stamp && j.report.verdict == Verdict::indeterminate)) out.push_back(std::move(j.report));
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
