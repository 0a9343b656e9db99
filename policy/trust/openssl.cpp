#include "policy/trust/openssl.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <time.h>

#include <algorithm>

#include "base/encoding.hpp"

namespace policy::trust {
namespace {

constexpr std::size_t kMaxFile = 64u << 20;  // a large CRL has some ten MB

std::string upper_hex(std::string_view bytes) {
  std::string s = base::hex_encode(bytes);
  std::transform(s.begin(), s.end(), s.begin(), [](char c) { return c >= 'a' && c <= 'f' ? char(c - 32) : c; });
  return s;
}

bool is_pem(std::string_view s) { return s.find("-----BEGIN ") != std::string_view::npos; }

template <class Item, class Handle, Item* (*FromPem)(BIO*, Item**, pem_password_cb*, void*), Item* (*FromDer)(Item**, const unsigned char**, long)>
base::Result<std::vector<Handle>> read_all(std::string_view in, const char* what) {
  std::vector<Handle> out;
  if (in.size() > kMaxFile) return base::fail(base::Errc::limit, std::string(what) + " file is too large");
  if (is_pem(in)) {
    Bio bio(BIO_new_mem_buf(in.data(), int(in.size())));
    while (Item* one = FromPem(bio.get(), nullptr, nullptr, nullptr)) out.emplace_back(one);
    const auto last = ERR_peek_last_error();
    const bool ended = ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
    clear_errors();
    if (!ended) return base::fail(base::Errc::invalid, std::string("damaged ") + what + " in PEM file");
  } else {
    const auto* p = reinterpret_cast<const unsigned char*>(in.data());
    if (Item* one = FromDer(nullptr, &p, long(in.size()))) out.emplace_back(one);
    clear_errors();
  }
  if (out.empty()) return base::fail(base::Errc::invalid, std::string("no ") + what + " in PEM or DER found");
  return out;
}

void add_general_name(const GENERAL_NAME* name, Addresses& out) {
  const ASN1_STRING* s = nullptr;
  if (name->type == GEN_EMAIL) {
    s = name->d.rfc822Name;
  } else if (name->type == GEN_OTHERNAME && OBJ_obj2nid(name->d.otherName->type_id) == NID_id_on_SmtpUTF8Mailbox &&
             name->d.otherName->value->type == V_ASN1_UTF8STRING) {
    s = name->d.otherName->value->value.utf8string;  // RFC 8398 3
  }
  if (s == nullptr) return;
  const std::string_view text = bytes_of(s);
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (has_control_characters(text) || (name->type == GEN_EMAIL && !ascii)) out.unusable = true;
  else out.all.emplace_back(text);
}

}  // namespace

std::string_view bytes_of(const ASN1_STRING* s) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(s)), std::size_t(ASN1_STRING_length(s))};
}

std::optional<std::string> text_of(const ASN1_STRING* s) {
  unsigned char* out = nullptr;
  const int n = ASN1_STRING_to_UTF8(&out, s);
  if (n < 0) return std::nullopt;
  std::string text(reinterpret_cast<char*>(out), std::size_t(n));
  OPENSSL_free(out);
  return text;
}

void clear_errors() { ERR_clear_error(); }

base::Result<std::vector<Cert>> read_certificates(std::string_view in) {
  return read_all<X509, Cert, PEM_read_bio_X509, d2i_X509>(in, "certificate");
}
base::Result<std::vector<Crl>> read_crls(std::string_view in) {
  return read_all<X509_CRL, Crl, PEM_read_bio_X509_CRL, d2i_X509_CRL>(in, "CRL");
}

bool has_control_characters(std::string_view s) {
  return std::any_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string name_text(const X509_NAME* name) {
  Bio bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  const char* data = nullptr;
  const long n = BIO_get_mem_data(bio.get(), &data);
  return n > 0 ? std::string(data, std::size_t(n)) : std::string();
}

std::string name_entry(const X509_NAME* name, int nid) {
  int at = -1;
  for (int next = at; (next = X509_NAME_get_index_by_NID(name, nid, next)) >= 0;) at = next;
  return at < 0 ? std::string() : text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at))).value_or("");
}

std::string fingerprint(const X509* cert) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  if (X509_digest(cert, EVP_sha256(), digest, &n) != 1) return {};
  return upper_hex({reinterpret_cast<char*>(digest), n});
}

std::optional<base::Time> time_of(const ASN1_TIME* t) {
  tm parts{};
  if (t == nullptr || ASN1_TIME_to_tm(t, &parts) != 1) return std::nullopt;
  return base::Time(std::chrono::seconds(timegm(&parts)));
}

Addresses addresses(const X509* cert) {
  Addresses out;
  base::Handle<GENERAL_NAMES, GENERAL_NAMES_free> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(cert, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) add_general_name(sk_GENERAL_NAME_value(names.get(), i), out);
  if (!out.all.empty() || out.unusable) return out;
  const X509_NAME* subject = X509_get_subject_name(cert);
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, at)) >= 0;) {
    const std::string mail = text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))).value_or("");
    if (mail.empty() || has_control_characters(mail)) out.unusable = true;
    else out.all.push_back(mail);
  }
  return out;
}

SignerInfo describe(const X509* cert) {
  SignerInfo s;
  const X509_NAME* subject = X509_get_subject_name(cert);
  s.subject = name_text(subject);
  s.common_name = name_entry(subject, NID_commonName);
  s.organization = name_entry(subject, NID_organizationName);
  s.emails = addresses(cert).all;
  const ASN1_INTEGER* serial = X509_get0_serialNumber(cert);
  s.serial = upper_hex(bytes_of(serial));
  s.issuer = name_text(X509_get_issuer_name(cert));
  s.fingerprint = fingerprint(cert);
  s.not_before = time_of(X509_get0_notBefore(cert));
  s.not_after = time_of(X509_get0_notAfter(cert));
  return s;
}

}  // namespace policy::trust
