// manifest.json of an export (export_writer.hpp), read back: by `verify-export`, and by an import of an export.
#pragma once
#include <memory>

#include "base/signing_key.hpp"
#include "tools/transfer/file.hpp"

namespace transfer {

struct ExportedMessage {
  std::string file, mailbox;
  std::uint32_t uid = 0;
  base::Time date{};
  std::int16_t tz_minutes = 0;
  store::SystemFlags flags = 0;
  std::vector<std::string> keywords;
  std::uint64_t size = 0;
  std::string sha256;  // hex
  bool mbox = false;   // it is [offset + added, offset + length) of the file, quoted
  std::uint64_t offset = 0, added = 0, length = 0;
  bool lf = false;
};

struct ExportedFile {
  std::string file;
  std::uint64_t size = 0;
  std::string sha256;
};

struct Manifest {
  std::string account, exported, program;
  std::vector<Folder> folders;
  std::vector<ExportedMessage> messages;
  std::vector<ExportedFile> files;  // of mbox exports
};

bool is_export(const std::string& directory);  // holds a manifest.json
// Errc::invalid names what is wrong. Paths that lead out of the export are refused here.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view json);
[[nodiscard]] Result<Manifest> load_manifest(const std::string& directory, std::string* bytes = nullptr);

// The message's bytes; errors say what is wrong with its file (Errc::corrupt: not the bytes that were exported).
[[nodiscard]] Result<std::string> read_exported(const std::string& directory, const ExportedMessage& m, std::uint64_t max);

struct ExportFinding {
  std::string code, file, detail;  // signature_missing, signature_invalid, signer_unknown, file_missing, file_changed, message_changed, file_unknown
};
struct ExportCheck {
  std::uint64_t messages = 0, bytes = 0;
  std::string account, exported, fingerprint;  // of the key that signed, when it holds
  std::vector<ExportFinding> findings;         // at most 1,000
  std::uint64_t suppressed = 0;
};
// `trusted`: whose signature counts; without it the export's own manifest.pub is used and signer_unknown is a finding.
// Errc::not_found, invalid: no export, or its manifest cannot be read at all.
using CheckProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;
[[nodiscard]] Result<ExportCheck> check_export(const std::string& directory, const std::optional<base::PublicKey>& trusted, const CheckProgress& progress = {});

class ExportSource final : public Source {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Source>> open(const std::string& directory, const Limits& limits);
  const std::vector<Folder>& folders() const override { return manifest_.folders; }
  Result<std::optional<Item>> next() override;
  std::uint64_t total() const override { return total_; }
  std::uint64_t done() const override { return done_; }

 private:
  std::string directory_;
  Manifest manifest_;
  Limits limits_;
  std::size_t at_ = 0;
  std::uint64_t total_ = 0, done_ = 0;
};

}  // namespace transfer
