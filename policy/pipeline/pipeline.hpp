// Runs the rules of a stage and makes one decision of their findings. Made once at start and on reload; thread-safe after.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/pipeline/context.hpp"
#include "policy/pipeline/decision.hpp"

namespace policy {

// One rule. judge() gets a context whose fields of the stage and of those before are filled, and adds what it finds;
// the pipeline sets the mode. Stateless, or thread-safe by itself.
class Rule {
 public:
  virtual ~Rule() = default;
  virtual std::string_view id() const = 0;
  virtual Mode default_mode() const = 0;  // CONTRACT 3: observe, but for free-provider, sender-identity, secrecy-stamp
  // A duty: it is asked only where a policy file says so, with Context::policy set.
  virtual bool is_duty() const { return false; }
  virtual bool may_be_excepted() const { return is_duty(); }
  virtual void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const = 0;
};

// When a mode holds. Data, not code: from [policy] of the configuration and from etc/policies.
struct ModeEntry {
  std::string rule;
  Mode mode = Mode::observe;
  std::string domain;  // empty = every domain of the site
  std::string agency;  // binds it and what is below it; empty = every agency
  base::Time from{};   // from this moment on
  std::optional<base::Time> until;
  std::string policy{}, source{};  // of a policy file: its id, and the paragraph; otherwise empty
};

// Whom a rule spares for a while: what it finds is told and does not bind.
struct ExceptionEntry {
  std::string rule, agency, address;  // one of the two; an agency's covers what is below it
  base::Time from{}, until{};
  std::string policy, approver, reason;
};

// Of the entries that apply at a time, an agency's beats a domain's beats the site's, and a nearer agency's beats one above it;
// among equals the later one counts.
class ModeTable {
 public:
  explicit ModeTable(std::vector<ModeEntry> entries = {}, std::vector<ExceptionEntry> exceptions = {})
      : entries_(std::move(entries)), exceptions_(std::move(exceptions)) {}
  // `agencies`: the one that is bound first, then those above it.
  Mode mode(const Rule& rule, std::string_view domain, const std::vector<std::string>& agencies, base::Time at) const;
  // By the same order, the entry of a policy file that asks for the rule, or null.
  const ModeEntry* duty(const Rule& rule, std::string_view domain, const std::vector<std::string>& agencies, base::Time at) const;
  const ExceptionEntry* exception(const Rule& rule, std::string_view address, const std::vector<std::string>& agencies, base::Time at) const;
  bool names_agencies() const;

 private:
  std::vector<ModeEntry> entries_;
  std::vector<ExceptionEntry> exceptions_;
};

class Pipeline {
 public:
  Pipeline(std::vector<std::unique_ptr<Rule>> rules, ModeTable modes, const Site& site);
  Decision run(Stage stage, const Context& context) const;
  const std::vector<std::unique_ptr<Rule>>& rules() const { return rules_; }
  // REQUIRES: a rule of that id. `who`: the address that the rule binds; one who is excepted is only observed.
  Mode mode(std::string_view rule, std::string_view who, base::Time at) const;
  Mode mode(const Rule& rule, std::string_view who, base::Time at) const;
  // Why the rule binds `who` the way it does; the pointers are null where no policy file says anything.
  struct Basis {
    Mode mode = Mode::observe;
    const ModeEntry* duty = nullptr;
    const ExceptionEntry* exception = nullptr;
  };
  Basis basis(const Rule& rule, std::string_view who, base::Time at) const;
  // What is found of a duty outside of a mail's own judgement, e.g. when a meeting is over: mode, policy and source as run() gives them.
  // False: nobody asked `who` for it then. REQUIRES: finding.rule names a rule.
  bool give_mode(Finding& finding, std::string_view who, base::Time at) const;

 private:
  std::vector<std::unique_ptr<Rule>> rules_;
  ModeTable modes_;
  const Site& site_;
};

}  // namespace policy
