#include "policy/rules/exchange_common.hpp"

#include <algorithm>
#include <array>

#include "base/unicode.hpp"

namespace policy::rules {
namespace {

constexpr base::Text kMet{"Đạt yêu cầu", "The duty is met"};
constexpr base::Text kNotJudged{"Không đánh giá: máy chủ không biết đủ", "Not judged: the mail does not tell enough"};
constexpr std::size_t kMostAgencies = 16;

bool is_word_byte(char c) { return base::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80; }

std::string name_key(std::string_view text) {
  std::string out;
  for (char c : base::fold_search(text))
    if (is_word_byte(c)) out.push_back(c);
  return out;
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::met: return "met";
    case Outcome::violated: return "violated";
    case Outcome::not_judged: return "not_judged";
  }
  return "unknown";
}

}  // namespace

FileForm form_of(std::string_view file_name) {
  constexpr std::array<std::string_view, 16> editable{"doc", "docx", "odt", "rtf", "txt", "xls", "xlsx", "ods", "ppt", "pptx", "odp", "jpg", "jpeg", "png", "tif", "tiff"};
  const auto dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return FileForm::unknown;
  const std::string_view ending = file_name.substr(dot + 1);
  if (base::iequals(ending, "pdf")) return FileForm::pdf;
  const bool known = std::any_of(editable.begin(), editable.end(), [&](std::string_view e) { return base::iequals(e, ending); });
  return known ? FileForm::other : FileForm::unknown;
}

std::optional<bool> issued_by_sender(const Site& site, const Context& context, const document::Document& d) {
  if (!d.issuer) return std::nullopt;
  const std::string issuer = name_key(d.issuer->text);
  bool any = false;
  std::string agency = site.agency_of(context.login);
  for (std::size_t depth = 0; !agency.empty() && depth < kMostAgencies; ++depth, agency = site.agency_above(agency))
    for (const std::string& name : site.agency_names(agency)) {
      const std::string key = name_key(name);
      any = any || !key.empty();
      if (!key.empty() && key == issuer) return true;
    }
  return any ? std::optional<bool>(false) : std::nullopt;
}

bool has_words(std::string_view text, std::string_view words) {
  const std::string hay = base::fold_tone(text), needle = base::fold_tone(words);
  if (needle.empty()) return false;
  for (std::size_t at = 0; (at = hay.find(needle, at)) != std::string::npos; ++at) {
    const std::size_t end = at + needle.size();
    if ((at == 0 || !is_word_byte(hay[at - 1])) && (end == hay.size() || !is_word_byte(hay[end]))) return true;
  }
  return false;
}

void tell(const Context& context, base::Text violation, DutyNote note, std::vector<Evidence> evidence, std::vector<Finding>& findings) {
  if (note.outcome != Outcome::violated && !context.explain) return;
  Finding f;
  const bool violated = note.outcome == Outcome::violated;
  f.action = violated ? note.when_violated : Action::accept;
  f.enhanced = violated && note.when_violated == Action::reject ? "5.7.1" : "";
  f.text = violated ? violation : note.outcome == Outcome::met ? kMet : kNotJudged;
  f.subject = std::move(note.subject);
  f.evidence = std::move(evidence);
  f.evidence.insert(f.evidence.begin(), Evidence{"outcome", std::string(outcome_name(note.outcome))});
  if (!note.why.empty()) f.evidence.push_back({"why", std::move(note.why)});
  findings.push_back(std::move(f));
}

}  // namespace policy::rules
