// One SMTP connection: the driver of a proto::Session over a net::Stream. Made by Server's handlers only.
// Lives on one network thread; run() returns when the connection is over and never throws for what a client does.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "smtp/server.hpp"

namespace smtp {

class Connection {
 public:
  Connection(std::shared_ptr<const Server::Setup> setup, proto::Kind kind, net::Stream stream);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  net::Awaitable<void> run();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  enum class Next : unsigned char { go_on, stop };

  net::Awaitable<bool> handshake();
  net::Awaitable<Next> perform(proto::Action& action);
  net::Awaitable<Next> need_input();
  net::Awaitable<Next> flush();
  net::Awaitable<void> start_tls();
  net::Awaitable<void> submit(std::string content);
  net::Awaitable<Outcome> outcome_of(Envelope envelope, std::string content);

  // SASL (connection_auth.cpp)
  net::Awaitable<void> authenticate(proto::Authenticate request);
  net::Awaitable<void> respond(std::string response);
  net::Awaitable<void> drive(sasl::Step step);
  net::Awaitable<void> fail_auth(std::string_view reason);
  void refuse_auth(std::string_view reason);  // limited: temporary, without a look at the password
  void accept_auth(const sasl::Done& done);
  std::optional<sasl::Step> look_up(const sasl::NeedCredential& need);  // nothing: the Backend failed

  void check_sender();
  void verify_recipient(const proto::Rcpt& rcpt);
  void receive();
  void refresh();                                    // client_ from the session
  Envelope envelope_of(const std::string& content);
  net::Duration patience() const;
  std::string recipient_address(const proto::Rcpt& rcpt) const;
  void note_progress() { since_ = std::chrono::steady_clock::now(); }
  void release();                                    // gives the message's octets back to the budget
  void log_refused(std::string_view stage, const proto::Decision& decision, std::string_view rule);
  void log_outcome(const Envelope& envelope, std::size_t size, const Outcome& outcome, SteadyTime began);

  std::shared_ptr<const Server::Setup> setup_;
  net::Stream stream_;
  base::Log log_;
  proto::Session session_;
  Client client_;
  std::unique_ptr<char[]> buffer_;
  std::string_view input_;
  std::vector<bool> local_;        // of each accepted recipient
  std::unique_ptr<sasl::Server> sasl_;
  std::string name_;               // the user name of the exchange
  std::string login_;              // its account, when there is one
  SteadyTime since_{};             // start of the current command, or of the message's content
  std::uint64_t held_ = 0;         // octets counted in setup_->buffered
  unsigned accepted_ = 0;
};

}  // namespace smtp
