#include "smtp/connection.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/net/await_callback.hpp"
#include "smtp/proto/received.hpp"

namespace smtp {
namespace {

constexpr std::size_t kBuffer = 32 * 1024;

std::string_view name_of(proto::Kind kind) {
  switch (kind) {
    case proto::Kind::submission: return "submission";
    case proto::Kind::submissions: return "submissions";
    default: return "mx";
  }
}

bool is_loopback(std::string_view address) { return address == "::1" || address.starts_with("127."); }

proto::SessionConfig config_of(const Server::Setup& setup, proto::Kind kind, const net::Stream& stream) {
  proto::SessionConfig c;
  c.hostname = setup.options.hostname;
  c.kind = kind;
  c.limits = setup.options.limits;
  c.mechanisms = setup.options.mechanisms;
  c.starttls = setup.tls != nullptr;
  c.plaintext_auth = setup.options.plaintext_loopback && is_loopback(stream.peer_address());
  c.dsn = setup.options.dsn;
  return c;
}

proto::Decision try_later() { return proto::Decision::refuse(451, {4, 3, 0}, "Temporary failure, try again later"); }

}  // namespace

Connection::Connection(std::shared_ptr<const Server::Setup> setup, proto::Kind kind, net::Stream stream)
    : setup_(std::move(setup)), stream_(std::move(stream)), log_("conn", stream_.id()), session_(config_of(*setup_, kind, stream_)) {
  client_.kind = kind;
  client_.connection = stream_.id();
  client_.address = stream_.peer_address();
}

Connection::~Connection() { release(); }

void Connection::release() { setup_->buffered -= std::exchange(held_, 0); }

net::Awaitable<void> Connection::run() {
  log_.info("smtp_connect", {{"port", name_of(client_.kind)}, {"peer", client_.address}});
  if (client_.kind == proto::Kind::submissions) {
    const bool established = co_await handshake();
    if (!established) co_return stream_.close();
  }
  buffer_ = std::make_unique_for_overwrite<char[]>(kBuffer);
  note_progress();
  for (;;) {
    proto::Action action = session_.next(input_);
    if (std::holds_alternative<proto::Close>(action)) break;
    const Next next = co_await perform(action);
    if (next == Next::stop) co_return stream_.close();
  }
  co_await flush();
  log_.info("smtp_close", {{"accepted", accepted_}});
  co_await stream_.shutdown();
}

net::Awaitable<Connection::Next> Connection::perform(proto::Action& action) {
  if (std::holds_alternative<proto::NeedInput>(action)) co_return co_await need_input();
  if (std::holds_alternative<proto::Flush>(action)) co_return co_await flush();
  refresh();
  if (std::holds_alternative<proto::CheckConnect>(action)) {
    Verdict verdict{try_later(), {}};
    try {
      verdict = setup_->backend.judge_connect(client_);
    } catch (const std::exception& e) {
      log_.error("smtp_backend", {{"stage", "connect"}, {"error", e.what()}});
    }
    if (!verdict.decision.accepted()) log_refused("connect", verdict.decision, verdict.rule);
    session_.on_connect(verdict.decision);
  } else if (std::holds_alternative<proto::CheckSender>(action)) {
    check_sender();
  } else if (auto* rcpt = std::get_if<proto::VerifyRecipient>(&action)) {
    verify_recipient(*rcpt->rcpt);
  } else if (std::holds_alternative<proto::ReceiveData>(action)) {
    receive();
  } else if (auto* message = std::get_if<proto::SubmitMessage>(&action)) {
    co_await submit(std::move(message->content));
  } else if (std::holds_alternative<proto::StartTls>(action)) {
    co_await start_tls();
  } else if (auto* auth = std::get_if<proto::Authenticate>(&action)) {
    co_await authenticate(std::move(*auth));
  } else if (auto* answer = std::get_if<proto::AuthResponse>(&action)) {
    co_await respond(std::move(answer->response));
  } else if (std::holds_alternative<proto::AuthAborted>(action)) {
    sasl_.reset();
  }
  note_progress();
  co_return Next::go_on;
}

net::Awaitable<Connection::Next> Connection::flush() {
  if (!session_.has_output()) co_return Next::go_on;
  const std::string output = session_.take_output();
  stream_.set_deadline(setup_->options.write_timeout);
  const auto written = co_await stream_.write(output);
  if (written) co_return Next::go_on;
  log_.info("smtp_lost", {{"while", "writing"}, {"error", written.error()}});
  co_return Next::stop;
}

// How long the next octets may take. The clock runs from the start of the command or message, so that a client which sends an
// octet now and then holds a connection no longer than one that sends nothing (ATTACKS: slow clients).
net::Duration Connection::patience() const {
  const ServerOptions& o = setup_->options;
  const auto spent = std::chrono::steady_clock::now() - since_;
  const bool content = session_.state() == proto::State::data || session_.state() == proto::State::chunk;
  return content ? std::min(o.data_timeout, o.content_timeout - spent) : o.command_timeout - spent;
}

net::Awaitable<Connection::Next> Connection::need_input() {
  if (session_.has_output()) {
    note_progress();  // a command has been answered
    const Next next = co_await flush();
    if (next == Next::stop) co_return next;
  }
  const proto::State state = session_.state();
  const bool content = state == proto::State::data || state == proto::State::chunk;
  const std::uint64_t held = session_.held();
  setup_->buffered += held - held_;  // modulo 2^64, so it takes off as well
  held_ = held;
  if (!input_.empty()) std::memmove(buffer_.get(), input_.data(), input_.size());
  const std::size_t kept = input_.size();
  const net::Duration limit = patience();
  base::Result<std::size_t> got = base::fail(base::Errc::timed_out, "too slow");
  if (limit > net::Duration::zero()) {
    const std::span<char> room(buffer_.get() + kept, kBuffer - kept);
    stream_.set_deadline(limit);
    got = co_await stream_.read_some(room);
  }
  if (got && *got > 0) {
    input_ = std::string_view(buffer_.get(), kept + *got);
    co_return Next::go_on;
  }
  input_ = {};
  if (!got && got.error().code() == base::Errc::timed_out) {
    log_.info("smtp_timeout", {{"in_content", content}});
    session_.shut_down("Timeout, closing");
    co_return Next::go_on;
  }
  if (!got && got.error().code() == base::Errc::unavailable) {
    session_.shut_down("Server is shutting down, try again later");  // RFC 5321 3.8
    co_return Next::go_on;
  }
  if (got) log_.info("smtp_lost", {{"while", "reading"}, {"error", "closed by the client"}, {"in_content", content}});
  else log_.info("smtp_lost", {{"while", "reading"}, {"error", got.error()}, {"in_content", content}});
  co_return Next::stop;
}

net::Awaitable<bool> Connection::handshake() {
  if (!setup_->tls) co_return false;
  stream_.set_deadline(setup_->options.handshake_timeout);
  const net::TlsContext& context = *setup_->tls;
  const auto done = co_await stream_.start_tls_server(context);
  if (!done) {
    log_.info("smtp_tls_failed", {{"error", done.error()}});
    co_return false;
  }
  const net::TlsInfo info = stream_.tls();
  client_.tls = true;
  client_.cipher = info.version + " " + info.cipher;
  log_.info("smtp_tls", {{"version", info.version}, {"cipher", info.cipher}});
  co_return true;
}

net::Awaitable<void> Connection::start_tls() {
  const Next next = co_await flush();
  input_ = {};  // RFC 3207 6: nothing read in clear is looked at after the handshake
  bool established = false;
  if (next == Next::go_on) established = co_await handshake();
  session_.on_tls(established);
}

void Connection::refresh() {
  client_.hello = session_.hello();
  client_.esmtp = session_.esmtp();
  client_.login = session_.identity();
}

void Connection::check_sender() {
  const proto::Mail& mail = session_.envelope().mail;
  local_.clear();
  Verdict verdict{try_later(), {}};
  try {
    verdict = setup_->backend.judge_sender(client_, mail);
  } catch (const std::exception& e) {
    log_.error("smtp_backend", {{"stage", "mail"}, {"error", e.what()}});
  }
  if (verdict.decision.accepted()) log_.info("smtp_mail", {{"from", mail.from.to_string()}, {"hello", client_.hello}, {"login", client_.login}});
  else log_refused("mail", verdict.decision, verdict.rule);
  session_.on_sender(verdict.decision);
}

std::string Connection::recipient_address(const proto::Rcpt& rcpt) const {
  // RFC 5321 4.1.1.3: <postmaster> without a domain must be taken
  return rcpt.to.postmaster() ? "postmaster@" + setup_->options.hostname : rcpt.to.to_string();
}

void Connection::verify_recipient(const proto::Rcpt& rcpt) {
  const std::string address = recipient_address(rcpt);
  RecipientVerdict verdict;
  verdict.decision = try_later();
  try {
    verdict = setup_->backend.verify_recipient(client_, session_.envelope().mail.from.to_string(), address);
  } catch (const std::exception& e) {
    log_.error("smtp_backend", {{"stage", "rcpt"}, {"error", e.what()}});
  }
  using Where = RecipientVerdict::Where;
  if (verdict.where == Where::refused && verdict.decision.accepted()) verdict.decision = try_later();
  if (verdict.where == Where::refused) {
    log_.info("smtp_rcpt_refused", {{"to", address}, {"code", verdict.decision.code}, {"rule", verdict.rule}, {"text", verdict.decision.text}});
    return session_.on_recipient(verdict.decision);
  }
  local_.push_back(verdict.where == Where::local);
  session_.on_recipient(proto::Decision::accept());
}

void Connection::receive() {
  if (setup_->buffered > setup_->options.buffered) {
    const auto full = proto::Decision::refuse(452, {4, 3, 1}, "Insufficient system storage, try again later");
    log_refused("data", full, {});
    return session_.on_receive(full);
  }
  session_.on_receive(proto::Decision::accept());
}

Envelope Connection::envelope_of(const std::string& content) {
  const proto::Envelope& from = session_.envelope();
  Envelope e;
  e.client = client_;
  e.sender = from.mail.from.to_string();
  e.smtputf8 = from.mail.smtputf8;
  e.eight_bit = from.mail.body == proto::Body::eight_bit || !base::is_ascii(content);
  e.received = setup_->clock.now();
  e.id = base::hex_encode(base::random_bytes(10));
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < from.recipients.size(); ++i) {
    const proto::Rcpt& rcpt = from.recipients[i];
    Recipient r{recipient_address(rcpt), bool(local_.at(i)), rcpt.notify};
    if (seen.insert(r.address).second) e.recipients.push_back(std::move(r));
  }
  proto::Trace trace;
  trace.hello = client_.hello;
  trace.address = client_.address;
  trace.by = setup_->options.hostname;
  trace.id = e.id;
  trace.cipher = client_.cipher;
  if (e.recipients.size() == 1) trace.recipient = e.recipients[0].address;
  trace.date = base::rfc5322_date(e.received);
  trace.esmtp = client_.esmtp;
  trace.tls = client_.tls;
  trace.authenticated = !client_.login.empty();
  trace.utf8 = e.smtputf8;
  e.prefix = proto::received(trace);
  return e;
}

net::Awaitable<void> Connection::submit(std::string content) {
  const auto began = std::chrono::steady_clock::now();
  const std::size_t size = content.size();
  if (proto::count_received(content) > proto::kMaxHops) {
    const auto loop = proto::Decision::refuse(554, {5, 4, 6}, "Too many hops, the message loops");  // RFC 5321 6.3
    log_refused("content", loop, {});
    release();
    co_return session_.on_submit(loop);
  }
  Envelope envelope = envelope_of(content);
  Envelope noted;  // what the log line needs, because the Backend takes the rest
  noted.id = envelope.id;
  noted.sender = envelope.sender;
  noted.recipients = envelope.recipients;
  const Outcome outcome = co_await outcome_of(std::move(envelope), std::move(content));
  release();
  log_outcome(noted, size, outcome, began);
  accepted_ += outcome.decision.accepted();
  session_.on_submit(outcome.decision);
}

net::Awaitable<Outcome> Connection::outcome_of(Envelope envelope, std::string content) {
  Backend& backend = setup_->backend;
  auto initiate = [&backend, &envelope, &content](Backend::Done done) {
    backend.submit(std::move(envelope), std::move(content), std::move(done));
  };
  try {
    auto outcome = co_await net::await_callback_for<Outcome>(setup_->options.submit_timeout, std::move(initiate));
    if (outcome) co_return std::move(*outcome);
    log_.error("smtp_submit", {{"error", outcome.error()}});
  } catch (const std::exception& e) {
    log_.error("smtp_submit", {{"error", e.what()}});
  }
  Outcome none;
  none.decision = try_later();
  co_return none;
}

void Connection::log_refused(std::string_view stage, const proto::Decision& decision, std::string_view rule) {
  const proto::Envelope& envelope = session_.envelope();
  log_.info("smtp_refused", {{"stage", stage}, {"code", decision.code}, {"rule", rule}, {"from", envelope.mail.from.to_string()},
                             {"login", client_.login}, {"text", decision.text}});
}

void Connection::log_outcome(const Envelope& envelope, std::size_t size, const Outcome& outcome, SteadyTime began) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
  std::string to, emails, queued;
  const auto join = [](std::string& out, const std::string& more) {
    if (out.size() < 1000) out.append(out.empty() ? "" : ",").append(more);
  };
  for (const Recipient& r : envelope.recipients) join(to, r.address);
  for (const std::string& id : outcome.email_ids) join(emails, id);
  for (const std::string& id : outcome.queue_ids) join(queued, id);
  if (outcome.decision.accepted()) {
    log_.info("smtp_accepted", {{"id", envelope.id}, {"from", envelope.sender}, {"to", to}, {"recipients", envelope.recipients.size()},
                                {"size", size}, {"email", emails}, {"queue", queued}, {"ms", ms}, {"login", client_.login}});
  } else {
    log_.info("smtp_refused", {{"stage", "content"}, {"id", envelope.id}, {"code", outcome.decision.code}, {"rule", outcome.rule},
                               {"from", envelope.sender}, {"to", to}, {"size", size}, {"ms", ms}, {"login", client_.login},
                               {"text", outcome.decision.text}});
  }
}

}  // namespace smtp
