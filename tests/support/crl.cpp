#include "tests/support/crl.hpp"

#include <openssl/conf.h>
#include <openssl/x509v3.h>

#include "tests/support/handles.hpp"

namespace test {
namespace {

using namespace detail;
using namespace std::chrono_literals;
using Crl = base::Handle<X509_CRL, X509_CRL_free>;

base::Handle<ASN1_TIME, ASN1_TIME_free> time_or(base::Time t, base::Time otherwise) {
  base::Handle<ASN1_TIME, ASN1_TIME_free> out(ASN1_TIME_new());
  set_time(out.get(), t == base::Time{} ? otherwise : t);
  return out;
}

void add_issuer(X509_REVOKED* entry, const std::string& pem) {
  const Cert ca = read_cert(pem);
  GENERAL_NAMES* names = GENERAL_NAMES_new();
  GENERAL_NAME* name = GENERAL_NAME_new();
  GENERAL_NAME_set0_value(name, GEN_DIRNAME, X509_NAME_dup(X509_get_subject_name(ca.get())));
  sk_GENERAL_NAME_push(names, name);
  X509_REVOKED_add1_ext_i2d(entry, NID_certificate_issuer, names, 1, 0);
  GENERAL_NAMES_free(names);
}

void add_entry(X509_CRL* crl, const RevokedEntry& one) {
  X509_REVOKED* entry = X509_REVOKED_new();
  const Cert gone = read_cert(one.certificate);
  X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(gone.get()));
  if (one.date == base::Time{}) X509_REVOKED_set_revocationDate(entry, const_cast<ASN1_TIME*>(X509_CRL_get0_lastUpdate(crl)));
  else X509_REVOKED_set_revocationDate(entry, time_or(one.date, {}).get());
  if (one.reason >= 0) {
    const base::Handle<ASN1_ENUMERATED, ASN1_ENUMERATED_free> reason(ASN1_ENUMERATED_new());
    ASN1_ENUMERATED_set(reason.get(), one.reason);
    X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason.get(), 0, 0);
  }
  if (one.invalidity != base::Time{}) {
    const base::Handle<ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_free> date(
        ASN1_GENERALIZEDTIME_set(nullptr, std::chrono::floor<std::chrono::seconds>(one.invalidity).time_since_epoch().count()));
    X509_REVOKED_add1_ext_i2d(entry, NID_invalidity_date, date.get(), 0, 0);
  }
  if (!one.certificate_issuer.empty()) add_issuer(entry, one.certificate_issuer);
  X509_CRL_add0_revoked(crl, entry);
}

void add_number(X509_CRL* crl, int nid, long value, int critical) {
  const base::Handle<ASN1_INTEGER, ASN1_INTEGER_free> number(ASN1_INTEGER_new());
  ASN1_INTEGER_set(number.get(), value);
  X509_CRL_add1_ext_i2d(crl, nid, number.get(), critical, 0);
}

void add_config(X509_CRL* crl, X509* issuer, const std::string& text, const char* name, const char* value) {
  const base::Handle<CONF, NCONF_free> conf(NCONF_new(nullptr));
  long line = 0;
  must(NCONF_load_bio(conf.get(), memory(text).get(), &line) == 1, "configuration");
  X509V3_CTX ctx;
  X509V3_set_ctx(&ctx, issuer, nullptr, nullptr, crl, 0);
  X509V3_set_nconf(&ctx, conf.get());
  const base::Handle<X509_EXTENSION, X509_EXTENSION_free> ext(X509V3_EXT_nconf(conf.get(), &ctx, name, value));
  if (!ext) broken(value);
  X509_CRL_add_ext(crl, ext.get(), -1);
}

void extend_crl(X509_CRL* crl, X509* issuer, const CrlSpec& spec) {
  add_config(crl, issuer, "", "authorityKeyIdentifier", "keyid:always");
  add_number(crl, NID_crl_number, spec.number, 0);
  if (spec.delta_base >= 0) add_number(crl, NID_delta_crl, spec.delta_base, 1);
  if (!spec.distribution_point.empty())
    add_config(crl, issuer, "[idp]\n" + spec.distribution_point + "\n", "issuingDistributionPoint", "critical,@idp");
  if (spec.unknown_critical) add_config(crl, issuer, "", "1.3.6.1.4.1.99999.9", "critical,ASN1:NULL");
  if (spec.expired_kept) add_config(crl, issuer, "", "2.5.29.60", "ASN1:GENERALIZEDTIME:20000101000000Z");
}

}  // namespace

std::string make_crl(const Identity& issuer, const CrlSpec& spec) {
  const Cert cert = read_cert(issuer.certificate);
  const Key key = read_key(issuer.key);
  const Crl crl(X509_CRL_new());
  X509_CRL_set_version(crl.get(), 1);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(cert.get()));
  X509_CRL_set1_lastUpdate(crl.get(), time_or(spec.this_update, test_now() - 24h).get());
  X509_CRL_set1_nextUpdate(crl.get(), time_or(spec.next_update, test_now() + 24h * 30).get());
  for (const RevokedEntry& one : spec.revoked) add_entry(crl.get(), one);
  extend_crl(crl.get(), cert.get(), spec);
  // An entry without certificateIssuer belongs to the issuer of the one before it (RFC 5280 5.3.3), so those stay in their order.
  if (spec.distribution_point.find("indirectCRL") == std::string::npos) X509_CRL_sort(crl.get());
  const EVP_MD* md = EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519 ? nullptr : must(EVP_get_digestbyname(spec.digest.c_str()), "digest");
  if (X509_CRL_sign(crl.get(), key.get(), md) <= 0) broken("sign CRL");
  const Bio out = output();
  PEM_write_bio_X509_CRL(out.get(), crl.get());
  return text_of(out);
}

std::string make_crl(const Identity& issuer, const std::vector<std::string>& revoked, base::Time this_update, base::Time next_update) {
  CrlSpec spec;
  for (const std::string& one : revoked) spec.revoked.push_back({one, {}, -1, {}, {}});
  spec.this_update = this_update;
  spec.next_update = next_update;
  return make_crl(issuer, spec);
}

}  // namespace test
