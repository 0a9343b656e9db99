// What the exchange duties share. Private to this room.
#pragma once
#include "base/ascii.hpp"
#include "policy/rules/exchange.hpp"

namespace policy::rules {

// A document with its own kind and number that is no draft: what the directives call an official document.
inline bool is_issued(const document::Document& d) { return !d.draft && d.kind && d.number; }

enum class FileForm : std::uint8_t { pdf, other, unknown };
// By the name alone; a name that says nothing, or a signature's, is unknown.
FileForm form_of(std::string_view file_name);

// The duties bind who issues. Whether that is the sender's agency or one above it, by name; none when the site cannot say.
std::optional<bool> issued_by_sender(const Site& site, const Context& context, const document::Document& d);

// Whole words, whatever case, tone placement and form.
bool has_words(std::string_view text, std::string_view words);

// A finding of a duty; what is met or not judged is only told in a dry run.
struct DutyNote {
  Outcome outcome = Outcome::not_judged;
  std::string subject, why;
  Action when_violated = Action::reject;
};
void tell(const Context& context, base::Text violation, DutyNote note, std::vector<Evidence> evidence, std::vector<Finding>& findings);

// Shared shape: stage content, submission only.
inline bool duty_is_asked(Stage stage, const Context& context) {
  return stage == Stage::content && context.channel == Channel::submission && context.content != nullptr;
}

}  // namespace policy::rules
