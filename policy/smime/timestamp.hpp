// RFC 3161 time-stamp tokens: is it proven that some bytes existed at a time? Used for the signature time-stamps of CMS
// (id-aa-timeStampToken) by cms.cpp and for document time-stamps by policy/pdf. Any thread.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "policy/smime/cms.hpp"

namespace policy::smime {

struct TimeStamp {
  Reasons reasons;                    // why it does not count; only informational ones when it does
  std::optional<base::Time> time;     // set only when everything holds: the bytes existed then. This is a judging time
  std::optional<base::Time> claimed;  // genTime as written, however wrong the rest is
  std::optional<SignerInfo> authority;
  AnchorClass anchor_class = AnchorClass::none;
  std::vector<RevocationSource> wanted;  // as in SignatureReport
  std::vector<std::string> used;
};

// `token`: a CMS ContentInfo around a TSTInfo (RFC 3161 2.4.2), DER; zero padding behind it only with options.document.
// `stamped`: the bytes, in order, whose digest must be the token's imprint. `options.at` is when it is judged and
// `options.proven` a time at which the token itself is known to have existed (a later time-stamp over it): at the earlier of the
// two the authority's certificate must be good, and genTime must not be later. A weak or indeterminate token proves nothing.
TimeStamp verify_timestamp(std::string_view token, const std::vector<std::string_view>& stamped, const trust::TrustStore& trust,
                           const CmsOptions& options);

}  // namespace policy::smime
