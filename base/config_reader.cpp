#include "base/config_reader.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace base {

void Problems::add(const toml::node* where, std::string_view key, std::string_view what) {
  list_.push_back({where != nullptr ? where->source().begin.line : 0, std::string(key) + ": " + std::string(what)});
}

std::string Problems::text(const std::filesystem::path& file) const {
  std::vector<Problem> sorted = list_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) { return a.line < b.line; });
  std::string out;
  for (const Problem& p : sorted) {
    if (!out.empty()) out += '\n';
    out += file.string() + ':' + (p.line != 0 ? std::to_string(p.line) + ": " : std::string(" ")) + p.text;
  }
  return out;
}

void Section::problem(const toml::node* where, std::string_view key, std::string_view what) {
  const std::string full = key.empty() ? name_ : name_.empty() ? std::string(key) : name_ + '.' + std::string(key);
  problems_.add(where != nullptr ? where : table_, full, what);
}

const toml::node* Section::node(std::string_view key) {
  known_.emplace(key);
  return table_ != nullptr ? table_->get(key) : nullptr;
}

const toml::table* Section::table(std::string_view key) {
  const toml::node* n = node(key);
  if (n == nullptr) return nullptr;
  if (!n->is_table()) problem(n, key, "must be a table");
  return n->as_table();
}

std::optional<std::string> Section::string(std::string_view key) {
  const toml::node* n = node(key);
  if (n == nullptr) return std::nullopt;
  auto value = n->value_exact<std::string>();
  if (!value) problem(n, key, "must be a string");
  if (value && value->find('\0') != std::string::npos) {
    problem(n, key, "must not hold a NUL");
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> Section::integer(std::string_view key, std::int64_t least, std::int64_t most) {
  const toml::node* n = node(key);
  if (n == nullptr) return std::nullopt;
  const auto value = n->value_exact<std::int64_t>();
  if (value && *value >= least && *value <= most) return value;
  const std::string range = "between " + std::to_string(least) + " and " + std::to_string(most);
  problem(n, key, (value ? "must be " : "must be an integer ") + range);
  return std::nullopt;
}

void Section::text(std::string_view key, std::string& out, const Check& check) {
  auto value = string(key);
  if (!value) return;
  if (!check) {
    out = std::move(*value);
    return;
  }
  auto checked = check(*value);
  if (checked) out = std::move(*checked);
  else problem(node(key), key, checked.error().detail());
}

void Section::texts(std::string_view key, std::vector<std::string>& out, const Check& check) {
  const toml::node* n = node(key);
  if (n == nullptr) return;
  if (!n->is_array()) return problem(n, key, "must be a list of strings");
  out.clear();
  for (const toml::node& item : *n->as_array()) {
    const auto value = item.value_exact<std::string>();
    if (!value) {
      problem(&item, key, "must be a list of strings");
      continue;
    }
    auto checked = check(*value);
    if (checked) out.push_back(std::move(*checked));
    else problem(&item, key, '"' + *value + "\": " + checked.error().detail());
  }
}

void Section::durations(std::string_view key, std::vector<Millis>& out) {
  std::vector<Millis> read;
  std::vector<std::string> words;
  texts(key, words, [&](std::string_view word) -> Result<std::string> {
    const auto d = parse_duration(word);
    if (!d) return d.error();
    if (*d < std::chrono::seconds(1)) return fail(Errc::invalid, "must be at least 1s");
    read.push_back(*d);
    return std::string(word);
  });
  const toml::node* n = node(key);
  if (n == nullptr) return;
  if (n->is_array() && n->as_array()->empty()) problem(n, key, "must not be empty");
  out = std::move(read);
}

void Section::flag(std::string_view key, bool& out) {
  const toml::node* n = node(key);
  if (n == nullptr) return;
  if (const auto value = n->value_exact<bool>()) out = *value;
  else problem(n, key, "must be true or false");
}

void Section::path(std::string_view key, std::filesystem::path& out) {
  if (auto value = string(key)) out = *value;
  if (!out.empty() && out.is_relative()) out = (directory_ / out).lexically_normal();
}

void Section::size(std::string_view key, std::uint64_t& out, std::uint64_t least, std::uint64_t most) {
  const toml::node* n = node(key);
  if (n == nullptr) return;
  Result<std::uint64_t> value = fail(Errc::invalid, "must be a size such as \"50MiB\"");
  if (const auto word = n->value_exact<std::string>()) value = parse_size(*word);
  else if (const auto bytes = n->value_exact<std::int64_t>(); bytes && *bytes >= 0) value = static_cast<std::uint64_t>(*bytes);
  if (!value) return problem(n, key, value.error().detail());
  if (*value >= least && *value <= most) out = *value;
  else problem(n, key, "must be between " + format_size(least) + " and " + format_size(most));
}

void Section::duration(std::string_view key, Millis& out, Millis least, Millis most) {
  const toml::node* n = node(key);
  if (n == nullptr) return;
  const auto word = n->value_exact<std::string>();
  if (!word) return problem(n, key, "must be a duration such as \"5m\"");
  const auto value = parse_duration(*word);
  if (!value) return problem(n, key, value.error().detail());
  if (*value >= least && *value <= most) out = *value;
  else problem(n, key, "must be between " + format_duration(least) + " and " + format_duration(most));
}

void Section::finish() {
  if (table_ == nullptr) return;
  for (const auto& [key, value] : *table_) {
    if (known_.contains(key.str())) continue;
    const bool secret = key.str().find("password") != std::string_view::npos;
    problem(&value, key.str(), secret ? "passwords never stand in this file; name a file that holds it" : "unknown key");
  }
}

}  // namespace base
