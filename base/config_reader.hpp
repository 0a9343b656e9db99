// Reads one TOML table key by key and collects every problem with its line. Private to config*.cpp: nobody else sees toml++.
#pragma once
#include <toml++/toml.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config.hpp"

namespace base {

struct Problem {
  unsigned line;
  std::string text;
};

class Problems {
 public:
  void add(const toml::node* where, std::string_view key, std::string_view what);
  bool empty() const { return list_.empty(); }
  std::string text(const std::filesystem::path& file) const;  // in the order of the lines

 private:
  std::vector<Problem> list_;
};

class Section {
 public:
  using Check = std::function<Result<std::string>(std::string_view)>;  // what is stored, or why not

  // A missing table reads as an empty one.
  Section(const toml::table* table, std::string name, std::filesystem::path directory, Problems& problems)
      : table_(table), name_(std::move(name)), directory_(std::move(directory)), problems_(problems) {}

  void text(std::string_view key, std::string& out, const Check& check = {});
  void texts(std::string_view key, std::vector<std::string>& out, const Check& check);
  void durations(std::string_view key, std::vector<Millis>& out);
  void flag(std::string_view key, bool& out);
  void path(std::string_view key, std::filesystem::path& out);  // an unset one is resolved too; empty stays empty
  void size(std::string_view key, std::uint64_t& out, std::uint64_t least, std::uint64_t most);
  void duration(std::string_view key, Millis& out, Millis least, Millis most);
  template <class T>
  void number(std::string_view key, T& out, std::int64_t least, std::int64_t most) {
    if (const auto v = integer(key, least, most)) out = static_cast<T>(*v);
  }
  template <class T>
  void choice(std::string_view key, T& out, std::span<const std::pair<std::string_view, T>> names) {
    std::string word;
    text(key, word, [&](std::string_view given) -> Result<std::string> {
      std::string wanted;
      for (const auto& [name, value] : names) {
        if (given == name) { out = value; return std::string(given); }
        (wanted += wanted.empty() ? "" : ", ") += name;
      }
      return fail(Errc::invalid, "must be one of " + wanted);
    });
  }
  const toml::node* node(std::string_view key);  // marks the key as known
  const toml::table* table(std::string_view key);
  void problem(const toml::node* where, std::string_view key, std::string_view what);
  bool has(std::string_view key) const { return table_ != nullptr && table_->contains(key); }
  void finish();  // every key that nobody asked for is an error

 private:
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most);
  std::optional<std::string> string(std::string_view key);

  const toml::table* table_;
  std::string name_;
  std::filesystem::path directory_;
  Problems& problems_;
  std::set<std::string, std::less<>> known_;
};

// The one place where toml++'s exceptions stop.
[[nodiscard]] Result<toml::table> parse_toml(std::string_view text, const std::filesystem::path& file);
[[nodiscard]] Result<std::string> read_toml_file(const std::filesystem::path& file);

// config_signature.cpp: the [[signature.algorithms]] tables, and how revocation data is fetched.
void read_algorithms(Section& signature, const std::filesystem::path& directory, Problems& problems, std::vector<AlgorithmRow>& out);
void read_fetching(Section& signature, SignatureConfig& out);

// config_reports.cpp
void read_reports(Section& reports, const std::filesystem::path& directory, Problems& problems, ReportsConfig& out);

// config_retention.cpp: the [[retention]] tables.
void read_retention(Section& root, const std::filesystem::path& directory, Problems& problems, std::vector<RetentionClass>& out);

}  // namespace base
