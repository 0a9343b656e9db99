// Session: framing, table and commands. Message content and AUTH stand in session_content.cpp, answers in session_answers.cpp.
#include "smtp/proto/session.hpp"
#include <algorithm>
#include <stdexcept>
#include <utility>
#include "smtp/proto/session_table.hpp"

namespace smtp::proto {

Session::Session(SessionConfig config)
    : config_(std::move(config)),
      lines_(config_.limits.command_line, config_.limits.auth_line, config_.limits.line_flood),
      tls_(config_.kind == Kind::submissions) {}

Session::Step Session::expect(Wait wait, Action action) {
  wait_ = wait;
  return action;
}

Action Session::next(std::string_view& input) {
  if (wait_ != Wait::none && state_ != State::closed) throw std::logic_error("smtp session: the last action has no answer");
  for (;;) {
    if (std::exchange(aborted_, false)) return AuthAborted{};
    if (state_ == State::closed) return Close{};
    if (state_ == State::connected) return *expect(Wait::connect, CheckConnect{});
    if (output_.size() >= config_.limits.output) return Flush{};
    Step step = state_ == State::data ? next_data(input) : state_ == State::chunk ? next_chunk(input) : next_line(input);
    if (step) return std::move(*step);
  }
}

Session::Step Session::next_line(std::string_view& input) {
  lines_.set_auth(state_ == State::auth);
  switch (lines_.next(input)) {
    case LineFramer::Event::need_more: return NeedInput{};
    case LineFramer::Event::line:
      return state_ == State::auth ? auth_line(lines_.line()) : command(lines_.line(), input);
    case LineFramer::Event::too_long: {
      const Reply reply(500, {5, 5, 6}, "Line too long");
      return state_ == State::auth ? auth_over(reply) : error(reply);
    }
    case LineFramer::Event::bare: return end(Reply(550, {5, 5, 2}, "Bare CR, bare LF or NUL in a command"));
    case LineFramer::Event::flood: break;
  }
  return end(Reply(421, {4, 7, 0}, "Line too long, closing"));
}

Session::Step Session::say(const Reply& reply) {
  append_wire(output_, reply, utf8_ ? Charset::utf8 : Charset::ascii);
  return std::nullopt;
}

Session::Step Session::end(const Reply& reply) {
  say(reply);
  aborted_ = aborted_ || state_ == State::auth;
  state_ = State::closed;
  return std::nullopt;
}

Session::Step Session::error(const Reply& reply) {
  say(reply);
  if (++errors_ >= config_.limits.errors) return end(Reply(421, {4, 7, 0}, "Too many errors"));
  return std::nullopt;
}

void Session::reset_transaction() {
  envelope_ = Envelope{};
  attempted_ = chunks_ = 0;
  receiving_ = utf8_ = false;
  if (state_ != State::closed && state_ != State::fresh) state_ = State::ready;
}

std::optional<Reply> Session::refuse(Verb verb) const {
  switch (welcome(verb, state_)) {
    case '+': return std::nullopt;
    case 'h': return Reply(503, {5, 5, 1}, "Say EHLO first");
    case 'm': return Reply(503, {5, 5, 1}, "MAIL first");
    case 'n': return Reply(503, {5, 5, 1}, "Not during a mail transaction");
    case 'r': return attempted_ ? Reply(554, {5, 5, 1}, "No valid recipients") : Reply(503, {5, 5, 1}, "RCPT first");
    case 'c': return Reply(503, {5, 5, 1}, "A BDAT message is open");
    case 's': return Reply(503, {5, 5, 1}, "The message was refused, RSET first");
    default: return Reply(503, {5, 7, 1}, "Only QUIT is accepted here");
  }
}

Session::Step Session::command(std::string_view line, std::string_view pending) {
  const auto verb = parse_verb(line);
  if (verb != Verb::rcpt && verb != Verb::bdat && verb != Verb::quit && ++idle_ > config_.limits.idle_commands) {
    return end(Reply(421, {4, 7, 0}, "Too many commands without a message"));
  }
  auto parsed = parse_command(line, {utf8_, config_.limits.auth_response});
  if (auto* reply = std::get_if<Reply>(&parsed)) {
    // What follows a malformed BDAT cannot be told from commands, and what was sent behind a refused DATA may be content.
    const bool lost = verb == Verb::bdat || (verb == Verb::data && !pending.empty());
    return lost ? end(*reply) : error(*reply);
  }
  return perform(std::get<Command>(parsed), pending);
}

Session::Step Session::perform(Command& c, std::string_view pending) {
  if (auto no = refuse(c.verb)) {
    if (c.verb == Verb::bdat) return refused_bdat(std::get<Bdat>(c.args), *no, state_);
    return c.verb == Verb::data && !pending.empty() ? end(*no) : error(*no);
  }
  switch (c.verb) {
    case Verb::helo:
    case Verb::ehlo: return hello(c.verb, std::get<Hello>(c.args));
    case Verb::mail: return mail(std::get<Mail>(c.args));
    case Verb::rcpt: return rcpt(std::get<Rcpt>(c.args));
    case Verb::data: return data();
    case Verb::bdat: return bdat(std::get<Bdat>(c.args));
    case Verb::rset: reset_transaction(); return say(Reply(250, {2, 0, 0}, "OK"));
    case Verb::noop: return say(Reply(250, {2, 0, 0}, "OK"));
    case Verb::vrfy: return say(Reply(252, {2, 0, 0}, "Cannot verify, but will take the message"));  // 3.5.3
    case Verb::expn: return error(Reply(502, {5, 7, 1}, "Not available"));
    case Verb::help: return say(Reply(214, {2, 0, 0}, "See RFC 5321"));
    case Verb::quit: return end(Reply(221, {2, 0, 0}, "Bye"));
    case Verb::starttls: return starttls(pending);
    case Verb::auth: return auth(std::get<Auth>(c.args));
  }
  throw std::logic_error("smtp session: unknown verb");
}

bool Session::offers_auth() const {
  return config_.kind != Kind::mx && !config_.mechanisms.empty() && (tls_ || config_.plaintext_auth);
}

// RFC 5321 4.1.1.1: the first line is the domain, one keyword a line.
Reply Session::capabilities() const {
  Reply r(250, {}, config_.hostname);
  r.lines.push_back("SIZE " + std::to_string(config_.limits.message));
  for (const char* word : {"PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES"}) r.lines.emplace_back(word);
  if (config_.dsn) r.lines.emplace_back("DSN");
  if (!tls_ && config_.starttls) r.lines.emplace_back("STARTTLS");
  if (offers_auth()) {
    std::string line = "AUTH";
    for (const std::string& m : config_.mechanisms) line.append(" ").append(m);
    r.lines.push_back(std::move(line));
  }
  return r;
}

Session::Step Session::hello(Verb verb, Hello& h) {
  state_ = State::ready;
  reset_transaction();
  hello_ = std::move(h.name);
  esmtp_ = verb == Verb::ehlo;
  return say(esmtp_ ? capabilities() : Reply(250, {}, config_.hostname));
}

std::optional<Reply> Session::refuse_mail(const Mail& m) const {
  if (m.esmtp && !esmtp_) return Reply(555, {5, 5, 4}, "Parameters need EHLO");
  if (m.dsn && !config_.dsn) return Reply(555, {5, 5, 4}, "DSN is not offered");
  if (config_.kind != Kind::mx && !tls_ && !config_.plaintext_auth) return Reply(530, {5, 7, 0}, "Must issue a STARTTLS command first");
  if (config_.kind != Kind::mx && !authenticated()) return Reply(530, {5, 7, 0}, "Authentication required");
  if (m.size && *m.size > config_.limits.message) return Reply(552, {5, 3, 4}, "Message size exceeds the limit");  // RFC 1870 6.1
  return std::nullopt;
}

Session::Step Session::mail(Mail& m) {
  if (auto no = refuse_mail(m)) return error(*no);
  envelope_.mail = std::move(m);
  return expect(Wait::sender, CheckSender{});
}

Session::Step Session::rcpt(Rcpt& r) {
  const bool dsn = r.notify.given() || !r.orcpt_type.empty();
  if (r.esmtp && (!esmtp_ || (dsn && !config_.dsn))) return error(Reply(555, {5, 5, 4}, "Parameter is not offered"));
  // 4.5.3.1.10: 452 for too many recipients; who goes on without end is no mail client.
  if (++attempted_ > config_.limits.recipients * 10u) return end(Reply(421, {4, 7, 0}, "Too many recipients, closing"));
  if (envelope_.recipients.size() >= config_.limits.recipients) return say(Reply(452, {4, 5, 3}, "Too many recipients"));
  candidate_ = std::move(r);
  return expect(Wait::recipient, VerifyRecipient{&candidate_});
}

Session::Step Session::starttls(std::string_view pending) {
  if (tls_) return error(Reply(503, {5, 5, 1}, "TLS is already active"));
  if (!config_.starttls) return error(Reply(502, {5, 5, 1}, "TLS is not available"));
  // RFC 3207 6, ATTACKS M2: what was sent in clear behind STARTTLS must never be read as sent under TLS.
  if (!pending.empty()) return end(Reply(554, {5, 5, 1}, "Nothing may follow STARTTLS in the same packet"));
  say(Reply(220, {2, 0, 0}, "Ready to start TLS"));
  return expect(Wait::tls, StartTls{});
}

}  // namespace smtp::proto
