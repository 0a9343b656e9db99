// Which names a certificate may bear, and which an anchor may vouch for (CONTRACT part 2, ATTACKS S22).
#include <algorithm>

#include "base/confusable.hpp"
#include "base/domain_name.hpp"
#include "base/unicode.hpp"
#include "policy/trust/path.hpp"

namespace policy::trust {
namespace {

bool same_name(std::string_view a, std::string_view b) { return base::fold_case(a) == base::fold_case(b); }

bool among(const SignerInfo& signer, const std::vector<std::string>& agencies) {
  return std::any_of(agencies.begin(), agencies.end(), [&](const std::string& a) {
    return same_name(a, signer.organization) || same_name(a, signer.common_name);
  });
}

bool below_any(std::string_view domain, const std::vector<std::string>& list) {
  return std::any_of(list.begin(), list.end(), [domain](const std::string& d) { return base::is_subdomain(domain, d); });
}

// "Sở Ví dụ" with one Cyrillic letter is caught as deceptive; one written wholly in another alphabet, by its look.
bool looks_like_agency(const TrustStore::Impl& trust, const std::string& name) {
  if (trust.look_alikes.empty()) return false;
  if (std::binary_search(trust.agencies.begin(), trust.agencies.end(), base::fold_case(name))) return false;
  return std::binary_search(trust.look_alikes.begin(), trust.look_alikes.end(), base::look_alike_key(name));
}

}  // namespace

std::string unusable_name(const TrustStore& trust, const X509* cert) {
  const X509_NAME* subject = X509_get_subject_name(cert);
  for (int i = 0; i < X509_NAME_entry_count(subject); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(subject, i);
    const auto text = text_of(X509_NAME_ENTRY_get_data(entry));
    if (!text || has_control_characters(*text) || base::deceptive(*text)) return text ? *text : "?";
    const int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    if ((nid == NID_commonName || nid == NID_organizationName) && looks_like_agency(trust.impl(), *text)) return *text;
  }
  for (const std::string& mail : addresses(cert).all)
    if (base::deceptive(mail)) return mail;
  return {};
}

bool may_vouch_for_domain(const AnchorInfo& anchor, std::string_view domain, const std::vector<std::string>& site_domains) {
  if (anchor.rule.any_name) return true;
  if (!anchor.rule.domains.empty()) return below_any(domain, anchor.rule.domains);
  return anchor.anchor_class != AnchorClass::public_ || !below_any(domain, site_domains);
}

bool may_vouch_for_agency(const AnchorInfo& anchor, const SignerInfo& signer, const std::vector<std::string>& site_agencies) {
  if (anchor.rule.any_name) return true;
  if (!anchor.rule.agencies.empty()) return among(signer, anchor.rule.agencies);
  return anchor.anchor_class != AnchorClass::public_ || !among(signer, site_agencies);
}

bool may_sign_documents(const AnchorInfo& anchor, const SignerInfo& signer, const std::vector<std::string>& site_domains,
                        const std::vector<std::string>& site_agencies) {
  const bool domains = std::all_of(signer.emails.begin(), signer.emails.end(), [&](const std::string& mail) {
    const auto domain = base::canonical_domain(std::string_view(mail).substr(mail.rfind('@') + 1));
    return !domain || may_vouch_for_domain(anchor, *domain, site_domains);
  });
  return domains && may_vouch_for_agency(anchor, signer, site_agencies);
}

bool may_bear_agency(const TrustStore& trust, const AnchorInfo& anchor, const SignerInfo& signer) {
  const auto ours = [&](const std::string& name) {
    const auto& known = trust.impl().agencies;
    return !known.empty() && std::binary_search(known.begin(), known.end(), base::fold_case(name));
  };
  if (anchor.rule.any_name || (!ours(signer.organization) && !ours(signer.common_name))) return true;
  return anchor.rule.agencies.empty() ? anchor.anchor_class != AnchorClass::public_ : among(signer, anchor.rule.agencies);
}

}  // namespace policy::trust
