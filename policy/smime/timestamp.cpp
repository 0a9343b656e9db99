#include "policy/smime/timestamp.hpp"

#include <openssl/ts.h>

#include <algorithm>

#include "base/handle.hpp"
#include "policy/smime/signer_check.hpp"
#include "policy/trust/store_impl.hpp"

namespace policy::smime {
namespace {

using namespace std::chrono_literals;
using TstInfo = base::Handle<TS_TST_INFO, TS_TST_INFO_free>;
constexpr auto kClockSkew = 5min;  // an honest authority's clock may be ahead of ours

// DER alone: what stands behind the value would be signed but not read.
TstInfo read_info(const std::string& bytes) {
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* end = p + bytes.size();
  TstInfo info(d2i_TS_TST_INFO(nullptr, &p, long(bytes.size())));
  return info && p == end && TS_TST_INFO_get_version(info.get()) == 1 ? std::move(info) : TstInfo();
}

// The latest moment that the token may mean (RFC 3161 2.4.2: accuracy).
std::chrono::milliseconds accuracy(TS_TST_INFO* info) {
  const TS_ACCURACY* a = TS_TST_INFO_get_accuracy(info);
  if (a == nullptr) return {};
  const auto value = [](const ASN1_INTEGER* n) { return n ? std::clamp<long>(ASN1_INTEGER_get(n), 0, 1000000) : 0L; };
  return std::chrono::seconds(value(TS_ACCURACY_get_seconds(a))) + std::chrono::milliseconds(value(TS_ACCURACY_get_millis(a))) +
         std::chrono::ceil<std::chrono::milliseconds>(std::chrono::microseconds(value(TS_ACCURACY_get_micros(a))));
}

void check_imprint(TS_TST_INFO* info, const std::vector<std::string_view>& stamped, const trust::AlgorithmFloor& floor, Reasons& reasons) {
  TS_MSG_IMPRINT* imprint = TS_TST_INFO_get_msg_imprint(info);
  const ASN1_OBJECT* oid = nullptr;
  X509_ALGOR_get0(&oid, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
  const EVP_MD* md = EVP_get_digestbyobj(oid);
  if (md == nullptr) return add(reasons, Code::unsupported_algorithm, "imprint");
  check_digest_strength(md, floor, reasons);
  const std::string made = ContentDigests(stamped).of(md);
  if (made.empty()) return add(reasons, Code::unsupported_algorithm, EVP_MD_get0_name(md));
  if (made != trust::bytes_of(TS_MSG_IMPRINT_get_msg(imprint))) add(reasons, Code::digest_mismatch);
}

bool unknown_critical(TS_TST_INFO* info) {
  for (int i = 0; i < TS_TST_INFO_get_ext_count(info); ++i)
    if (X509_EXTENSION_get_critical(TS_TST_INFO_get_ext(info, i)) == 1) return true;
  return false;
}

// The authority's certificate must also have been good when it made the token, not only when that is judged.
void check_authority_time(const SignerInfo& authority, base::Time time, Reasons& reasons) {
  if (!authority.not_before || time < *authority.not_before) add(reasons, Code::not_yet_valid);
  if (!authority.not_after || time > *authority.not_after) add(reasons, Code::expired);
}

void judge_authority(CmsResult&& cms, TimeStamp& out) {
  for (Reason& r : cms.reasons) add(out.reasons, r.code, std::move(r.detail));
  if (cms.signers.size() != 1) return add(out.reasons, Code::several_signers);  // RFC 3161 2.4.2: the authority's alone
  CmsSigner& s = cms.signers.front();
  for (Reason& r : s.reasons) add(out.reasons, r.code, std::move(r.detail));
  if (s.anchor) out.anchor_class = s.anchor->anchor_class;
  out.wanted = std::move(s.wanted);
  out.used = std::move(s.used);
  if (s.signer) check_authority_time(*s.signer, *out.claimed, out.reasons);
  out.authority = std::move(s.signer);
}

// RFC 3161 2.4.2: the signing certificate must be named among the signed attributes (RFC 5816: either version).
bool names_signer(const CmsShape& shape) {
  return std::all_of(shape.signers.begin(), shape.signers.end(), [](const RawSigner& s) {
    return attribute(s, oid_signing_certificate()) || attribute(s, oid_signing_certificate_v2());
  });
}

}  // namespace

TimeStamp verify_timestamp(std::string_view token, const std::vector<std::string_view>& stamped, const trust::TrustStore& trust,
                           const CmsOptions& options) {
  TimeStamp out;
  const CmsShape shape = read_shape(token);
  if (shape.kind == CmsKind::too_large) return add(out.reasons, Code::limit_exceeded), out;
  const auto content = shape.content ? octets(*shape.content) : std::nullopt;
  if (shape.kind != CmsKind::signed_data || shape.content_type != oid_timestamp_info() || !content)
    return add(out.reasons, Code::malformed_cms, "no time-stamp token"), out;
  const TstInfo info = read_info(*content);
  if (info) out.claimed = trust::time_of(TS_TST_INFO_get_time(info.get()));
  trust::clear_errors();
  if (!out.claimed || unknown_critical(info.get())) return add(out.reasons, Code::malformed_cms, "TSTInfo"), out;
  if (!names_signer(shape)) add(out.reasons, Code::signing_certificate_mismatch, "ESSCertID");
  const base::Time latest = std::min(options.at, options.proven.value_or(options.at));
  check_imprint(info.get(), stamped, trust::floor_at(trust.impl().floors, latest), out.reasons);
  CmsOptions token_options = options;
  token_options.stamped = out.claimed;
  judge_authority(verify_opaque(token, trust, token_options), out);
  if (*out.claimed > latest + kClockSkew) add(out.reasons, Code::not_yet_valid, base::rfc3339(*out.claimed));
  if (verdict_of(out.reasons) == Verdict::valid) out.time = std::min(*out.claimed + accuracy(info.get()), latest);
  return out;
}

}  // namespace policy::smime
