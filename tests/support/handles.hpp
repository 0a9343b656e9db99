// Private to this folder: OpenSSL objects from PEM text, and failures as exceptions.
#pragma once
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/handle.hpp"

namespace test::detail {

using Cert = base::Handle<X509, X509_free>;
using Key = base::Handle<EVP_PKEY, EVP_PKEY_free>;
using Bio = base::Handle<BIO, BIO_free_all>;
using Cms = base::Handle<CMS_ContentInfo, CMS_ContentInfo_free>;

[[noreturn]] inline void broken(const char* what) {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  throw std::runtime_error(std::string(what) + ": " + text);
}
template <class T>
T must(T value, const char* what) {
  if (!value) broken(what);
  return value;
}

inline Bio memory(std::string_view s) { return Bio(must(BIO_new_mem_buf(s.data(), int(s.size())), "bio")); }
inline std::string text_of(const Bio& bio) {
  const char* data = nullptr;
  const long n = BIO_get_mem_data(bio.get(), &data);
  return {data, std::size_t(n)};
}
inline Bio output() { return Bio(BIO_new(BIO_s_mem())); }

inline Cert read_cert(const std::string& pem) { return Cert(must(PEM_read_bio_X509(memory(pem).get(), nullptr, nullptr, nullptr), "certificate")); }
inline Key read_key(const std::string& pem) {
  return Key(must(PEM_read_bio_PrivateKey(memory(pem).get(), nullptr, nullptr, nullptr), "key"));
}

inline void set_time(ASN1_TIME* t, base::Time value) {
  must(ASN1_TIME_set(t, std::chrono::floor<std::chrono::seconds>(value).time_since_epoch().count()), "time");
}

inline std::string der(CMS_ContentInfo* cms) {
  unsigned char* bytes = nullptr;
  const int n = i2d_CMS_ContentInfo(cms, &bytes);
  if (n <= 0) broken("CMS");
  std::string out(reinterpret_cast<char*>(bytes), std::size_t(n));
  OPENSSL_free(bytes);
  return out;
}

}  // namespace test::detail
