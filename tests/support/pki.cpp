#include "tests/support/pki.hpp"

#include <openssl/conf.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/encoding.hpp"
#include "tests/support/handles.hpp"

namespace test {
namespace {

using namespace std::chrono_literals;
using namespace detail;
// openssl dsaparam 2048: making them anew takes seconds.
constexpr const char* kDsaParameters = R"(-----BEGIN DSA PARAMETERS-----
MIICKQKCAQEA58ha3C1Cmc2eoNNUQJPVIlv8Xh3Q3FKUSu9jI5oV+coW0Xa/kr0O
rnjAoS6NZs9lveE+ncfq0VcTbUhi91F/vq1+SbsXO01fmLV+Fgqr1j884Z/Ea+6O
qG1sJbUJSWHctNe897v+SNhu4zUuk58B2k71zgNTopqwYt1NHDIN2uoFtZ8iKcFb
tFGtE4HYFEZdZApI8OQxLrFAf6uj+2UpJyDbzmeb+KpmWU5pzGGdl/g+y3bLs6NG
uZVybSr6GnEGCwLS7XcBieKwdDWGxVUfNsQb6qljeEcnDn8H6TI9ElghuI6w2DLn
bzJomKF+V9P0LOdFQCdAJSbVb0Fhu9cSvQIdAOmMzaRSgm7kxYHyy9LEXGixgqwH
pYAQi10U5RECggEBALj3yFziFFz/j5fiQims30JGWHKPcVW0483gTpdmiqDUlwOk
Vb2ec8QDrusQlouD4NJoPPTyKY4JPbecJz4dZhVpIS3/KvqtR+x0IaU4/PGFdxNN
I5iRxfSL+HuojMfYDAp+DnJplQgxSRFHoEFWoRzL8QbmRZqbnc9YqGdQfmBDjbay
5SOT7aqHpshX6IdYinVV9LIK1bbvf2GGlvu6ZiLoHpe5qic+9fnXBP7lSNU+q8JZ
deyUQMukFBSMkKYf0cI8g3KGGmNphKxt2+DvIi8lOKxHkUSivE8zccIJowHVllAr
ccacAyjYPirF/a5tr7ZWYOzmioFb/SJyHK+x+TE=
-----END DSA PARAMETERS-----
)";

Key new_dsa() {
  const Bio in = memory(kDsaParameters);
  const Key parameters(must(PEM_read_bio_Parameters(in.get(), nullptr), "DSA parameters"));
  const base::Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> ctx(EVP_PKEY_CTX_new(parameters.get(), nullptr));
  EVP_PKEY* key = nullptr;
  must(EVP_PKEY_keygen_init(ctx.get()) == 1 && EVP_PKEY_keygen(ctx.get(), &key) == 1, "DSA key");
  return Key(key);
}

Key new_key(const std::string& kind) {
  if (kind == "dsa2048") return new_dsa();
  if (kind == "rsa1024") return Key(must(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t(1024)), "rsa"));
  if (kind == "rsa3072") return Key(must(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t(3072)), "rsa"));
  if (kind == "p384") return Key(must(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"), "ec"));
  if (kind == "p521") return Key(must(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-521"), "ec"));
  if (kind == "p224") return Key(must(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-224"), "ec"));
  if (kind == "rsa2048") return Key(must(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t(2048)), "rsa"));
  if (kind == "p256") return Key(must(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), "ec"));
  if (kind == "ed25519") return Key(must(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), "ed25519"));
  throw std::runtime_error("unknown key kind " + kind);
}

void add_name(X509_NAME* name, const char* field, const std::string& value, int type = 0) {
  if (value.empty()) return;
  const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
  must(X509_NAME_add_entry_by_txt(name, field, type == 0 ? MBSTRING_UTF8 : type, bytes, int(value.size()), -1, 0), field);
}

void add_extension(X509* cert, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX ctx;
  X509V3_set_ctx(&ctx, issuer, cert, nullptr, nullptr, 0);
  base::Handle<X509_EXTENSION, X509_EXTENSION_free> ext(X509V3_EXT_conf_nid(nullptr, &ctx, nid, value.c_str()));
  if (!ext) broken(value.c_str());
  X509_add_ext(cert, ext.get(), -1);
}

void add_raw_san(X509* cert, const std::string& bytes) {
  GENERAL_NAMES* names = GENERAL_NAMES_new();
  GENERAL_NAME* name = GENERAL_NAME_new();
  ASN1_IA5STRING* mail = ASN1_IA5STRING_new();
  ASN1_STRING_set(mail, bytes.data(), int(bytes.size()));
  GENERAL_NAME_set0_value(name, GEN_EMAIL, mail);
  sk_GENERAL_NAME_push(names, name);
  X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0);
  GENERAL_NAMES_free(names);
}

void add_config(X509* cert, X509* issuer, const std::string& text) {
  const base::Handle<CONF, NCONF_free> conf(NCONF_new(nullptr));
  long line = 0;
  must(NCONF_load_bio(conf.get(), memory(text).get(), &line) == 1, "configuration");
  X509V3_CTX ctx;
  X509V3_set_ctx(&ctx, issuer, cert, nullptr, nullptr, 0);
  X509V3_set_nconf(&ctx, conf.get());
  if (X509V3_EXT_add_nconf(conf.get(), &ctx, "ext", cert) != 1) broken(text.c_str());
}

void fill(X509* cert, const CertSpec& spec, X509* issuer) {
  X509_set_version(cert, 2);
  unsigned char serial[8];
  RAND_bytes(serial, sizeof serial);
  serial[0] &= 0x7f;
  serial[0] |= 0x01;
  base::Handle<BIGNUM, BN_free> number(BN_bin2bn(serial, sizeof serial, nullptr));
  if (!spec.serial.empty()) {
    BIGNUM* given = nullptr;
    must(BN_dec2bn(&given, spec.serial.c_str()), "serial");
    number.reset(given);
  }
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(cert));
  set_time(X509_getm_notBefore(cert), spec.not_before == base::Time{} ? test_now() - 24h * 365 : spec.not_before);
  set_time(X509_getm_notAfter(cert), spec.not_after == base::Time{} ? test_now() + 24h * 730 : spec.not_after);
  X509_NAME* name = X509_get_subject_name(cert);
  for (const auto& [field, value] : spec.name) add_name(name, field.c_str(), value, spec.string_type);
  if (spec.name.empty()) {
    add_name(name, "C", "VN");
    add_name(name, "O", spec.organization);
    add_name(name, "OU", spec.unit);
    add_name(name, "CN", spec.common_name);
    add_name(name, "emailAddress", spec.dn_email);
  }
  X509_set_issuer_name(cert, X509_get_subject_name(issuer));
}

void extend(X509* cert, const CertSpec& spec, X509* issuer) {
  add_extension(cert, issuer, NID_basic_constraints, spec.basic_constraints);
  add_extension(cert, issuer, NID_key_usage, spec.usage);
  add_extension(cert, issuer, NID_ext_key_usage, spec.extended_usage);
  add_extension(cert, issuer, NID_name_constraints, spec.name_constraints);
  add_extension(cert, issuer, NID_subject_key_identifier, "hash");
  add_extension(cert, issuer, NID_authority_key_identifier, "keyid:always");
  if (spec.raw_san_email.empty()) add_extension(cert, issuer, NID_subject_alt_name, spec.san);
  else add_raw_san(cert, spec.raw_san_email);
  if (!spec.crl_url.empty()) add_extension(cert, issuer, NID_crl_distribution_points, "URI:" + spec.crl_url);
  if (!spec.config.empty()) add_config(cert, issuer, spec.config);
}

std::string pem(X509* cert) {
  const Bio out = output();
  PEM_write_bio_X509(out.get(), cert);
  return text_of(out);
}
std::string pem(EVP_PKEY* key) {
  const Bio out = output();
  PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(out);
}

void drop_parameters(X509* cert) {
  X509_PUBKEY* key = X509_get_X509_PUBKEY(cert);
  const unsigned char* bytes = nullptr;
  int n = 0;
  X509_PUBKEY_get0_param(nullptr, &bytes, &n, nullptr, key);
  auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(bytes, std::size_t(n)));
  must(X509_PUBKEY_set0_param(key, OBJ_nid2obj(NID_dsa), V_ASN1_UNDEF, nullptr, copy, n), "parameters");
}

void break_signature(X509* cert) {
  const ASN1_BIT_STRING* value = nullptr;
  X509_get0_signature(&value, nullptr, cert);
  const_cast<unsigned char*>(ASN1_STRING_get0_data(value))[ASN1_STRING_length(value) - 1] ^= 1;
}

const EVP_MD* digest_for(EVP_PKEY* key, const std::string& name) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : must(EVP_get_digestbyname(name.c_str()), "digest");
}

void add_timestamps(CMS_ContentInfo* cms, const std::function<std::string(std::string_view)>& token_for) {
  STACK_OF(CMS_SignerInfo)* infos = CMS_get0_SignerInfos(cms);
  for (int i = 0; i < sk_CMS_SignerInfo_num(infos); ++i) {
    CMS_SignerInfo* si = sk_CMS_SignerInfo_value(infos, i);
    const ASN1_OCTET_STRING* value = CMS_SignerInfo_get0_signature(si);
    const std::string token = token_for({reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)), std::size_t(ASN1_STRING_length(value))});
    if (token.empty()) continue;
    must(CMS_unsigned_add1_attr_by_NID(si, NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE, token.data(), int(token.size())), "time-stamp");
  }
}

}  // namespace

base::Time test_now() { return base::parse_rfc3339("2026-11-22T09:00:00+07:00").value(); }

std::string utf8_mailbox(const std::string& address) {
  return "[ext]\nsubjectAltName=@san\n[san]\notherName=1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8:" + address + "\n";
}

CertSpec ca_spec(const std::string& common_name) {
  CertSpec s;
  s.common_name = common_name;
  s.organization = "Cơ quan Chứng thực Ví dụ";
  s.san.clear();
  s.usage = "critical,keyCertSign,cRLSign";
  s.extended_usage.clear();
  s.basic_constraints = "critical,CA:TRUE";
  s.not_after = test_now() + 24h * 3650;
  return s;
}

Identity make_certificate(const CertSpec& spec, const Identity* issuer, const std::string& key_pem) {
  const Key key = key_pem.empty() ? new_key(spec.key) : read_key(key_pem);
  const Cert cert(X509_new());
  const Cert issuer_cert = issuer ? read_cert(issuer->certificate) : nullptr;
  const Key issuer_key = issuer ? read_key(issuer->key) : nullptr;
  X509* signer = issuer ? issuer_cert.get() : cert.get();
  fill(cert.get(), spec, signer);
  X509_set_pubkey(cert.get(), key.get());
  extend(cert.get(), spec, signer);
  EVP_PKEY* signing_key = issuer ? issuer_key.get() : key.get();
  if (spec.inherit_parameters) drop_parameters(cert.get());
  if (X509_sign(cert.get(), signing_key, digest_for(signing_key, spec.digest)) <= 0) broken("sign certificate");
  if (spec.broken_signature) break_signature(cert.get());
  return {pem(cert.get()), pem(key.get())};
}

std::string sign_cms(std::string_view content, const std::vector<Identity>& signers, const CmsSpec& spec) {
  unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | (spec.detached ? CMS_DETACHED : 0) | (spec.attributes ? 0 : CMS_NOATTR) |
                   (spec.cades ? CMS_CADES : 0) | (spec.use_key_id ? CMS_USE_KEYID : 0) | (spec.embed_signer ? 0 : CMS_NOCERTS);
  const Bio data = memory(content);
  const Cms cms(must(CMS_sign(nullptr, nullptr, nullptr, data.get(), flags), "CMS"));
  for (const Identity& one : signers) {
    const Cert cert = read_cert(one.certificate);
    const Key key = read_key(one.key);
    CMS_SignerInfo* si = CMS_add1_signer(cms.get(), cert.get(), key.get(), EVP_get_digestbyname(spec.digest.c_str()),
                                         flags | (spec.pss ? CMS_KEY_PARAM : 0));
    if (!si) broken("signer");
    if (spec.pss) EVP_PKEY_CTX_set_rsa_padding(CMS_SignerInfo_get0_pkey_ctx(si), RSA_PKCS1_PSS_PADDING);
    if (spec.pss) EVP_PKEY_CTX_set_rsa_pss_saltlen(CMS_SignerInfo_get0_pkey_ctx(si), spec.pss_salt < 0 ? RSA_PSS_SALTLEN_DIGEST : spec.pss_salt);
  }
  for (const std::string& extra : spec.extra_certificates) CMS_add1_cert(cms.get(), read_cert(extra).get());
  for (const std::string& one : spec.crls) {
    const base::Handle<X509_CRL, X509_CRL_free> crl(must(PEM_read_bio_X509_CRL(memory(one).get(), nullptr, nullptr, nullptr), "CRL"));
    CMS_add1_crl(cms.get(), crl.get());
  }
  if (!spec.content_type.empty()) {
    const base::Handle<ASN1_OBJECT, ASN1_OBJECT_free> type(must(OBJ_txt2obj(spec.content_type.c_str(), 1), "content type"));
    CMS_set1_eContentType(cms.get(), type.get());
  }
  if (CMS_final(cms.get(), data.get(), nullptr, flags) != 1) broken("sign");
  if (spec.timestamp) add_timestamps(cms.get(), spec.timestamp);
  return der(cms.get());
}

std::string sign_ed25519(std::string_view content, const Identity& signer) {
  const auto tlv = [](int tag, const std::string& value) {
    std::string out(1, char(tag));
    if (value.size() >= 0x80) out += value.size() < 0x100 ? std::string(1, '\x81') : std::string{'\x82', char(value.size() >> 8)};
    return out + char(value.size() & 0xff) + value;
  };
  const auto oid = [](const char* dots) {
    const base::Handle<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(dots, 1));
    unsigned char* bytes = nullptr;
    const int n = i2d_ASN1_OBJECT(object.get(), &bytes);
    std::string out(reinterpret_cast<char*>(bytes), std::size_t(n));
    OPENSSL_free(bytes);
    return out;
  };
  const Cert cert = read_cert(signer.certificate);
  const Key key = read_key(signer.key);
  unsigned char digest[64];
  EVP_Digest(content.data(), content.size(), digest, nullptr, EVP_sha512(), nullptr);
  const std::string data = oid("1.2.840.113549.1.7.1"), sha512 = tlv(0x30, oid("2.16.840.1.101.3.4.2.3"));
  const std::string attributes = tlv(0x30, oid("1.2.840.113549.1.9.3") + tlv(0x31, data)) +
                                 tlv(0x30, oid("1.2.840.113549.1.9.4") + tlv(0x31, tlv(0x04, std::string(reinterpret_cast<char*>(digest), 64))));
  const std::string to_sign = tlv(0x31, attributes);
  std::string value(64, '\0');
  std::size_t n = value.size();
  const base::Handle<EVP_MD_CTX, EVP_MD_CTX_free> ctx(EVP_MD_CTX_new());
  must(EVP_DigestSignInit(ctx.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestSign(ctx.get(), reinterpret_cast<unsigned char*>(value.data()), &n, reinterpret_cast<const unsigned char*>(to_sign.data()), to_sign.size()) == 1,
       "Ed25519");
  unsigned char* bytes = nullptr;
  int size = i2d_X509(cert.get(), &bytes);
  const std::string certificate(reinterpret_cast<char*>(bytes), std::size_t(size));
  OPENSSL_free(bytes);
  bytes = nullptr;
  size = i2d_X509_NAME(X509_get_issuer_name(cert.get()), &bytes);
  const std::string issuer(reinterpret_cast<char*>(bytes), std::size_t(size));
  OPENSSL_free(bytes);
  bytes = nullptr;
  size = i2d_ASN1_INTEGER(X509_get_serialNumber(cert.get()), &bytes);
  const std::string serial(reinterpret_cast<char*>(bytes), std::size_t(size));
  OPENSSL_free(bytes);
  const std::string one(1, '\x01');
  const std::string info = tlv(0x30, tlv(0x02, one) + tlv(0x30, issuer + serial) + sha512 + tlv(0xa0, attributes) + tlv(0x30, oid("1.3.101.112")) + tlv(0x04, value));
  return tlv(0x30, oid("1.2.840.113549.1.7.2") +
                       tlv(0xa0, tlv(0x30, tlv(0x02, one) + tlv(0x31, sha512) + tlv(0x30, data) + tlv(0xa0, certificate) + tlv(0x31, info))));
}

std::string certs_only(const std::vector<std::string>& certificates) {
  const Cms cms(must(CMS_sign(nullptr, nullptr, nullptr, memory("").get(), CMS_PARTIAL | CMS_DETACHED), "CMS"));
  for (const std::string& one : certificates) CMS_add1_cert(cms.get(), read_cert(one).get());
  return der(cms.get());
}

std::string encrypt_cms(std::string_view content, const std::string& certificate) {
  STACK_OF(X509)* to = sk_X509_new_null();
  const Cert cert = read_cert(certificate);
  sk_X509_push(to, cert.get());
  const Cms cms(CMS_encrypt(to, memory(content).get(), EVP_aes_256_cbc(), CMS_BINARY));
  sk_X509_free(to);
  if (!cms) broken("encrypt");
  return der(cms.get());
}

std::string base64_lines(std::string_view bytes) {
  const std::string flat = base::base64_encode(bytes);
  std::string out;
  for (std::size_t at = 0; at < flat.size(); at += 76) out.append(flat, at, 76).append("\r\n");
  return out;
}

Pki make_pki(const CertSpec& user) {
  Pki p;
  p.root = make_certificate(ca_spec("Ví dụ Root CA"));
  CertSpec sub = ca_spec("Ví dụ Sub CA");
  sub.basic_constraints = "critical,CA:TRUE,pathlen:0";
  p.sub = make_certificate(sub, &p.root);
  p.user = make_certificate(user, &p.sub);
  p.root_crl = make_crl(p.root);
  p.sub_crl = make_crl(p.sub);
  return p;
}

}  // namespace test
