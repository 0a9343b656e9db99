// Another IMAP server as a source. What the account has already is asked for before bodies are read: by date and size first, then, for
// those that fit, by the digest of their headers. So a second run reads little more than the list of messages. A lost
// connection is made again and the mailbox goes on where it was.
#pragma once
#include <deque>
#include <map>

#include "tools/transfer/imap_client.hpp"

namespace transfer {

struct ImapShape {  // what is known of a message before it is read
  std::string mailbox;
  base::Time date{};
  std::uint64_t size = 0;
  std::string header;  // empty: by date and size only
};
enum class ImapKnown : unsigned char { absent, present, removed };

struct ImapSourceOptions {
  Limits limits;
  ImapLogin login;
  std::string origin;                 // "imaps://mail.cu.gov.vn"
  std::vector<std::string> only, skip;  // names of mailboxes (UTF-8); `only` empty: all
  unsigned reconnects = 3;            // in a row
  std::function<Result<std::unique_ptr<Wire>>()> connect;
  std::function<Result<std::vector<ImapKnown>>(const std::vector<ImapShape>&)> known;
  std::function<void(unsigned seconds)> sleep;
};

class ImapSource final : public Source {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Source>> open(ImapSourceOptions options);
  ~ImapSource() override;
  const std::vector<Folder>& folders() const override { return folders_; }
  Result<std::optional<Item>> next() override;
  std::uint64_t total() const override { return total_; }
  std::uint64_t done() const override { return done_; }
  bool counts_bytes() const override { return false; }

 private:
  struct Box {
    std::string wire_name, name;
  };
  explicit ImapSource(ImapSourceOptions options) : options_(std::move(options)) {}
  Result<void> connect();
  Result<void> find_mailboxes();
  bool wanted(const std::string& name) const;
  Result<void> step();           // puts something into ready_, or moves on
  Result<void> open_box();
  Result<void> read_window();
  Result<std::vector<ImapFetch>> unknown(std::vector<ImapFetch> window);
  using Bodies = std::map<std::uint32_t, ImapFetch>;
  Result<void> fetch_bodies(std::span<const std::uint32_t> uids, Bodies& bodies, std::vector<Item>& problems);
  Result<void> read_bodies(const std::vector<ImapFetch>& window);
  std::string place(std::uint32_t uid) const;

  ImapSourceOptions options_;
  std::unique_ptr<ImapClient> client_;
  std::vector<Folder> folders_;
  std::vector<Box> boxes_;
  std::vector<std::uint32_t> uids_;   // of the mailbox that is open
  std::deque<Item> ready_;
  std::size_t box_ = 0, at_ = 0;      // boxes_[box_], uids_[at_]
  std::uint32_t uid_validity_ = 0;
  bool box_open_ = false, uids_known_ = false;
  unsigned failures_ = 0;
  std::uint64_t total_ = 0, done_ = 0;
};

}  // namespace transfer
