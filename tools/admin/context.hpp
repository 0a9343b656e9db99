// What a handler of the admin socket is given, and what it answers. The server fills it from HTTP, the command line from its
// own arguments when it opens the store itself. Values; a handler blocks (commits, password hashes): call it on a pool thread.
#pragma once
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/auth_guard.hpp"
#include "base/clock.hpp"
#include "base/config.hpp"
#include "base/password.hpp"
#include "base/result.hpp"
#include "policy/pipeline/context.hpp"
#include "store/check.hpp"
#include "store/store.hpp"

namespace admin {

using Json = nlohmann::ordered_json;
using base::Errc;
using base::Result;
using base::fail;

// Somebody who signs in; without, it is root or the server's own user who asks.
struct Login {
  std::string account, password;
  std::string credential{};  // of a session that has signed in: the digest of the password's record then; no password is asked
};

struct Request {
  std::string method;             // "GET"
  std::vector<std::string> path;  // segments, percent-decoded one by one, so that an address may hold a slash
  std::map<std::string, std::string, std::less<>> query;
  std::string body;
  std::string who;  // for the audit: "uid 0 (root)"
  std::optional<Login> login;

  std::string_view arg(std::string_view name) const;  // empty when absent
};
// Errc::invalid: broken percent-encoding, or no absolute path.
[[nodiscard]] Result<Request> make_request(std::string method, std::string_view target, std::string body, std::string who);

struct Reply {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
};

struct PolicyTest {
  std::string from;
  std::vector<std::string> to;
  std::string login;  // empty with a local sender: the sender
  std::optional<policy::Channel> channel;
  std::string message;
};

struct PolicyChange {
  base::Time since{}, until{};
  std::string agency, rule;
  std::vector<std::pair<std::string, std::string>> files;  // none: those of the configuration
  std::vector<std::pair<std::string, std::string>> modes;  // rule, off|observe|enforce
  std::size_t limit = 1000;
};

// The envelope of a queue entry as the queue's own code reads it (smtp/queue).
struct QueueView {
  std::string sender;
  std::vector<std::string> recipients;
  std::string domain;
  std::uint64_t attempts = 0;
  bool held = false;
  std::string last_error;
};
enum class QueueAction : unsigned char { retry, hold, release };
enum class QuarantineVerb : unsigned char { release, refuse };

struct Letter {  // mail of the server about a document
  std::string from;  // a mailbox here, else postmaster
  std::vector<std::string> to;
  std::string subject, text, in_reply_to;
  bool answer = false;  // nothing is to answer it
};

enum class Changed : unsigned char { domains, trust, queue };  // what running parts must look at again

// What the handlers need of the rest of the program. One that is empty makes its endpoint answer Errc::unsupported.
struct Services {
  std::function<Result<Json>(const PolicyTest&)> policy_test;
  // Stored mail by the running rules and by changed ones: policy files as (name, text), modes as "RULE=MODE" beside those of the configuration.
  std::function<Result<Json>(const PolicyChange&, const std::function<bool(std::uint64_t done, std::uint64_t total)>& progress)> policy_simulate;
  std::function<Result<Json>(store::AccountId, std::string_view query, std::size_t limit)> search;
  // The index against the store, accounts that are caught up; `repair`: those that differ are built anew, soon.
  std::function<Result<std::vector<store::Finding>>(bool repair)> check_index;
  std::function<Result<QueueView>(const store::QueueRow&)> queue_view;
  std::function<Result<store::Outbound>(const store::QueueRow&, QueueAction)> queue_action;  // what the entry becomes
  // Where a queue runner is at work: it does all four verbs itself and refuses (conflict) what it is sending at this moment.
  std::function<Result<void>(store::QueueId, std::string_view verb)> queue_change;
  // Takes a mail out of the quarantine, in one commit with the audit row `payload` and, of a refusal, the notices.
  std::function<Result<void>(store::QueueId, QuarantineVerb, const std::string& reason, const std::string& payload)> quarantine;
  // What a message of an import becomes: judged like an APPEND, with one Delivery that holds the policy's derived bits. denied: the
  // policy refuses, and its decision is recorded. Called by several threads at once.
  std::function<Result<store::SubmitMessage>(std::string_view address, std::string bytes)> import_message;
  // The verdict of a stored mail (SHA-256 of its content, 32 bytes): repeated from the data kept with it, or judged anew with what is
  // known now and written (not with `dry`).
  std::function<Result<Json>(const std::string& digest)> repeat_verdict;
  std::function<Result<Json>(const std::string& digest, const std::string& who, bool dry)> judge_again;
  std::function<Result<std::optional<store::SubmitMessage>>(const store::Snapshot&, const Letter&)> letter;  // nullopt: nobody to write to
  std::function<Json()> report_problems;  // of [[reports.schedule]], by name: why the last try failed
  // Makes and mails the report of that schedule and period (first and last day), whether it was sent before or not.
  std::function<Result<void>(const base::ReportSchedule&, const std::string& from, const std::string& to, const std::string& who)> run_report;
  std::function<void(Changed)> changed;
  std::function<bool()> closing;         // the server ends: long work stops where it is
  std::function<Json()> backup_status;   // what the schedule did and will do; null = nothing is scheduled
  std::function<Json()> health;          // "components"
  std::function<std::string()> metrics;  // Prometheus lines besides the store's
  base::AuthGuard* guard = nullptr;      // limits guessing by those who sign in
  base::PasswordCost password_cost;      // one constant for every account, so that a check's time tells nothing
};

struct Context {
  store::Store& store;
  const base::Config& config;
  const base::Clock& clock;
  Services services;
  base::Time started{};
};

// Progress of long work: one line of JSON without its newline. False: nobody listens any more, stop.
using Progress = std::function<bool(std::string_view line)>;

}  // namespace admin
