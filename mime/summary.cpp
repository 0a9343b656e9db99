#include "mime/summary.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "mime/address.hpp"
#include "mime/charset.hpp"
#include "mime/date.hpp"
#include "mime/header.hpp"
#include "mime/imap_text.hpp"
#include "mime/preview.hpp"
#include "mime/summary_codec.hpp"

namespace mime {
namespace {

constexpr std::size_t kMaxReferences = 64;

std::string cut_utf8(std::string s, std::size_t max) {
  if (s.size() <= max) return s;
  std::size_t end = max;
  while (end > 0 && (static_cast<unsigned char>(s[end]) & 0xc0) == 0x80) --end;
  s.resize(end);
  return s;
}

std::vector<SummaryPart> part_table(const Structure& structure) {
  std::vector<SummaryPart> out;
  out.reserve(structure.parts.size());
  for (const Part& p : structure.parts) {
    SummaryPart s;
    s.parent = p.parent;
    s.multipart = p.is_multipart() && p.first_child != kNoPart;
    s.message = p.is_message() && p.first_child != kNoPart;
    s.header = p.header;
    s.body = p.body;
    s.encoding = encoding_of(p.encoding);
    s.type = p.type + '/' + p.subtype;
    out.push_back(std::move(s));
  }
  return out;
}

std::vector<FieldPlace> field_table(std::string_view header) {
  std::vector<FieldPlace> out;
  std::uint64_t at = 0;
  HeaderReader reader(header);
  for (auto f = reader.next(); f; f = reader.next()) {
    if (f->range.offset > at) out.push_back({0, std::uint32_t(f->range.offset - at)});  // lines that are no field
    out.push_back({name_hash(f->name), std::uint32_t(f->range.size)});
    at = f->range.end();
  }
  return out;
}

// The ids "<...>" of a field, in order.
void collect_ids(std::string_view raw, std::vector<std::uint64_t>& out) {
  for (std::size_t open = raw.find('<'); open != raw.npos;) {
    const std::size_t close = raw.find('>', open);
    if (close == raw.npos) return;
    const std::uint64_t h = id_hash(raw.substr(open, close - open + 1));
    if (h != 0 && out.size() < 4096) out.push_back(h);
    open = raw.find('<', close);
  }
}

// Keeps the first (the thread's root) and the newest when there are too many.
std::vector<std::uint64_t> references(std::string_view references_field, std::string_view in_reply_to) {
  std::vector<std::uint64_t> all;
  collect_ids(references_field, all);
  collect_ids(in_reply_to, all);
  std::vector<std::uint64_t> out;
  for (auto it = all.rbegin(); it != all.rend() && out.size() + 1 < kMaxReferences; ++it) {
    if (std::find(out.begin(), out.end(), *it) == out.end()) out.push_back(*it);
  }
  if (!all.empty() && std::find(out.begin(), out.end(), all.front()) == out.end()) out.push_back(all.front());
  std::reverse(out.begin(), out.end());
  return out;
}

bool is_attachment(const Part& p) {
  if (p.first_child != kNoPart && p.is_multipart()) return false;
  if (p.type == "application" && (p.subtype.ends_with("pkcs7-signature") || p.subtype == "pgp-signature")) return false;
  if (p.disposition == "attachment" || p.is_message()) return true;
  const bool named = !param(p.disposition_params, "filename").empty() || !param(p.params, "name").empty();
  return named && (p.disposition != "inline" || p.type == "application");
}

}  // namespace

std::uint64_t id_hash(std::string_view id) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  bool any = false;
  for (char c : id) {
    if (c == '<' || c == '>' || base::is_space(c) || c == '\0') continue;
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;  // FNV-1a
    any = true;
  }
  if (!any) return 0;
  h ^= h >> 33;  // spread: short ids differ in low bits only
  h *= 0xff51afd7ed558ccdULL;
  h ^= h >> 33;
  return h == 0 ? 1 : h;
}

Summary make_summary(std::string_view content, const Structure& structure) {
  Summary s;
  const std::string_view header = structure.root().header.of(content);
  const EnvelopeFields fields = envelope_fields(header);
  s.envelope.reserve(512);
  append_envelope(s.envelope, fields);
  append_body_structure(s.body_structure, content, structure, s.extension);
  s.parts = part_table(structure);
  s.fields = field_table(header);
  s.subject = cut_utf8(decode_text(fields.subject.substr(0, 8192)), 512);
  const AddressList from = parse_addresses(fields.from, 1);
  if (!from.mailboxes.empty()) {
    const Mailbox& m = from.mailboxes.front();
    s.from_address = addr_spec(m);
    s.from = cut_utf8(m.display_name.empty() ? to_utf8(s.from_address, {}) : decode_text(m.display_name), 256);
    s.from_address = s.from_address.substr(0, 320);  // RFC 5321 4.5.3.1: 64 + "@" + 255
  }
  s.preview = preview(content, structure);
  s.sent = parse_date(fields.date).value_or(0);
  s.message_id = id_hash(fields.message_id.substr(0, 4096));
  const auto refs = find(header, "references");
  s.references = references(refs ? refs->raw_value : std::string_view(), fields.in_reply_to);
  s.attachments = std::uint32_t(std::count_if(structure.parts.begin(), structure.parts.end(), is_attachment));
  s.defects = structure.defects;
  return s;
}

}  // namespace mime
