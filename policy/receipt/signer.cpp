// The CMS is written here as DER, because OpenSSL makes one only with a key that it holds itself.
#include "policy/receipt/signer.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>

#include "base/crypto.hpp"
#include "base/token.hpp"
#include "policy/trust/openssl.hpp"

namespace policy::receipt {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using PrivateKey = base::Handle<EVP_PKEY, EVP_PKEY_free>;
using DigestContext = base::Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using EcValue = base::Handle<ECDSA_SIG, ECDSA_SIG_free>;
using namespace std::string_view_literals;

constexpr std::size_t kMaxFile = 256 * 1024;

std::string der(unsigned tag, std::string_view content) {
  std::string out(1, char(tag));
  std::size_t n = content.size();
  if (n < 128) {
    out.push_back(char(n));
  } else {
    std::string length;
    for (; n > 0; n >>= 8) length.insert(length.begin(), char(n & 0xff));
    out.push_back(char(0x80 | length.size()));
    out += length;
  }
  return out.append(content);
}
std::string sequence(std::string_view content) { return der(0x30, content); }
std::string oid(std::string_view content) { return der(0x06, content); }

constexpr std::string_view kData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"sv, kSignedData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"sv,
                           kContentType = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"sv, kMessageDigest = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"sv,
                           kSigningTime = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"sv,
                           kSigningCertificateV2 = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f"sv,
                           kSha256 = "\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv, kSha256WithRsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"sv,
                           kEcdsaWithSha256 = "\x2a\x86\x48\xce\x3d\x04\x03\x02"sv;
constexpr std::string_view kNull = "\x05\x00"sv, kVersion1 = "\x02\x01\x01"sv;

// RFC 5652 5.3: SET OF in DER, so the attributes in the order of their bytes.
std::string set_of(std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  std::string out;
  for (const std::string& v : values) out += v;
  return out;
}
std::string attribute(std::string_view type, std::string_view value) { return sequence(oid(type) + der(0x31, value)); }

// RFC 5652 11.3: UTCTime until 2049, GeneralizedTime from 2050 on.
std::string time_value(base::Time at) {
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const bool utc = parts.tm_year < 150;
  const std::size_t n = std::strftime(text, sizeof text, utc ? "%y%m%d%H%M%SZ" : "%Y%m%d%H%M%SZ", &parts);
  return der(utc ? 0x17 : 0x18, std::string_view(text, n));
}

template <class T, class F>
std::string encoded(const T* value, F i2d) {
  unsigned char* bytes = nullptr;
  const int n = i2d(value, &bytes);
  std::string out(n > 0 ? reinterpret_cast<char*>(bytes) : "", n > 0 ? std::size_t(n) : 0);
  OPENSSL_free(bytes);
  return out;
}

Result<std::string> read_all(const std::string& path, const char* what) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(errno == EACCES ? Errc::denied : Errc::not_found, std::string(what) + " " + path + ": " + std::strerror(errno));
  std::string out(kMaxFile + 1, '\0');
  in.read(out.data(), std::streamsize(out.size()));
  out.resize(std::size_t(in.gcount()));
  if (out.size() > kMaxFile) return fail(Errc::invalid, std::string(what) + " " + path + ": too long");
  return out;
}

int no_passphrase(char*, int, int, void*) { return -1; }  // never ask the terminal

Result<PrivateKey> read_key(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) == 0 && (st.st_mode & 077) != 0) return fail(Errc::denied, "receipt key " + path + ": others may read it; chmod 600");
  auto pem = read_all(path, "receipt key");
  if (!pem) return pem.error();
  const trust::Bio bio(BIO_new_mem_buf(pem->data(), int(pem->size())));
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  base::wipe(*pem);
  trust::clear_errors();
  if (!key) return fail(Errc::invalid, "receipt key " + path + ": no unencrypted private key in PEM");
  return key;
}

// A token gives r || s, CMS wants ECDSA-Sig-Value (RFC 5753 7.2).
Result<std::string> ecdsa_value(const std::string& raw) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  const int half = int(raw.size() / 2);
  EcValue value(ECDSA_SIG_new());
  if (!value || raw.empty() || raw.size() % 2 != 0) return fail(Errc::unavailable, "the token's ECDSA signature has no two halves");
  ECDSA_SIG_set0(value.get(), BN_bin2bn(bytes, half, nullptr), BN_bin2bn(bytes + half, half, nullptr));
  return encoded<ECDSA_SIG>(value.get(), i2d_ECDSA_SIG);
}

}  // namespace

struct Signer::Impl {
  std::vector<trust::Cert> certificates;
  PrivateKey key;                      // or
  std::unique_ptr<base::Token> token;
  bool rsa = false;

  Result<std::string> value(const std::string& tbs) const {
    if (token && rsa) return token->sign(base::Token::Scheme::rsa_sha256, tbs);
    if (token) {
      const auto raw = token->sign(base::Token::Scheme::ecdsa, base::view(base::sha256(tbs)));
      return raw ? ecdsa_value(*raw) : Result<std::string>(raw.error());
    }
    const DigestContext ctx(EVP_MD_CTX_new());
    std::size_t n = 0;
    const auto* in = reinterpret_cast<const unsigned char*>(tbs.data());
    if (!ctx || EVP_DigestSignInit(ctx.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 || EVP_DigestSign(ctx.get(), nullptr, &n, in, tbs.size()) != 1)
      return fail(Errc::internal, "the receipt key does not sign");
    std::string out(n, '\0');
    if (EVP_DigestSign(ctx.get(), reinterpret_cast<unsigned char*>(out.data()), &n, in, tbs.size()) != 1)
      return fail(Errc::internal, "the receipt key does not sign");
    out.resize(n);
    return out;
  }

  Result<void> matches() const {
    const auto probe = value("congthu receipt");
    if (!probe) return probe.error();
    const DigestContext ctx(EVP_MD_CTX_new());
    EVP_PKEY* pub = X509_get0_pubkey(certificates.front().get());
    const bool good = ctx && EVP_DigestVerifyInit(ctx.get(), nullptr, EVP_sha256(), nullptr, pub) == 1 &&
                      EVP_DigestVerify(ctx.get(), reinterpret_cast<const unsigned char*>(probe->data()), probe->size(),
                                       reinterpret_cast<const unsigned char*>("congthu receipt"), 15) == 1;
    trust::clear_errors();
    if (!good) return fail(Errc::invalid, "the receipt certificate (the first of its file) does not belong to the receipt key");
    return {};
  }
};

Signer::Signer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Signer::~Signer() = default;

Result<std::unique_ptr<Signer>> Signer::open(const std::string& key, const std::string& certificates) {
  auto impl = std::make_unique<Impl>();
  auto pem = read_all(certificates, "receipt certificate");
  if (!pem) return pem.error();
  auto read = trust::read_certificates(*pem);
  if (!read || read->empty()) return fail(Errc::invalid, "receipt certificate " + certificates + ": no certificate in PEM");
  impl->certificates = *std::move(read);
  const EVP_PKEY* pub = X509_get0_pubkey(impl->certificates.front().get());
  const int kind = pub ? EVP_PKEY_get_base_id(pub) : 0;
  if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_EC) return fail(Errc::invalid, "receipt certificate " + certificates + ": its key must be RSA or EC");
  impl->rsa = kind == EVP_PKEY_RSA;
  if (key.starts_with("pkcs11:")) {
    auto token = base::Token::open(key, base::Token::Key::private_key);
    if (!token) return token.error();
    impl->token = *std::move(token);
  } else {
    auto loaded = read_key(key);
    if (!loaded) return loaded.error();
    impl->key = *std::move(loaded);
  }
  if (auto same = impl->matches(); !same) return same.error();
  return std::unique_ptr<Signer>(new Signer(std::move(impl)));
}

Result<std::string> Signer::sign(std::string_view content, base::Time at) const {
  const X509* own = impl_->certificates.front().get();
  const std::string certificate = encoded<X509>(own, i2d_X509);
  const std::string sha256 = sequence(oid(kSha256));
  // RFC 5035 4: ESSCertIDv2 without its algorithm means SHA-256.
  const std::string named = sequence(sequence(sequence(der(0x04, base::view(base::sha256(certificate))))));
  const std::string attributes = set_of({attribute(kContentType, oid(kData)), attribute(kSigningTime, time_value(at)),
                                         attribute(kMessageDigest, der(0x04, base::view(base::sha256(content)))),
                                         attribute(kSigningCertificateV2, named)});
  auto value = impl_->value(der(0x31, attributes));  // RFC 5652 5.4: signed as a SET, written as [0]
  if (!value) return value.error();
  const std::string issuer = encoded<X509_NAME>(X509_get_issuer_name(own), i2d_X509_NAME) + encoded<ASN1_INTEGER>(X509_get0_serialNumber(own), i2d_ASN1_INTEGER);
  const std::string algorithm = sequence(oid(impl_->rsa ? kSha256WithRsa : kEcdsaWithSha256) + std::string(impl_->rsa ? kNull : ""sv));
  const std::string signer = sequence(std::string(kVersion1) + sequence(issuer) + sha256 + der(0xa0, attributes) + algorithm + der(0x04, *value));
  std::vector<std::string> all;
  for (const trust::Cert& c : impl_->certificates) all.push_back(encoded<X509>(c.get(), i2d_X509));
  const std::string data = sequence(std::string(kVersion1) + der(0x31, sha256) + sequence(oid(kData) + der(0xa0, der(0x04, content))) +
                                    der(0xa0, set_of(std::move(all))) + der(0x31, signer));
  return sequence(oid(kSignedData) + der(0xa0, data));
}

base::Time Signer::expires() const {
  return trust::time_of(X509_get0_notAfter(impl_->certificates.front().get())).value_or(base::Time{});
}

std::string Signer::subject() const { return trust::name_text(X509_get_subject_name(impl_->certificates.front().get())); }

}  // namespace policy::receipt
