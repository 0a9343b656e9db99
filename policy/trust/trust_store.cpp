#include "policy/trust/trust_store.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/ascii.hpp"
#include "base/confusable.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/unicode.hpp"
#include "policy/trust/ocsp.hpp"
#include "policy/trust/store_impl.hpp"
#include "policy/trust/well_known.hpp"

namespace policy::trust {

TrustStore::TrustStore() : impl_(std::make_unique<Impl>()) {}
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;
TrustStore::~TrustStore() = default;

base::Result<std::size_t> TrustStore::add_anchors(std::string_view in, AnchorClass c, const AnchorRule& rule) {
  if (c == AnchorClass::none) return base::fail(base::Errc::invalid, "an anchor needs a class: vgca, public or site");
  auto certs = read_certificates(in);
  if (!certs) return certs.error();
  std::size_t added = 0;
  for (Cert& cert : *certs) {
    const bool known = std::any_of(impl_->anchors.begin(), impl_->anchors.end(),
                                   [&](const auto& a) { return X509_cmp(a->cert.get(), cert.get()) == 0; });
    if (known) continue;
    if (X509_STORE_add_cert(impl_->store.get(), cert.get()) != 1) {
      clear_errors();
      return base::fail(base::Errc::invalid, "certificate refused as anchor");
    }
    auto anchor = std::make_unique<Anchor>();
    anchor->info.certificate = describe(cert.get());
    anchor->info.anchor_class = c;
    anchor->info.rule = rule;
    if (const auto w = well_known(anchor->info.certificate.fingerprint)) anchor->info.well_known = w->name;
    anchor->cert = std::move(cert);
    impl_->anchors.push_back(std::move(anchor));
    impl_->memory.forget();
    ++added;
  }
  return added;
}

base::Result<std::size_t> TrustStore::add_intermediates(std::string_view in) {
  auto certs = read_certificates(in);
  if (!certs) return certs.error();
  const std::size_t n = certs->size();
  std::move(certs->begin(), certs->end(), std::back_inserter(impl_->intermediates));
  return n;
}

static std::string crl_digest(const X509_CRL* crl) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_CRL_digest(crl, EVP_sha256(), digest, &size) != 1) size = 0;
  return base::hex_encode(std::string_view(reinterpret_cast<char*>(digest), size));
}

base::Result<std::size_t> TrustStore::add_crls(std::string_view in) {
  auto crls = read_crls(in);
  if (!crls) return crls.error();
  const std::size_t n = crls->size();
  for (Crl& crl : *crls) {
    if (X509_STORE_add_crl(impl_->store.get(), crl.get()) != 1) {
      clear_errors();
      return base::fail(base::Errc::invalid, "CRL refused");
    }
    impl_->memory.forget();
    impl_->memory.add_moment(time_of(X509_CRL_get0_lastUpdate(crl.get())));
    impl_->memory.add_moment(time_of(X509_CRL_get0_nextUpdate(crl.get())));
    if (is_indirect(crl.get()) && X509_CRL_up_ref(crl.get()) == 1) impl_->indirect.emplace_back(crl.get());
    impl_->crls.push_back({std::move(crl), {}});
    impl_->crls.back().digest = crl_digest(impl_->crls.back().crl.get());
  }
  return n;
}

base::Result<void> TrustStore::add_ocsp(std::string_view der) {
  auto answer = read_ocsp(der);
  if (!answer) return answer.error();
  impl_->memory.forget();
  for (const base::Time t : moments(*answer)) impl_->memory.add_moment(t);
  impl_->ocsp.push_back(std::move(*answer));
  impl_->ocsp_digests.push_back(base::sha256_hex(der));
  return {};
}

void TrustStore::set_algorithms(std::vector<AlgorithmFloor> rows) {
  impl_->memory.forget();
  for (const AlgorithmFloor& row : rows) impl_->memory.add_moment(row.from);
  impl_->floors = std::move(rows);
}

void TrustStore::protect_names(const std::vector<std::string>& agencies) {
  for (const std::string& name : agencies) {
    impl_->agencies.push_back(base::fold_case(name));
    impl_->look_alikes.push_back(base::look_alike_key(name));
  }
  std::sort(impl_->agencies.begin(), impl_->agencies.end());
  std::sort(impl_->look_alikes.begin(), impl_->look_alikes.end());
}

std::vector<AnchorInfo> TrustStore::anchors() const {
  std::vector<AnchorInfo> out;
  for (const auto& a : impl_->anchors) out.push_back(a->info);
  return out;
}

std::optional<base::Time> TrustStore::next_moment(base::Time after) const { return impl_->memory.next_moment(after); }

base::Result<std::vector<std::string>> read_files(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code ec;
  std::vector<fs::path> files;
  if (fs::is_directory(path, ec)) {
    for (const auto& entry : fs::directory_iterator(path, ec)) {
      const std::string ext = base::lower_ascii(entry.path().extension().string());
      if (entry.is_regular_file(ec) && (ext == ".pem" || ext == ".crt" || ext == ".cer" || ext == ".der" || ext == ".crl" || ext == ".ors"))
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
  } else {
    files.push_back(path);
  }
  std::vector<std::string> out;
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream bytes;
    if (!in || !(bytes << in.rdbuf())) return base::fail(base::Errc::not_found, "cannot read " + file.string());
    out.push_back(std::move(bytes).str());
  }
  return out;
}

}  // namespace policy::trust
