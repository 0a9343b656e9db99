#include "policy/rules/free_providers.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/ascii.hpp"
#include "base/domain_name.hpp"

namespace policy::rules {

namespace {

struct MxSuffix {
  std::string_view suffix, provider;
};
constexpr MxSuffix kMxSuffixes[] = {{"google.com", "Google"}, {"googlemail.com", "Google"}, {"outlook.com", "Microsoft"}, {"hotmail.com", "Microsoft"},
                                    {"yahoodns.net", "Yahoo"}, {"icloud.com", "Apple"}, {"zoho.com", "Zoho"}, {"zoho.eu", "Zoho"}, {"protonmail.ch", "Proton"},
                                    {"mail.ru", "Mail.ru"}, {"yandex.net", "Yandex"}, {"yandex.ru", "Yandex"}, {"qq.com", "QQ"}, {"163.com", "NetEase"}};

}  // namespace

std::string_view free_mx_provider(std::string_view host) {
  std::string name = base::lower_ascii(host);
  if (name.ends_with('.')) name.pop_back();
  for (const MxSuffix& s : kMxSuffixes)
    if (name.ends_with(s.suffix) && (name.size() == s.suffix.size() || name[name.size() - s.suffix.size() - 1] == '.')) return s.provider;
  return {};
}

base::Result<FreeProviders> FreeProviders::load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::fail(base::Errc::io, "cannot read " + path + ": " + std::strerror(errno));
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return parse(text, path);
}

base::Result<FreeProviders> FreeProviders::parse(std::string_view text, const std::string& source) {
  FreeProviders list;
  int number = 0;
  for (const std::string_view line : base::split(text, '\n')) {
    ++number;
    const std::string_view domain = base::trim(line.substr(0, line.find('#')));
    if (domain.empty()) continue;
    if (auto added = list.add(domain); !added)
      return base::fail(base::Errc::invalid, source + ":" + std::to_string(number) + ": " + added.error().detail());
  }
  return list;
}

FreeProviders FreeProviders::builtin() {
  auto list = parse(builtin_free_providers(), "etc/free-providers.txt");
  return std::move(list.value());  // a broken shipped list is a bug, and a test reads it
}

base::Result<void> FreeProviders::add(std::string_view domain) {
  auto name = base::canonical_domain(domain);
  if (!name) return name.error();
  listed_.insert(std::move(*name));
  return {};
}

base::Result<void> FreeProviders::exempt(std::string_view domain) {
  auto name = base::canonical_domain(domain);
  if (!name) return name.error();
  exempt_.insert(std::move(*name));
  return {};
}

bool FreeProviders::in(const std::unordered_set<std::string>& set, std::string_view domain) {
  for (;;) {
    if (set.contains(std::string(domain))) return true;
    const auto dot = domain.find('.');
    if (dot == std::string_view::npos) return false;
    domain.remove_prefix(dot + 1);
  }
}

bool FreeProviders::contains(std::string_view domain) const {
  const auto name = base::canonical_domain(domain);
  return name && !in(exempt_, *name) && in(listed_, *name);
}

}  // namespace policy::rules
