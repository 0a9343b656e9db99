// Mail in mbox files: mboxrd, mboxo, mboxcl and mboxcl2 (Content-Length), as Dovecot, Thunderbird, mutt and others leave them.
// A path is one file, or a folder of them (Thunderbird: NAME with NAME.sbd for what is below; Apple Mail: NAME.mbox/mbox).
//   mbox = *(from-line headers empty-line body empty-line)
// Where a message ends: by Content-Length when a from-line or the end of the file stands there, else at the next from-line after
// an empty line. Lines in LF become CRLF.
#pragma once
#include <memory>

#include "tools/transfer/file.hpp"
#include "tools/transfer/mbox_line.hpp"

namespace transfer {

struct MboxOptions {
  Limits limits;
  int zone = 0;  // of dates without one: RFC 4155 asks for UTC
  std::optional<MboxQuoting> quoting;  // nothing: rd, and none where Content-Length holds
  std::string single_name;             // the mailbox of a path that is one file; empty: by the file's name
};

// One file. Memory: one message.
class MboxReader {
 public:
  MboxReader(const InputFile& file, std::string path, const MboxOptions& options)
      : file_(file), lines_(file), path_(std::move(path)), options_(options) {}
  [[nodiscard]] Result<std::optional<Item>> next();  // mailbox of the messages is empty
  std::uint64_t at() const { return lines_.at(); }

 private:
  struct Draft;
  Result<bool> find_first();
  Result<bool> is_separator(const Lines::Line& line, bool after_empty, FromLine& from);
  Result<void> read_header(Draft& d);
  Result<void> take_field(Draft& d);
  Result<bool> body_by_length(Draft& d);
  Result<void> body_by_lines(Draft& d);
  Result<bool> ends_at(std::uint64_t offset);
  std::optional<Item> finish(Draft& d);
  Problem problem(std::uint64_t offset, std::string what) const;

  const InputFile& file_;
  Lines lines_;
  std::string path_;
  const MboxOptions& options_;
  std::optional<FromLine> pending_;  // the from-line of the next message was read
  std::uint64_t pending_at_ = 0;
  bool began_ = false, ended_ = false;
};

class MboxSource final : public Source {
 public:
  // Errc::not_found, invalid (no mbox there), limit.
  [[nodiscard]] static Result<std::unique_ptr<Source>> open(const std::string& path, MboxOptions options);
  const std::vector<Folder>& folders() const override { return folders_; }
  Result<std::optional<Item>> next() override;
  std::uint64_t total() const override { return total_; }
  std::uint64_t done() const override { return before_ + (reader_ ? reader_->at() : 0); }

 private:
  struct File {
    std::string path, mailbox;
    std::uint64_t size = 0;
  };
  explicit MboxSource(MboxOptions options) : options_(std::move(options)) {}
  Result<void> collect(const std::string& directory, const std::string& prefix, std::size_t depth);
  Result<void> add(const std::string& path, const std::string& mailbox);
  std::optional<Item> open_next();

  MboxOptions options_;
  std::vector<Folder> folders_;
  std::vector<File> files_;
  std::vector<Problem> problems_;  // of collecting
  std::size_t file_ = 0;
  std::unique_ptr<InputFile> input_;
  std::unique_ptr<MboxReader> reader_;
  std::uint64_t total_ = 0, before_ = 0;
};

}  // namespace transfer
