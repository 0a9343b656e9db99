// Whether those who signed are who the mail says it is from (RFC 8550 3, ATTACKS S5-S8, S22). Private.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "policy/smime/cms.hpp"
#include "policy/smime/mailbox.hpp"

namespace policy::smime {

struct NameRules {
  const std::vector<std::string>& site_domains;  // what public anchors may not vouch for
  const trust::TrustStore& trust;                // and its agencies' names
};

bool names_sender(const CmsSigner& signer, const From& from);

// What From itself gets: several, missing, not the signer's, or a display name that shows another address.
void judge_from(const From& from, const std::vector<CmsSigner>& signers, Reasons& reasons);

// What is wrong with each signer's names, whoever the sender is.
void judge_names(const NameRules& rules, std::vector<CmsSigner>& signers);

// Root entity: From against all signers; each signer who is not the sender is told as such.
void judge_sender(const From& from, std::vector<CmsSigner>& signers, Reasons& message);

}  // namespace policy::smime
