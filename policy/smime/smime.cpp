#include "policy/smime/smime.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/domain_name.hpp"
#include "base/encoding.hpp"
#include "mime/decode.hpp"
#include "mime/header.hpp"
#include "policy/smime/cms.hpp"
#include "policy/smime/mailbox.hpp"
#include "policy/trust/path.hpp"

namespace policy::smime {
namespace {

using mime::Part;
using mime::Structure;

bool is_pkcs7(const Part& p, std::string_view kind) {  // "mime" or "signature"
  return p.type == "application" && (p.subtype == "pkcs7-" + std::string(kind) || p.subtype == "x-pkcs7-" + std::string(kind));
}
bool is_multipart_signed(const Part& p) { return p.is_multipart() && p.subtype == "signed"; }

enum class Protocol : unsigned char { pkcs7, openpgp, other };
Protocol protocol_of(const Part& p) {
  const std::string value = base::lower_ascii(base::trim(mime::param(p.params, "protocol")));
  if (value == "application/pkcs7-signature" || value == "application/x-pkcs7-signature") return Protocol::pkcs7;
  return value == "application/pgp-signature" ? Protocol::openpgp : Protocol::other;
}

// RFC 2045 6.8 tells readers to skip what is not in the alphabet; a signature is judged only if both readings agree.
std::optional<std::string> transfer_decoded(const Part& p, std::string_view content) {
  const std::string_view body = p.body.of(content);
  if (p.encoding != "base64") return mime::decode(body, mime::encoding_of(p.encoding));
  std::string packed;
  packed.reserve(body.size());
  std::copy_if(body.begin(), body.end(), std::back_inserter(packed), [](char c) { return c != '\r' && c != '\n' && c != ' ' && c != '\t'; });
  auto decoded = base::base64_decode(packed);
  return decoded ? std::optional(std::move(*decoded)) : std::nullopt;
}

std::vector<const Part*> children(const Structure& s, const Part& p) {
  std::vector<const Part*> out;
  for (std::uint32_t i = p.first_child; i != mime::kNoPart; i = s.parts[i].next_sibling) out.push_back(&s.parts[i]);
  return out;
}

CmsOptions cms_options(const Options& o) {
  CmsOptions c;
  c.at = o.at;
  c.revocation = o.revocation;
  return c;
}

SignatureReport to_report(CmsSigner&& s) {
  SignatureReport r;
  r.signer = std::move(s.signer);
  r.signing_time_claimed = s.signing_time;
  r.signing_time_proven = s.proven;
  r.reasons = std::move(s.reasons);
  if (s.anchor) r.anchor_class = s.anchor->anchor_class;
  return r;
}

bool names_sender(const CmsSigner& s, const From& from) {
  return s.signer && std::any_of(s.signer->emails.begin(), s.signer->emails.end(), [&](const std::string& a) { return same_mailbox(from, a); });
}

// Without a single certificate nothing says who signed: that is missing data, not somebody else's name.
bool nobody_known(const std::vector<CmsSigner>& signers) {
  return std::none_of(signers.begin(), signers.end(), [](const CmsSigner& s) { return s.signer.has_value(); });
}

// The domains a certificate speaks for besides From's: a co-signer's anchor must be entitled too.
bool anchor_entitled(const CmsSigner& s, const std::vector<std::string>& site_domains) {
  if (!s.anchor || !s.signer) return true;  // no anchor: the path says so already
  return std::all_of(s.signer->emails.begin(), s.signer->emails.end(), [&](const std::string& mail) {
    const auto domain = base::canonical_domain(std::string_view(mail).substr(mail.rfind('@') + 1));
    return !domain || trust::may_vouch_for_domain(*s.anchor, *domain, site_domains);
  });
}

void judge_from(const From& from, bool matched, Reasons& reasons) {
  switch (from.kind) {
    case FromKind::several: return add(reasons, Code::from_several);
    case FromKind::missing:
    case FromKind::unreadable: return add(reasons, Code::from_missing);
    case FromKind::one: break;
  }
  if (!matched) add(reasons, Code::from_mismatch, from.local + "@" + from.domain);
  if (from.name_has_address) add(reasons, Code::display_name_address);
}

void judge_identity(const From& from, const std::vector<std::string>& site_domains, CmsResult& cms, Reasons& message) {
  const bool matched = std::any_of(cms.signers.begin(), cms.signers.end(), [&](const CmsSigner& s) { return names_sender(s, from); });
  judge_from(from, matched || nobody_known(cms.signers), message);
  for (CmsSigner& s : cms.signers) {
    if (s.names_unusable) add(s.reasons, Code::name_unusable);
    else if (s.signer && s.signer->emails.empty()) add(s.reasons, Code::certificate_without_address);
    else if (!anchor_entitled(s, site_domains)) add(s.reasons, Code::anchor_not_allowed, s.signer->anchor);
    if (!s.signer || names_sender(s, from)) continue;
    if (matched) add(s.reasons, Code::signer_not_sender);
    else add(s.reasons, Code::from_mismatch);
  }
}

void conclude(CmsResult&& cms, VerifyReport& out) {
  for (Reason& r : cms.reasons) add(out.reasons, r.code, std::move(r.detail));
  for (CmsSigner& s : cms.signers) {
    SignatureReport r = to_report(std::move(s));
    Reasons whole = r.reasons;  // what is wrong with the CMS or with From is wrong with each of its signatures
    for (const Reason& m : out.reasons)
      if (verdict_of(m.code) != Verdict::valid) add(whole, m.code, m.detail);
    r.verdict = verdict_of(whole);
    if (r.verdict == Verdict::valid) add(whole, Code::verified);
    r.reasons = std::move(whole);
    out.signatures.push_back(std::move(r));
  }
  out.verdict = verdict_of(out.reasons);
  for (const SignatureReport& r : out.signatures) {
    out.verdict = worse(out.verdict, r.verdict);
    for (const Reason& one : r.reasons) add(out.reasons, one.code, one.detail);
  }
}

// A header of the message that is inside the signature (RFC 8551 3.1 message/rfc822 wrap) must name the same sender.
void judge_wrapped(std::string_view signed_entity, const std::vector<CmsSigner>& signers, Reasons& reasons) {
  const Structure s = mime::scan(signed_entity);
  const auto inner = children(s, s.root());
  if (!s.root().is_message() || inner.empty()) return add(reasons, Code::headers_unprotected);
  const From from = read_from(inner.front()->header.of(signed_entity));
  const bool matched = std::any_of(signers.begin(), signers.end(), [&](const CmsSigner& one) { return names_sender(one, from); });
  judge_from(from, matched || nobody_known(signers), reasons);
}

void finish_signed(CmsResult&& cms, std::string_view entity, std::string_view root_header, const Options& options, VerifyReport& out) {
  if (!cms.signers.empty()) {
    judge_identity(read_from(root_header), options.site_domains, cms, out.reasons);
    judge_wrapped(entity, cms.signers, out.reasons);
    if (mime::count(root_header, "Content-Type") > 1) add(out.reasons, Code::malformed_multipart_signed, "Content-Type");
  }
  conclude(std::move(cms), out);
}

SmimeResult verdict_only(Code code) {
  SmimeResult out;
  add(out.report.reasons, code);
  out.report.verdict = verdict_of(code);
  return out;
}

SmimeResult verify_multipart(std::string_view content, const Structure& s, const trust::TrustStore& trust, const Options& options) {
  const auto parts = children(s, s.root());
  const bool looks_pkcs7 = std::any_of(parts.begin(), parts.end(), [](const Part* p) { return is_pkcs7(*p, "signature"); });
  const Protocol protocol = protocol_of(s.root());
  if (protocol != Protocol::pkcs7) {
    if (looks_pkcs7 || protocol == Protocol::other) return verdict_only(Code::malformed_multipart_signed);
    return verdict_only(Code::openpgp_not_judged);
  }
  // RFC 1847 2.1: exactly two parts, the second one the signature.
  if (parts.size() != 2 || !is_pkcs7(*parts[1], "signature") || has(s.defects, mime::Defect::unterminated))
    return verdict_only(Code::malformed_multipart_signed);
  const auto cms = transfer_decoded(*parts[1], content);
  if (!cms) return verdict_only(Code::malformed_cms);
  SmimeResult out;
  const std::string_view entity = parts[0]->whole().of(content);
  finish_signed(verify_detached(*cms, {entity}, trust, cms_options(options)), entity, s.root().header.of(content), options, out.report);
  return out;
}

SmimeResult verify_pkcs7_mime(std::string_view content, const Structure& s, const trust::TrustStore& trust, const Options& options) {
  const auto cms = transfer_decoded(s.root(), content);
  if (!cms) return verdict_only(Code::malformed_cms);
  SmimeResult out;
  CmsResult result = verify_opaque(*cms, trust, cms_options(options));  // dispatches on the CMS itself, not on smime-type
  out.opaque = std::move(result.content);
  const std::string entity = out.opaque.value_or("");
  finish_signed(std::move(result), entity, s.root().header.of(content), options, out.report);
  return out;
}

// Signed parts below an unsigned root lend it nothing (ATTACKS S4); inside an attached message they are that message's.
Code find_inner(const Structure& s) {
  Code found = Code::not_signed;
  for (const Part& p : s.parts) {
    if (!is_multipart_signed(p) && !is_pkcs7(p, "mime") && !is_pkcs7(p, "signature")) continue;
    if (is_multipart_signed(p) && protocol_of(p) == Protocol::openpgp) continue;
    bool attached = false;
    for (std::uint32_t up = p.parent; up != mime::kNoPart; up = s.parts[up].parent) attached = attached || s.parts[up].is_message();
    if (!attached) return Code::partially_signed;
    found = Code::signed_attachment_only;
  }
  return found;
}

std::optional<std::string> der_of(std::string_view bytes) {
  if (base::trim(bytes).substr(0, 5) != "-----") return std::string(bytes);
  const std::size_t begin = bytes.find('\n'), end = bytes.rfind("-----END");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return std::nullopt;
  std::string packed;
  for (const char c : bytes.substr(begin, end - begin))
    if (c != '\r' && c != '\n' && c != ' ') packed.push_back(c);
  auto der = base::base64_decode(packed);
  return der ? std::optional(std::move(*der)) : std::nullopt;
}

}  // namespace

SmimeResult verify_message(std::string_view content, const Structure& structure, const trust::TrustStore& trust, const Options& options) {
  const Part& root = structure.root();
  if (is_multipart_signed(root)) return verify_multipart(content, structure, trust, options);
  if (is_pkcs7(root, "mime") || is_pkcs7(root, "signature")) return verify_pkcs7_mime(content, structure, trust, options);
  return verdict_only(find_inner(structure));
}

SmimeResult verify_cms_file(std::string_view bytes, const trust::TrustStore& trust, const Options& options) {
  const auto der = der_of(bytes);
  if (!der) return verdict_only(Code::malformed_cms);
  SmimeResult out;
  CmsResult result = verify_opaque(*der, trust, cms_options(options));
  out.opaque = std::move(result.content);
  for (CmsSigner& s : result.signers)
    if (s.names_unusable) add(s.reasons, Code::name_unusable);
  conclude(std::move(result), out.report);
  return out;
}

}  // namespace policy::smime
