#include "policy/smime/signature_file.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "policy/smime/cms.hpp"
#include "policy/trust/path.hpp"

namespace policy::smime {
namespace {

std::optional<std::string> unpacked(std::string_view lines) {
  std::string packed;
  std::copy_if(lines.begin(), lines.end(), std::back_inserter(packed), [](char c) { return c != '\r' && c != '\n' && c != ' ' && c != '\t'; });
  auto der = base::base64_decode(packed);
  return der && !der->empty() ? std::optional(std::move(*der)) : std::nullopt;
}

// DER, PEM (RFC 7468), or base64 without its lines, as some signing tools save it. Nothing when it is none of these.
std::optional<std::string> der_in(std::string_view bytes) {
  if (bytes.starts_with('\x30')) return std::string(bytes);
  const std::string_view text = base::trim(bytes);
  if (!text.starts_with("-----")) return text.starts_with('M') ? unpacked(text) : std::nullopt;  // 0x30 begins with M in base64
  const std::size_t begin = text.find('\n'), end = text.rfind("-----END");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return std::nullopt;
  return unpacked(text.substr(begin, end - begin));
}

// RFC 9580 4.2, 6.2: an armoured signature, or a packet of type 2 in either format.
bool is_openpgp(std::string_view bytes) {
  if (base::trim(bytes).starts_with("-----BEGIN PGP ")) return true;
  const auto first = bytes.empty() ? 0u : unsigned(static_cast<unsigned char>(bytes.front()));
  return first == 0xc2 || (first & 0xfcu) == 0x88u;
}

CmsOptions file_options(const Options& o) {
  CmsOptions c;
  c.at = o.at;
  c.known = o.known;
  c.revocation = o.revocation;
  c.document = true;
  return c;
}

SignatureReport signer_report(CmsSigner&& s, const Reasons& whole, const Options& options) {
  SignatureReport r;
  r.reasons = std::move(s.reasons);
  if (s.names_unusable) add(r.reasons, Code::name_unusable);
  if (s.anchor) {
    r.anchor_class = s.anchor->anchor_class;
    const bool entitled = !s.signer || trust::may_sign_documents(*s.anchor, *s.signer, options.site_domains, options.site_agencies);
    if (!entitled) add(r.reasons, Code::anchor_not_allowed, s.signer->anchor);
  }
  for (const Reason& one : whole) add(r.reasons, one.code, one.detail);
  r.signer = std::move(s.signer);
  r.signing_time_claimed = s.signing_time;
  r.signing_time_proven = s.proven;
  r.wanted = std::move(s.wanted);
  r.used = std::move(s.used);
  r.verdict = verdict_of(r.reasons);
  if (r.verdict == Verdict::valid) add(r.reasons, Code::verified);
  return r;
}

VerifyReport conclude(CmsResult&& cms, const Options& options) {
  VerifyReport out;
  if (cms.signers.empty() && verdict_of(cms.reasons) == Verdict::valid) add(cms.reasons, Code::malformed_cms, "nobody signed");
  for (CmsSigner& s : cms.signers) out.signatures.push_back(signer_report(std::move(s), cms.reasons, options));
  out.reasons = std::move(cms.reasons);
  if (out.signatures.empty() && verdict_of(out.reasons) != Verdict::unsigned_) {
    SignatureReport& r = out.signatures.emplace_back();
    r.reasons = out.reasons;
    r.verdict = verdict_of(r.reasons);
  }
  out.verdict = out.signatures.empty() ? verdict_of(out.reasons) : overall(out.signatures);
  for (const SignatureReport& one : out.signatures)
    for (const Reason& reason : one.reasons) add(out.reasons, reason.code, reason.detail);
  return out;
}

CmsResult judge_file(std::string_view der, const std::optional<std::string_view>& beside, const trust::TrustStore& trust, const Options& options) {
  const CmsShape shape = read_shape(der);
  CmsOptions how = file_options(options);
  CmsResult out;
  out.kind = shape.kind;
  // The padding that a PDF needs has no place in a file.
  if (shape.kind == CmsKind::signed_data && shape.used != der.size()) return add(out.reasons, Code::malformed_cms, "bytes behind it"), out;
  if (shape.kind != CmsKind::signed_data || shape.content || shape.signers.empty()) {
    out = verify_opaque(der, trust, how);
    if (beside && out.content && *out.content != *beside) add(out.reasons, Code::signed_file_differs);
    return out;
  }
  if (beside) return verify_detached(der, {*beside}, trust, how);
  add(out.reasons, Code::signed_file_missing);
  return out;
}

}  // namespace

SignatureFile verify_signature_file(std::string_view bytes, const std::optional<std::string_view>& beside, SignatureForm form,
                                    const trust::TrustStore& trust, const Options& options) {
  SignatureFile out;
  CmsResult cms;
  if (is_openpgp(bytes)) add(cms.reasons, Code::openpgp_not_judged);
  else if (const auto der = der_in(bytes)) cms = judge_file(*der, beside, trust, options);
  else add(cms.reasons, form == SignatureForm::cms ? Code::malformed_cms : Code::unparsable_container);
  out.content = std::move(cms.content);
  out.report = conclude(std::move(cms), options);
  return out;
}

}  // namespace policy::smime
