#include "base/sasl/credential.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/unicode.hpp"

namespace sasl {
namespace {

using base::Errc;
using base::fail;
using base::Result;

constexpr std::size_t kMaxName = 320;
constexpr unsigned kMostIterations = 1'000'000;  // what a client is asked to compute; a damaged row must not ask for more

struct Space { std::string_view utf8; };
// General category Zs without U+0020: "Non-ASCII space characters MUST be mapped to ASCII space" (RFC 8265 4.2.2).
constexpr Space kSpaces[] = {{"\xC2\xA0"},     {"\xE1\x9A\x80"}, {"\xE2\x80\x80"}, {"\xE2\x80\x81"}, {"\xE2\x80\x82"}, {"\xE2\x80\x83"},
                             {"\xE2\x80\x84"}, {"\xE2\x80\x85"}, {"\xE2\x80\x86"}, {"\xE2\x80\x87"}, {"\xE2\x80\x88"}, {"\xE2\x80\x89"},
                             {"\xE2\x80\x8A"}, {"\xE2\x80\xAF"}, {"\xE2\x81\x9F"}, {"\xE3\x80\x80"}};

std::string map_spaces(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  while (!s.empty()) {
    const auto* space = std::find_if(std::begin(kSpaces), std::end(kSpaces), [&](const Space& x) { return s.starts_with(x.utf8); });
    if (space != std::end(kSpaces)) {
      out += ' ';
      s.remove_prefix(space->utf8.size());
    } else {
      out += s.front();
      s.remove_prefix(1);
    }
  }
  return out;
}

bool holds_control(std::string_view s) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (base::is_control(s[i])) return true;
    if (s[i] == '\xC2' && i + 1 < s.size() && static_cast<unsigned char>(s[i + 1]) < 0xA0) return true;  // C1: U+0080..U+009F
  }
  return false;
}

Result<std::string> prepare(std::string_view s) {
  if (s.empty()) return fail(Errc::invalid, "empty");
  if (!base::valid_utf8(s)) return fail(Errc::invalid, "not UTF-8");
  if (holds_control(s)) return fail(Errc::invalid, "control character");
  if (base::is_ascii(s)) return std::string(s);
  return base::nfc(map_spaces(s));
}

Result<base::Digest> decode_digest(std::string_view text) {
  const auto bytes = base::base64_decode(text);
  base::Digest out{};
  if (!bytes || bytes->size() != out.size()) return fail(Errc::corrupt, "credential: bad key");
  std::copy(bytes->begin(), bytes->end(), reinterpret_cast<char*>(out.data()));
  return out;
}

}  // namespace

Result<std::string> prepare_password(std::string_view password) {
  auto out = prepare(password);
  if (!out) return fail(Errc::invalid, "password: " + out.error().detail());
  return out;
}

Result<std::string> prepare_name(std::string_view name) {
  if (name.size() > kMaxName) return fail(Errc::invalid, "user name: longer than 320 bytes");
  auto out = prepare(name);
  if (!out) return fail(Errc::invalid, "user name: " + out.error().detail());
  return out;
}

void derive_scram(Credential& credential, std::string_view prepared_password) {
  const base::Digest salted = base::pbkdf2_sha256(prepared_password, credential.salt, credential.iterations);
  credential.stored_key = base::sha256(base::view(base::hmac_sha256(base::view(salted), "Client Key")));
  credential.server_key = base::hmac_sha256(base::view(salted), "Server Key");
}

Result<Credential> make_credential(std::string_view password, const base::PasswordCost& cost) {
  auto prepared = prepare_password(password);
  if (!prepared) return prepared.error();
  Credential out;
  out.argon2 = base::hash_password(*prepared, cost);
  out.salt = base::random_bytes(kSaltSize);
  out.iterations = kScramIterations;
  derive_scram(out, *prepared);
  base::wipe(*prepared);
  return out;
}

std::string encode(const Credential& c) {
  return "1|" + c.argon2 + '|' + std::to_string(c.iterations) + '|' + base::base64_encode(c.salt) + '|' +
         base::base64_encode(base::view(c.stored_key)) + '|' + base::base64_encode(base::view(c.server_key));
}

Result<Credential> decode(std::string_view text) {
  const std::vector<std::string_view> parts = base::split(text, '|');
  if (parts.size() != 6 || parts[0] != "1") return fail(Errc::corrupt, "credential: unknown form");
  Credential out;
  out.argon2 = parts[1];
  const char* const end = parts[2].data() + parts[2].size();
  const auto [stop, error] = std::from_chars(parts[2].data(), end, out.iterations);
  if (error != std::errc() || stop != end || out.iterations == 0 || out.iterations > kMostIterations) {
    return fail(Errc::corrupt, "credential: bad iteration count");
  }
  auto salt = base::base64_decode(parts[3]);
  if (!salt || salt->empty()) return fail(Errc::corrupt, "credential: bad salt");
  out.salt = std::move(*salt);
  const auto stored = decode_digest(parts[4]);
  if (!stored) return stored.error();
  const auto server = decode_digest(parts[5]);
  if (!server) return server.error();
  out.stored_key = *stored;
  out.server_key = *server;
  return out;
}

}  // namespace sasl
