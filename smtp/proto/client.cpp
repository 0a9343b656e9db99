#include "smtp/proto/client.hpp"
#include <algorithm>
#include <charconv>
#include <stdexcept>
#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "smtp/proto/path.hpp"

namespace smtp::proto {
namespace {

constexpr std::size_t kBatch = 100;     // RCPT commands sent before their replies are read: both sides' buffers hold them
constexpr std::size_t kPiece = 65536;   // of the body between two writes
constexpr unsigned kReplies = 16;       // beyond one for each recipient

}  // namespace

Client::Client(ClientConfig config, Outgoing message) : config_(std::move(config)), message_(std::move(message)) {
  tls_ = config_.tls == TlsUse::implicit;
  const auto sender = message_.sender.empty() ? base::Result<Mailbox>(Mailbox()) : Mailbox::parse(message_.sender, Utf8::yes);
  needs_utf8_ = message_.utf8_header || (sender && sender->needs_utf8());
  for (const std::string& address : message_.recipients) {
    results_.push_back({address, Fate::pending, 0, {}, {}});
    // The grammar is asked again: no address, wherever it came from, puts a second command on the wire (ATTACKS M4).
    const auto parsed = Mailbox::parse(address, Utf8::yes);
    if (!parsed || !sender) {
      results_.back().fate = Fate::permanent;
      results_.back().enhanced = {5, 1, std::uint16_t(parsed ? 7 : 3)};
      results_.back().text = "Bad address syntax";
    } else {
      needs_utf8_ = needs_utf8_ || parsed->needs_utf8();
    }
  }
  body_ = message_.content;
  if (!has_strict_lines(body_)) body_ = normalised_ = normalise_lines(body_);
  wide_ = !base::is_ascii(body_);
  expected_.push_back({Want::greeting, 0});
}

bool Client::any(Fate fate) const {
  return std::any_of(results_.begin(), results_.end(), [&](const RecipientResult& r) { return r.fate == fate; });
}

bool Client::offered(std::string_view word) const {
  return std::any_of(keywords_.begin(), keywords_.end(), [&](const std::string& k) {
    return base::iequals(std::string_view(k).substr(0, std::min(k.find(' '), k.size())), word);
  });
}

Client::Phase Client::phase() const {
  if (expected_.empty()) return Phase::command;
  switch (expected_.front().want) {
    case Want::greeting: return Phase::greeting;
    case Want::data: return Phase::data;
    case Want::final: return Phase::final;
    default: return Phase::command;
  }
}

void Client::settle(Fate fate, const Reply& r) {
  for (RecipientResult& result : results_) {
    if (result.fate != Fate::pending) continue;
    result.fate = fate;
    result.code = r.code;
    result.enhanced = r.enhanced;
    for (const std::string& line : r.lines) {
      if (result.text.size() < 500) result.text.append(result.text.empty() ? "" : " ").append(line.substr(0, 500));
    }
    result.text = safe_text(result.text, Charset::utf8, 500);
  }
}

void Client::send(std::string line, Want want, std::size_t recipient) {
  output_.append(line).append("\r\n");
  expected_.push_back({want, recipient});
}

void Client::quit() {
  if (quitting_) return;
  quitting_ = true;
  send("QUIT", Want::quit);
}

void Client::protocol_error(std::string_view why) {
  settle(Fate::temporary, Reply(0, {4, 5, 0}, std::string(why)));
  host_failed_ = true;
  done_ = true;
}

void Client::host_refused(const Reply& r) {  // about this host: the next one may take the message
  settle(r);
  host_failed_ = true;
  quit();
}

void Client::on_closed(std::string_view why) {
  settle(Fate::temporary, Reply(0, {4, 4, 2}, std::string(why)));
  host_failed_ = true;
  done_ = true;
}

void Client::on_tls(bool established) {
  if (!handshake_) throw std::logic_error("smtp client: no TLS was asked for");
  handshake_ = false;
  if (!established) {
    tls_failed_ = true;
    return on_closed("TLS handshake failed");
  }
  tls_ = true;
  lines_.reset();
  keywords_.clear();  // RFC 3207 4.2: what was learnt in clear is forgotten
  send("EHLO " + config_.hello, Want::ehlo);
}

Client::Action Client::next(std::string_view& input) {
  for (;;) {
    if (done_) return output_.empty() ? Action::done : Action::write;
    if (handshake_) return output_.empty() ? Action::start_tls : Action::write;
    if (sending_) {
      body_step();
      return Action::write;
    }
    switch (lines_.next(input)) {
      case LineFramer::Event::need_more: return Action::read;
      case LineFramer::Event::line: break;
      default: protocol_error("Server sent an over-long or malformed line"); continue;
    }
    auto complete = parser_.line(lines_.line());
    if (!complete) protocol_error(complete.error().code() == base::Errc::limit ? "Server sent an endless reply" : "Server sent no SMTP reply");
    else if (*complete) reply(parser_.take());
    if (handshake_ && !input.empty()) protocol_error("Server sent data behind its answer to STARTTLS");  // ATTACKS M2, the client's side
  }
}

void Client::reply(const Reply& r) {
  if (expected_.empty() || ++replies_ > results_.size() + kReplies) return protocol_error("Server sent a reply nobody asked for");
  const Expected e = expected_.front();
  expected_.pop_front();
  const bool go_on = r.code / 100 == 3;
  if (go_on != (e.want == Want::data && r.code == 354)) {
    // A refusal where 354 could stand is ordinary; 3xx anywhere else, or 2xx to DATA, is out of step.
    if (go_on || r.positive()) return protocol_error("Server is out of step: unexpected reply " + std::to_string(r.code));
  }
  if (r.code == 421 && e.want != Want::quit) {  // 3.8: the server closes; what it accepted stays accepted
    settle(Fate::temporary, r);
    host_failed_ = true;
    done_ = true;
    return;
  }
  switch (e.want) {
    case Want::greeting:
      if (!r.positive()) return host_refused(r);
      return send("EHLO " + config_.hello, Want::ehlo);
    case Want::ehlo:
    case Want::helo: return on_hello(r);
    case Want::starttls:
      if (r.positive()) handshake_ = true;
      else if (config_.tls == TlsUse::required) host_refused(Reply(0, {4, 7, 0}, "TLS is required, and the server refused it"));
      else begin_mail();
      return;
    case Want::auth:
      if (!r.positive()) return settle(Fate::temporary, r), host_failed_ = true, quit();  // our configuration, not the mail's fault
      authenticated_ = true;
      return begin_mail();
    case Want::mail: return on_mail(r);
    case Want::rcpt: return on_rcpt(r, e.recipient);
    case Want::data: return on_data(r);
    case Want::final: return on_final(r);
    case Want::quit: done_ = true; return;
  }
}

void Client::on_hello(const Reply& r) {
  if (!r.positive()) {
    // 3.2: a server that does not know EHLO gets HELO; under TLS it said EHLO before and is out of its mind
    const bool old = r.permanent() && config_.tls != TlsUse::required && !tls_ && replies_ <= 2;
    if (old) return send("HELO " + config_.hello, Want::helo);
    return host_refused(r);
  }
  keywords_.clear();
  if (replies_ == 2 || tls_) {
    for (std::size_t i = 1; i < r.lines.size(); ++i) keywords_.push_back(r.lines[i]);
  }
  after_hello();
}

void Client::after_hello() {
  const bool want = config_.tls == TlsUse::opportunistic || config_.tls == TlsUse::required;
  if (want && !tls_ && offered("STARTTLS")) return send("STARTTLS", Want::starttls);
  if (config_.tls == TlsUse::required && !tls_) return host_refused(Reply(0, {4, 7, 0}, "TLS is required, and the server does not offer it"));
  begin_mail();
}

void Client::authenticate() {
  if (!tls_ && !config_.plaintext_auth) return host_refused(Reply(0, {4, 7, 0}, "The relay's password is sent under TLS only"));
  std::string plain;  // RFC 4616 2: [authzid] NUL authcid NUL passwd
  plain.append(1, '\0').append(config_.user).append(1, '\0').append(config_.password);
  send("AUTH PLAIN " + base::base64_encode(plain), Want::auth);
}

bool Client::fits() {
  if (needs_utf8_ && !offered("SMTPUTF8")) return settle(Fate::permanent, Reply(0, {5, 6, 7}, "The server does not take UTF-8 addresses")), false;
  // RFC 6152 3: 8-bit content needs 8BITMIME; re-encoding would break signatures, so the mail is refused instead.
  if (wide_ && !offered("8BITMIME")) return settle(Fate::permanent, Reply(0, {5, 6, 3}, "The server does not take 8-bit content")), false;
  for (const std::string& k : keywords_) {
    std::uint64_t most = 0;
    if (!base::istarts_with(k, "SIZE ")) continue;
    const auto [end, error] = std::from_chars(k.data() + 5, k.data() + k.size(), most);
    if (error == std::errc() && end == k.data() + k.size() && most > 0 && body_.size() > most) {
      return settle(Fate::permanent, Reply(0, {5, 3, 4}, "Larger than the server takes")), false;
    }
  }
  return true;
}

void Client::begin_mail() {
  if (!config_.user.empty() && !authenticated_) return authenticate();
  if (!fits() || !any(Fate::pending)) return quit();
  std::string line = "MAIL FROM:<" + message_.sender + ">";
  if (offered("SIZE")) line += " SIZE=" + std::to_string(body_.size());
  if (wide_) line += " BODY=8BITMIME";
  if (needs_utf8_) line += " SMTPUTF8";
  send(std::move(line), Want::mail);
  if (offered("PIPELINING")) send_recipients();
}

// RFC 2920 3.1: MAIL, RCPT ... DATA go as one group, DATA last. Without PIPELINING one command at a time.
void Client::send_recipients() {
  const std::size_t batch = offered("PIPELINING") ? kBatch : 1;
  for (std::size_t n = 0; n < batch && next_recipient_ < results_.size(); ++next_recipient_) {
    if (results_[next_recipient_].fate != Fate::pending) continue;
    send("RCPT TO:<" + results_[next_recipient_].address + ">", Want::rcpt, next_recipient_);
    ++n;
  }
  if (next_recipient_ == results_.size() && batch > 1 && !offered("CHUNKING")) {
    data_sent_ = true;
    send("DATA", Want::data);
  }
}

void Client::on_mail(const Reply& r) {
  sender_ok_ = r.positive();
  if (!sender_ok_) settle(r);
  if (!sender_ok_ && expected_.empty()) return quit();
  if (expected_.empty()) send_recipients();
}

void Client::on_rcpt(const Reply& r, std::size_t index) {
  RecipientResult& result = results_[index];
  if (r.positive()) {
    accepted_ = accepted_ || sender_ok_;
  } else if (result.fate == Fate::pending) {
    const std::string text = safe_text(r.lines.empty() ? std::string_view() : std::string_view(r.lines[0]), Charset::utf8, 500);
    // 4.5.3.1.10: a client treats 552 to RCPT (too many recipients) as temporary, as if it were 452
    result = {result.address, r.permanent() && r.code != 552 ? Fate::permanent : Fate::temporary, r.code, r.enhanced, text};
  }
  if (!expected_.empty()) return;
  if (next_recipient_ < results_.size() && sender_ok_) send_recipients();
  if (expected_.empty()) after_recipients();
}

void Client::after_recipients() {
  if (!accepted_) return quit();
  if (!offered("CHUNKING")) return send("DATA", Want::data);
  send("BDAT " + std::to_string(body_.size()) + " LAST", Want::final);
  chunked_ = sending_ = true;
}

void Client::on_data(const Reply& r) {
  if (r.code != 354) {
    settle(r);
    return quit();
  }
  if (!accepted_) body_ = {};  // RFC 2920 3.1: a server that says 354 without recipients is sent an empty message
  sending_ = true;
}

void Client::body_step() {
  if (chunked_) {
    output_.append(body_.substr(body_at_, kPiece));
    body_at_ = std::min(body_at_ + kPiece, body_.size());
  } else {
    stuff_dots(body_, body_at_, kPiece, output_);
  }
  if (body_at_ < body_.size()) return;
  sending_ = false;
  if (!chunked_) send(".", Want::final);
}

void Client::on_final(const Reply& r) {
  if (!accepted_) return quit();
  if (r.positive()) settle(Fate::delivered, r);
  else settle(r);
  quit();
}

}  // namespace smtp::proto
