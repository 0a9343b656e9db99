// What is said about signatures: one SignatureReport per signer, and the VerifyReport of a file or mail (JSON congthu.verify/1).
// The inspection worker sends it over a pipe as JSON, the store keeps it, the command line prints it. Value types, no threads.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "policy/core/reason.hpp"

namespace policy {

enum class Layer : unsigned char { smime, pdf, xml };
enum class AnchorClass : unsigned char { none, vgca, public_, site };
enum class LegalForm : unsigned char { none, complete, incomplete, copy, publication, issuer_mismatch };

std::string_view to_string(Layer layer);
std::string_view to_string(AnchorClass c);  // "vgca", "public", "site"; empty for none
std::string_view to_string(LegalForm f);    // "complete", ...; empty for none
std::optional<AnchorClass> parse_anchor_class(std::string_view s);

// Only from the certificate whose key made the signature; never from appearance text or display names (ATTACKS P10, S6).
struct SignerInfo {
  std::string subject;       // RFC 2253 order, UTF-8
  std::string common_name;
  std::string organization;
  std::vector<std::string> emails;  // SAN rfc822Name and SmtpUTF8Mailbox, else DN emailAddress (SAN beats DN)
  std::string serial;        // hex, upper case
  std::string issuer;
  std::string anchor;        // name of the anchor that ends the path; empty without one
  std::string fingerprint;   // SHA-256 of the certificate, hex, upper case
  std::optional<base::Time> not_before;
  std::optional<base::Time> not_after;
  friend bool operator==(const SignerInfo&, const SignerInfo&) = default;
};

// Where revocation data that a verdict misses may be had: an address in a certificate that chains to an anchor.
struct RevocationSource {
  std::string url;      // http
  std::string request;  // DER of the OCSPRequest to post there; empty: a CRL is to be got
  friend bool operator==(const RevocationSource&, const RevocationSource&) = default;
};

struct SignatureReport {
  Layer layer = Layer::smime;
  std::string part;          // "" for the message or file itself, else the MIME section or the PDF field's name
  std::string covers;        // name of the file that a detached signature signs; empty when it is in what it signs
  Verdict verdict = Verdict::unsigned_;
  std::optional<SignerInfo> signer;
  AnchorClass anchor_class = AnchorClass::none;
  LegalForm legal_form = LegalForm::none;
  bool document_timestamp = false;  // nobody's signature: an authority's word of when a PDF was as it is
  std::optional<base::Time> signing_time_claimed;  // the signer's own word: shown, never trusted
  std::optional<base::Time> signing_time_proven;   // by a verified time-stamp: not later than this
  Reasons reasons;
  std::vector<RevocationSource> wanted;  // not empty: the verdict may improve with what these have
  std::vector<std::string> used;         // SHA-256 (lower-case hex) of the certificates, CRLs and OCSP answers it hangs on
  friend bool operator==(const SignatureReport&, const SignatureReport&) = default;
};

struct VerifyReport {
  Verdict verdict = Verdict::unsigned_;
  bool pending = false;  // data is being fetched; the verdict may improve
  Reasons reasons;
  std::vector<SignatureReport> signatures;
  friend bool operator==(const VerifyReport&, const VerifyReport&) = default;
};

// {"schema":"congthu.verify/1","verdict":...}. `text` follows the language, everything else is stable.
std::string to_json(const VerifyReport& report, base::Lang lang);
// Takes it back; refuses an unknown schema, verdict, code or layer. Texts are not read.
[[nodiscard]] base::Result<VerifyReport> parse_verify_report(std::string_view json);

// The smime part of an Authentication-Results field (RFC 8601 2.2, RFC 7281): `smime=fail reason="from_mismatch"`, and folded behind
// it `body.smime-identifier=` with the signer's address where one is known. Only codes and plain addresses come out, so nothing can
// be injected.
std::string auth_results_clause(const VerifyReport& report);

// The verdict of all the signatures of one PDF: the worst of them; unsigned when there is none.
Verdict overall(const std::vector<SignatureReport>& reports);

}  // namespace policy
