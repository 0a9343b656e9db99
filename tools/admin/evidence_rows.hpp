// Rows of the table `evidence`: what a signature verdict hangs on, so that it can be repeated years later without a network.
//   m SHA-256 of the content   -> Judgement: when, with which data, what came of it
//   l SHA-256, store::Location -> {}: where its copies came to lie
//   w SHA-256                  -> {}: its verdict waits for revocation data
//   o SHA-256 of the object    -> a certificate, CRL or OCSP answer (DER) that a judgement used
//   f SHA-256 of the source    -> Fetched: the newest object from one address
//   r time:8 random:8          -> the signed receipt of an accepted mail (CMS, DER; policy/receipt)
//   t time:8 random:8          -> {}: that receipt waits for a time-stamp
//   s SHA-256 of kind and identity -> where a signed mail, a file or a document's number was seen first
// Values are JSON or bytes of their own; the store seals those of encrypted domains (m and r only: the rest is public).
#pragma once
#include "policy/core/signature_report.hpp"
#include "policy/trust/material.hpp"
#include "tools/admin/context.hpp"

namespace admin {

std::string message_evidence_key(std::string_view digest);  // digest: 32 bytes
std::string location_prefix(std::string_view digest);
std::string waiting_key(std::string_view digest);
std::string object_key(std::string_view hex_digest);  // empty: no SHA-256 in hex
std::string fetched_key(const policy::RevocationSource& source);

std::string sighting_key(std::string_view digest);     // 32 bytes
inline constexpr std::size_t kReceiptId = 16;
std::string receipt_key(std::string_view id);          // id: 16 bytes, or fewer of its first ones
std::string receipt_waiting_key(std::string_view id);

struct Judgement {
  base::Time at{};       // the judging time: reception
  base::Time decided{};  // data up to this moment counted
  std::string login;     // who sent it from here; empty: it came from elsewhere
  std::vector<std::string> recipients;
  std::string verdict;                           // the mail's own
  policy::trust::Revocation revocation = policy::trust::Revocation::prefer;
  std::vector<std::string> used;                 // hex digests of rows `o`
  struct Anchor {                                // which of them were anchors, and for what
    std::string digest;
    policy::AnchorClass anchor_class = policy::AnchorClass::none;
    policy::trust::AnchorRule rule;
  };
  std::vector<Anchor> anchors;
  std::vector<std::string> rows;                 // keys of its rows in `signatures`, hex
  std::vector<policy::RevocationSource> wanted;  // while it waits
};
std::string encode(const Judgement& judgement);
[[nodiscard]] Result<Judgement> decode_judgement(std::string_view value);

struct Fetched {
  policy::RevocationSource source;
  base::Time at{};
  std::string der;
};
std::string encode(const Fetched& fetched);
[[nodiscard]] Result<Fetched> decode_fetched(std::string_view value);

// Adds what was fetched to the site's own CRLs and OCSP answers.
void add_fetched(const store::Snapshot& snapshot, policy::trust::Material& material);

// What is wrong with a row of the table, for `store check`.
std::optional<std::string> broken_evidence(std::string_view key, std::string_view value);

}  // namespace admin
