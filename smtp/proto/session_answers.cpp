// Session: what the driver's answers do.
#include <stdexcept>
#include "base/encoding.hpp"
#include "smtp/proto/session.hpp"

namespace smtp::proto {

void Session::resume(Wait wait) {
  if (wait_ != wait) throw std::logic_error("smtp session: an answer that no action asked for");
  wait_ = Wait::none;
}

bool Session::say_decision(const Decision& d, const Reply& standard) {
  // A decision is made outside; a code that is none of ours would break the dialogue, so it becomes a temporary refusal.
  const bool sane = d.code >= 200 && d.code < 600 && d.code / 100 != 3;
  Reply r = sane && d.accepted() ? standard : Reply(sane ? d.code : 451, {4, 3, 0}, "Try again later");
  if (sane && d.code >= 500) r.enhanced = {5, 7, 1}, r.lines = {"Refused"};
  if (sane && d.enhanced.present() && d.enhanced.klass == d.code / 100) r.enhanced = d.enhanced;
  const std::string& text = utf8_ || d.ascii.empty() ? d.text : d.ascii;
  if (!text.empty()) r.lines = {text};
  if (sane && d.accepted()) {
    say(r);
    return true;
  }
  if (r.code == 421) end(r);
  else if (r.code >= 500) error(r);
  else say(r);
  return false;
}

void Session::on_connect(const Decision& d) {
  resume(Wait::connect);
  if (state_ == State::closed) return;
  if (d.accepted()) {
    state_ = State::fresh;
    say(Reply(220, {}, config_.hostname + " ESMTP"));
    return;
  }
  // 3.1: after 554 the server waits for QUIT; RFC 7504 the same for 521. Everything else here is 421 and the end.
  const std::string& text = d.ascii.empty() ? d.text : d.ascii;
  if (d.code < 500) return void(end(Reply(421, d.enhanced, text.empty() ? "Try again later" : text)));
  state_ = State::refused;
  say(Reply(d.code == 521 ? 521 : 554, d.enhanced, text.empty() ? "No service for this client" : text));
}

void Session::on_tls(bool established) {
  resume(Wait::tls);
  if (!established) {  // nothing can be said: the client expects TLS records
    state_ = State::closed;
    return;
  }
  // RFC 3207 4.2: the server forgets everything it learnt before, the name of the EHLO included.
  lines_.reset();
  state_ = State::ready;
  reset_transaction();
  state_ = State::fresh;
  hello_.clear();
  identity_.clear();
  esmtp_ = false;
  tls_ = true;
}

void Session::on_auth(const AuthStep& step) {
  resume(Wait::auth);
  if (state_ == State::closed) return;
  if (const auto* challenge = std::get_if<AuthChallenge>(&step)) {
    // Not say(): base64 may be longer than a reply text may be (RFC 4954 4).
    output_.append("334 ").append(base::base64_encode(challenge->data)).append("\r\n");
    return;
  }
  state_ = State::ready;
  if (const auto* done = std::get_if<AuthDone>(&step)) {
    identity_ = done->identity;
    say(Reply(235, {2, 7, 0}, "Authentication succeeded"));
    return;
  }
  if (std::get<AuthFailed>(step).temporary) return void(say(Reply(454, {4, 7, 0}, "Temporary authentication failure")));
  error(Reply(535, {5, 7, 8}, "Authentication credentials invalid"));
  if (++auth_failures_ >= config_.limits.auth_failures && state_ != State::closed) {
    end(Reply(421, {4, 7, 0}, "Too many failed attempts"));
  }
}

void Session::on_sender(const Decision& d) {
  resume(Wait::sender);
  if (state_ == State::closed) return;
  utf8_ = envelope_.mail.smtputf8;
  if (say_decision(d, Reply(250, {2, 1, 0}, "Sender OK"))) state_ = State::mail;
  else reset_transaction();
}

void Session::on_recipient(const Decision& d) {
  resume(Wait::recipient);
  if (state_ == State::closed) return;
  if (!say_decision(d, Reply(250, {2, 1, 5}, "Recipient OK"))) return;
  envelope_.recipients.push_back(std::move(candidate_));
  state_ = State::rcpt;
}

void Session::on_receive(const Decision& d, std::string buffer) {
  resume(Wait::receive);
  if (state_ == State::closed) return;
  if (!d.accepted()) return refuse_content(d);
  buffer.reserve(reserve_);  // at most limits.reserve, whatever was declared
  content_.begin(config_.limits.message, config_.limits.discard, std::move(buffer));
  receiving_ = true;
  state_ = bdat_ ? State::chunk : State::data;
  if (bdat_) content_.open_chunk(chunk_.size);
  else say(Reply(354, {}, "End data with <CR><LF>.<CR><LF>"));
}

// No room: after DATA that is all; the octets of a chunk come all the same and are read away.
void Session::refuse_content(const Decision& d) {
  say_decision(d, Reply());
  if (state_ == State::closed) return;
  if (!bdat_ || chunk_.last) reset_transaction();
  if (!bdat_) return;
  content_.begin(0, config_.limits.discard, {});
  content_.refuse();
  content_.open_chunk(chunk_.size);
  swallow_ = true;
  after_chunk_ = chunk_.last ? State::ready : State::spoilt;
  state_ = State::chunk;
}

void Session::on_submit(const Decision& d) {
  resume(Wait::submit);
  if (state_ == State::closed) return;
  if (say_decision(d, Reply(250, {2, 0, 0}, "Message accepted"))) idle_ = 0;
  reset_transaction();
}

void Session::shut_down(std::string_view why) {
  if (state_ == State::closed) return;
  end(Reply(421, {4, 3, 2}, std::string(why)));
  wait_ = Wait::none;
}

}  // namespace smtp::proto
