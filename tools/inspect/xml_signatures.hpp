// Finds XML signatures (XML-DSig, XAdES): in OOXML and ODF packages, and in XML files. Runs only inside the sandbox.
// For those that policy/xmlsig does not get to verify: each is a report `indeterminate`, xml_signature_not_verified, so that a file which carries one is
// never taken for unsigned, and none is taken for good.
#pragma once
#include <string_view>
#include <vector>

#include "policy/core/signature_report.hpp"
#include "tools/inspect/extract.hpp"

namespace tools::inspect {

struct XmlSignatures {
  bool looked = false;  // a package or XML; else nothing is claimed
  std::vector<policy::SignatureReport> found;
};

// An XML file is known by its declaration, else by type or name.
bool is_xml(std::string_view bytes, std::string_view content_type, std::string_view name);

XmlSignatures find_xml_signatures(std::string_view bytes, bool xml, const ExtractLimits& limits);

}  // namespace tools::inspect
