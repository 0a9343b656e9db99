// Path validation (RFC 5280 6) as strict as OpenSSL can be made, revocation by CRL, the algorithm floor and what an anchor may
// vouch for. Private to the rooms trust, smime and pdf. Pure apart from OpenSSL's locks; never fetches anything.
#pragma once
#include "policy/core/reason.hpp"
#include "policy/trust/evidence.hpp"
#include "policy/trust/store_impl.hpp"
#include "policy/trust/strength.hpp"

namespace policy::trust {

enum class Purpose : unsigned char { mail, document, timestamp };

// Two times, because a time-stamp parts them: `at` is when the signature is known to have existed and its certificates had to be
// good; `now` is when it is judged, and what is known about revocations by then counts. A revocation dated after `at` does not
// undo a signature made before (RFC 5280 6.3 asks about a time, ETSI EN 319 102-1 5.2.9); without a time-stamp at == now.
struct PathOptions {
  base::Time at{};
  std::optional<base::Time> now;      // absent = at
  Revocation revocation = Revocation::prefer;
  Purpose purpose = Purpose::mail;
  const Evidence* evidence = nullptr;  // revocation data that came with the signature
  std::optional<base::Time> stamped;  // Purpose::timestamp: genTime, which outlives a harmless revocation (RFC 3161 4)
};

struct PathResult {
  Reasons reasons;                 // empty or informational when the path holds
  const Anchor* anchor = nullptr;  // set whenever the path ends in one, whatever else is wrong
  std::vector<RevocationSource> wanted;  // set when nothing but revocation data is missing
  std::vector<std::string> used;         // digests of what the path and its revocation were judged with; only where there is an anchor
};

// `hints` are the certificates that came with the signature; they may be null. The leaf's own key and usage are judged too.
PathResult check_path(const TrustStore& trust, X509* leaf, STACK_OF(X509) * hints, const PathOptions& options);

// CONTRACT part 2: may this anchor vouch for an address in `domain` (canonical)?
bool may_vouch_for_domain(const AnchorInfo& anchor, std::string_view domain, const std::vector<std::string>& site_domains);
// The same for the agency names (CN, O) of a certificate that signed a document.
bool may_vouch_for_agency(const AnchorInfo& anchor, const SignerInfo& signer, const std::vector<std::string>& site_agencies);

// Both for whoever signs a document: the domains of his addresses, and his agency.
bool may_sign_documents(const AnchorInfo& anchor, const SignerInfo& signer, const std::vector<std::string>& site_domains,
                        const std::vector<std::string>& site_agencies);

// The same for mail: only a certificate that bears the name of one of the site's agencies is asked about (ATTACKS S22).
bool may_bear_agency(const TrustStore& trust, const AnchorInfo& anchor, const SignerInfo& signer);

// A name in the subject that cannot be what it seems: control characters, deceptive Unicode, or the look of one of the site's
// agencies without being its name (ATTACKS S22). Empty when all is well, else the name.
std::string unusable_name(const TrustStore& trust, const X509* cert);

}  // namespace policy::trust
