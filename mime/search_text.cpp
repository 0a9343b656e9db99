#include "mime/search_text.hpp"

#include "mime/address.hpp"
#include "mime/charset.hpp"
#include "mime/decode.hpp"
#include "mime/header.hpp"
#include "mime/imap_text.hpp"

namespace mime {
namespace {

constexpr std::size_t kMaxIndexedAddresses = 2000;

std::string people(std::string_view raw) {
  std::string out;
  for (const Mailbox& m : parse_addresses(raw, kMaxIndexedAddresses).mailboxes) {
    for (const std::string& s : {decode_text(m.display_name), to_utf8(addr_spec(m), {})}) {
      if (!s.empty() && !out.empty()) out.push_back(' ');
      out += s;
    }
  }
  return out;
}

void add_line(std::string& out, std::string_view text) {
  if (text.empty()) return;
  if (!out.empty() && out.back() != '\n') out.push_back('\n');
  out.append(text);
}

std::string part_text(const Part& part, std::string_view content, std::size_t cap) {
  // HTML may be many times longer than its text; reading 8 times the cap bounds the work all the same.
  if (part.subtype == "html") return html_to_text(decoded_text(part, content, cap * 8), cap);
  return decoded_text(part, content, cap);
}

}  // namespace

SearchText search_text(std::string_view content, const Structure& structure, std::size_t max_body_bytes) {
  SearchText out;
  const EnvelopeFields f = envelope_fields(structure.root().header.of(content));
  out.subject = decode_text(f.subject);
  out.from = people(f.from);
  out.to = people(f.to);
  out.cc = people(f.cc);
  out.bcc = people(f.bcc);
  for (const Part& p : structure.parts) {
    add_line(out.file_names, file_name(p));
    const bool embedded_root = p.parent != kNoPart && structure.parts[p.parent].is_message();
    const bool text = p.type == "text" && p.first_child == kNoPart;
    if (!text && !embedded_root) continue;
    if (out.body.size() >= max_body_bytes) { out.cut = true; continue; }
    if (embedded_root) add_line(out.body, decode_text(envelope_fields(p.header.of(content)).subject));
    if (!text) continue;
    const std::size_t room = out.body.size() < max_body_bytes ? max_body_bytes - out.body.size() : 0;
    const std::string words = part_text(p, content, room);
    out.cut = out.cut || words.size() >= room;
    add_line(out.body, words);
  }
  return out;
}

}  // namespace mime
