// Mail in a Maildir: cur and new, Maildir++ folders (".Parent.Child" in modified UTF-7) and folders as directories (Dovecot's
// LAYOUT=fs). Flags stand after ":2," of the file's name (";2," and "!2," on file systems without colons), keywords in
// dovecot-keywords, the internal date is the file's time. Lines in LF become CRLF.
#pragma once
#include <memory>

#include "tools/transfer/file.hpp"

namespace transfer {

struct MaildirOptions {
  Limits limits;
};

// info = "2," *flag: D F P R S T, and a..z as the numbers 0..25 of `keywords`.
void apply_maildir_flags(std::string_view file_name, const std::vector<std::string>& keywords, Message& m);
// ".Công văn.Đã gửi" in modified UTF-7 -> "Công văn/Đã gửi"; UTF-8 is taken as it is. Errc::invalid: neither.
[[nodiscard]] Result<std::string> maildir_folder_name(std::string_view directory);

class MaildirSource final : public Source {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Source>> open(const std::string& path, MaildirOptions options);
  const std::vector<Folder>& folders() const override { return folders_; }
  Result<std::optional<Item>> next() override;
  std::uint64_t total() const override { return total_; }
  std::uint64_t done() const override { return done_; }

 private:
  struct Box {
    std::string path, mailbox;
    std::vector<std::string> keywords;
  };
  struct File {
    std::size_t box;
    std::string name;  // below the box: "cur/..."
    std::uint64_t size;
  };
  explicit MaildirSource(MaildirOptions options) : options_(options) {}
  Result<void> collect(const std::string& directory, const std::string& mailbox, std::size_t depth);
  Result<void> add_box(const std::string& directory, const std::string& mailbox);
  void left_out(const std::string& path, std::string what) { problems_.push_back({path, std::move(what)}); }
  Item read(const File& file) const;

  MaildirOptions options_;
  std::vector<Folder> folders_;
  std::vector<Box> boxes_;
  std::vector<File> files_;
  std::vector<Problem> problems_;
  std::size_t at_ = 0;
  std::uint64_t total_ = 0, done_ = 0;
};

}  // namespace transfer
