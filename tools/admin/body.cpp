#include "tools/admin/body.hpp"

namespace admin {
namespace {
constexpr std::size_t kMaxList = 10'000;
}  // namespace

Body::Body(std::string_view text) {
  if (text.empty()) return;
  Json parsed = Json::parse(text, nullptr, false);
  if (parsed.is_object()) json_ = std::move(parsed);
  else wrong("the body is not a JSON object");
}

void Body::wrong(std::string what) {
  if (!error_) error_ = fail(Errc::invalid, std::move(what));
}

const Json* Body::member(const char* name) {
  asked_.insert(name);
  const auto found = json_.find(name);
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> Body::text(const char* name, std::size_t most) {
  const Json* j = member(name);
  if (j == nullptr) return std::nullopt;
  if (!j->is_string() || j->get_ref<const std::string&>().size() > most) {
    wrong(std::string(name) + (j->is_string() ? ": is too long" : ": must be a string"));
    return std::nullopt;
  }
  return j->get<std::string>();
}

std::string Body::required(const char* name) {
  auto value = text(name);
  if (!value || value->empty()) wrong(std::string(name) + ": is missing");
  return value.value_or(std::string{});
}

std::optional<bool> Body::flag(const char* name) {
  const Json* j = member(name);
  if (j == nullptr) return std::nullopt;
  if (j->is_boolean()) return j->get<bool>();
  wrong(std::string(name) + ": must be true or false");
  return std::nullopt;
}

std::optional<std::uint64_t> Body::number(const char* name) {
  const Json* j = member(name);
  if (j == nullptr) return std::nullopt;
  if (j->is_number_unsigned()) return j->get<std::uint64_t>();
  wrong(std::string(name) + ": must be a whole number, not negative");
  return std::nullopt;
}

std::optional<std::vector<std::string>> Body::list(const char* name) {
  const Json* j = member(name);
  if (j == nullptr) return std::nullopt;
  std::vector<std::string> out;
  bool good = j->is_array() && j->size() <= kMaxList;
  if (good)
    for (const Json& item : *j) {
      good = good && item.is_string();
      if (good) out.push_back(item.get<std::string>());
    }
  if (good) return out;
  wrong(std::string(name) + ": must be a list of strings");
  return std::nullopt;
}

std::optional<base::Error> Body::error() {
  for (const auto& [name, value] : json_.items())
    if (!asked_.contains(name)) wrong("unknown member: " + name);
  return error_;
}

}  // namespace admin
