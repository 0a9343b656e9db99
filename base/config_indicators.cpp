#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.hpp"
#include "base/config_reader.hpp"
#include "base/indicators.hpp"

namespace base {
namespace {

constexpr std::array<std::pair<std::string_view, IndicatorInput>, 3> kIndicatorInputs{
    {{"none", IndicatorInput::none}, {"denominator", IndicatorInput::denominator}, {"both", IndicatorInput::both}}};

Result<std::string> indicator_words(std::string_view text) {
  if (trim(text).empty()) return fail(Errc::invalid, "must not be empty");
  return std::string(trim(text));
}

Result<std::string> indicator_id(std::string_view text) {
  const bool good = !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
  if (!good) return fail(Errc::invalid, "must be 1 to 64 letters, digits, hyphens and dots");
  return std::string(text);
}

class IndicatorReader {
 public:
  IndicatorReader(const toml::table& root, const std::filesystem::path& file) : file_(file), root_(&root, "", file.parent_path(), problems_) {}

  Result<IndicatorTable> read() {
    root_.text("id", out_.id, indicator_id);
    root_.text("title_vi", out_.title_vi, indicator_words);
    root_.text("title_en", out_.title_en, indicator_words);
    require(root_, nullptr, {"id", "title_vi", "title_en", "indicators"});
    const toml::node* list = root_.node("indicators");
    if (list != nullptr && !list->is_array_of_tables()) root_.problem(list, "indicators", "must be [[indicators]] tables");
    else if (list != nullptr)
      for (const toml::node& item : *list->as_array()) indicator(*item.as_table());
    root_.finish();
    if (!problems_.empty()) return fail(Errc::invalid, problems_.text(file_));
    return std::move(out_);
  }

 private:
  static void require(Section& s, const toml::table* table, std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys)
      if (!s.has(key)) s.problem(table, key, "is missing");
  }

  std::optional<double> percent(Section& s, const toml::node* node, std::string_view key) {
    const auto value = node->value<double>();
    if (value && *value >= 0 && *value <= 100) return value;
    s.problem(node, key, "must be a percentage from 0 to 100");
    return std::nullopt;
  }

  void targets(Section& s, Indicator& out) {
    const toml::node* node = s.node("targets");
    if (node == nullptr) return;
    if (!node->is_table()) return s.problem(node, "targets", "must be a table such as { 2015 = 80 }");
    for (const auto& [key, value] : *node->as_table()) {
      int year = 0;
      const std::string_view name = key.str();
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), year);
      if (error != std::errc{} || end != name.data() + name.size() || year < 1990 || year > 2200) s.problem(&value, "targets", "has no year: " + std::string(name));
      else if (const auto share = percent(s, &value, "targets")) out.targets[year] = *share;
    }
  }

  void indicator(const toml::table& table) {
    Section s(&table, "indicators", file_.parent_path(), problems_);
    Indicator i;
    s.text("id", i.id, indicator_id);
    for (const auto& [key, out] : {std::pair{"section_vi", &i.section_vi}, std::pair{"section_en", &i.section_en}, std::pair{"title_vi", &i.title_vi},
                                   std::pair{"title_en", &i.title_en}, std::pair{"formula_vi", &i.formula_vi}, std::pair{"formula_en", &i.formula_en},
                                   std::pair{"source", &i.source}, std::pair{"measure", &i.measure}, std::pair{"figure", &i.figure}})
      s.text(key, *out, indicator_words);
    s.choice("input", i.input, std::span<const std::pair<std::string_view, IndicatorInput>>(kIndicatorInputs));
    s.flag("lower", i.lower);
    s.flag("persons", i.persons);
    if (const toml::node* node = s.node("baseline")) i.baseline = percent(s, node, "baseline");
    targets(s, i);
    require(s, &table, {"id", "title_vi", "title_en", "formula_vi", "formula_en", "source"});
    if (i.measure.empty() != (i.input == IndicatorInput::both)) s.problem(&table, "input", "an indicator has either a measure, or input = \"both\"");
    const bool twice = std::any_of(out_.indicators.begin(), out_.indicators.end(), [&](const Indicator& other) { return other.id == i.id; });
    if (twice) s.problem(&table, "id", "is there twice: " + i.id);
    s.finish();
    i.persons = i.persons || i.measure.starts_with("mailboxes") || i.figure == "headcount";
    if (i.figure.empty()) i.figure = out_.id + "/" + i.id;
    out_.indicators.push_back(std::move(i));
  }

  std::filesystem::path file_;
  Problems problems_;
  Section root_;
  IndicatorTable out_;
};

}  // namespace

Result<IndicatorTable> parse_indicators(std::string_view text, const std::filesystem::path& file) {
  const auto root = parse_toml(text, file);
  if (!root) return root.error();
  return IndicatorReader(*root, file).read();
}

Result<IndicatorTable> load_indicators(const std::filesystem::path& file) {
  const auto text = read_toml_file(file);
  if (!text) return text.error();
  return parse_indicators(*text, file);
}

}  // namespace base
