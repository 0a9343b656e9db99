#include "tools/inspect/archive.hpp"

namespace tools::inspect {
namespace {

using Entry = base::Handle<zip_file_t, zip_fclose>;

}  // namespace

Archive::Archive(std::string_view bytes, const ExtractLimits& limits) : packed_(bytes.size()), left_(limits.total_bytes), ratio_(limits.ratio) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_.reset(source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr);
  if (!zip_ && source) zip_source_free(source);
  zip_error_fini(&error);
  if (!zip_) reason_ = "damaged";
  else if (zip_get_num_entries(zip_.get(), 0) > zip_int64_t(limits.entries)) reason_ = "too_many_entries";
}

bool Archive::has(const char* name) const { return zip_ && zip_name_locate(zip_.get(), name, 0) >= 0; }

std::vector<std::string> Archive::names(std::string_view prefix, std::string_view suffix, std::size_t most) const {
  std::vector<std::string> out;
  const zip_int64_t entries = zip_ ? zip_get_num_entries(zip_.get(), 0) : 0;
  for (zip_int64_t i = 0; i < entries && out.size() < most; ++i) {
    const char* name = zip_get_name(zip_.get(), zip_uint64_t(i), 0);
    if (name && std::string_view(name).starts_with(prefix) && std::string_view(name).ends_with(suffix)) out.emplace_back(name);
  }
  return out;
}

// The declared size proves nothing: the bytes are counted while they inflate.
std::string Archive::read(const char* name) {
  const auto failed = [this](const char* why) { return reason_ = why, std::string(); };
  zip_stat_t st;
  if (!zip_ || zip_stat(zip_.get(), name, 0, &st) != 0) return failed("damaged");
  if ((st.valid & ZIP_STAT_ENCRYPTION_METHOD) && st.encryption_method != ZIP_EM_NONE) return failed("encrypted");
  const Entry file(zip_fopen(zip_.get(), name, 0));
  if (!file) return failed("damaged");
  std::string out;
  char chunk[65536];
  for (;;) {
    const zip_int64_t n = zip_fread(file.get(), chunk, sizeof chunk);
    if (n < 0) return failed("damaged");
    if (n == 0) return out;
    used_ += std::uint64_t(n);
    if (used_ > left_ || (used_ > (1u << 20) && used_ / ratio_ > packed_)) return failed("bomb");
    out.append(chunk, std::size_t(n));
  }
}

}  // namespace tools::inspect
