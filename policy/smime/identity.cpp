#include "policy/smime/identity.hpp"

#include <algorithm>

#include "base/domain_name.hpp"
#include "policy/trust/path.hpp"

namespace policy::smime {
namespace {

// Without a single certificate nothing says who signed: that is missing data, not somebody else's name.
bool nobody_known(const std::vector<CmsSigner>& signers) {
  return std::none_of(signers.begin(), signers.end(), [](const CmsSigner& s) { return s.signer.has_value(); });
}

bool sender_signed(const From& from, const std::vector<CmsSigner>& signers) {
  return std::any_of(signers.begin(), signers.end(), [&](const CmsSigner& s) { return names_sender(s, from); });
}

// A co-signer's anchor must be entitled to his names too, not only to From's domain.
bool anchor_entitled(const CmsSigner& s, const NameRules& rules) {
  if (!s.anchor || !s.signer) return true;  // no anchor: the path says so already
  const bool domains = std::all_of(s.signer->emails.begin(), s.signer->emails.end(), [&](const std::string& mail) {
    const auto domain = base::canonical_domain(std::string_view(mail).substr(mail.rfind('@') + 1));
    return !domain || trust::may_vouch_for_domain(*s.anchor, *domain, rules.site_domains);
  });
  return domains && trust::may_bear_agency(rules.trust, *s.anchor, *s.signer);
}

}  // namespace

bool names_sender(const CmsSigner& s, const From& from) {
  return s.signer && std::any_of(s.signer->emails.begin(), s.signer->emails.end(), [&](const std::string& a) { return same_mailbox(from, a); });
}

void judge_from(const From& from, const std::vector<CmsSigner>& signers, Reasons& reasons) {
  switch (from.kind) {
    case FromKind::several: return add(reasons, Code::from_several);
    case FromKind::missing:
    case FromKind::unreadable: return add(reasons, Code::from_missing);
    case FromKind::one: break;
  }
  if (!sender_signed(from, signers) && !nobody_known(signers)) add(reasons, Code::from_mismatch, from.local + "@" + from.domain);
  if (from.name_has_address) add(reasons, Code::display_name_address);
}

void judge_names(const NameRules& rules, std::vector<CmsSigner>& signers) {
  for (CmsSigner& s : signers) {
    if (s.names_unusable) add(s.reasons, Code::name_unusable);
    else if (s.signer && s.signer->emails.empty()) add(s.reasons, Code::certificate_without_address);
    else if (!anchor_entitled(s, rules)) add(s.reasons, Code::anchor_not_allowed, s.signer->anchor);
  }
}

void judge_sender(const From& from, std::vector<CmsSigner>& signers, Reasons& message) {
  const bool matched = sender_signed(from, signers);
  judge_from(from, signers, message);
  for (CmsSigner& s : signers) {
    if (!s.signer || names_sender(s, from)) continue;
    add(s.reasons, matched ? Code::signer_not_sender : Code::from_mismatch);
  }
}

}  // namespace policy::smime
