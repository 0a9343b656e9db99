// The few commands that reading another server's mail takes (RFC 9051, RFC 3501). Blocks on a Wire that a test or a TLS stream
// implements; one thread. Mailboxes are opened with EXAMINE and bodies read with BODY.PEEK: nothing changes at the source.
//   greeting -> [STARTTLS] -> AUTHENTICATE PLAIN or LOGIN -> LIST -> (EXAMINE -> UID SEARCH -> UID FETCH ...)*
#pragma once
#include <functional>
#include <memory>
#include <span>

#include "tools/transfer/imap_response.hpp"

namespace transfer {

class Wire {
 public:
  virtual ~Wire() = default;
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> into) = 0;  // 0: the server closed
  [[nodiscard]] virtual Result<void> write(std::string_view bytes) = 0;
  [[nodiscard]] virtual Result<void> start_tls() = 0;
};

struct ImapLogin {
  std::string user, password;
  bool start_tls = false;
};

struct ImapBox {
  std::uint32_t exists = 0, uid_validity = 0;
};

class ImapClient {
 public:
  ImapClient(std::unique_ptr<Wire> wire, const ImapLimits& limits) : wire_(std::move(wire)), framer_(limits) {}

  // Errc::denied: the server refuses the login (its words are in the detail), or TLS is not to be had; io, timed_out: try again.
  [[nodiscard]] Result<void> login(const ImapLogin& login);
  [[nodiscard]] Result<std::vector<ImapListed>> list(std::size_t most);
  [[nodiscard]] Result<std::uint32_t> count(const std::string& wire_name);  // STATUS (MESSAGES)
  [[nodiscard]] Result<ImapBox> examine(const std::string& wire_name);
  [[nodiscard]] Result<std::vector<std::uint32_t>> uids();  // ascending
  // `items`: "(FLAGS ...)"; one call for each message of `uids` that the server answers for.
  using OnFetch = std::function<void(ImapFetch)>;
  [[nodiscard]] Result<void> fetch(std::span<const std::uint32_t> uids, std::string_view items, const OnFetch& f);
  void logout();

 private:
  using OnUntagged = std::function<Result<void>(ImapResponse)>;
  Result<ImapResponse> next();
  // Sends "TAG command" and reads to its tagged answer. Errc::denied for NO, invalid for BAD, with the server's words.
  Result<ImapResponse> run(const std::string& command, const OnUntagged& untagged = {}, const std::vector<std::string>& continuations = {});
  Result<ImapResponse> run_named(const std::string& command, const std::string& name, const std::string& rest, const OnUntagged& untagged);
  Result<void> capabilities();
  Result<void> authenticate(const ImapLogin& login);
  void take_capabilities(const std::vector<ImapValue>& words);
  bool has(std::string_view capability) const;

  std::unique_ptr<Wire> wire_;
  ImapFramer framer_;
  std::vector<std::string> capabilities_;
  unsigned tags_ = 0;
};

std::string uid_set(std::span<const std::uint32_t> ascending);  // "1:4,7"

}  // namespace transfer
