// What one mail brings to the registers: documents of its attachments for the agencies it is a paper of, or a report on a mail that
// was sent before. Read by the policy's worker thread before the commit; the rules do the rest.
#pragma once
#include <optional>
#include <utility>
#include <vector>

#include "policy/pipeline/context.hpp"
#include "store/store.hpp"
#include "tools/registers/rules.hpp"

namespace registers {

// CONTRACT 4: one outgoing row for the agency that issued a document, when it or one it belongs with sends it; one incoming row for
// each other agency that gets it. Drafts, reports without a sender and what an agency sends itself bring none.
std::vector<Arrival> arrivals_of(const store::Snapshot& snapshot, const policy::Site& site, const policy::Context& context,
                                 const policy::ContentFacts& facts);

// What is said about an attachment: its own signatures, and those of signature files that sign it.
std::vector<policy::SignatureReport> signatures_on(const policy::ContentFacts& facts, const policy::AttachmentFacts& attachment);

// The one site agency of that name (its aliases too) on that day of those that are meant; empty: none, or several.
std::string agency_named(const store::Snapshot& snapshot, std::string_view name, std::string_view day, std::string_view preferred);

// RFC 3464 and RFC 8098: what a report says of the recipients of the mail with this Message-ID.
struct Report {
  std::string message_id;
  std::vector<News> news;
};
std::optional<Report> read_report(std::string_view content, const mime::Structure& structure);

}  // namespace registers
