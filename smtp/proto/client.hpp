// The SMTP client's side of one message to one server (RFC 5321, 2920, 3030, 3207, 4954, 6531), free of I/O. Driver:
//   for (;;) switch (client.next(input)) { Read: write take_output(), then read; Write: write it and go on; StartTls; Done }
// Whatever the server does, next() ends with Done and every recipient has a result; a hostile server costs at most
// 32 KiB for a reply and a fixed number of replies. One thread per client; the message's bytes must outlive it.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "smtp/proto/framer.hpp"
#include "smtp/proto/reply.hpp"

namespace smtp::proto {

enum class TlsUse : unsigned char { none, opportunistic, required, implicit };

struct ClientConfig {
  std::string hello;                                   // our name
  TlsUse tls = TlsUse::opportunistic;
  std::string user, password;                          // of a relay; AUTH PLAIN, only under TLS
  bool plaintext_auth = false;                         // tests and loopback relays
};

struct Outgoing {
  std::string sender;                                  // without <>; empty = the null path
  std::vector<std::string> recipients;
  std::string_view content;                            // any line ends; normalised to CRLF on the way
  bool utf8_header = false;                            // needs SMTPUTF8 for its header (addresses are looked at here)
};

enum class Fate : unsigned char { pending, delivered, temporary, permanent };

struct RecipientResult {
  std::string address;
  Fate fate = Fate::pending;
  int code = 0;                                        // 0: no reply, the text is ours
  Enhanced enhanced;
  std::string text;                                    // safe to log and to put into a bounce
};

class Client {
 public:
  enum class Action : unsigned char { read, write, start_tls, done };

  Client(ClientConfig config, Outgoing message);
  Action next(std::string_view& input);
  void on_tls(bool established);            // after start_tls; unread input must have been dropped
  void on_closed(std::string_view why);     // connection lost or timed out: what is pending becomes temporary

  std::string take_output() { return std::move(output_); }
  const std::vector<RecipientResult>& results() const { return results_; }
  bool tls() const { return tls_; }
  bool tls_failed() const { return tls_failed_; }  // opportunistic: try again on a new connection with TlsUse::none
  bool try_next_host() const { return host_failed_; }  // the refusal was about this host, not about the message
  // What the next reply answers, for the driver's deadline (RFC 5321 4.5.3.2).
  enum class Phase : unsigned char { greeting, command, data, final };
  Phase phase() const;

 private:
  enum class Want : unsigned char { greeting, ehlo, helo, starttls, auth, mail, rcpt, data, final, quit };
  struct Expected { Want want; std::size_t recipient; };

  Action step(std::string_view& input);
  void reply(const Reply& r);
  void on_hello(const Reply& r);
  void on_mail(const Reply& r);
  void on_rcpt(const Reply& r, std::size_t index);
  void on_data(const Reply& r);
  void on_final(const Reply& r);
  void after_hello();
  void authenticate();
  void begin_mail();
  void send_recipients();
  void after_recipients();
  void body_step();
  bool fits();                               // what the server offers is enough for this message
  void send(std::string line, Want want, std::size_t recipient = 0);
  void settle(Fate fate, const Reply& r);    // every pending recipient
  void settle(const Reply& r) { settle(r.permanent() ? Fate::permanent : Fate::temporary, r); }
  void host_refused(const Reply& r);
  void protocol_error(std::string_view why);
  void quit();
  bool any(Fate fate) const;
  bool offered(std::string_view word) const;

  ClientConfig config_;
  Outgoing message_;
  LineFramer lines_{4096, 4096, 65536};
  ReplyParser parser_;
  std::deque<Expected> expected_;
  std::vector<RecipientResult> results_;
  std::vector<std::string> keywords_;        // upper case
  std::string output_, normalised_;
  std::string_view body_;
  std::size_t body_at_ = 0, next_recipient_ = 0;
  unsigned replies_ = 0;
  bool wide_ = false, needs_utf8_ = false, tls_ = false, tls_failed_ = false, host_failed_ = false, sender_ok_ = false,
       accepted_ = false, data_sent_ = false, sending_ = false, chunked_ = false, handshake_ = false, quitting_ = false, done_ = false,
       authenticated_ = false;
};

// CRLF line ends everywhere: bare CR and bare LF each become CRLF; ends with CRLF. Input that is so already is only looked at.
bool has_strict_lines(std::string_view content);
std::string normalise_lines(std::string_view content);
// Appends about `most` octets of content with its dots stuffed; `at` moves on. REQUIRES strict lines.
void stuff_dots(std::string_view content, std::size_t& at, std::size_t most, std::string& out);

}  // namespace smtp::proto
