// What policy says about a message, and why: findings of single rules and the decision made of them.
// A Finding is what a rule saw; its Mode says whether it binds. smtp turns a Decision into a reply, imap into NO, tools
// record every Finding (also those only observed), so that a report can explain it and a dry run can repeat it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/lang.hpp"
#include "base/result.hpp"

namespace policy {

enum class Stage : std::uint8_t { connect, mail, rcpt, content, delivered };
enum class Mode : std::uint8_t { off, observe, enforce };
// Ordered by strength: the strongest enforced action of all findings is the decision.
enum class Action : std::uint8_t { accept, annotate, quarantine, defer, reject };

std::string_view to_string(Stage stage);
std::string_view to_string(Mode mode);
std::string_view to_string(Action action);
std::optional<Mode> parse_mode(std::string_view text);

struct Evidence {
  std::string name;   // stable key, e.g. "address", "number", "stamp"
  std::string value;  // as seen, UTF-8, at most 200 bytes
};

struct Finding {
  std::string_view rule;  // stable id, e.g. "free-provider"
  Mode mode = Mode::observe;
  Action action = Action::annotate;  // what the rule asks for; it binds only when mode is enforce
  std::string_view enhanced;         // RFC 3463 status for reject and defer, e.g. "5.7.1"
  base::Text text;                   // for people
  std::vector<Evidence> evidence;
  std::string subject;  // whom or what it is about: an address, "part 2"
  Action binding() const { return mode == Mode::enforce ? action : (action == Action::accept ? action : Action::annotate); }
};

struct Decision {
  Action action = Action::accept;
  std::vector<Finding> findings;  // in rule order
  // The finding that made the action reject, defer or quarantine; null otherwise. A view into findings.
  const Finding* cause() const;
  void add(std::vector<Finding> more);
};

// One line for an SMTP or IMAP answer: Vietnamese, then English. ASCII without diacritics unless the client took SMTPUTF8
// (RFC 6531 3.7.4.2 allows UTF-8 in replies only then); still readable to an official.
std::string reply_text(const Finding& finding, bool utf8);

}  // namespace policy
