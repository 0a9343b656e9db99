// The site's own trust: anchors with a class and the names each may vouch for, known sub-CA certificates, CRLs.
// Filled once by one thread, then shared const by any number of threads; changing trust = building a new store.
// Certificates inside messages never get in here: they are hints for path building only (ATTACKS S9).
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "policy/core/signature_report.hpp"
#include "policy/trust/algorithms.hpp"

namespace policy::trust {

enum class Revocation : unsigned char { prefer, require, off };  // CONTRACT part 2

// What an anchor may vouch for. Default by class: vgca and site any name, public any but the site's own domains and agencies.
struct AnchorRule {
  bool any_name = false;             // every name, the site's own too, whatever the class
  std::vector<std::string> domains;  // canonical; when not empty only these and what is below them
  std::vector<std::string> agencies; // names as in certificates; when not empty only these (documents)
};

struct AnchorInfo {
  SignerInfo certificate;
  AnchorClass anchor_class = AnchorClass::site;
  AnchorRule rule;
  std::string well_known;  // the name of a recognised national certificate, else empty
};

class TrustStore {
 public:
  TrustStore();
  TrustStore(TrustStore&&) noexcept;
  TrustStore& operator=(TrustStore&&) noexcept;
  ~TrustStore();

  // PEM (any number) or DER (one). The number added; an anchor that is there already is not added twice (its first rule stays).
  [[nodiscard]] base::Result<std::size_t> add_anchors(std::string_view pem_or_der, AnchorClass c, const AnchorRule& rule = {});
  [[nodiscard]] base::Result<std::size_t> add_intermediates(std::string_view pem_or_der);
  [[nodiscard]] base::Result<std::size_t> add_crls(std::string_view pem_or_der);
  [[nodiscard]] base::Result<void> add_ocsp(std::string_view der);  // an OCSPResponse (RFC 6960)

  // Rows of the algorithm floor, in any order; none = the built-in one.
  void set_algorithms(std::vector<AlgorithmFloor> rows);
  // The site's agencies: a certificate whose CN or O looks like one of these without being it is unusable (ATTACKS S22).
  void protect_names(const std::vector<std::string>& agencies);

  std::vector<AnchorInfo> anchors() const;
  // When, after that time, something of the store next begins or ends to count: a verdict with it holds no longer than until then.
  std::optional<base::Time> next_moment(base::Time after) const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// The bytes of a file, or of every regular file of a directory (by name, not recursive; only .pem .crt .cer .der .crl .ors).
[[nodiscard]] base::Result<std::vector<std::string>> read_files(const std::filesystem::path& file_or_dir);

}  // namespace policy::trust
