#include "base/domain_name.hpp"

#include <idn2.h>

#include "base/ascii.hpp"
#include "base/handle.hpp"

namespace base {
namespace {

constexpr std::size_t kMaxName = 253;  // RFC 1035 2.3.4 without the root's octet
constexpr std::size_t kMaxLabel = 63;

void free_idn(char* p) { idn2_free(p); }
using IdnString = Handle<char, free_idn>;

bool is_ldh(char c) { return is_alnum(c) || c == '-'; }

// RFC 1123 2.1: letters, digits, hyphens, none at the ends. The address literal "127.0.0.1" is no name either (RFC 5321 4.1.3).
Result<std::string> check_ascii(std::string name) {
  if (name.empty()) return fail(Errc::invalid, "domain: empty");
  if (name.size() > kMaxName) return fail(Errc::invalid, "domain: longer than 253 bytes");
  std::string_view last;
  for (std::string_view rest = name;;) {
    const std::size_t dot = rest.find('.');
    last = rest.substr(0, dot);
    if (last.empty()) return fail(Errc::invalid, "domain: empty label");
    if (last.size() > kMaxLabel) return fail(Errc::invalid, "domain: label longer than 63 bytes");
    if (last.front() == '-' || last.back() == '-') return fail(Errc::invalid, "domain: hyphen at the end of a label");
    for (char c : last) {
      if (!is_ldh(c)) return fail(Errc::invalid, "domain: character outside letters, digits, hyphen");
    }
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (last.find_first_not_of("0123456789") == std::string_view::npos) return fail(Errc::invalid, "domain: ends in a number");
  return name;
}

bool has_a_label(std::string_view lower_name) { return lower_name.find("xn--") != std::string_view::npos; }

}  // namespace

Result<std::string> canonical_domain(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > 4 * kMaxName) return fail(Errc::invalid, "domain: too long");
  if (name.find('\0') != std::string_view::npos) return fail(Errc::invalid, "domain: NUL");
  std::string lowered = lower_ascii(name);
  // Plain ASCII needs no mapping; names that hold A-labels go through libidn2, which checks that they decode.
  if (is_ascii(lowered) && !has_a_label(lowered)) return check_ascii(std::move(lowered));
  char* raw_out = nullptr;
  const int rc = idn2_to_ascii_8z(lowered.c_str(), &raw_out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const IdnString owned(raw_out);
  if (rc != IDN2_OK) return fail(Errc::invalid, std::string("domain: ") + idn2_strerror(rc));
  std::string_view out = owned.get();
  if (out.ends_with('.')) out.remove_suffix(1);  // an ideographic full stop at the end
  return check_ascii(lower_ascii(out));
}

std::string display_domain(std::string_view ascii_name) {
  if (!has_a_label(ascii_name)) return std::string(ascii_name);
  char* raw_out = nullptr;
  const int rc = idn2_to_unicode_8z8z(std::string(ascii_name).c_str(), &raw_out, 0);
  const IdnString owned(raw_out);
  return rc == IDN2_OK ? std::string(owned.get()) : std::string(ascii_name);
}

bool is_subdomain(std::string_view name, std::string_view domain) {
  if (domain.empty() || !name.ends_with(domain)) return false;
  return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

}  // namespace base
