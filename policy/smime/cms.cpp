#include "policy/smime/cms.hpp"

#include <algorithm>

#include "policy/smime/revocation_values.hpp"
#include "policy/smime/signer_check.hpp"
#include "policy/smime/timestamp.hpp"
#include "policy/trust/path.hpp"

namespace policy::smime {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t kMaxTimestamps = 4;  // of one signature
using Cms = base::Handle<CMS_ContentInfo, CMS_ContentInfo_free>;

// Zero bytes pad the /Contents of a PDF; anywhere else nothing may follow the value.
bool tail_allowed(std::string_view tail, bool document) {
  return tail.empty() || (document && std::all_of(tail.begin(), tail.end(), [](char c) { return c == 0; }));
}

bool within_limits(std::string_view cms, const CmsShape& shape, const CmsOptions& options) {
  const std::size_t content = shape.content ? shape.content->whole.size() : 0;
  return shape.kind != CmsKind::too_large && cms.size() - content <= options.max_bytes &&
         shape.certificates <= options.max_certificates && shape.signers.size() <= options.max_signers;
}

// DOMAIN 3.2: some signing tools write Vietnam time and mark it UTC, so the claim lies 7 hours in the future.
bool shifted_by_seven_hours(const std::optional<base::Time>& claimed, base::Time at) {
  return claimed && *claimed - at > 6h + 45min && *claimed - at < 7h + 15min;
}

template <class T>
void merge_into(std::vector<T>& out, const std::vector<T>& more) {
  for (const T& one : more)
    if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(one);
}

// The time-stamps of one signature (RFC 3161 appendix A: over the signature value). The earliest one that holds counts; one that
// does not is told and changes nothing, for anybody can add or damage an unsigned attribute.
void judge_timestamps(const RawSigner& raw, const trust::TrustStore& trust, const CmsOptions& options, CmsSigner& out) {
  std::size_t seen = 0;
  for (const RawAttribute& a : raw.unsigned_attributes) {
    if (a.oid != oid_timestamp_token()) continue;
    for (std::string_view rest = a.all; !rest.empty() && seen < kMaxTimestamps; ++seen) {
      const auto token = take(rest);
      const TimeStamp found = verify_timestamp(token ? token->whole : rest, {raw.signature}, trust, options);
      merge_into(out.wanted, found.wanted);
      if (found.time) {
        merge_into(out.used, found.used);
        out.proven = out.proven ? std::min(*out.proven, *found.time) : *found.time;
        add(out.reasons, Code::timestamp_verified, found.authority->common_name);
      } else {
        const auto bad = std::find_if(found.reasons.begin(), found.reasons.end(), [](const Reason& r) { return verdict_of(r.code) != Verdict::valid; });
        add(out.reasons, Code::timestamp_not_counted, std::string(bad == found.reasons.end() ? "" : name(bad->code)));
      }
      if (!token) break;
    }
  }
}

trust::PathOptions path_options(const CmsOptions& options, const CmsSigner& signer) {
  trust::PathOptions path;
  path.at = options.at;
  for (const auto& proven : {options.proven, signer.proven})
    if (proven) path.at = std::min(path.at, *proven);
  path.now = options.known.value_or(options.at);
  path.revocation = options.revocation;
  path.purpose = options.stamped ? trust::Purpose::timestamp : options.document ? trust::Purpose::document : trust::Purpose::mail;
  path.stamped = options.stamped;
  return path;
}

// What came with the signature: hints and evidence, never trust.
struct Brought {
  trust::CertStack certificates;
  trust::Evidence evidence;  // for all signers
};

void judge_signer(CMS_SignerInfo* si, const RawSigner& raw, const CmsShape& shape, const Brought& brought, ContentDigests& digests,
                  const trust::TrustStore& trust, const CmsOptions& options, CmsSigner& out) {
  X509* cert = nullptr;
  X509_ALGOR* digest = nullptr;
  CMS_SignerInfo_get0_algs(si, nullptr, &cert, &digest, nullptr);
  out.signing_time = signing_time(raw);
  if (!options.stamped) judge_timestamps(raw, trust, options, out);
  trust::PathOptions path = path_options(options, out);
  trust::Evidence evidence;
  evidence.add(brought.evidence);
  collect_revocation(raw, evidence);
  path.evidence = &evidence;
  if (shifted_by_seven_hours(out.signing_time, path.at)) add(out.reasons, Code::signing_time_shifted);
  if (cert == nullptr) return add(out.reasons, Code::signer_certificate_missing);
  out.signer = trust::describe(cert);
  out.names_unusable = trust::addresses(cert).unusable || !trust::unusable_name(trust, cert).empty();
  const trust::AlgorithmFloor& floor = trust::floor_at(trust.impl().floors, path.at);
  trust::check_key(cert, out.reasons, floor);
  if (has(out.reasons, Code::limit_exceeded)) return;  // no arithmetic with a giant key
  const ASN1_OBJECT* oid = nullptr;
  X509_ALGOR_get0(&oid, nullptr, nullptr, digest);
  const EVP_MD* md = EVP_get_digestbyobj(oid);
  if (md == nullptr) return add(out.reasons, Code::unsupported_algorithm, "digest");
  check_digest_strength(md, floor, out.reasons);
  if (check_attributes(raw, shape.content_type, out.reasons)) {
    check_digest(raw, md, digests, out.reasons);
    check_value(si, raw, cert, md, floor, out.reasons);
    check_protections(raw, cert, out.reasons);
  }
  trust::PathResult found = trust::check_path(trust, cert, brought.certificates.get(), path);
  for (Reason& r : found.reasons) add(out.reasons, r.code, std::move(r.detail));
  merge_into(out.wanted, found.wanted);
  merge_into(out.used, found.used);
  if (found.anchor) {
    out.anchor = found.anchor->info;
    out.signer->anchor = found.anchor->info.well_known.empty() ? found.anchor->info.certificate.common_name : found.anchor->info.well_known;
  }
}

void judge_all(std::string_view cms, const CmsShape& shape, const std::vector<std::string_view>& segments,
               const trust::TrustStore& trust, const CmsOptions& options, CmsResult& out) {
  const auto* p = reinterpret_cast<const unsigned char*>(cms.data());
  const Cms parsed(d2i_CMS_ContentInfo(nullptr, &p, long(shape.used)));
  STACK_OF(CMS_SignerInfo)* infos = parsed ? CMS_get0_SignerInfos(parsed.get()) : nullptr;
  if (!infos || std::size_t(sk_CMS_SignerInfo_num(infos)) != shape.signers.size()) return add(out.reasons, Code::malformed_cms);
  Brought brought{trust::CertStack(CMS_get1_certs(parsed.get())), {}};
  if (options.evidence) brought.evidence.add(*options.evidence);
  if (!brought.certificates) brought.certificates.reset(sk_X509_new_null());
  for (const trust::Cert& c : brought.evidence.certificates())
    if (X509_up_ref(c.get()) == 1 && sk_X509_push(brought.certificates.get(), c.get()) == 0) X509_free(c.get());
  collect_revocation(shape, brought.evidence);
  const trust::CertList known(sk_X509_new_null());  // a signature without certificates may be of somebody the site knows
  for (const trust::Cert& c : trust.impl().intermediates) sk_X509_push(known.get(), c.get());
  CMS_set1_signers_certs(parsed.get(), known.get(), 0);
  ContentDigests digests(segments);
  for (int i = 0; i < sk_CMS_SignerInfo_num(infos); ++i)
    judge_signer(sk_CMS_SignerInfo_value(infos, i), shape.signers[std::size_t(i)], shape, brought, digests, trust, options,
                 out.signers.emplace_back());
}

// True when there is something left to judge.
bool admit(std::string_view cms, const CmsShape& shape, const CmsOptions& options, CmsResult& out) {
  out.kind = shape.kind;
  if (!within_limits(cms, shape, options)) return add(out.reasons, Code::limit_exceeded), false;
  if (shape.kind == CmsKind::malformed || !tail_allowed(cms.substr(shape.used), options.document))
    return add(out.reasons, Code::malformed_cms), false;
  if (shape.kind == CmsKind::encrypted) return add(out.reasons, Code::encrypted), false;
  if (shape.kind == CmsKind::other) return add(out.reasons, Code::not_signed), false;
  if (shape.signers.empty()) return add(out.reasons, Code::certificates_only), false;
  // RFC 8551 2.4.2, ISO 32000-2 12.8.3.3: what is signed is data; any other type would be read as something else elsewhere.
  if (!options.stamped && shape.content_type != oid_data()) add(out.reasons, Code::unparsable_container, "content type");
  return true;
}

}  // namespace

CmsResult verify_detached(std::string_view cms, const std::vector<std::string_view>& segments, const trust::TrustStore& trust,
                          const CmsOptions& options) {
  CmsResult out;
  const CmsShape shape = read_shape(cms);
  if (!admit(cms, shape, options, out)) return out;
  if (shape.content) add(out.reasons, Code::content_in_detached);
  judge_all(cms, shape, segments, trust, options, out);
  trust::clear_errors();
  return out;
}

CmsResult verify_opaque(std::string_view cms, const trust::TrustStore& trust, const CmsOptions& options) {
  CmsResult out;
  const CmsShape shape = read_shape(cms);
  if (!admit(cms, shape, options, out)) return out;
  if (shape.content) out.content = octets(*shape.content);
  if (!out.content) return add(out.reasons, Code::malformed_cms, "no content"), out;
  const std::vector<std::string_view> segments{*out.content};
  judge_all(cms, shape, segments, trust, options, out);
  trust::clear_errors();
  return out;
}

}  // namespace policy::smime
