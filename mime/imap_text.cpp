#include "mime/imap_text.hpp"

#include "base/ascii.hpp"
#include "mime/address.hpp"
#include "mime/charset.hpp"
#include "mime/header.hpp"
#include "mime/params.hpp"

namespace mime {
namespace {

// An ENVELOPE is stored with every message: caps keep 100,000 addresses or a 250 KB subject from being paid on each FETCH.
constexpr std::size_t kMaxAddresses = 1000;  // of one field
constexpr std::size_t kMaxString = 16384;
constexpr std::size_t kMaxRenderDepth = 256;  // Limits::max_depth is 64; a caller's higher limit must not overflow the stack

bool quotable(std::string_view s) {
  if (s.size() > 1000) return false;
  for (char c : s) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x80 || c == '\r' || c == '\n' || c == '\0') return false;
  }
  return true;
}

void append_address(std::string& out, std::string_view name, std::string_view route, std::string_view local, std::string_view host) {
  out.push_back('(');
  append_nstring(out, name);
  out.push_back(' ');
  append_nstring(out, route);
  out.push_back(' ');
  append_nstring(out, local);
  out.push_back(' ');
  append_nstring(out, host);
  out.push_back(')');
}

void append_mailbox(std::string& out, const Mailbox& m) {
  // A NIL host or mailbox means group syntax to clients, so an address without them says "" (RFC 9051 7.5.2).
  out.push_back('(');
  append_nstring(out, m.display_name);
  out.push_back(' ');
  append_nstring(out, m.route);
  out.push_back(' ');
  append_string(out, m.local);
  out.push_back(' ');
  append_string(out, m.domain);
  out.push_back(')');
}

std::string address_list(std::string_view raw) {
  if (!raw.data()) return {};
  const AddressList list = parse_addresses(raw, kMaxAddresses);
  if (list.mailboxes.empty() && list.groups.empty()) return {};
  std::string out = "(";
  std::size_t group = 0;
  for (std::size_t i = 0; i <= list.mailboxes.size(); ++i) {
    for (; group < list.groups.size() && list.groups[group].first == i; ++group) {
      const Group& g = list.groups[group];
      append_address(out, {}, {}, g.name.empty() ? std::string_view(" ") : std::string_view(g.name), {});
      for (std::size_t k = 0; k < g.count; ++k, ++i) append_mailbox(out, list.mailboxes[i]);
      out += "(NIL NIL NIL NIL)";
    }
    if (i < list.mailboxes.size()) append_mailbox(out, list.mailboxes[i]);
  }
  return out += ')';
}

void append_text(std::string& out, std::string_view raw) {
  if (!raw.data()) { out += "NIL"; return; }
  append_string(out, std::string_view(unfold(raw)).substr(0, kMaxString));
}

// RFC 2231 6: a server decodes continuations; a value beyond ASCII is told with its charset as name*=utf-8''%..
void append_param(std::string& out, const Param& p) {
  if (is_ascii(p.value)) {
    append_string(out, p.name);
    out.push_back(' ');
    append_string(out, std::string_view(p.value).substr(0, kMaxString));
    return;
  }
  append_string(out, p.name + "*");
  std::string value = "utf-8''";
  constexpr char hex[] = "0123456789ABCDEF";
  for (char c : std::string_view(p.value).substr(0, kMaxString / 3)) {
    const auto u = static_cast<unsigned char>(c);
    if (base::is_alnum(c) || c == '.' || c == '-' || c == '_') value.push_back(c);
    else value.append({'%', hex[u >> 4], hex[u & 15]});
  }
  out.push_back(' ');
  append_string(out, value);
}

// RFC 2046 4.1.2: the default charset of text is us-ascii; said explicitly because clients rely on it.
void append_params(std::string& out, const std::vector<Param>& params, bool text) {
  const bool add_charset = text && param(params, "charset").empty();
  if (params.empty() && !add_charset) { out += "NIL"; return; }
  char before = '(';
  if (add_charset) {
    out += "(\"charset\" \"us-ascii\"";
    before = ' ';
  }
  for (const Param& p : params) {
    if (add_charset && p.name == "charset") continue;
    out.push_back(before);
    append_param(out, p);
    before = ' ';
  }
  out.push_back(')');
}

class BodyRenderer {
 public:
  BodyRenderer(std::string& out, std::string_view content, const Structure& s, std::vector<std::pair<std::uint32_t, std::uint32_t>>& extension)
      : out_(out), content_(content), parts_(s.parts), extension_(extension) {}

  void part(std::uint32_t index, std::size_t depth) {
    const Part& p = parts_[index];
    const bool descend = p.first_child != kNoPart && depth < kMaxRenderDepth;
    out_.push_back('(');
    if (p.is_multipart() && descend) multipart(p, depth);
    else leaf(p, descend, depth);
    out_.push_back(')');
  }

 private:
  void multipart(const Part& p, std::size_t depth) {
    for (std::uint32_t c = p.first_child; c != kNoPart; c = parts_[c].next_sibling) part(c, depth + 1);
    out_.push_back(' ');
    append_string(out_, p.subtype);
    const std::size_t start = out_.size();
    out_.push_back(' ');
    append_params(out_, p.params, false);
    tail(p, start);
  }

  void leaf(const Part& p, bool descend, std::size_t depth) {
    // The grammar demands parts of a multipart and an envelope of a message; one that was not opened is opaque bytes.
    const bool opaque = p.is_multipart() || (p.is_message() && !descend);
    append_string(out_, opaque ? std::string_view("application") : std::string_view(p.type));
    out_.push_back(' ');
    append_string(out_, opaque ? std::string_view("octet-stream") : std::string_view(p.subtype));
    out_.push_back(' ');
    append_params(out_, p.params, !opaque && p.type == "text");
    for (std::string_view s : {std::string_view(p.id), std::string_view(p.description)}) {
      out_.push_back(' ');
      append_nstring(out_, s.substr(0, kMaxString));
    }
    out_.push_back(' ');
    append_string(out_, p.encoding);
    out_.append(1, ' ').append(std::to_string(p.body.size));
    if (descend) {
      out_.push_back(' ');
      append_envelope(out_, envelope_fields(parts_[p.first_child].header.of(content_)));
      out_.push_back(' ');
      part(p.first_child, depth + 1);
    }
    if (descend || (p.type == "text" && !opaque)) out_.append(1, ' ').append(std::to_string(p.body_lines));
    const std::size_t start = out_.size();
    out_.push_back(' ');
    append_nstring(out_, std::string_view(p.md5).substr(0, kMaxString));
    tail(p, start);
  }

  // disposition, language, location; everything from `start` is extension data.
  void tail(const Part& p, std::size_t start) {
    out_.push_back(' ');
    if (p.disposition.empty()) out_ += "NIL";
    else {
      out_.push_back('(');
      append_string(out_, p.disposition);
      out_.push_back(' ');
      append_params(out_, p.disposition_params, false);
      out_.push_back(')');
    }
    out_.push_back(' ');
    language(p.language);
    out_.push_back(' ');
    append_nstring(out_, std::string_view(p.location).substr(0, kMaxString));
    extension_.emplace_back(std::uint32_t(start), std::uint32_t(out_.size() - start));
  }

  void language(std::string_view field) {  // RFC 3282: a list of tags
    std::vector<std::string_view> tags;
    for (std::string_view tag : base::split(field, ',')) {
      if (tag = base::trim(tag); !tag.empty() && tags.size() < 16) tags.push_back(tag.substr(0, 256));
    }
    if (tags.size() < 2) { append_nstring(out_, tags.empty() ? std::string_view() : tags[0]); return; }
    char before = '(';
    for (std::string_view tag : tags) {
      out_.push_back(std::exchange(before, ' '));
      append_string(out_, tag);
    }
    out_.push_back(')');
  }

  std::string& out_;
  std::string_view content_;
  const std::vector<Part>& parts_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>>& extension_;
};

}  // namespace

void append_string(std::string& out, std::string_view s) {
  if (quotable(s)) {
    out.push_back('"');
    for (char c : s) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    out.push_back('"');
    return;
  }
  std::string clean;
  if (s.find('\0') != s.npos) {  // RFC 9051 4.3: a literal holds no NUL
    clean = s;
    std::erase(clean, '\0');
    if (quotable(clean)) return append_string(out, clean);
    s = clean;
  }
  out.append(1, '{').append(std::to_string(s.size())).append("}\r\n").append(s);
}

void append_nstring(std::string& out, std::string_view s) {
  if (s.empty()) out += "NIL"; else append_string(out, s);
}

EnvelopeFields envelope_fields(std::string_view header_block) {
  EnvelopeFields e;
  const std::pair<std::string_view, std::string_view*> wanted[] = {
      {"date", &e.date}, {"subject", &e.subject}, {"from", &e.from}, {"sender", &e.sender}, {"reply-to", &e.reply_to},
      {"to", &e.to}, {"cc", &e.cc}, {"bcc", &e.bcc}, {"in-reply-to", &e.in_reply_to}, {"message-id", &e.message_id}};
  HeaderReader reader(header_block);
  for (auto f = reader.next(); f; f = reader.next()) {
    for (const auto& [name, value] : wanted) {
      if (f->name.size() != name.size() || !base::iequals(f->name, name)) continue;
      if (!value->data()) *value = f->raw_value;  // of duplicates the first counts
      break;
    }
  }
  return e;
}

void append_envelope(std::string& out, const EnvelopeFields& f) {
  const auto list = [&out](const std::string& rendered) { out.append(1, ' ').append(rendered.empty() ? "NIL" : rendered); };
  out.push_back('(');
  append_text(out, f.date);
  out.push_back(' ');
  append_text(out, f.subject);
  const std::string from = address_list(f.from);
  list(from);
  // RFC 9051 7.5.2: "the server sets the corresponding member of the envelope to be the same value as the from member"
  for (std::string_view raw : {f.sender, f.reply_to}) {
    const std::string own = address_list(raw);
    list(own.empty() ? from : own);
  }
  for (std::string_view raw : {f.to, f.cc, f.bcc}) list(address_list(raw));
  for (std::string_view raw : {f.in_reply_to, f.message_id}) {
    out.push_back(' ');
    append_text(out, raw);
  }
  out.push_back(')');
}

void append_body_structure(std::string& out, std::string_view content, const Structure& structure,
                           std::vector<std::pair<std::uint32_t, std::uint32_t>>& extension) {
  BodyRenderer(out, content, structure, extension).part(0, 0);
}

}  // namespace mime
