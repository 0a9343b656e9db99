// Whether the signatures of an official document have the form that NĐ 30/2020/NĐ-CP asks of an electronic one: the person who signs
// for the agency, then the agency (Điều 5.1, 32.2d). Says nothing of the cryptographic verdict and never changes it. Pure.
#pragma once
#include <vector>

#include "policy/core/agency_names.hpp"
#include "policy/core/signature_report.hpp"
#include "policy/document/document.hpp"

namespace policy::document {

// Fills legal_form of all `signatures` of one file, in the order in which they were made, and tells why in the reasons of the last one.
// Nothing is filled when one of them could not be verified: a form of unverified signatures would be a guess.
void judge_legal_form(std::vector<SignatureReport>& signatures, const Document& document, const std::vector<AgencyNames>& agencies);

}  // namespace policy::document
