#include "base/net/self_signed.hpp"

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <arpa/inet.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "base/handle.hpp"
#include "base/net/openssl_error.hpp"

namespace net {
namespace {

using detail::openssl_error;
using Key = base::Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = base::Handle<X509, X509_free>;
using Bio = base::Handle<BIO, BIO_free_all>;
using Extension = base::Handle<X509_EXTENSION, X509_EXTENSION_free>;

constexpr long kDay = 24L * 3600;
constexpr long kCaDays = 3652;
constexpr long kServerDays = 825;  // longer ones are refused by Apple's clients

struct Authority {
  Key key;
  Certificate certificate;
};

Result<void> write_file(const std::string& path, const BIO* pem, mode_t mode) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(const_cast<BIO*>(pem), &data);
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return fail(Errc::io, "cannot write " + temporary + ": " + std::strerror(errno));
  const bool written = ::write(fd, data, std::size_t(size)) == size && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    return fail(Errc::io, "cannot write " + path + ": " + std::strerror(written ? errno : why));
  }
  return {};
}

Result<void> write_key(const std::string& path, EVP_PKEY* key) {
  const Bio pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(pem.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return fail(Errc::internal, "cannot encode a key: " + openssl_error());
  }
  return write_file(path, pem.get(), 0600);
}

Result<void> write_certificates(const std::string& path, std::initializer_list<X509*> chain) {
  const Bio pem(BIO_new(BIO_s_mem()));
  for (X509* certificate : chain) {
    if (PEM_write_bio_X509(pem.get(), certificate) != 1) return fail(Errc::internal, "cannot encode: " + openssl_error());
  }
  return write_file(path, pem.get(), 0644);
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_common(X509* certificate, EVP_PKEY* key, const std::string& subject, long days) {
  unsigned char serial[16];
  if (RAND_bytes(serial, sizeof serial) != 1) return false;
  serial[0] &= 0x7f;  // RFC 5280 4.1.2.2: a positive number
  const base::Handle<BIGNUM, BN_free> number(BN_bin2bn(serial, sizeof serial, nullptr));
  const std::string name = subject.substr(0, 64);  // RFC 5280 appendix A.1: ub-common-name
  X509_NAME* subject_name = X509_get_subject_name(certificate);
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) && X509_set_version(certificate, 2) &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay) &&  // clocks of clients run behind
         X509_gmtime_adj(X509_getm_notAfter(certificate), days * kDay) && X509_set_pubkey(certificate, key) &&
         X509_NAME_add_entry_by_txt(subject_name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.data()),
                                    int(name.size()), -1, 0) == 1;
}

Result<Authority> make_authority(const std::string& dir, const std::string& name) {
  Authority ca{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
  X509* const self = ca.certificate.get();
  const bool made = ca.key && self && set_common(self, ca.key.get(), "Cong Thu CA " + name, kCaDays) &&
                    X509_set_issuer_name(self, X509_get_subject_name(self)) == 1 &&
                    add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    add_extension(self, self, NID_subject_key_identifier, "hash") &&
                    X509_sign(self, ca.key.get(), EVP_sha256()) > 0;
  if (!made) return fail(Errc::internal, "cannot make a CA certificate: " + openssl_error());
  if (auto ok = write_key(dir + "/ca-key.pem", ca.key.get()); !ok) return ok.error();
  if (auto ok = write_certificates(dir + "/ca.pem", {self}); !ok) return ok.error();
  return ca;
}

Result<Authority> load_authority(const std::string& dir) {
  const Bio certificate(BIO_new_file((dir + "/ca.pem").c_str(), "r"));
  const Bio key(BIO_new_file((dir + "/ca-key.pem").c_str(), "r"));
  if (!certificate || !key) {
    ERR_clear_error();
    return fail(Errc::not_found, "no CA in " + dir);
  }
  Authority ca{Key(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr)),
               Certificate(PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr))};
  if (!ca.key || !ca.certificate || X509_check_private_key(ca.certificate.get(), ca.key.get()) != 1) {
    return fail(Errc::invalid, dir + "/ca.pem and ca-key.pem are unreadable or do not belong together: " + openssl_error());
  }
  return ca;
}

// The subjectAltName value in OpenSSL's notation. Names come from the command line: what could break out of it is refused.
Result<std::string> alternative_names(const std::vector<std::string>& names) {
  std::string value;
  for (const std::string& name : names) {
    unsigned char address[16];
    const bool is_ip = ::inet_pton(AF_INET, name.c_str(), address) == 1 || ::inet_pton(AF_INET6, name.c_str(), address) == 1;
    const auto strange = name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*");
    if (name.empty() || name.size() > 253 || (!is_ip && strange != std::string::npos)) {
      return fail(Errc::invalid, "'" + name + "' is no host name or address for a certificate");
    }
    value += (value.empty() ? "" : ",") + std::string(is_ip ? "IP:" : "DNS:") + name;
  }
  return value;
}

Result<void> issue(const std::string& dir, const Authority& ca, const std::string& subject, const std::string& names) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  X509* const leaf = certificate.get();
  X509* const issuer = ca.certificate.get();
  const bool made = key && leaf && set_common(leaf, key.get(), subject, kServerDays) &&
                    X509_set_issuer_name(leaf, X509_get_subject_name(issuer)) == 1 &&
                    add_extension(leaf, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(leaf, issuer, NID_key_usage, "critical,digitalSignature") &&
                    add_extension(leaf, issuer, NID_ext_key_usage, "serverAuth,clientAuth") &&
                    add_extension(leaf, issuer, NID_subject_key_identifier, "hash") &&
                    add_extension(leaf, issuer, NID_authority_key_identifier, "keyid:always") &&
                    add_extension(leaf, issuer, NID_subject_alt_name, names) &&
                    X509_sign(leaf, ca.key.get(), EVP_sha256()) > 0;
  if (!made) return fail(Errc::internal, "cannot make a certificate: " + openssl_error());
  if (auto ok = write_key(dir + "/key.pem", key.get()); !ok) return ok.error();
  return write_certificates(dir + "/cert.pem", {leaf, issuer});
}

}  // namespace

Result<void> make_self_signed(const std::string& dir, const std::vector<std::string>& names) {
  if (names.empty()) return fail(Errc::invalid, "a certificate needs at least one name");
  const auto alternatives = alternative_names(names);
  if (!alternatives) return alternatives.error();
  if (::mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(Errc::io, "cannot make " + dir + ": " + std::strerror(errno));
  }
  ERR_clear_error();
  auto ca = load_authority(dir);
  if (!ca && ca.error().code() == Errc::not_found) ca = make_authority(dir, names.front());
  if (!ca) return ca.error();
  return issue(dir, *ca, names.front(), *alternatives);
}

}  // namespace net
