#include "policy/pipeline/decision.hpp"

#include <algorithm>

#include "base/unicode.hpp"

namespace policy {

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::connect: return "connect";
    case Stage::mail: return "mail";
    case Stage::rcpt: return "rcpt";
    case Stage::content: return "content";
    case Stage::delivered: return "delivered";
  }
  return "unknown";
}

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::off: return "off";
    case Mode::observe: return "observe";
    case Mode::enforce: return "enforce";
  }
  return "unknown";
}

std::string_view to_string(Action action) {
  switch (action) {
    case Action::accept: return "accept";
    case Action::annotate: return "annotate";
    case Action::quarantine: return "quarantine";
    case Action::defer: return "defer";
    case Action::reject: return "reject";
  }
  return "unknown";
}

std::optional<Mode> parse_mode(std::string_view text) {
  for (Mode m : {Mode::off, Mode::observe, Mode::enforce})
    if (text == to_string(m)) return m;
  return std::nullopt;
}

const Finding* Decision::cause() const {
  if (action < Action::quarantine) return nullptr;
  const auto it = std::find_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.binding() == action; });
  return it == findings.end() ? nullptr : &*it;
}

void Decision::add(std::vector<Finding> more) {
  for (Finding& f : more) {
    action = std::max(action, f.binding());
    findings.push_back(std::move(f));
  }
}

std::string reply_text(const Finding& finding, bool utf8) {
  std::string text(finding.text.vi);
  if (!utf8) text = base::strip_diacritics(text);
  text.append(" / ").append(finding.text.en);
  if (!finding.subject.empty()) {
    const std::string subject = utf8 ? finding.subject : base::strip_diacritics(finding.subject);
    text.append(" (").append(subject).append(")");
  }
  std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  if (!utf8) std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return text;
}

}  // namespace policy
