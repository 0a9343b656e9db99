// Rows that reports are made of, put in the same commit as the mail: `signatures` (one a mail, one a signed attachment's
// signer) and `documents` (the register rows of CONTRACT 4). Values are JSON with a schema.
#pragma once
#include <string>
#include <vector>

#include "policy/pipeline/context.hpp"
#include "store/store.hpp"

namespace tools {

// Time in milliseconds (8 bytes, big-endian), then 8 random bytes: rows of a period are one range.
std::string record_key(base::Time at);
std::string record_key_from(base::Time at);  // the smallest key at or after `at`

enum class Direction : char { incoming = 'i', outgoing = 'o' };

// Who a document is, whatever its mail: issuer, number and year, else the attachment's digest (CONTRACT 4).
std::string document_identity(const policy::document::Document& document, std::string_view digest);
std::string document_key(Direction direction, std::string_view agency, std::string_view identity);

// `digest`: SHA-256 of the content (32 bytes), or empty where nothing is signed: by it a row leads to its mail.
void add_records(const store::Store& store, const policy::Site& site, const policy::Context& context, const policy::ContentFacts& facts,
                 std::string_view digest, std::vector<store::Put>& puts);
// Those of `signatures` alone: the mail is judged again.
void add_signature_records(const store::Store& store, const policy::Site& site, const policy::Context& context,
                           const policy::ContentFacts& facts, std::string_view digest, std::vector<store::Put>& puts);

}  // namespace tools
