// Mail as one file each: a file, or a folder of them whose sub-folders are mailboxes. A file has no flags and no internal date:
// the date is that of its topmost Received field, else of its Date field, else the file's time. Lines in LF become CRLF.
#pragma once
#include <memory>

#include "tools/transfer/file.hpp"

namespace transfer {

struct EmlOptions {
  Limits limits;
  store::SystemFlags flags = 0;          // of every message
  std::string top = "INBOX";             // the mailbox of the files in the folder itself
};

class EmlSource final : public Source {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Source>> open(const std::string& path, EmlOptions options);
  const std::vector<Folder>& folders() const override { return folders_; }
  Result<std::optional<Item>> next() override;
  std::uint64_t total() const override { return total_; }
  std::uint64_t done() const override { return done_; }

 private:
  struct File {
    std::string path, mailbox;
    std::uint64_t size;
  };
  explicit EmlSource(EmlOptions options) : options_(std::move(options)) {}
  Result<void> collect(const std::string& directory, const std::string& mailbox, std::size_t depth);

  EmlOptions options_;
  std::vector<Folder> folders_;
  std::vector<File> files_;
  std::vector<Problem> problems_;
  std::size_t at_ = 0;
  std::uint64_t total_ = 0, done_ = 0;
};

}  // namespace transfer
