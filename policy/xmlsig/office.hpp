// Whether a signature covers all of its package. Private to the room.
#pragma once
#include "policy/xmlsig/package.hpp"
#include "policy/xmlsig/signature.hpp"

namespace policy::xmlsig {

// Add package_partly_signed, with the first thing that is not covered, to the reasons.
void judge_ooxml_coverage(Package& package, const Covered& covered, Reasons& reasons);
void judge_odf_coverage(Package& package, const Covered& covered, Reasons& reasons);

}  // namespace policy::xmlsig
