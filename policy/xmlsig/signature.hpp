// One XML signature: is it the word of its certificate's key over what its references name, and what is that? Whether this is enough
// of the file is the caller's to say. Private to the room.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "policy/core/signature_report.hpp"
#include "policy/smime/smime.hpp"
#include "policy/trust/trust_store.hpp"
#include "policy/xmlsig/dom.hpp"

namespace policy::xmlsig {

// The bytes of another file of the same package; nothing when it is not there.
using Resolve = std::function<std::optional<std::string>(const std::string& path)>;

struct Covered {
  bool document = false;                 // reference "": all but the signature itself
  std::vector<const xmlNode*> elements;  // references "#id"
  struct Part {
    std::string content_type;            // as the reference says (OOXML)
    bool whole = true;                   // false: a relationships part of which only these count
    std::set<std::string> relations, relation_types;
  };
  std::map<std::string, Part> parts;     // by path, without the leading slash
};

struct Judged {
  SignatureReport report;  // its verdict is not set yet: the caller adds coverage
  Covered covered;
};

Judged judge_signature(xmlDoc* doc, const xmlNode* signature, const Resolve& resolve, const trust::TrustStore& trust, const smime::Options& options);

// Sets the verdict, once all reasons are there.
void conclude(SignatureReport& report);

std::string path_of(std::string_view uri);  // percent-decoded, without a leading slash; empty when it leads out of the package

}  // namespace policy::xmlsig
