// Session: DATA, BDAT (RFC 3030) and AUTH (RFC 4954), the commands that change what the following octets mean.
#include <algorithm>
#include <utility>
#include "smtp/proto/session.hpp"

namespace smtp::proto {

Session::Step Session::data() {
  bdat_ = false;
  reserve_ = std::min(envelope_.mail.size.value_or(0), config_.limits.reserve);
  return expect(Wait::receive, ReceiveData{reserve_});
}

Session::Step Session::next_data(std::string_view& input) {
  switch (content_.data(input)) {
    case ContentFramer::State::need_more: return NeedInput{};
    case ContentFramer::State::done: return finish_content();
    case ContentFramer::State::abandon: break;
  }
  if (content_.bare()) return end(Reply(550, {5, 5, 2}, "Bare CR, bare LF or NUL in the message"));
  return end(Reply(552, {5, 3, 4}, "Message size exceeds the limit"));
}

Session::Step Session::finish_content() {
  // ATTACKS M1: two servers that see different line ends see different messages; who sends such a thing is not heard further.
  if (content_.bare()) return end(Reply(550, {5, 5, 2}, "Bare CR, bare LF or NUL in the message"));
  state_ = State::ready;
  if (content_.too_big()) {
    reset_transaction();
    return error(Reply(552, {5, 3, 4}, "Message size exceeds the limit"));
  }
  return expect(Wait::submit, SubmitMessage{content_.take()});
}

Session::Step Session::refused_bdat(const Bdat& b, const Reply& reply, State after) {
  if (b.size > config_.limits.discard) return end(reply);
  const bool over = after == State::spoilt && b.last;
  if (over) reset_transaction();
  error(reply);
  if (state_ == State::closed) return std::nullopt;
  content_.begin(0, config_.limits.discard, {});
  content_.refuse();
  content_.open_chunk(b.size);
  swallow_ = true;
  after_chunk_ = over ? State::ready : after;
  state_ = State::chunk;
  return std::nullopt;
}

Session::Step Session::bdat(const Bdat& b) {
  const std::uint64_t have = receiving_ ? content_.size() : 0;
  if (++chunks_ > config_.limits.chunks) return end(Reply(421, {4, 7, 0}, "Too many chunks"));
  if (b.size > config_.limits.message - std::min(have, config_.limits.message)) {  // no sum, so nothing overflows
    const State after = b.last ? State::ready : State::spoilt;
    if (b.last) reset_transaction();
    return refused_bdat(b, Reply(552, {5, 3, 4}, "Message size exceeds the limit"), after);
  }
  chunk_ = b;
  bdat_ = true;
  if (!receiving_) {
    const std::uint64_t wanted = std::max(b.size, envelope_.mail.size.value_or(0));
    reserve_ = std::min(wanted, config_.limits.reserve);
    return expect(Wait::receive, ReceiveData{reserve_});
  }
  content_.open_chunk(b.size);
  state_ = State::chunk;
  return std::nullopt;
}

Session::Step Session::next_chunk(std::string_view& input) {
  switch (content_.chunk(input)) {
    case ContentFramer::State::need_more: return NeedInput{};
    case ContentFramer::State::abandon:
      if (!swallow_) return end(Reply(550, {5, 5, 2}, "Bare CR, bare LF or NUL in the message"));
      return end(Reply(552, {5, 3, 4}, "Message size exceeds the limit"));
    case ContentFramer::State::done: break;
  }
  if (std::exchange(swallow_, false)) {
    state_ = after_chunk_;
    return std::nullopt;
  }
  if (chunk_.last) {
    content_.close();
    return finish_content();
  }
  if (content_.bare()) return end(Reply(550, {5, 5, 2}, "Bare CR, bare LF or NUL in the message"));
  state_ = State::chunks;
  return say(Reply(250, {2, 0, 0}, std::to_string(chunk_.size) + " octets received"));
}

std::optional<Reply> Session::refuse_auth(const Auth& a) const {
  if (config_.kind == Kind::mx || config_.mechanisms.empty()) return Reply(502, {5, 5, 1}, "Authentication is not offered here");
  if (authenticated()) return Reply(503, {5, 5, 1}, "Already authenticated");
  if (!esmtp_) return Reply(503, {5, 5, 1}, "Say EHLO first");
  if (!offers_auth()) return Reply(538, {5, 7, 11}, "Encryption required for authentication");
  const auto& known = config_.mechanisms;
  if (std::find(known.begin(), known.end(), a.mechanism) == known.end()) return Reply(504, {5, 5, 4}, "Mechanism is not supported");
  return std::nullopt;
}

Session::Step Session::auth(Auth& a) {
  if (auto no = refuse_auth(a)) return error(*no);
  state_ = State::auth;
  return expect(Wait::auth, Authenticate{std::move(a.mechanism), std::move(a.initial)});
}

Session::Step Session::auth_over(const Reply& reply) {
  state_ = State::ready;
  aborted_ = true;
  return error(reply);
}

Session::Step Session::auth_line(std::string_view line) {
  if (line == "*") return auth_over(Reply(501, {5, 7, 0}, "Authentication cancelled"));
  auto response = line.empty() ? base::Result<std::string>(std::string()) : decode_auth_line(line, config_.limits.auth_response);
  if (response) return expect(Wait::auth, AuthResponse{std::move(*response)});
  if (response.error().code() == base::Errc::limit) return auth_over(Reply(500, {5, 5, 6}, "Authentication exchange line is too long"));
  return auth_over(Reply(501, {5, 5, 2}, "Cannot decode response"));
}

}  // namespace smtp::proto
