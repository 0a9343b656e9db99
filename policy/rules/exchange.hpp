// The duties of exchange directives: rules that are asked only where a policy file ([policy] files) says so, and bind only what the
// site's own officials submit. From outside they say nothing. What mail cannot know is not judged: it never counts against anybody.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/exchange_policy.hpp"
#include "policy/pipeline/pipeline.hpp"

namespace policy::rules {

using ExchangePolicies = std::vector<base::ExchangePolicy>;

// What is known of one duty for one document.
enum class Outcome : std::uint8_t { met, violated, not_judged };

// An issued official document goes as PDF, alone or beside its editable form. Reject when enforced.
std::unique_ptr<Rule> pdf_duty(const Site& site);
// From the day on which the sender's agency has a certificate ([[certificates]]), its PDF documents are signed. Reject when enforced.
std::unique_ptr<Rule> signature_duty(const Site& site, const ExchangePolicies& policies);
// Until then they are scans of the sealed paper: a PDF that is neither a scan nor signed violates. Reject when enforced.
std::unique_ptr<Rule> scanned_seal(const Site& site, const ExchangePolicies& policies);
// Issued documents go from agency mailbox to agency mailbox; drafts may go by personal official mailboxes. Reject when enforced.
std::unique_ptr<Rule> agency_mailbox(const Site& site);
// Tells each document's way: e-only, e+paper or paper. Where two fit, paper is the safer one and both are told. Annotates.
std::unique_ptr<Rule> exchange_class(const ExchangePolicies& policies);
// Papers that come with an invitation are accepted 24 hours before the meeting. A deadline rule: it annotates and never refuses.
std::unique_ptr<Rule> meeting_papers();

// The same rules' entries and exceptions for the ModeTable. Errors name the policy and the rule that does not exist or has no exceptions.
[[nodiscard]] base::Result<void> add_entries(const ExchangePolicies& policies, const std::vector<std::unique_ptr<Rule>>& rules,
                                             std::vector<ModeEntry>& entries, std::vector<ExceptionEntry>& exceptions);
// Makes them all, in the order in which they are judged. `policies` must outlive the rules.
void add_exchange_rules(const Site& site, const ExchangePolicies& policies, std::vector<std::unique_ptr<Rule>>& rules);

}  // namespace policy::rules
