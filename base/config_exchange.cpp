// The files of [policy] files.
#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/config_reader.hpp"
#include "base/domain_name.hpp"
#include "base/exchange_policy.hpp"
#include "base/units.hpp"

namespace base {
namespace {

template <class T>
using WayNames = std::array<std::pair<std::string_view, T>, 3>;
constexpr WayNames<ExchangeWay> kWays{{{"e-only", ExchangeWay::electronic}, {"e+paper", ExchangeWay::both}, {"paper", ExchangeWay::paper}}};
constexpr WayNames<RuleMode> kDutyModes{{{"off", RuleMode::off}, {"observe", RuleMode::observe}, {"enforce", RuleMode::enforce}}};

Result<std::string> policy_words(std::string_view text) {
  if (trim(text).empty()) return fail(Errc::invalid, "must not be empty");
  return std::string(trim(text));
}

Result<std::string> policy_id(std::string_view text) {
  const bool good = !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-'; });
  if (!good) return fail(Errc::invalid, "must be 1 to 64 letters, digits and hyphens");
  return std::string(text);
}

Result<std::string> policy_kind(std::string_view text) {
  const auto& known = retention_kinds();
  if (std::find(known.begin(), known.end(), text) == known.end())
    return fail(Errc::invalid, "no such document kind: " + std::string(text) + "; write its abbreviation (QĐ, KH, BC ...) or its name");
  return std::string(text);
}

Result<std::string> document_group(std::string_view text) {
  for (std::string_view known : {"hanh_chinh", "qppl", "dang", "khac"})
    if (text == known) return std::string(text);
  return fail(Errc::invalid, "must be one of hanh_chinh, qppl, dang, khac");
}

const std::array<std::pair<std::string_view, std::string>, 3>& urgency_levels() {
  static const std::array<std::pair<std::string_view, std::string>, 3> levels{{{"Khẩn", "Khẩn"}, {"Thượng khẩn", "Thượng khẩn"}, {"Hỏa tốc", "Hỏa tốc"}}};
  return levels;
}

class ExchangeReader {
 public:
  ExchangeReader(const toml::table& root, const std::filesystem::path& file) : file_(file), root_(&root, "", file.parent_path(), problems_) {}

  Result<ExchangePolicy> read() {
    root_.text("id", out_.id, policy_id);
    root_.text("title", out_.title, policy_words);
    require(root_, nullptr, {"id", "title"});
    each("rules", [this](Section& s, const toml::table& t) { duty(s, t); });
    each("classes", [this](Section& s, const toml::table& t) { document_class(s, t); });
    each("exceptions", [this](Section& s, const toml::table& t) { exception(s, t); });
    each("urgency", [this](Section& s, const toml::table& t) { urgency(s, t); });
    each("certificates", [this](Section& s, const toml::table& t) { certificate(s, t); });
    root_.finish();
    if (!problems_.empty()) return fail(Errc::invalid, problems_.text(file_));
    return std::move(out_);
  }

 private:
  template <class F>
  void each(std::string_view name, F use) {
    const toml::node* list = root_.node(name);
    if (list == nullptr) return;
    if (!list->is_array_of_tables()) return root_.problem(list, name, "must be [[" + std::string(name) + "]] tables");
    for (const toml::node& item : *list->as_array()) {
      Section s(item.as_table(), std::string(name), file_.parent_path(), problems_);
      use(s, *item.as_table());
      s.finish();
    }
  }

  static void require(Section& s, const toml::table* table, std::initializer_list<std::string_view> keys) {
    for (std::string_view key : keys)
      if (!s.has(key)) s.problem(table, key, "is missing");
  }

  static void day(Section& s, std::string_view key, Time& out, bool end) {
    std::string text;
    s.text(key, text, [&](std::string_view given) -> Result<std::string> {
      const auto day = vietnam_day(given);
      if (!day) return fail(Errc::invalid, "must be a day such as \"2026-11-22\"");
      out = end ? day->second : day->first;
      return std::string(given);
    });
  }

  static void period(Section& s, const toml::table& t, std::string_view first, Time& from, std::optional<Time>& until) {
    day(s, first, from, false);
    if (s.node("until") == nullptr) return;
    Time end{};
    day(s, "until", end, true);
    until = end;
    if (end != Time{} && end <= from) s.problem(t.get("until"), "until", "is before " + std::string(first));
  }

  void duty(Section& s, const toml::table& t) {
    ExchangeDuty d;
    s.text("rule", d.rule, policy_words);
    s.choice("mode", d.mode, std::span<const std::pair<std::string_view, RuleMode>>(kDutyModes));
    s.text("domain", d.domain, canonical_domain);
    s.text("agency", d.agency, policy_words);
    s.text("source", d.source, policy_words);
    period(s, t, "from", d.from, d.until);
    require(s, &t, {"rule", "mode", "source"});
    out_.duties.push_back(std::move(d));
  }

  void document_class(Section& s, const toml::table& t) {
    ExchangeClass c;
    s.choice("way", c.way, std::span<const std::pair<std::string_view, ExchangeWay>>(kWays));
    s.texts("kinds", c.kinds, policy_kind);
    s.texts("subjects", c.subjects, policy_words);
    s.texts("purposes", c.purposes, policy_words);
    s.texts("groups", c.groups, document_group);
    s.flag("drafts", c.drafts);
    s.text("source", c.source, policy_words);
    period(s, t, "from", c.from, c.until);
    require(s, &t, {"way", "source"});
    if (!c.drafts && c.kinds.empty() && c.subjects.empty() && c.purposes.empty() && c.groups.empty())
      s.problem(&t, "kinds", "is missing: a class names kinds, subjects, purposes, groups or drafts, or it would hold every document");
    out_.classes.push_back(std::move(c));
  }

  void exception(Section& s, const toml::table& t) {
    ExchangeException e;
    s.text("rule", e.rule, policy_words);
    s.text("agency", e.agency, policy_words);
    s.text("address", e.address, policy_words);
    s.text("approver", e.approver, policy_words);
    s.text("reason", e.reason, policy_words);
    std::optional<Time> until;
    period(s, t, "from", e.from, until);
    e.until = until.value_or(Time{});
    require(s, &t, {"rule", "approver", "reason", "until"});
    if (s.has("agency") == s.has("address")) s.problem(&t, "agency", "give either agency or address");
    out_.exceptions.push_back(std::move(e));
  }

  void urgency(Section& s, const toml::table& t) {
    UrgencyLimit u;
    s.choice("level", u.level, std::span<const std::pair<std::string_view, std::string>>(urgency_levels()));
    std::string within;
    s.text("within", within, [&u](std::string_view given) -> Result<std::string> {
      if (given == "same-day") return std::string(given);
      const auto time = parse_duration(given);
      if (!time || *time <= Millis(0) || *time > std::chrono::hours(24 * 90)) return fail(Errc::invalid, "must be \"same-day\", or a time up to 90 days such as \"30m\" or \"4h\"");
      u.within = *time;
      return std::string(given);
    });
    s.text("agency", u.agency, policy_words);
    s.text("source", u.source, policy_words);
    period(s, t, "from", u.from, u.until);
    require(s, &t, {"level", "within", "source"});
    out_.urgencies.push_back(std::move(u));
  }

  void certificate(Section& s, const toml::table& t) {
    AgencyCertificate c;
    s.text("agency", c.agency, policy_words);
    period(s, t, "since", c.since, c.until);
    require(s, &t, {"agency", "since"});
    out_.certificates.push_back(std::move(c));
  }

  std::filesystem::path file_;
  Problems problems_;
  Section root_;
  ExchangePolicy out_;
};

}  // namespace

std::string_view to_string(ExchangeWay way) {
  for (const auto& [name, value] : kWays)
    if (value == way) return name;
  return "unknown";
}

Result<ExchangePolicy> parse_exchange_policy(std::string_view text, const std::filesystem::path& file) {
  const auto table = parse_toml(text, file);
  if (!table) return table.error();
  return ExchangeReader(*table, file).read();
}

Result<ExchangePolicy> load_exchange_policy(const std::filesystem::path& file) {
  const auto text = read_toml_file(file);
  if (!text) return text.error();
  return parse_exchange_policy(*text, file);
}

}  // namespace base
