// A driver in memory: answers every action of a Session by simple rules, records what happened. Shared by the tests here.
#pragma once
#include <map>
#include <string>
#include <vector>
#include "smtp/proto/session.hpp"

namespace smtp::testing {

using namespace smtp::proto;

struct Effects {
  Decision connect, sender, recipient, receive, submit;
  std::map<std::string, Decision> recipients;
  AuthStep auth = AuthDone{"an@songla.gov.vn"};
  std::string challenge;  // given once before `auth`
  bool tls_ok = true;
};

struct Driver {
  explicit Driver(SessionConfig config, Effects e = {}) : session(std::move(config)), effects(std::move(e)) { feed(""); }

  void feed(std::string_view bytes) {
    buffered.append(bytes);
    std::string_view in = buffered;
    while (!closed && step(in)) {
    }
    buffered.erase(0, buffered.size() - in.size());
    if (drop) buffered.clear(), drop = false;
  }

  bool step(std::string_view& in) {
    Action action = session.next(in);
    if (std::holds_alternative<NeedInput>(action)) return flush(), false;
    if (std::holds_alternative<Close>(action)) return flush(), closed = true, false;
    if (std::holds_alternative<Flush>(action)) return flush(), true;
    perform(action);
    return true;
  }

  void perform(Action& action) {
    if (std::holds_alternative<CheckConnect>(action)) session.on_connect(effects.connect);
    if (std::holds_alternative<CheckSender>(action)) session.on_sender(effects.sender);
    if (std::holds_alternative<AuthAborted>(action)) ++aborted;
    if (std::holds_alternative<StartTls>(action)) flush(), session.on_tls(effects.tls_ok);
    if (auto* a = std::get_if<VerifyRecipient>(&action)) {
      const auto it = effects.recipients.find(a->rcpt->to.to_string());
      session.on_recipient(it == effects.recipients.end() ? effects.recipient : it->second);
    }
    if (auto* a = std::get_if<Authenticate>(&action)) responses.push_back(a->initial.value_or("(none)")), answer_auth();
    if (auto* a = std::get_if<AuthResponse>(&action)) responses.push_back(a->response), answer_auth();
    if (std::holds_alternative<ReceiveData>(action)) session.on_receive(effects.receive);
    if (auto* a = std::get_if<SubmitMessage>(&action)) {
      messages.push_back(std::move(a->content));
      envelopes.push_back(session.envelope());
      session.on_submit(effects.submit);
    }
  }

  void answer_auth() {
    if (!effects.challenge.empty()) session.on_auth(AuthChallenge{std::exchange(effects.challenge, {})});
    else session.on_auth(effects.auth);
  }

  void flush() {
    if (!session.has_output()) return;
    ++writes;
    output += session.take_output();
  }

  std::string take() { return std::exchange(output, {}); }

  Session session;
  Effects effects;
  std::string buffered, output;
  std::vector<std::string> messages, responses;
  std::vector<Envelope> envelopes;
  int writes = 0, aborted = 0;
  bool closed = false, drop = false;
};

inline SessionConfig config_of(Kind kind) {
  SessionConfig c;
  c.hostname = "mx.songla.gov.vn";
  c.kind = kind;
  c.mechanisms = {"PLAIN", "LOGIN"};
  return c;
}

}  // namespace smtp::testing
