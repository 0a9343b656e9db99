#include "policy/smime/headers.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/ascii.hpp"
#include "mime/header.hpp"
#include "policy/smime/identity.hpp"

namespace policy::smime {
namespace {

// What a reader sees or answers to. Trace and transport fields change on the way by right.
constexpr std::array<std::string_view, 12> kShown{"From",     "Sender", "Reply-To",   "To",          "Cc",         "Subject",
                                                  "Date",     "Message-ID", "In-Reply-To", "References", "Keywords", "Comments"};

struct Protection {
  std::string_view header;  // the header block that is signed
  bool for_encrypted = false;  // hp="cipher": the outer fields were obscured, HP-Outer says how
};

// Every value of a field, white space made even: relays fold anew.
std::string value_of(std::string_view header, std::string_view name) {
  std::string out;
  mime::HeaderReader reader(header);
  while (const auto field = reader.next()) {
    if (!base::iequals(field->name, name)) continue;
    if (!out.empty()) out.push_back('\n');
    bool blank = false;
    for (const char c : mime::unfold(field->raw_value)) {
      blank = blank || c == ' ' || c == '\t';
      if (c == ' ' || c == '\t') continue;
      if (blank && !out.empty() && out.back() != '\n') out.push_back(' ');
      blank = false;
      out.push_back(c);
    }
  }
  return out;
}

// RFC 9788 2.2: "HP-Outer: Subject: [...]" records what the sender put outside.
std::optional<std::string> outer_as_sent(std::string_view header, std::string_view name) {
  mime::HeaderReader reader(header);
  while (const auto field = reader.next()) {
    if (!base::iequals(field->name, "HP-Outer")) continue;
    const std::string recorded = mime::unfold(field->raw_value) + "\r\n";
    const auto inner = mime::HeaderReader(recorded).next();
    if (inner && base::iequals(inner->name, name)) return value_of(recorded, name);
  }
  return std::nullopt;
}

std::optional<Protection> protection_of(std::string_view content, const mime::Structure& s, const mime::Part& entity) {
  const std::string hp = base::lower_ascii(mime::param(entity.params, "hp"));
  if (hp == "clear" || hp == "cipher" || mime::param(entity.params, "protected-headers") == "v1")
    return Protection{entity.header.of(content), hp == "cipher"};
  if (entity.is_message() && entity.first_child != mime::kNoPart) return Protection{s.parts[entity.first_child].header.of(content), false};
  return std::nullopt;
}

void append(std::string& list, std::string_view name) { list.append(list.empty() ? "" : ", ").append(name); }

std::string present(std::string_view header) {
  std::string out;
  for (const std::string_view name : kShown)
    if (name != "From" && mime::count(header, name) > 0) append(out, name);
  return out;
}

void compare(const Protection& inside, std::string_view outer, Reasons& reasons) {
  std::string differs, uncovered;
  for (const std::string_view name : kShown) {
    if (mime::count(outer, name) == 0) continue;
    const std::string shown = value_of(outer, name);
    const auto sent = inside.for_encrypted ? outer_as_sent(inside.header, name) : std::nullopt;
    if (mime::count(inside.header, name) == 0) append(uncovered, name);
    else if (shown != sent.value_or(value_of(inside.header, name))) append(differs, name);
  }
  add(reasons, Code::headers_protected);
  if (!differs.empty()) add(reasons, Code::header_differs, differs);
  if (!uncovered.empty()) add(reasons, Code::headers_unprotected, uncovered);
}

}  // namespace

void judge_headers(std::string_view content, const mime::Structure& s, const mime::Part& entity, std::string_view outer,
                   const std::vector<CmsSigner>& signers, Reasons& reasons) {
  const auto inside = protection_of(content, s, entity);
  if (!inside) return add(reasons, Code::headers_unprotected, present(outer));
  compare(*inside, outer, reasons);
  judge_from(read_from(inside->header), signers, reasons);
}

}  // namespace policy::smime
