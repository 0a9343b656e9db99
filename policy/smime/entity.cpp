#include "policy/smime/entity.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "mime/decode.hpp"
#include "mime/header.hpp"

namespace policy::smime {
namespace {

using mime::Part;
using mime::Structure;

bool is_pkcs7(const Part& p, std::string_view kind) {  // "mime" or "signature"
  return p.type == "application" && (p.subtype == "pkcs7-" + std::string(kind) || p.subtype == "x-pkcs7-" + std::string(kind));
}

EntityKind kind_of_multipart(const Structure& s, const Part& part) {
  const std::string protocol = base::lower_ascii(base::trim(mime::param(part.params, "protocol")));
  const auto parts = children(s, part);
  const bool looks_pkcs7 = std::any_of(parts.begin(), parts.end(), [&](std::uint32_t i) { return is_pkcs7(s.parts[i], "signature"); });
  return protocol == "application/pgp-signature" && !looks_pkcs7 ? EntityKind::openpgp : EntityKind::multipart_signed;
}

// RFC 8551 3.9: gateways turn the type into octet-stream; the file name still tells.
bool named_as_pkcs7(const Part& p) {
  if (p.type != "application" || p.subtype != "octet-stream") return false;
  for (const std::string_view name : {mime::param(p.params, "name"), mime::param(p.disposition_params, "filename")})
    if (base::iequals(name, "smime.p7m") || (p.parent == mime::kNoPart && base::iends_with(name, ".p7m"))) return true;
  return false;
}

bool protocol_pkcs7(const Part& p) {
  const std::string value = base::lower_ascii(base::trim(mime::param(p.params, "protocol")));
  return value == "application/pkcs7-signature" || value == "application/x-pkcs7-signature";
}

SignedEntity unreadable(Code code) {
  SignedEntity out;
  add(out.reasons, code);
  return out;
}

// Two boundaries, a boundary spelled by RFC 2231, line ends that are none: readers cut such a mail at different places, and what
// one of them shows is not what another verified.
bool readers_agree(std::string_view content, const Structure& s, const Part& part) {
  const auto field = mime::find(part.header.of(content), "Content-Type");
  std::string outside;  // of quoted strings
  bool quoted = false;
  for (std::size_t i = 0; field && i < field->raw_value.size(); ++i) {
    const char c = field->raw_value[i];
    if (c == '"') quoted = !quoted;
    else if (quoted && c == '\\') ++i;
    else if (!quoted) outside.push_back(c);
  }
  std::size_t boundaries = 0;
  bool spelled = false;
  for (std::size_t at = 0; (at = outside.find(';', at)) != std::string::npos;) {
    const std::string_view parameter = base::trim(std::string_view(outside).substr(++at));
    if (!base::istarts_with(parameter, "boundary")) continue;
    ++boundaries;
    spelled = spelled || parameter.substr(8).starts_with('*');
  }
  return boundaries == 1 && !spelled && !has(s.defects, mime::Defect::bare_newline);
}

// RFC 1847 2.1: exactly two parts, the second one the signature.
SignedEntity read_multipart(std::string_view content, const Structure& s, const Part& part, const trust::TrustStore& trust,
                            const CmsOptions& options) {
  const auto parts = children(s, part);
  if (!protocol_pkcs7(part) || parts.size() != 2 || !is_pkcs7(s.parts[parts[1]], "signature") || has(s.defects, mime::Defect::unterminated))
    return unreadable(Code::malformed_multipart_signed);
  const auto cms = transfer_decoded(s.parts[parts[1]], content);
  if (!cms) return unreadable(Code::malformed_cms);
  SignedEntity out;
  out.child = parts[0];
  if (!readers_agree(content, s, part)) add(out.reasons, Code::unparsable_container, "multipart/signed");
  out.cms = verify_detached(*cms, {s.parts[out.child].whole().of(content)}, trust, options);
  return out;
}

}  // namespace

EntityKind kind_of(const Structure& s, const Part& part) {
  if (part.is_multipart()) return part.subtype == "signed" ? kind_of_multipart(s, part) : EntityKind::none;
  if (is_pkcs7(part, "mime") || named_as_pkcs7(part)) return EntityKind::pkcs7;
  return is_pkcs7(part, "signature") ? EntityKind::lone_signature : EntityKind::none;
}

SignedEntity read_signed(std::string_view content, const Structure& s, const Part& part, const trust::TrustStore& trust,
                         const CmsOptions& options) {
  if (part.is_multipart()) return read_multipart(content, s, part, trust, options);
  const auto cms = transfer_decoded(part, content);
  if (!cms) return unreadable(Code::malformed_cms);
  SignedEntity out;
  out.opaque = true;
  out.cms = verify_opaque(*cms, trust, options);  // dispatches on the CMS itself, smime-type is only a hint (ATTACKS S16)
  return out;
}

std::vector<std::uint32_t> children(const Structure& s, const Part& p) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = p.first_child; i != mime::kNoPart; i = s.parts[i].next_sibling) out.push_back(i);
  return out;
}

bool inside_message(const Structure& s, const Part& p) {
  for (std::uint32_t up = p.parent; up != mime::kNoPart; up = s.parts[up].parent)
    if (s.parts[up].is_message()) return true;
  return false;
}

// RFC 2045 6.8 tells readers to skip what is not in the alphabet; a signature is judged only if both readings agree.
std::optional<std::string> transfer_decoded(const Part& p, std::string_view content) {
  const std::string_view body = p.body.of(content);
  if (p.encoding != "base64") return mime::decode(body, mime::encoding_of(p.encoding));
  std::string packed;
  packed.reserve(body.size());
  std::copy_if(body.begin(), body.end(), std::back_inserter(packed), [](char c) { return c != '\r' && c != '\n' && c != ' ' && c != '\t'; });
  auto decoded = base::base64_decode(packed);
  return decoded ? std::optional(std::move(*decoded)) : std::nullopt;
}

}  // namespace policy::smime
