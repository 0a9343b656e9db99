// What was there before (ATTACKS S21, CONTRACT 2): a signed mail, a document, or a document's number that already came with another
// mail. A genuine signature says nothing about why it comes again, so the repetition is an annotation of the decision. The first
// sighting is a row of the table `evidence` (kind s), in the mail's own transaction. Reads the store; any thread.
#pragma once
#include <vector>

#include "policy/pipeline/context.hpp"
#include "policy/pipeline/decision.hpp"
#include "store/store.hpp"

namespace tools {

// `puts` gets the rows of what is seen for the first time. Mail that comes by SMTP only: APPEND and import repeat by nature.
std::vector<policy::Finding> find_repetitions(const store::Store& store, const policy::Context& context, const policy::ContentFacts& facts,
                                              std::vector<store::Put>& puts);

}  // namespace tools
