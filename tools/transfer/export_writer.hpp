// An export as a folder:
//   manifest.json   what it is, and a line for every message: file, mailbox, UID, date, flags, keywords, size, SHA-256
//   manifest.sig    Ed25519 over the bytes of manifest.json (raw)        manifest.pub   the key it is checked with, in PEM
//   mail/           MAILBOX/UID.eml with the bytes as stored, or MAILBOX.mbox (mboxrd, lines in LF, Status fields before each message)
// Written once, never into a folder that holds something; without manifest.json it is not whole. One thread.
#pragma once
#include <map>
#include <memory>

#include "base/signing_key.hpp"
#include "tools/transfer/batch.hpp"
#include "tools/transfer/file.hpp"
#include "tools/transfer/file_name.hpp"

namespace transfer {

inline constexpr std::uint64_t kMaxManifest = 2ull << 30;

enum class ExportFormat : unsigned char { eml, mbox };

struct ExportInfo {
  std::string account, version, incarnation, at;
  ExportFormat format = ExportFormat::eml;
};

struct ExportMailbox {
  std::string name, special;
  std::uint32_t uid_validity = 0;
};

class ExportWriter {
 public:
  // Errc::exists: the folder is there and not empty; io.
  [[nodiscard]] static Result<std::unique_ptr<ExportWriter>> create(const std::string& directory, ExportInfo info, const std::vector<ExportMailbox>& mailboxes);
  ~ExportWriter();
  ExportWriter(const ExportWriter&) = delete;

  [[nodiscard]] Result<void> add(const BatchMessage& message);  // of one of the mailboxes; those of one mailbox together
  [[nodiscard]] Result<void> finish(const base::SigningKey& key);
  std::uint64_t messages() const { return messages_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  class File;
  ExportWriter() = default;
  Result<void> start(const std::vector<ExportMailbox>& mailboxes);
  Result<void> add_eml(const BatchMessage& m, const std::string& path);
  Result<void> add_mbox(const BatchMessage& m, const std::string& path);
  Result<void> close_mbox();
  std::string entry_start(const BatchMessage& m, const std::string& file);

  std::string directory_;
  ExportInfo info_;
  std::map<std::string, std::string, std::less<>> paths_;  // of mailboxes
  std::unique_ptr<File> manifest_, mbox_;
  std::string mbox_path_, files_;
  std::uint64_t messages_ = 0, bytes_ = 0;
};

// mboxrd: the message as it stands in the file. `lf`: all its line ends were CRLF and are LF now; else its bytes are as they were.
std::string mbox_body(std::string_view bytes, bool& lf);
std::string mbox_original(std::string_view body, bool lf);
// "From - " line, Status, X-Status, X-Keywords.
std::string mbox_head(const BatchMessage& m);

}  // namespace transfer
