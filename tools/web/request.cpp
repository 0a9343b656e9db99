#include "tools/web/request.hpp"

#include "base/ascii.hpp"
#include "base/net/http.hpp"
#include "base/unicode.hpp"

namespace web {
namespace {

std::string_view value_in(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

std::string_view Request::arg(std::string_view name) const { return value_in(query, name); }
std::string_view Request::field(std::string_view name) const { return value_in(form, name); }

Fields read_form(std::string_view body) {
  Fields out;
  while (!body.empty()) {
    const std::size_t end = body.find('&');
    const std::string_view pair = body.substr(0, end);
    const std::size_t equals = pair.find('=');
    const auto name = net::percent_decode(pair.substr(0, equals), true);
    const auto value = net::percent_decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (name && value && !name->empty() && base::valid_utf8(*name) && base::valid_utf8(*value)) out[*name] = *value;
    body = end == std::string_view::npos ? std::string_view() : body.substr(end + 1);
  }
  return out;
}

Fields read_cookies(std::string_view header) {
  Fields out;
  while (!header.empty()) {
    const std::size_t end = header.find(';');
    const std::string_view pair = base::trim(header.substr(0, end));
    if (const std::size_t equals = pair.find('='); equals != std::string_view::npos) out.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    header = end == std::string_view::npos ? std::string_view() : header.substr(end + 1);
  }
  return out;
}

std::vector<std::string> path_of(std::string_view target) {
  std::vector<std::string> out;
  std::string_view path = target.substr(0, target.find('?'));
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (const std::string_view segment = path.substr(0, slash); !segment.empty()) {
      auto decoded = net::percent_decode(segment, false);
      if (!decoded || !base::valid_utf8(*decoded)) return {"?"};  // no page has this name
      out.push_back(*std::move(decoded));
    }
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return out;
}

std::string segment(std::string_view text) { return net::percent_encode(text); }

std::string link(std::string_view path, const std::vector<std::pair<std::string, std::string>>& query) {
  std::string out(path);
  char mark = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    out += mark + net::percent_encode(name) + "=" + net::percent_encode(value);
    mark = '&';
  }
  return out;
}

}  // namespace web
