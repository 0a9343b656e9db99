#include "policy/smime/cms_shape.hpp"

namespace policy::smime {
namespace {

using namespace std::string_view_literals;
constexpr std::string_view kPkcs7 = "\x2a\x86\x48\x86\xf7\x0d\x01\x07"sv;          // 1.2.840.113549.1.7
constexpr std::string_view kAuthEnveloped = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"sv;

CmsKind kind_of_type(std::string_view oid) {
  if (oid == kAuthEnveloped) return CmsKind::encrypted;
  if (oid.size() != 9 || oid.substr(0, 8) != kPkcs7) return CmsKind::other;
  if (oid[8] == 2) return CmsKind::signed_data;
  return oid[8] == 3 || oid[8] == 4 || oid[8] == 6 ? CmsKind::encrypted : CmsKind::other;  // enveloped, signedAndEnveloped, encrypted
}

std::size_t count_values(std::string_view in) {
  std::size_t n = 0;
  while (!in.empty() && take(in)) ++n;
  return n;
}

bool read_attributes(std::string_view in, std::vector<RawAttribute>& out) {  // SET OF SEQUENCE { OID, SET OF value }
  while (!in.empty()) {
    const auto one = take(in, kSequence);
    if (!one) return false;
    std::string_view body = one->content;
    const auto oid = take(body, kOid);
    const auto values = take(body, kSet);
    if (!oid || !values || !body.empty()) return false;
    RawAttribute a{oid->content, count_values(values->content), {}, values->content};
    std::string_view inner = values->content;
    if (const auto v = take(inner)) a.value = v->whole;
    out.push_back(a);
  }
  return true;
}

bool read_signer(std::string_view in, RawSigner& out) {
  const auto version = take(in, kInteger);
  const auto sid = take(in);  // IssuerAndSerialNumber or [0] SubjectKeyIdentifier
  const auto digest = take(in, kSequence);
  const auto attributes = take(in, kContext0);
  const auto algorithm = take(in, kSequence);
  const auto value = take(in, kOctets);
  if (!version || !sid || !digest || !algorithm || !value) return false;
  const auto unsigned_attributes = take(in, kContext1);
  if (!in.empty() || (unsigned_attributes && !read_attributes(unsigned_attributes->content, out.unsigned_attributes))) return false;
  out.digest_algorithm = digest->content;
  out.signature_algorithm = algorithm->content;
  out.signature = value->content;
  if (!attributes) return true;
  out.signed_attributes = attributes->whole;
  return read_attributes(attributes->content, out.attributes);
}

bool read_encapsulated(std::string_view in, CmsShape& out) {
  const auto type = take(in, kOid);
  if (!type) return false;
  out.content_type = type->content;
  if (in.empty()) return true;
  const auto wrapper = take(in, kContext0);
  if (!wrapper || !in.empty()) return false;
  std::string_view inner = wrapper->content;
  out.content = take(inner);
  return out.content && inner.empty();
}

bool read_signed_data(std::string_view in, CmsShape& out) {
  const auto version = take(in, kInteger);
  const auto digests = take(in, kSet);
  const auto encapsulated = take(in, kSequence);
  if (!version || !digests || !encapsulated || !read_encapsulated(encapsulated->content, out)) return false;
  if (const auto certificates = take(in, kContext0)) out.certificates = count_values(certificates->content);
  if (const auto revocation = take(in, kContext1)) out.revocation = revocation->content;
  const auto signers = take(in, kSet);
  if (!signers || !in.empty()) return false;
  for (std::string_view rest = signers->content; !rest.empty();) {
    const auto one = take(rest, kSequence);
    if (!one || !read_signer(one->content, out.signers.emplace_back())) return false;
  }
  return true;
}

}  // namespace

CmsShape read_shape(std::string_view cms) {
  CmsShape out;
  const BerCheck checked = check_ber(cms, out.used);
  if (checked != BerCheck::ok) {
    out.kind = checked == BerCheck::too_large ? CmsKind::too_large : CmsKind::malformed;
    return out;
  }
  const auto info = take(cms, kSequence);
  if (!info) return out;
  std::string_view body = info->content;
  const auto type = take(body, kOid);
  const auto wrapper = take(body, kContext0);
  if (!type || !wrapper || !body.empty()) return out;
  const CmsKind kind = kind_of_type(type->content);
  std::string_view inner = wrapper->content;
  if (kind == CmsKind::signed_data) {
    const auto data = take(inner, kSequence);
    if (!data || !inner.empty() || !read_signed_data(data->content, out)) return out;
  }
  out.kind = kind;
  return out;
}

std::string_view oid_data() { return "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"sv; }
std::string_view oid_content_type() { return "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"sv; }
std::string_view oid_message_digest() { return "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"sv; }
std::string_view oid_signing_time() { return "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"sv; }
std::string_view oid_signing_certificate() { return "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c"sv; }
std::string_view oid_signing_certificate_v2() { return "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f"sv; }
std::string_view oid_timestamp_token() { return "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e"sv; }
std::string_view oid_timestamp_info() { return "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04"sv; }
std::string_view oid_algorithm_protection() { return "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x34"sv; }

}  // namespace policy::smime
