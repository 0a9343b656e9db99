// Everything between the last byte of a message and the store: scan, facts, policy, keywords, trace fields, register rows.
// One way for SMTP, APPEND, import and the dry run `policy test`. Blocks (workers, hashing): call it on a pool thread.
// Thread-safe; trust and rules are exchanged whole on reload (State).
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "policy/pipeline/examine.hpp"
#include "policy/pipeline/pipeline.hpp"
#include "policy/rules/exchange.hpp"
#include "policy/rules/free_providers.hpp"
#include "policy/trust/material.hpp"
#include "store/store.hpp"
#include "tools/registers/arrivals.hpp"

namespace tools {

struct Incoming {
  policy::Channel channel = policy::Channel::inbound;
  std::string client_address, login, sender;
  std::vector<std::string> recipients;  // as the client gave them, for the record
  std::string bytes;                    // as received
  std::optional<base::Time> received{};  // when it came, if that was before: signatures are judged as of then
  std::string mx_host{}, mx_provider{};  // where the sender's domain gets its mail, when that is a free provider
  bool explain = false;                 // a dry run: duties also tell what they find met or cannot judge
};

// What becomes of a message. `message` is ready but for deliveries' mailboxes and outbound rows, which the channel adds.
struct Judged {
  policy::Decision decision;
  policy::VerifyReport smime;
  store::DerivedBits derived = 0;
  std::string results;           // Authentication-Results field; empty for APPEND and import (CONTRACT 2)
  store::SubmitMessage message;  // content, summary, thread keys, puts (decision, signatures), rules (registers)
  std::vector<registers::Arrival> arrivals;  // what the rules enter
};

// Rules and trust as of one moment; a reload makes a new one, running work keeps the old.
struct PolicyState {
  policy::rules::FreeProviders free_providers;
  policy::rules::ExchangePolicies exchange;
  std::unique_ptr<policy::Pipeline> pipeline;
  policy::trust::Revocation revocation = policy::trust::Revocation::prefer;
  std::vector<policy::trust::AlgorithmFloor> algorithms;
  std::vector<std::string> site_agencies;
  std::vector<policy::AgencyNames> agency_names;
  bool receipt_notices = false;  // who sent a document is told that it came
  bool fetch = false;  // missing revocation data will be got: such a verdict is pending
  // What verdicts are judged with, by the SHA-256 of the DER (lower-case hex): it is kept with the mail.
  std::unordered_map<std::string, std::string> objects;
  struct Anchor {
    policy::AnchorClass anchor_class = policy::AnchorClass::none;
    policy::trust::AnchorRule rule;
  };
  std::unordered_map<std::string, Anchor> anchors;  // which of the objects are anchors
};

class Ingest {
 public:
  Ingest(store::Store& store, const policy::Site& site, policy::inspect::InspectPool& inspector, const base::Clock& clock,
         std::string authserv_id)
      : store_(store), site_(site), inspector_(inspector), clock_(clock), authserv_id_(std::move(authserv_id)) {}

  void set_state(std::shared_ptr<const PolicyState> state);
  std::shared_ptr<const PolicyState> state() const;

  Judged judge(Incoming in) const;  // stage content
  // The facts alone, with the judging time of `options`. `final`: no verdict waits for data any more.
  policy::ContentFacts examine(std::string_view content, const mime::Structure& structure, const PolicyState& state,
                               const policy::ExamineOptions& options, bool final) const;
  // The same with other trust than the site's, in a worker of its own. `material`: the names of agencies and the floor are filled in.
  [[nodiscard]] base::Result<policy::ContentFacts> repeat(std::string_view content, const mime::Structure& structure,
                                                          policy::trust::Material material, const policy::ExamineOptions& options) const;
  // Who gets what verdicts miss; called with every pending one. Set before the first message.
  void set_fetch(std::function<void(const std::vector<policy::RevocationSource>&)> fetch) { fetch_ = std::move(fetch); }
  // Who is told that a secrecy stamp was refused, with channel and stamp; on the thread that judges. Set before the first message.
  void set_secret_refused(std::function<void(std::string_view channel, std::string_view stamp)> told) { secret_refused_ = std::move(told); }
  // Stages before it; a refusal is recorded by the caller with `decision_put`.
  policy::Decision judge_envelope(policy::Stage stage, const policy::Context& context) const;
  store::Put decision_put(policy::Stage stage, const policy::Context& context, const policy::Decision& decision) const;

 private:
  void tell_secret(const policy::Decision& decision, policy::Channel channel) const;
  store::Store& store_;
  const policy::Site& site_;
  policy::inspect::InspectPool& inspector_;
  const base::Clock& clock_;
  std::string authserv_id_;
  std::function<void(const std::vector<policy::RevocationSource>&)> fetch_;
  std::function<void(std::string_view, std::string_view)> secret_refused_;
  mutable std::mutex mutex_;
  std::shared_ptr<const PolicyState> state_;
};

// What comes without SMTP (APPEND, import): a message with one Delivery that holds the derived bits. Errc::denied: the policy
// refuses; the text is for the client, and `record` got the decision.
[[nodiscard]] base::Result<store::SubmitMessage> prepare_stored(const Ingest& ingest, policy::Channel channel, std::string login, std::string bytes,
                                                                const std::function<void(store::Put)>& record);

// Root fields that imitate ours (RFC 8601 5; RFC 5321 4.4: Return-Path is the last server's): removed before hashing.
// `removed` counts them. Returns the content unchanged, without a copy, when there is none.
std::string remove_imitations(std::string content, std::string_view authserv_id, unsigned& removed);

store::DerivedBits derived_bits(const policy::ContentFacts& facts);
std::vector<store::ThreadKey> thread_keys(std::string_view root_header);

}  // namespace tools
