// Whether an export is what its signer wrote: the manifest's signature, every message, every file, and no file besides.
#include <set>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "tools/transfer/export_manifest.hpp"

namespace transfer {
namespace {

constexpr std::size_t kMaxFindings = 1000;

class Check {
 public:
  Check(const std::string& directory, const CheckProgress& progress) : directory_(directory), progress_(progress) {}

  Result<ExportCheck> run(const std::optional<base::PublicKey>& trusted) {
    std::string bytes;
    auto manifest = load_manifest(directory_, &bytes);
    if (!manifest) return manifest.error();
    manifest_ = *std::move(manifest);
    out_.account = manifest_.account;
    out_.exported = manifest_.exported;
    signature(bytes, trusted);
    std::string().swap(bytes);
    for (const ExportedMessage& m : manifest_.messages) total_ += m.size;
    for (const ExportedFile& f : manifest_.files) total_ += f.size;
    for (const ExportedMessage& m : manifest_.messages) message(m);
    for (const ExportedFile& f : manifest_.files) file(f);
    if (auto others = unknown_files("mail", 0); !others) return others.error();
    return std::move(out_);
  }

 private:
  void found(const char* code, const std::string& file, std::string detail) {
    if (out_.findings.size() < kMaxFindings) out_.findings.push_back({code, file, std::move(detail)});
    else ++out_.suppressed;
  }

  void signature(std::string_view manifest, const std::optional<base::PublicKey>& trusted) {
    const auto value = read_file(directory_ + "/manifest.sig", 64);
    if (!value) return found("signature_missing", "manifest.sig", value.error().detail());
    auto own = read_file(directory_ + "/manifest.pub", 16 * 1024);
    auto key = own ? base::PublicKey::from_pem(*own) : Result<base::PublicKey>(own.error());
    if (trusted) key = *trusted;
    if (!key) return found("signer_unknown", "manifest.pub", key.error().detail());
    if (!key->verify(manifest, *value)) return found("signature_invalid", "manifest.sig", "the signature does not hold with the key " + key->fingerprint());
    out_.fingerprint = key->fingerprint();
    if (!trusted) found("signer_unknown", "manifest.pub", "nothing says whose key " + key->fingerprint() + " is; name it with --public-key");
  }

  void message(const ExportedMessage& m) {
    ++out_.messages;
    out_.bytes += m.size;
    known_.insert(m.file);
    const auto bytes = read_exported(directory_, m, ~std::uint64_t{0});
    if (!bytes) found(bytes.error().code() == Errc::not_found ? "file_missing" : "message_changed", m.file, "UID " + std::to_string(m.uid) + ": " + bytes.error().detail());
    progress(m.size);
  }

  void file(const ExportedFile& f) {
    known_.insert(f.file);
    const auto input = InputFile::open(directory_ + "/" + f.file);
    if (!input) return found("file_missing", f.file, input.error().detail());
    if (input->size() != f.size) return found("file_changed", f.file, "not the size that was exported");
    base::Sha256 hash;
    for (std::uint64_t at = 0; at < f.size;) {
      const auto piece = input->read(at, std::size_t(std::min<std::uint64_t>(1u << 20, f.size - at)));
      if (!piece || piece->empty()) return found("file_changed", f.file, piece ? "cut short" : piece.error().detail());
      hash.update(*piece);
      at += piece->size();
      progress(piece->size());
    }
    if (base::hex_encode(base::view(hash.finish())) != f.sha256) found("file_changed", f.file, "SHA-256 differs");
  }

  Result<void> unknown_files(const std::string& below, unsigned depth) {
    if (depth > 64) return fail(Errc::limit, below + ": more than 64 folders deep");
    const auto list = entries(directory_ + "/" + below);
    if (!list) return found("file_missing", below, list.error().detail()), Result<void>();
    for (const Entry& e : *list) {
      const std::string path = below + "/" + e.name;
      if (e.kind == Kind::directory) {
        if (auto deeper = unknown_files(path, depth + 1); !deeper) return deeper;
      } else if (!known_.contains(path)) {
        found("file_unknown", path, "not in the manifest");
      }
    }
    return {};
  }

  void progress(std::uint64_t bytes) {
    done_ += bytes;
    if (progress_) progress_(done_, total_);
  }

  const std::string& directory_;
  const CheckProgress& progress_;
  Manifest manifest_;
  ExportCheck out_;
  std::set<std::string> known_;
  std::uint64_t done_ = 0, total_ = 0;
};

}  // namespace

Result<ExportCheck> check_export(const std::string& directory, const std::optional<base::PublicKey>& trusted, const CheckProgress& progress) {
  return Check(directory, progress).run(trusted);
}

}  // namespace transfer
