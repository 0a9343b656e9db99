// The rules that come with the server. `builtin_rules` makes them all, in the order in which they are judged.
#pragma once
#include <memory>
#include <vector>

#include "policy/pipeline/pipeline.hpp"
#include "policy/rules/free_providers.hpp"

namespace policy::rules {

// An official may not submit under a free provider's address (MAIL FROM, From, Sender, Reply-To). Default: enforce.
// Mail from outside that comes from one is legitimate and only annotated (it never counts as document exchange).
std::unique_ptr<Rule> free_provider(const FreeProviders& list);

// MAIL FROM and From belong to the login; exactly one From field with one mailbox (ATTACKS M5, S7). Default: enforce.
// From outside: several From fields are refused (RFC 5322 3.6), a From under a domain of ours is annotated.
std::unique_ptr<Rule> sender_identity(const Site& site);

// Mail from outside whose From is an address of this site, without a valid signature: held back once it is enforced. Default: observe.
std::unique_ptr<Rule> own_address_outside(const Site& site);

// The mail's own S/MIME verdict, annotated. Default: observe.
std::unique_ptr<Rule> smime_verdict();

// The verdict of each signed attachment, annotated. Default: observe.
std::unique_ptr<Rule> document_signature();

// Each official document recognised among the attachments, annotated. Default: observe.
std::unique_ptr<Rule> official_document();

// A secrecy stamp or secret number series at high confidence is refused, on every channel; weaker evidence is annotated
// (CONTRACT 3, Law 117/2025/QH15 art. 5). Default: enforce.
std::unique_ptr<Rule> secrecy_stamp();

std::vector<std::unique_ptr<Rule>> builtin_rules(const FreeProviders& list, const Site& site);

}  // namespace policy::rules
