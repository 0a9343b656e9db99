// Why a verdict is what it is: stable codes (JSON `code`), their texts in both languages, and what each one does to the verdict.
// The table in reason.cpp is the only place where a finding gets its weight: a verdict is always worst(reasons), never set by hand.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/lang.hpp"
#include "policy/core/verdict.hpp"

namespace policy {

enum class Code : unsigned char {
  // nothing wrong, only told
  verified, no_revocation_source, revocation_off, headers_unprotected, signing_time_shifted, signer_not_sender, certified,
  form_filling, document_timestamp, document_evidence, further_signature, pades_level, covers_earlier_revision,
  incoming_stamp_signature, legal_person_missing, legal_agency_missing, legal_order, legal_issuer_differs, legal_issuer_unknown,
  legal_date_before, legal_date_late, timestamp_verified, timestamp_not_counted, revoked_after_timestamp, headers_protected, header_differs, content_encrypted,
  nested_signature, certificate_nonconforming,
  // unsigned
  not_signed, certificates_only, encrypted, openpgp_not_judged, signed_attachment_only,
  // weak
  weak_digest, weak_key, weak_chain, weak_subfilter,
  // indeterminate
  untrusted_issuer, signer_certificate_missing, revocation_unavailable, revocation_stale, expired, not_yet_valid,
  limit_exceeded, unsupported_algorithm, unparsable_container, header_not_at_start, repaired_xref, hybrid_xref,
  encrypted_document, revision_unreadable, further_signature_unverified, unsupported_subfilter,
  signed_file_missing, signed_file_ambiguous, xml_signature_not_verified,
  // spoof
  from_mismatch, from_missing, from_several, partially_signed, anchor_not_allowed, name_unusable, certificate_without_address,
  display_name_address, signed_file_differs, package_partly_signed,
  // invalid
  signature_value_bad, digest_mismatch, signed_attributes_missing, signed_attributes_malformed, content_in_detached,
  malformed_cms, malformed_multipart_signed, revoked, issuer_forged, path_invalid, wrong_key_usage, wrong_purpose,
  signing_certificate_mismatch, algorithm_protection_mismatch, several_signers, byte_range_bad, contents_bad,
  changed_after_signing, certification_misplaced, hidden_signature, signature_field_unparsable, malformed_xml_signature,
  kCount,
};

struct Reason {
  Code code = Code::not_signed;
  std::string detail;  // a name, an address, a depth; not translated, may be empty
  friend bool operator==(const Reason&, const Reason&) = default;
};
using Reasons = std::vector<Reason>;

std::string_view name(Code code);  // "from_mismatch"; never changes once released
std::optional<Code> parse_code(std::string_view s);
base::Text text(Code code);
std::string text(const Reason& reason, base::Lang lang);  // the text, then ": detail" where there is one
Verdict verdict_of(Code code);
Verdict verdict_of(const Reasons& reasons);  // valid for an empty list
bool has(const Reasons& reasons, Code code);
void add(Reasons& reasons, Code code, std::string detail = {});  // an equal reason is kept once

}  // namespace policy
