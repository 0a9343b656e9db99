#include "policy/xmlsig/signature.hpp"

#include <libxml/c14n.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "policy/smime/timestamp.hpp"
#include "policy/trust/path.hpp"

namespace policy::xmlsig {
namespace {

constexpr std::size_t kMaxReferences = 4000, kMaxXmlCertificates = 32;
constexpr std::string_view kRelationshipTransform = "http://schemas.openxmlformats.org/package/2006/RelationshipTransform";
constexpr std::string_view kPackageDsig = "http://schemas.openxmlformats.org/package/2006/digital-signature";
constexpr std::string_view kRelationships = "http://schemas.openxmlformats.org/package/2006/relationships";
using XmlDigest = base::Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using XmlEcValue = base::Handle<ECDSA_SIG, ECDSA_SIG_free>;

struct ValueAlgorithm {
  std::string_view uri;
  int key;  // EVP_PKEY type
  const EVP_MD* (*md)();
  bool pss = false;
};
constexpr std::array<ValueAlgorithm, 11> kValues{{
    {"http://www.w3.org/2000/09/xmldsig#rsa-sha1", EVP_PKEY_RSA, EVP_sha1},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", EVP_PKEY_RSA, EVP_sha256},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", EVP_PKEY_RSA, EVP_sha384},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", EVP_PKEY_RSA, EVP_sha512},
    {"http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", EVP_PKEY_RSA, EVP_sha256, true},
    {"http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1", EVP_PKEY_RSA, EVP_sha384, true},
    {"http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1", EVP_PKEY_RSA, EVP_sha512, true},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1", EVP_PKEY_EC, EVP_sha1},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", EVP_PKEY_EC, EVP_sha256},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", EVP_PKEY_EC, EVP_sha384},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", EVP_PKEY_EC, EVP_sha512},
}};

const EVP_MD* digest_of(const xmlNode* method) {
  const std::string name = attribute(method, "Algorithm").value_or("");
  if (name == "http://www.w3.org/2000/09/xmldsig#sha1") return EVP_sha1();
  if (name == "http://www.w3.org/2001/04/xmlenc#sha256") return EVP_sha256();
  if (name == "http://www.w3.org/2001/04/xmldsig-more#sha384") return EVP_sha384();
  return name == "http://www.w3.org/2001/04/xmlenc#sha512" ? EVP_sha512() : nullptr;
}

std::optional<std::string> binary(const xmlNode* n) {
  if (!n) return std::nullopt;
  std::string packed = text(n);
  packed.erase(std::remove_if(packed.begin(), packed.end(), [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }), packed.end());
  auto out = base::base64_decode(packed);
  return out && !out->empty() ? std::optional(*std::move(out)) : std::nullopt;
}

std::string digest(const EVP_MD* md, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  return EVP_Digest(bytes.data(), bytes.size(), out, &n, md, nullptr) == 1 ? std::string(reinterpret_cast<char*>(out), n) : std::string();
}

// ECMA-376 part 2, 13.2.4.24: only the named relationships, by Id, nothing between them.
std::optional<std::string> relationships(std::string_view bytes, const xmlNode* transform, const Canonical& form, Covered::Part& part) {
  part.whole = false;
  for (const xmlNode* n : elements(transform)) {
    const auto id = attribute(n, "SourceId"), type = attribute(n, "SourceType");
    if (is(n, kPackageDsig, "RelationshipReference") && id) part.relations.insert(*id);
    else if (is(n, kPackageDsig, "RelationshipsGroupReference") && type) part.relation_types.insert(*type);
    else return std::nullopt;
  }
  const Document source = parse_xml(bytes);
  const xmlNode* root = source ? xmlDocGetRootElement(source.get()) : nullptr;
  if (!is(root, kRelationships, "Relationships")) return std::nullopt;
  std::map<std::string, const xmlNode*> kept;
  for (const xmlNode* n : elements(root)) {
    const auto id = attribute(n, "Id"), type = attribute(n, "Type");
    if (!is(n, kRelationships, "Relationship") || !id || !type || !elements(n).empty()) return std::nullopt;
    if ((part.relations.contains(*id) || part.relation_types.contains(*type)) && !kept.emplace(*id, n).second) return std::nullopt;
  }
  const Document out(xmlNewDoc(BAD_CAST "1.0"));
  xmlNode* top = out ? xmlNewDocNode(out.get(), nullptr, BAD_CAST "Relationships", nullptr) : nullptr;
  if (!top) return std::nullopt;
  xmlDocSetRootElement(out.get(), top);
  xmlNs* space = xmlNewNs(top, reinterpret_cast<const xmlChar*>(kRelationships.data()), nullptr);
  xmlSetNs(top, space);
  for (const auto& [id, n] : kept) {
    xmlNode* copy = xmlNewChild(top, space, BAD_CAST "Relationship", nullptr);
    for (const char* name : {"Id", "Target", "TargetMode", "Type"}) {
      auto value = attribute(n, name);
      if (!value && std::string_view(name) == "TargetMode") value = "Internal";
      if (value) xmlNewProp(copy, BAD_CAST name, BAD_CAST value->c_str());
    }
  }
  return canonical(out.get(), nullptr, {}, false, form);
}

struct Transforms {
  bool enveloped = false;
  const xmlNode* relations = nullptr;
  std::optional<Canonical> form;
};

// XML-DSig 6.6: enveloped-signature first, a canonical form last, and nothing else. Nothing: a transform of another kind.
std::optional<Transforms> transforms_of(const xmlNode* reference) {
  Transforms out;
  for (const xmlNode* t : elements(child(reference, kDsig, "Transforms"))) {
    if (!is(t, kDsig, "Transform") || out.form) return std::nullopt;
    const std::string name = attribute(t, "Algorithm").value_or("");
    if (name == "http://www.w3.org/2000/09/xmldsig#enveloped-signature" && !out.relations) out.enveloped = true;
    else if (name == kRelationshipTransform && !out.enveloped && !out.relations) out.relations = t;
    else if (!(out.form = canonical_form(t))) return std::nullopt;
  }
  return out;
}

class Judge {
 public:
  Judge(xmlDoc* doc, const xmlNode* signature, const Resolve& resolve, const trust::TrustStore& trust, const smime::Options& options)
      : doc_(doc), signature_(signature), resolve_(resolve), trust_(trust), options_(options) {}

  Judged run() {
    SignatureReport& r = out_.report;
    r.layer = Layer::xml;
    const xmlNode* info = child(signature_, kDsig, "SignedInfo");
    const xmlNode* method = child(info, kDsig, "SignatureMethod");
    const auto value = binary(child(signature_, kDsig, "SignatureValue"));
    const auto form = info ? canonical_form(child(info, kDsig, "CanonicalizationMethod")) : std::nullopt;
    if (!info || !method || !value || !well_formed(info)) return fail(Code::malformed_xml_signature);
    if (!form) return fail(Code::xml_signature_not_verified, "canonical form");
    const std::string name = attribute(method, "Algorithm").value_or("");
    const auto algorithm = std::find_if(kValues.begin(), kValues.end(), [&](const ValueAlgorithm& a) { return a.uri == name; });
    if (algorithm == kValues.end() || !elements(method).empty()) return fail(Code::unsupported_algorithm, "signature");
    references(info, true);
    const auto signed_bytes = canonical(doc_, info, {}, false, *form);
    if (!signed_bytes) return fail(Code::xml_signature_not_verified, "canonical form");
    signer(*signed_bytes, *value, *algorithm);
    return std::move(out_);
  }

 private:
  Judged fail(Code code, std::string detail = {}) {
    add(out_.report.reasons, code, std::move(detail));
    return std::move(out_);
  }

  // One SignedInfo, one value, at most one KeyInfo: a second one would be what another reader verifies.
  bool well_formed(const xmlNode* info) const {
    std::map<std::string, int> count;
    for (const xmlNode* n : elements(signature_)) {
      const std::string name(local_name(n));
      if (namespace_of(n) != kDsig || (name != "SignedInfo" && name != "SignatureValue" && name != "KeyInfo" && name != "Object")) return false;
      if (++count[name] > 1 && name != "Object") return false;
    }
    const auto parts = elements(info);
    return parts.size() >= 3 && is(parts[0], kDsig, "CanonicalizationMethod") && is(parts[1], kDsig, "SignatureMethod") &&
           std::all_of(parts.begin() + 2, parts.end(), [](const xmlNode* n) { return is(n, kDsig, "Reference"); });
  }

  void references(const xmlNode* list, bool manifests) {
    for (const xmlNode* n : elements(list)) {
      if (!is(n, kDsig, "Reference")) continue;
      if (++references_ > kMaxReferences) return add(out_.report.reasons, Code::limit_exceeded, "references");
      reference(n, manifests);
    }
  }

  void reference(const xmlNode* n, bool manifests) {
    const auto uri = attribute(n, "URI");
    const auto want = binary(child(n, kDsig, "DigestValue"));
    const EVP_MD* md = digest_of(child(n, kDsig, "DigestMethod"));
    const auto how = transforms_of(n);
    if (!uri || !want) return add(out_.report.reasons, Code::malformed_xml_signature, "reference");
    if (!how) return add(out_.report.reasons, Code::xml_signature_not_verified, "transform");
    if (!md) return add(out_.report.reasons, Code::unsupported_algorithm, "digest");
    if (!trust::allows_digest(trust::floor_at(trust_.impl().floors, options_.at), EVP_MD_get_type(md)))
      add(out_.report.reasons, Code::weak_digest, EVP_MD_get0_name(md));
    if (uri->empty() || uri->front() == '#') return inside(*uri, *how, md, *want, manifests);
    Covered::Part part;
    const auto query = uri->find("?ContentType=");
    const std::string path = path_of(std::string_view(*uri).substr(0, query));
    if (query != std::string::npos) part.content_type = base::lower_ascii(uri->substr(query + 13));
    auto bytes = resolve_ && !path.empty() ? resolve_(path) : std::nullopt;
    if (!bytes) return add(out_.report.reasons, resolve_ ? Code::digest_mismatch : Code::xml_signature_not_verified, *uri);
    std::optional<std::string> made = *std::move(bytes);
    if (how->relations) {
      made = relationships(*made, how->relations, how->form.value_or(Canonical{}), part);
    } else if (how->form) {
      const Document other = parse_xml(*made);
      made = other ? canonical(other.get(), nullptr, {}, false, *how->form) : std::nullopt;
    }
    if (!made || how->enveloped) return add(out_.report.reasons, Code::xml_signature_not_verified, *uri);
    if (digest(md, *made) != *want) return add(out_.report.reasons, Code::digest_mismatch, *uri);
    // A part may be named once: two entries could say two content types of it.
    if (!out_.covered.parts.emplace(path, std::move(part)).second) add(out_.report.reasons, Code::malformed_xml_signature, *uri);
  }

  void inside(const std::string& uri, const Transforms& how, const EVP_MD* md, const std::string& want, bool manifests) {
    const xmlNode* apex = nullptr;
    if (!uri.empty() && !(apex = by_id(xmlDocGetRootElement(doc_), std::string_view(uri).substr(1))))
      return add(out_.report.reasons, uri.starts_with("#xpointer") ? Code::xml_signature_not_verified : Code::malformed_xml_signature, uri);
    if (how.relations) return add(out_.report.reasons, Code::xml_signature_not_verified, uri);
    std::vector<const xmlNode*> except;
    if (how.enveloped) except.push_back(signature_);
    const auto bytes = canonical(doc_, apex, except, true, how.form.value_or(Canonical{}));
    if (!bytes) return add(out_.report.reasons, Code::xml_signature_not_verified, uri);
    if (digest(md, *bytes) != want) {
      // A further signature that was put beside this one breaks it as well as a forger would: that is not for us to tell apart.
      for (const xmlNode* other : all(xmlDocGetRootElement(doc_), kDsig, "Signature"))
        if (other != signature_ && !within(signature_, other)) except.push_back(other);
      const bool further = how.enveloped && except.size() > 1 && digest(md, canonical(doc_, apex, except, true, how.form.value_or(Canonical{})).value_or("")) == want;
      return add(out_.report.reasons, further ? Code::xml_signature_not_verified : Code::digest_mismatch, further ? "a further signature was added" : uri);
    }
    if (!apex) out_.covered.document = true;
    else out_.covered.elements.push_back(apex);
    if (apex && manifests && is(apex, kDsig, "Object") && apex->parent == signature_)
      for (const xmlNode* m : elements(apex))
        if (is(m, kDsig, "Manifest")) references(m, false);
  }

  bool value_holds(X509* cert, std::string_view bytes, std::string value, const ValueAlgorithm& algorithm) const {
    EVP_PKEY* key = X509_get0_pubkey(cert);
    if (!key || EVP_PKEY_get_base_id(key) != algorithm.key || EVP_PKEY_get_bits(key) > trust::kMaxRsaBits) return false;
    if (algorithm.key == EVP_PKEY_EC) {  // XML-DSig 6.4.3: r || s, each as long as the group's order
      const auto* p = reinterpret_cast<const unsigned char*>(value.data());
      const int half = (EVP_PKEY_get_bits(key) + 7) / 8;
      const XmlEcValue pair(ECDSA_SIG_new());
      if (int(value.size()) != 2 * half || !pair) return false;
      ECDSA_SIG_set0(pair.get(), BN_bin2bn(p, half, nullptr), BN_bin2bn(p + half, half, nullptr));
      unsigned char* der = nullptr;
      const int n = i2d_ECDSA_SIG(pair.get(), &der);
      value.assign(reinterpret_cast<char*>(der), n > 0 ? std::size_t(n) : 0);
      OPENSSL_free(der);
    }
    const XmlDigest ctx(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    if (!ctx || EVP_DigestVerifyInit(ctx.get(), &parameters, algorithm.md(), nullptr, key) != 1) return false;
    if (algorithm.pss && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
                          EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1))
      return false;
    return EVP_DigestVerify(ctx.get(), reinterpret_cast<const unsigned char*>(value.data()), value.size(),
                            reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1;
  }

  void signer(std::string_view bytes, const std::string& value, const ValueAlgorithm& algorithm) {
    SignatureReport& r = out_.report;
    std::vector<trust::Cert> certificates;
    for (const xmlNode* n : all(child(signature_, kDsig, "KeyInfo"), kDsig, "X509Certificate")) {
      if (certificates.size() >= kMaxXmlCertificates) return add(r.reasons, Code::limit_exceeded, "certificates");
      const auto der = binary(n);
      auto read = der ? trust::read_certificates(*der) : base::Result<std::vector<trust::Cert>>(base::fail(base::Errc::invalid, ""));
      if (!read || read->size() != 1) return add(r.reasons, Code::malformed_xml_signature, "certificate");
      certificates.push_back(std::move(read->front()));
    }
    if (certificates.empty()) return add(r.reasons, Code::signer_certificate_missing);
    // Whoever is shown is the one whose key made the value; other certificates are hints.
    const auto own = std::find_if(certificates.begin(), certificates.end(), [&](const trust::Cert& c) { return value_holds(c.get(), bytes, value, algorithm); });
    trust::clear_errors();
    if (own == certificates.end()) return add(r.reasons, Code::signature_value_bad);
    judge_certificate(own->get(), certificates, value, algorithm);
    trust::clear_errors();
  }

  void judge_certificate(X509* cert, const std::vector<trust::Cert>& certificates, const std::string& value, const ValueAlgorithm& algorithm) {
    SignatureReport& r = out_.report;
    r.signer = trust::describe(cert);
    if (trust::addresses(cert).unusable || !trust::unusable_name(trust_, cert).empty()) add(r.reasons, Code::name_unusable);
    qualifying(cert);
    timestamp();
    trust::PathOptions path;
    path.at = r.signing_time_proven ? std::min(options_.at, *r.signing_time_proven) : options_.at;
    path.now = options_.known.value_or(options_.at);
    path.revocation = options_.revocation;
    path.purpose = trust::Purpose::document;
    const trust::AlgorithmFloor& floor = trust::floor_at(trust_.impl().floors, path.at);
    trust::check_key(cert, r.reasons, floor);
    if (!trust::allows_digest(floor, EVP_MD_get_type(algorithm.md()))) add(r.reasons, Code::weak_digest, EVP_MD_get0_name(algorithm.md()));
    if (has(r.reasons, Code::limit_exceeded) || value.empty()) return;
    const trust::CertList hints(sk_X509_new_null());
    for (const trust::Cert& c : certificates) sk_X509_push(hints.get(), c.get());
    trust::PathResult found = trust::check_path(trust_, cert, hints.get(), path);
    for (Reason& one : found.reasons) add(r.reasons, one.code, std::move(one.detail));
    r.wanted = std::move(found.wanted);
    r.used.insert(r.used.end(), found.used.begin(), found.used.end());
    if (!found.anchor) return;
    const trust::AnchorInfo& anchor = found.anchor->info;
    r.anchor_class = anchor.anchor_class;
    r.signer->anchor = anchor.well_known.empty() ? anchor.certificate.common_name : anchor.well_known;
    if (!trust::may_sign_documents(anchor, *r.signer, options_.site_domains, options_.site_agencies)) add(r.reasons, Code::anchor_not_allowed, r.signer->anchor);
  }

  const xmlNode* xades(std::string_view name) const {  // in any version's namespace
    for (const char* space : {"http://uri.etsi.org/01903/v1.3.2#", "http://uri.etsi.org/01903/v1.4.1#", "http://uri.etsi.org/01903/v1.2.2#"})
      if (const auto found = all(signature_, space, name); !found.empty()) return found.front();
    return nullptr;
  }

  // ETSI EN 319 132-1 5.2.1, 5.2.2: the claimed time, and the certificate that the signer meant.
  void qualifying(const X509* cert) {
    const xmlNode* properties = xades("SignedProperties");
    const auto& covered = out_.covered.elements;
    if (!properties || std::none_of(covered.begin(), covered.end(), [&](const xmlNode* e) { return within(properties, e); })) return;
    if (const xmlNode* time = xades("SigningTime"); time && within(time, properties))
      if (const auto at = base::parse_rfc3339(base::trim(text(time)))) out_.report.signing_time_claimed = *at;
    for (const char* name : {"SigningCertificate", "SigningCertificateV2"}) {
      const xmlNode* named = xades(name);
      if (!named || !within(named, properties)) continue;
      const auto digests = all(named, namespace_of(named), "CertDigest");
      const EVP_MD* md = digests.empty() ? nullptr : digest_of(child(digests.front(), kDsig, "DigestMethod"));
      unsigned char* der = nullptr;
      const int n = i2d_X509(cert, &der);
      const std::string own(reinterpret_cast<char*>(der), n > 0 ? std::size_t(n) : 0);
      OPENSSL_free(der);
      if (!md || binary(child(digests.front(), kDsig, "DigestValue")) != digest(md, own)) add(out_.report.reasons, Code::signing_certificate_mismatch);
    }
  }

  // ETSI EN 319 132-1 5.3: over the canonical SignatureValue element. One that does not hold is told and changes nothing.
  void timestamp() {
    const xmlNode* stamp = xades("SignatureTimeStamp");
    if (!stamp) return;
    const xmlNode* method = child(stamp, kDsig, "CanonicalizationMethod");
    const auto form = method ? canonical_form(method) : std::optional(Canonical{});
    const auto tokens = all(stamp, namespace_of(stamp), "EncapsulatedTimeStamp");
    const auto token = tokens.empty() ? std::nullopt : binary(tokens.front());
    const auto bytes = form ? canonical(doc_, child(signature_, kDsig, "SignatureValue"), {}, false, *form) : std::nullopt;
    if (!token || !bytes) return add(out_.report.reasons, Code::timestamp_not_counted);
    smime::CmsOptions how;
    how.at = options_.at;
    how.known = options_.known;
    how.revocation = options_.revocation;
    how.document = true;
    const smime::TimeStamp found = smime::verify_timestamp(*token, {*bytes}, trust_, how);
    add(out_.report.reasons, found.time ? Code::timestamp_verified : Code::timestamp_not_counted);
    if (!found.time) return;
    out_.report.signing_time_proven = found.time;
    out_.report.used = found.used;
  }

  xmlDoc* doc_;
  const xmlNode* signature_;
  const Resolve& resolve_;
  const trust::TrustStore& trust_;
  const smime::Options& options_;
  std::size_t references_ = 0;
  Judged out_;
};

}  // namespace

Judged judge_signature(xmlDoc* doc, const xmlNode* signature, const Resolve& resolve, const trust::TrustStore& trust, const smime::Options& options) {
  return Judge(doc, signature, resolve, trust, options).run();
}

void conclude(SignatureReport& report) {
  report.verdict = verdict_of(report.reasons);
  if (report.verdict == Verdict::valid) add(report.reasons, Code::verified);
}

std::string path_of(std::string_view uri) {
  if (uri.starts_with('/')) uri.remove_prefix(1);
  std::string out;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] == '?' || uri[i] == '#' || uri[i] == ':') return {};
    if (uri[i] != '%') {
      out.push_back(uri[i]);
      continue;
    }
    const auto byte = base::hex_decode(uri.substr(i + 1, 2));
    if (!byte || byte->size() != 1 || (*byte)[0] == '\0') return {};
    out += *byte;
    i += 2;
  }
  const bool out_of_it = out.starts_with('/') || ("/" + out + "/").find("/../") != std::string::npos || ("/" + out + "/").find("/./") != std::string::npos;
  return out_of_it ? std::string() : out;
}

}  // namespace policy::xmlsig
