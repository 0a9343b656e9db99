// Reads a JSON object strictly: a member that is mistyped, or that nobody asked for, is an error that names it. Ask for every
// member, then look at error() once. A number is a whole one, not negative.
#pragma once
#include <optional>
#include <set>

#include "tools/admin/context.hpp"

namespace admin {

class Body {
 public:
  explicit Body(std::string_view text);  // empty = no members

  std::optional<std::string> text(const char* name, std::size_t most = 1u << 20);  // null counts as absent
  std::string required(const char* name);
  std::optional<bool> flag(const char* name);
  std::optional<std::uint64_t> number(const char* name);
  std::optional<std::vector<std::string>> list(const char* name);
  bool has(const char* name) const { return json_.contains(name); }
  std::optional<base::Error> error();  // the first one; also members nobody asked for

 private:
  const Json* member(const char* name);
  void wrong(std::string what);
  Json json_ = Json::object();
  std::set<std::string, std::less<>> asked_;
  std::optional<base::Error> error_;
};

}  // namespace admin
