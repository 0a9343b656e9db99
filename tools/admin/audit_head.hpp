// A signed head of the audit chain: "row N has this hash". One kept where the server's administrators cannot reach it makes a
// rewritten or cut chain visible. One line of ASCII JSON, so that it travels in files and mails alike:
//   {"schema":"congthu.audit_head/1","site","store","seq","hash","at","public_key","signature"}
// `store` is the store's origin (a restore keeps it). The signature is Ed25519 over signed_text(). Pure but for audit_key().
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/signing_key.hpp"
#include "store/audit_chain.hpp"
#include "tools/admin/context.hpp"

namespace admin {

struct AuditHead {
  std::string site, store;
  store::AuditLink link;
  std::string at;
  std::string public_key;  // PEM
  std::string signature;   // 64 bytes
};

std::string signed_text(const AuditHead& head);
AuditHead sign_head(const base::SigningKey& key, std::string site, std::string store, const store::AuditLink& link, base::Time at);
Json to_json(const AuditHead& head);
[[nodiscard]] Result<AuditHead> parse_head(const Json& json);  // invalid; the signature is not looked at
// Whether its own key signed it.
bool signature_holds(const AuditHead& head);
// Every head that stands on a line of its own: a file of heads, or a mail that holds some. Lines cut in two are an error.
[[nodiscard]] Result<std::vector<AuditHead>> heads_in(std::string_view text);

// The key of the configuration; made when it is not there yet.
[[nodiscard]] Result<base::SigningKey> audit_key(const base::Config& config);

std::string audit_payload(const Context& context, std::string_view who, std::string_view what, std::string_view target, Json detail);

}  // namespace admin
