#include "tests/support/timestamp.hpp"

#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "tests/support/handles.hpp"

namespace test {
namespace {

using namespace detail;
using namespace std::chrono_literals;

base::Handle<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free> imprint_of(std::string_view stamped, const std::string& digest) {
  const EVP_MD* md = must(EVP_get_digestbyname(digest.c_str()), "digest");
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  EVP_Digest(stamped.data(), stamped.size(), hash, &n, md, nullptr);
  base::Handle<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free> out(TS_MSG_IMPRINT_new());
  const base::Handle<X509_ALGOR, X509_ALGOR_free> algorithm(X509_ALGOR_new());
  X509_ALGOR_set_md(algorithm.get(), md);
  TS_MSG_IMPRINT_set_algo(out.get(), algorithm.get());
  TS_MSG_IMPRINT_set_msg(out.get(), hash, int(n));
  return out;
}

void set_accuracy(TS_TST_INFO* info, int seconds) {
  if (seconds == 0) return;
  const base::Handle<TS_ACCURACY, TS_ACCURACY_free> accuracy(TS_ACCURACY_new());
  const base::Handle<ASN1_INTEGER, ASN1_INTEGER_free> value(ASN1_INTEGER_new());
  ASN1_INTEGER_set(value.get(), seconds);
  TS_ACCURACY_set_seconds(accuracy.get(), value.get());
  TS_TST_INFO_set_accuracy(info, accuracy.get());
}

void add_critical(TS_TST_INFO* info) {
  const base::Handle<ASN1_OBJECT, ASN1_OBJECT_free> oid(OBJ_txt2obj("1.3.6.1.4.1.99999.9", 1));
  const base::Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char*>("\x05\x00"), 2);
  const base::Handle<X509_EXTENSION, X509_EXTENSION_free> ext(X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), 1, value.get()));
  TS_TST_INFO_add_ext(info, ext.get(), -1);
}

}  // namespace

CertSpec tsa_spec(const std::string& common_name) {
  CertSpec s;
  s.common_name = common_name;
  s.organization = "Cơ quan Chứng thực Ví dụ";
  s.key = "p256";
  s.san.clear();
  s.usage = "critical,digitalSignature";
  s.extended_usage = "critical,timeStamping";
  return s;
}

namespace {

std::string token_over(TS_MSG_IMPRINT* imprint, const ASN1_INTEGER* nonce, const Identity& tsa, const TokenSpec& spec) {
  const base::Handle<TS_TST_INFO, TS_TST_INFO_free> info(TS_TST_INFO_new());
  TS_TST_INFO_set_version(info.get(), spec.version);
  const base::Handle<ASN1_OBJECT, ASN1_OBJECT_free> policy(OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1));
  TS_TST_INFO_set_policy_id(info.get(), policy.get());
  TS_TST_INFO_set_msg_imprint(info.get(), imprint);
  if (nonce != nullptr) TS_TST_INFO_set_nonce(info.get(), nonce);
  const base::Handle<ASN1_INTEGER, ASN1_INTEGER_free> serial(ASN1_INTEGER_new());
  ASN1_INTEGER_set(serial.get(), 7);
  TS_TST_INFO_set_serial(info.get(), serial.get());
  const base::Handle<ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_free> time(
      ASN1_GENERALIZEDTIME_set(nullptr, std::chrono::floor<std::chrono::seconds>(spec.time).time_since_epoch().count()));
  TS_TST_INFO_set_time(info.get(), time.get());
  set_accuracy(info.get(), spec.accuracy);
  if (spec.critical_extension) add_critical(info.get());
  unsigned char* bytes = nullptr;
  const int n = i2d_TS_TST_INFO(info.get(), &bytes);
  if (n <= 0) broken("TSTInfo");
  const std::string content = std::string(reinterpret_cast<char*>(bytes), std::size_t(n)) + spec.tail;
  OPENSSL_free(bytes);
  CmsSpec cms = spec.cms;
  cms.detached = false;
  if (cms.content_type.empty()) cms.content_type = "1.2.840.113549.1.9.16.1.4";
  return sign_cms(content, {tsa}, cms);
}

std::string wrapped(const std::string& content) {  // a SEQUENCE of less than 64 KiB
  const std::size_t n = content.size();
  std::string out = "\x30";
  if (n > 255) out += {char(0x82), char(n >> 8), char(n & 0xff)};
  else if (n > 127) out += {char(0x81), char(n)};
  else out += char(n);
  return out + content;
}

}  // namespace

std::string make_token(std::string_view stamped, const Identity& tsa, const TokenSpec& spec) {
  return token_over(imprint_of(stamped, spec.imprint).get(), nullptr, tsa, spec);
}

std::string answer_timestamp(const std::string& request, const Identity& tsa, const TokenSpec& spec, int status) {
  const auto* p = reinterpret_cast<const unsigned char*>(request.data());
  const base::Handle<TS_REQ, TS_REQ_free> asked(d2i_TS_REQ(nullptr, &p, long(request.size())));
  if (!asked || p != reinterpret_cast<const unsigned char*>(request.data()) + request.size()) broken("TimeStampReq");
  const std::string info = wrapped(std::string{0x02, 0x01, char(status)});
  return wrapped(status == 0 ? info + token_over(TS_REQ_get_msg_imprint(asked.get()), TS_REQ_get_nonce(asked.get()), tsa, spec) : info);
}

}  // namespace test
