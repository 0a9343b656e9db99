#include "policy/receipt/timestamp_request.hpp"

#include <openssl/cms.h>
#include <openssl/ts.h>

#include "base/crypto.hpp"
#include "policy/smime/cms_shape.hpp"
#include "policy/trust/openssl.hpp"

namespace policy::receipt {
namespace {

using base::Errc;
using base::fail;
using TimestampResponse = base::Handle<TS_RESP, TS_RESP_free>;
using SignedReceipt = base::Handle<CMS_ContentInfo, CMS_ContentInfo_free>;

std::string value_of(unsigned tag, std::string_view content) { return std::string{char(tag), char(content.size())}.append(content); }  // below 128 bytes

// RFC 3161 2.4.2: the bytes of the token as they stand in the answer, behind PKIStatusInfo.
std::string_view token_in(std::string_view answer) {
  const auto whole = smime::take(answer, smime::kSequence);
  if (!whole) return {};
  std::string_view rest = whole->content;
  if (!smime::take(rest, smime::kSequence)) return {};
  const auto token = smime::take(rest, smime::kSequence);
  return token ? token->whole : std::string_view{};
}

base::Result<void> check(TS_RESP* answer, const TimestampRequest& request) {
  const long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(answer)));
  if (status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS)
    return fail(Errc::denied, "the time-stamping authority refused with status " + std::to_string(status));
  TS_TST_INFO* info = TS_RESP_get_tst_info(answer);
  if (!info) return fail(Errc::invalid, "the time-stamping authority's answer has no token");
  if (trust::bytes_of(TS_MSG_IMPRINT_get_msg(TS_TST_INFO_get_msg_imprint(info))) != request.imprint)
    return fail(Errc::invalid, "the time-stamp is over something else");
  const ASN1_INTEGER* nonce = TS_TST_INFO_get_nonce(info);
  if (!nonce || trust::bytes_of(nonce) != request.nonce) return fail(Errc::invalid, "the time-stamp answers another request");
  return {};
}

}  // namespace

base::Result<TimestampRequest> timestamp_request(std::string_view cms) {
  const smime::CmsShape shape = smime::read_shape(cms);
  if (shape.signers.empty()) return fail(Errc::invalid, "no signature to be time-stamped");
  TimestampRequest out;
  out.imprint = base::view(base::sha256(shape.signers.front().signature));
  out.nonce = base::random_bytes(8);
  out.nonce[0] = char((out.nonce[0] & 0x3f) | 0x40);  // positive, in its shortest form
  const std::string algorithm = value_of(0x30, value_of(0x06, "\x60\x86\x48\x01\x65\x03\x04\x02\x01"));  // SHA-256
  const std::string version("\x02\x01\x01", 3), certificate("\x01\x01\xff", 3);
  out.der = value_of(0x30, version + value_of(0x30, algorithm + value_of(0x04, out.imprint)) + value_of(0x02, out.nonce) + certificate);
  return out;
}

base::Result<std::string> with_timestamp(std::string_view cms, std::string_view answer, const TimestampRequest& request) {
  std::size_t used = 0;
  if (smime::check_ber(answer, used) != smime::BerCheck::ok) return fail(Errc::invalid, "no answer of a time-stamping authority (RFC 3161)");
  const auto* p = reinterpret_cast<const unsigned char*>(answer.data());
  const TimestampResponse response(d2i_TS_RESP(nullptr, &p, long(used)));
  trust::clear_errors();
  if (!response) return fail(Errc::invalid, "no answer of a time-stamping authority (RFC 3161)");
  if (auto good = check(response.get(), request); !good) return good.error();
  const std::string_view token = token_in(answer);
  const auto* c = reinterpret_cast<const unsigned char*>(cms.data());
  const SignedReceipt parsed(d2i_CMS_ContentInfo(nullptr, &c, long(cms.size())));
  STACK_OF(CMS_SignerInfo)* signers = parsed ? CMS_get0_SignerInfos(parsed.get()) : nullptr;
  const bool added = signers && !token.empty() &&
                     CMS_unsigned_add1_attr_by_NID(sk_CMS_SignerInfo_value(signers, 0), NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE,
                                                   token.data(), int(token.size())) == 1;
  unsigned char* bytes = nullptr;
  const int n = added ? i2d_CMS_ContentInfo(parsed.get(), &bytes) : -1;
  std::string out(n > 0 ? reinterpret_cast<char*>(bytes) : "", n > 0 ? std::size_t(n) : 0);
  OPENSSL_free(bytes);
  trust::clear_errors();
  if (out.empty()) return fail(Errc::internal, "the time-stamp could not be added");
  return out;
}

}  // namespace policy::receipt
