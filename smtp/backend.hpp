// What the SMTP server needs of the rest of the program: five questions, answered by tools/congthud over store and policy,
// and by a table in tests. The server (smtp/server.hpp) owns the protocol, deadlines, SASL exchanges, delays and logging;
// the Backend owns who exists, what policy says and where mail goes.
//
// Thread rule: called from any network thread, also at once. The first four answer inline and must not block (directory
// look-ups in a store snapshot; no DNS, no hashing, no file content). submit() returns at once and works on a pool.
// Nothing here throws for an expected refusal: that is a Decision (proto/reply.hpp), whose text goes to the client.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/sasl/credential.hpp"
#include "smtp/proto/command.hpp"
#include "smtp/proto/reply.hpp"
#include "smtp/proto/session.hpp"

namespace smtp {

// Who is talking, as far as it is known at that moment.
struct Client {
  proto::Kind kind = proto::Kind::mx;
  std::string connection;  // id of the log lines
  std::string address;     // "192.0.2.7", "2001:db8::7"
  std::string hello;       // empty before HELO/EHLO; anything a client says
  bool esmtp = false;
  bool tls = false;
  std::string cipher;      // "TLSv1.3 TLS_AES_256_GCM_SHA384"
  std::string login;       // canonical account address; empty before AUTH and on the MX port
};

// An account that may log in.
struct Login {
  std::string address;  // canonical: what Client::login will be
  sasl::Credential credential;
};

// A refusal may name the rule that made it, for the log.
struct Verdict {
  proto::Decision decision;  // accepted() or the reply; an empty text takes the session's standard text
  std::string rule;          // "free-provider"; empty = none
};

struct RecipientVerdict {
  enum class Where : std::uint8_t { local, remote, refused };
  Where where = Where::refused;
  proto::Decision decision;  // the reply when refused: 550 5.1.1 unknown, 452 4.2.2 / 552 5.2.2 over quota, 550 5.7.1 relay
  std::string rule;
};

struct Recipient {
  std::string address;      // "local@domain", quoted where the grammar asks; "postmaster@<hostname>" for <postmaster>
  bool local = true;        // as verify_recipient said
  proto::Notify notify;     // RFC 3461
};

// A message whose last byte has come. `prefix` is the Received field (with CRLF) to put before everything else we add; the
// Backend adds Return-Path (proto::return_path) for local deliveries and Authentication-Results.
struct Envelope {
  Client client;
  std::string sender;       // without <>; empty = the null reverse-path
  std::vector<Recipient> recipients;  // at least one; no two equal
  bool smtputf8 = false;
  bool eight_bit = false;   // BODY=8BITMIME
  base::Time received{};
  std::string id;           // unique, stands in the Received field; good as store::SubmitMessage::idempotency_id
  std::string prefix;
};

struct Outcome {
  proto::Decision decision;             // accepted only after the commit that holds the message is on disk
  std::string rule;                     // of a refusal
  std::vector<std::string> email_ids;   // for the log: one for each local delivery
  std::vector<std::string> queue_ids;   // and one for each outbound entry
};

class Backend {
 public:
  using Done = std::function<void(Outcome)>;
  virtual ~Backend() = default;

  virtual Verdict judge_connect(const Client& client) = 0;
  // The account of this user name (an address, any case); nullopt: unknown or disabled. The server checks the password.
  virtual std::optional<Login> find_login(std::string_view name) = 0;
  // MAIL FROM: `mail` is the command; on a submission port client.login is set.
  virtual Verdict judge_sender(const Client& client, const proto::Mail& mail) = 0;
  // RCPT TO. `address` as it will stand in Envelope::recipients; relaying is for those with a login only.
  virtual RecipientVerdict verify_recipient(const Client& client, std::string_view sender, std::string_view address) = 0;
  // Scan, policy at stage content, commit. `done` is called exactly once, from any thread, possibly before submit returns;
  // dropping it uncalled counts as "451 try again". `bytes` are the content as received, without prefix.
  virtual void submit(Envelope envelope, std::string bytes, Done done) = 0;
};

}  // namespace smtp
