#include "policy/xmlsig/package.hpp"

#include <zip.h>

#include "base/handle.hpp"
#include "base/unicode.hpp"

namespace policy::xmlsig {

using PackageEntry = base::Handle<zip_file_t, zip_fclose>;

struct Package::Zip {
  base::Handle<zip_t, zip_discard> archive;
};

Package::~Package() = default;

std::unique_ptr<Package> Package::open(std::string_view bytes, const PackageLimits& limits) {
  if (!bytes.starts_with("PK\x03\x04")) return nullptr;
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* opened = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : nullptr;
  zip_error_fini(&error);
  if (!opened) {
    if (source) zip_source_free(source);
    return nullptr;
  }
  std::unique_ptr<Package> out(new Package);
  out->zip_ = std::make_unique<Zip>();
  out->zip_->archive.reset(opened);
  out->limits_ = limits;
  out->packed_ = bytes.size();
  const zip_int64_t n = zip_get_num_entries(opened, 0);
  if (n <= 0 || n > zip_int64_t(limits.entries)) return nullptr;
  for (zip_int64_t i = 0; i < n; ++i) {
    const char* raw = zip_get_name(opened, zip_uint64_t(i), ZIP_FL_ENC_GUESS);
    const std::string name = raw ? raw : "";
    zip_stat_t st;
    if (name.empty() || name.find('\\') != std::string::npos || zip_stat_index(opened, zip_uint64_t(i), 0, &st) != 0) return nullptr;
    if (name.ends_with('/')) {  // a folder holds nothing
      if (st.size != 0) return nullptr;
      continue;
    }
    if (!out->folded_.emplace(base::fold_case(name), name).second) return nullptr;
    out->names_.emplace(name, std::uint64_t(i));
  }
  return out;
}

std::string Package::spelled(std::string_view name) const {
  const auto found = folded_.find(base::fold_case(name));
  return found == folded_.end() ? std::string() : found->second;
}

const std::string* Package::read(const std::string& name) {
  if (const auto done = contents_.find(name); done != contents_.end()) return &done->second;
  const auto found = names_.find(name);
  if (found == names_.end() || exceeded_) return nullptr;
  const PackageEntry file(zip_fopen_index(zip_->archive.get(), found->second, 0));
  if (!file) return nullptr;
  std::string bytes;
  char chunk[65536];
  for (;;) {
    const zip_int64_t n = zip_fread(file.get(), chunk, sizeof chunk);
    if (n < 0) return nullptr;
    if (n == 0) return &(contents_[name] = std::move(bytes));
    used_ += std::uint64_t(n);
    exceeded_ = used_ > limits_.total_bytes || (used_ > (1u << 20) && used_ / limits_.ratio > packed_);
    if (exceeded_) return nullptr;
    bytes.append(chunk, std::size_t(n));
  }
}

}  // namespace policy::xmlsig
