#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/net/http.hpp"

namespace net {
namespace {
int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out.push_back(' ');
    } else if (text[i] == '%') {
      if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return std::nullopt;
      out.push_back(char(hex(text[i + 1]) * 16 + hex(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
    if (out.back() == '\0') return std::nullopt;
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  static constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out.push_back(c);
      continue;
    }
    out.push_back('%');
    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

std::string_view HttpRequest::header(std::string_view lower_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_name) return value;
  }
  return {};
}

std::string basic_authorization(std::string_view user, std::string_view password) {
  return "Basic " + base::base64_encode(std::string(user) + ":" + std::string(password));
}

std::optional<std::pair<std::string, std::string>> parse_basic(std::string_view authorization) {
  constexpr std::string_view kScheme = "Basic ";
  if (!base::iequals(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  const auto text = base::base64_decode(base::trim(authorization.substr(kScheme.size())));
  if (!text) return std::nullopt;
  const std::size_t colon = text->find(':');  // RFC 7617 2: a user-id has no colon
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  return std::pair{text->substr(0, colon), text->substr(colon + 1)};
}

}  // namespace net
