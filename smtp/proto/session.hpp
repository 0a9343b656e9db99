// The SMTP server's state machine (RFC 5321, 2920, 3030, 3207, 4954, 6531), free of I/O, clock and store. Used by the driver:
//   for (;;) switch (action = session.next(input)) { NeedInput: flush take_output(), read; Flush: flush; ... }
// Every other action is answered by exactly one on_*() before next() is called again; calling out of turn is a bug (logic_error).
// Replies collect in the output, so that a pipelined group costs one write: write when next() says NeedInput, Flush, StartTls or Close.
// One thread per session. `input` is what the driver has read and not yet seen eaten; the session takes from its front.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>
#include "smtp/proto/command.hpp"
#include "smtp/proto/framer.hpp"
#include "smtp/proto/limits.hpp"
#include "smtp/proto/reply.hpp"

namespace smtp::proto {

enum class Kind : unsigned char { mx, submission, submissions };  // 25; 587 with STARTTLS; 465 with TLS from the first byte

struct SessionConfig {
  std::string hostname;                  // greeting and EHLO
  Kind kind = Kind::mx;
  Limits limits;
  std::vector<std::string> mechanisms;   // upper case; offered on the submission ports, after TLS
  bool starttls = true;                  // a certificate is there; without meaning on `submissions`
  bool plaintext_auth = false;           // loopback only (CONTRACT.md 1): AUTH and MAIL without TLS
  bool dsn = false;                      // offer RFC 3461
};

struct Envelope {
  Mail mail;
  std::vector<Rcpt> recipients;          // accepted ones, in order
};

// Actions.
struct NeedInput {};                     // flush, then read more
struct Flush {};                         // much output has gathered: write it, then go on
struct CheckConnect {};                  // -> on_connect
struct StartTls {};                      // flush, handshake, forget all unread input -> on_tls
struct Authenticate { std::string mechanism; std::optional<std::string> initial; };  // -> on_auth; a new SASL exchange
struct AuthResponse { std::string response; };  // -> on_auth
struct AuthAborted {};                   // drop the SASL exchange; no answer
struct CheckSender {};                   // envelope().mail is the candidate -> on_sender
struct VerifyRecipient { const Rcpt* rcpt; };   // valid until on_recipient
struct ReceiveData { std::uint64_t reserve; };  // room wanted -> on_receive
struct SubmitMessage { std::string content; };  // with envelope() -> on_submit
struct Close {};                         // flush and close; next() says so for ever
using Action = std::variant<NeedInput, Flush, CheckConnect, StartTls, Authenticate, AuthResponse, AuthAborted, CheckSender,
                            VerifyRecipient, ReceiveData, SubmitMessage, Close>;

// What a SASL machine answers.
struct AuthChallenge { std::string data; };
struct AuthDone { std::string identity; };
struct AuthFailed { bool temporary = false; };
using AuthStep = std::variant<AuthChallenge, AuthDone, AuthFailed>;

enum class State : unsigned char { connected, refused, fresh, ready, mail, rcpt, chunks, spoilt, data, chunk, auth, closed };  // see session_table.hpp

class Session {
 public:
  explicit Session(SessionConfig config);
  Action next(std::string_view& input);

  void on_connect(const Decision& decision);  // accepted: 220; refused: 554 and only QUIT is answered, or 421 and close
  void on_tls(bool established);
  void on_auth(const AuthStep& step);
  void on_sender(const Decision& decision);
  void on_recipient(const Decision& decision);
  void on_receive(const Decision& decision, std::string buffer = {});  // buffer: storage to reuse, its contents are dropped
  void on_submit(const Decision& decision);
  void shut_down(std::string_view why);  // 421 at the next boundary (stop, idle time-out); no answer to a pending action is needed

  std::string take_output() { return std::move(output_); }
  bool has_output() const { return !output_.empty(); }
  const Envelope& envelope() const { return envelope_; }
  const std::string& hello() const { return hello_; }
  const std::string& identity() const { return identity_; }  // empty before AUTH
  bool esmtp() const { return esmtp_; }
  bool tls() const { return tls_; }
  bool authenticated() const { return !identity_.empty(); }
  State state() const { return state_; }
  std::uint64_t held() const { return receiving_ ? content_.size() : 0; }  // octets of the unfinished message

 private:
  enum class Wait : unsigned char { none, connect, tls, auth, sender, recipient, receive, submit };
  using Step = std::optional<Action>;  // nothing: go on with what is buffered
  Step next_line(std::string_view& input);
  Step next_data(std::string_view& input);
  Step next_chunk(std::string_view& input);
  Step command(std::string_view line, std::string_view pending);
  Step perform(Command& c, std::string_view pending);
  Step hello(Verb verb, Hello& h);
  Step mail(Mail& m);
  Step rcpt(Rcpt& r);
  Step data();
  Step bdat(const Bdat& b);
  Step refused_bdat(const Bdat& b, const Reply& reply, State after);
  Step starttls(std::string_view pending);
  Step auth(Auth& a);
  Step auth_line(std::string_view line);
  Step auth_over(const Reply& reply);
  Step finish_content();
  Step expect(Wait wait, Action action);
  void resume(Wait wait);  // checks that this answer was awaited
  std::optional<Reply> refuse(Verb verb) const;
  std::optional<Reply> refuse_mail(const Mail& m) const;
  std::optional<Reply> refuse_auth(const Auth& a) const;
  Step say(const Reply& reply);
  Step error(const Reply& reply);  // counted
  Step end(const Reply& reply);    // and close
  // The decision's own code and text when it has one, the standard ones otherwise. True when it accepts.
  bool say_decision(const Decision& d, const Reply& standard);
  void refuse_content(const Decision& d);
  void reset_transaction();
  bool offers_auth() const;
  Reply capabilities() const;

  SessionConfig config_;
  LineFramer lines_;
  ContentFramer content_;
  State state_ = State::connected;
  Wait wait_ = Wait::none;
  std::string output_, hello_, identity_;
  Envelope envelope_;
  Rcpt candidate_;
  Bdat chunk_;
  std::uint64_t reserve_ = 0;
  State after_chunk_ = State::ready;
  bool esmtp_ = false, tls_ = false, utf8_ = false, receiving_ = false, swallow_ = false, bdat_ = false, aborted_ = false;
  unsigned errors_ = 0, idle_ = 0, attempted_ = 0, chunks_ = 0, auth_failures_ = 0;
};

}  // namespace smtp::proto
