#include "tools/cli/bundle.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>

#include "base/handle.hpp"
#include "policy/trust/object.hpp"
#include "tools/admin/trust_rows.hpp"
#include "tools/cli/input.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Result;
constexpr std::size_t kMostBytes = 512u << 20, kMostObjects = 100'000;

void free_archive(archive* a) { archive_read_free(a); }
using Archive = base::Handle<archive, free_archive>;

class BundleReader {
 public:
  Result<void> file(const std::string& name, const std::string& bytes) {
    total_ += bytes.size();
    if (total_ > kMostBytes) return base::fail(Errc::limit, "the bundle holds more than 512 MiB");
    if (bytes.empty()) return {};
    const auto objects = admin::der_objects(bytes);
    if (!objects && objects.error().detail().find("private key") != std::string::npos) return base::fail(Errc::invalid, name + ": " + objects.error().detail());
    if (!objects) return put(name, bytes);  // told as unreadable, with its name
    for (const std::string& der : *objects) {
      const auto inner = policy::trust::describe_object(der) ? Result<std::vector<std::string>>(std::vector<std::string>{der}) : policy::trust::unpack_certificates(der);
      if (!inner) {
        if (auto done = put(name, der); !done) return done;
        continue;
      }
      for (const std::string& one : *inner)
        if (auto done = put(name, one); !done) return done;
    }
    return {};
  }

  std::vector<BundleObject> take() { return std::move(objects_); }

 private:
  Result<void> put(const std::string& name, std::string der) {
    if (objects_.size() == kMostObjects) return base::fail(Errc::limit, "the bundle holds more than 100,000 objects");
    objects_.push_back({name, std::move(der)});
    return {};
  }
  std::vector<BundleObject> objects_;
  std::size_t total_ = 0;
};

Result<void> read_folder(const fs::path& folder, BundleReader& out) {
  std::error_code ec;
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec))
    if (it->is_regular_file(ec)) files.push_back(it->path());
  if (ec) return base::fail(Errc::io, ec.message());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const auto bytes = read_input(file.string());
    if (!bytes) return base::fail(bytes.error().code(), file.string() + ": " + bytes.error().detail());
    if (auto done = out.file(fs::relative(file, folder, ec).string(), *bytes); !done) return done;
  }
  return {};
}

std::string archive_problem(archive* a) {
  const char* text = archive_error_string(a);
  return text == nullptr ? "the archive is damaged" : text;
}

Result<std::string> entry_bytes(archive* a) {
  std::string out, block(1u << 16, '\0');
  for (;;) {
    const la_ssize_t n = archive_read_data(a, block.data(), block.size());
    if (n < 0) return base::fail(Errc::invalid, archive_problem(a));
    if (n == 0) return out;
    out.append(block, 0, std::size_t(n));
    if (out.size() > kMostBytes) return base::fail(Errc::limit, "the bundle holds more than 512 MiB");
  }
}

// False: it is no archive.
Result<bool> read_archive(const std::string& bytes, BundleReader& out) {
  const Archive a(archive_read_new());
  archive_read_support_filter_all(a.get());
  archive_read_support_format_tar(a.get());
  archive_read_support_format_zip(a.get());
  if (archive_read_open_memory(a.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return false;
  bool any = false;
  for (archive_entry* entry = nullptr;; any = true) {
    const int got = archive_read_next_header(a.get(), &entry);
    if (got == ARCHIVE_EOF) return any;
    if (got < ARCHIVE_WARN) return any ? Result<bool>(base::fail(Errc::invalid, archive_problem(a.get()))) : Result<bool>(false);
    if (archive_entry_filetype(entry) != AE_IFREG) continue;
    const char* name = archive_entry_pathname(entry);
    const auto content = entry_bytes(a.get());
    if (!content) return content.error();
    if (auto done = out.file(name == nullptr ? "" : name, *content); !done) return done.error();
  }
}

}  // namespace

Result<std::vector<BundleObject>> read_bundle(const std::string& path) {
  BundleReader reader;
  std::error_code ec;
  if (fs::is_directory(path, ec)) {
    if (auto done = read_folder(path, reader); !done) return done.error();
    return reader.take();
  }
  const auto bytes = read_input(path, kMostBytes);
  if (!bytes) return bytes.error();
  const auto unpacked = read_archive(*bytes, reader);
  if (!unpacked) return unpacked.error();
  if (!*unpacked)
    if (auto done = reader.file(fs::path(path).filename().string(), *bytes); !done) return done.error();
  return reader.take();
}

}  // namespace cli
