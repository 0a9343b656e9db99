// Rows of `signatures` that reports are made of, put in the same commit as the mail: one a mail, one a signed attachment's signer.
// Values are JSON with a schema. The register rows are tools/registers.
#pragma once
#include <string>
#include <vector>

#include "policy/pipeline/context.hpp"
#include "store/store.hpp"

namespace tools {

// Time in milliseconds (8 bytes, big-endian), then 8 random bytes: rows of a period are one range.
std::string record_key(base::Time at);
std::string record_key_from(base::Time at);  // the smallest key at or after `at`

// `digest`: SHA-256 of the content (32 bytes), or empty where nothing is signed: by it a row leads to its mail.
void add_signature_records(const policy::Site& site, const policy::Context& context, const policy::ContentFacts& facts,
                           std::string_view digest, std::vector<store::Put>& puts);

}  // namespace tools
