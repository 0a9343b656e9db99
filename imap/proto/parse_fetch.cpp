// FETCH: RFC 9051 6.4.5 and 9 (fetch-att), RFC 3516, 7162, 8474, 8514, 8970.
#include "imap/proto/parsers.hpp"

namespace imap::proto {
namespace {

using Kind = FetchItem::Kind;

struct Name {
  std::string_view name;
  Kind kind;
  bool section = false;  // "[" must follow
  bool peek = false;
};

constexpr Name kNames[] = {
    {"FLAGS", Kind::flags}, {"UID", Kind::uid}, {"INTERNALDATE", Kind::internal_date}, {"ENVELOPE", Kind::envelope},
    {"RFC822.SIZE", Kind::rfc822_size}, {"RFC822.HEADER", Kind::rfc822_header}, {"RFC822.TEXT", Kind::rfc822_text},
    {"RFC822", Kind::rfc822}, {"BODYSTRUCTURE", Kind::body_structure}, {"BODY.PEEK", Kind::body_section, true, true},
    {"BINARY.SIZE", Kind::binary_size, true}, {"BINARY.PEEK", Kind::binary, true, true}, {"BINARY", Kind::binary, true},
    {"MODSEQ", Kind::mod_seq}, {"EMAILID", Kind::email_id}, {"THREADID", Kind::thread_id}, {"SAVEDATE", Kind::save_date},
    {"PREVIEW", Kind::preview}, {"BODY", Kind::body},
};

bool name_char(char c) { return is_digit(c) || (to_upper(c) >= 'A' && to_upper(c) <= 'Z') || c == '.'; }

// section-part = nz-number *("." nz-number); true when a "." stands after it, with section-text to follow
bool section_part(Cursor& c, Section& s) {
  while (is_digit(c.peek())) {
    if (s.path.size() == Section::kMaxDepth) c.fail(base::fail(base::Errc::limit, "section is too deep"));
    s.path.push_back(c.nz_number());
    if (!c.accept('.')) return false;
  }
  return true;
}

// header-list = "(" header-fld-name *(SP header-fld-name) ")"
void header_list(Cursor& c, Section& s) {
  c.sp();
  c.list(false, [&] {
    s.fields.push_back(c.astring());
    for (const char ch : s.fields.back())
      if (ch <= ' ' || ch == ':' || ch == 127) c.fail("bad header field name");
    if (s.fields.back().empty()) c.fail("bad header field name");
  });
}

// section-spec = section-msgtext / (section-part ["." section-text]); section-text = section-msgtext / "MIME"
Section section(Cursor& c, bool binary) {
  Section s;
  c.expect('[');
  if (c.accept(']')) return s;
  const bool more = section_part(c, s);
  if (more && binary) c.fail("bad section of BINARY");
  if (more) {
    const std::string_view name = c.take_while(name_char);
    if (same_word(name, "HEADER")) s.kind = Section::Kind::header;
    else if (same_word(name, "HEADER.FIELDS")) s.kind = Section::Kind::header_fields;
    else if (same_word(name, "HEADER.FIELDS.NOT")) s.kind = Section::Kind::header_fields_not;
    else if (same_word(name, "TEXT")) s.kind = Section::Kind::text;
    else if (same_word(name, "MIME") && !s.path.empty()) s.kind = Section::Kind::mime;
    else c.fail("bad section");
    if (s.kind == Section::Kind::header_fields || s.kind == Section::Kind::header_fields_not) header_list(c, s);
  }
  c.expect(']');
  return s;
}

// partial = "<" number64 "." nz-number64 ">"
std::optional<Partial> partial(Cursor& c) {
  if (!c.accept('<')) return std::nullopt;
  Partial p;
  p.offset = c.number64();
  c.expect('.');
  p.count = c.number64();
  if (p.count == 0) c.fail("partial of no octets");
  c.expect('>');
  return p;
}

FetchItem item_named(Cursor& c, std::string_view word) {
  FetchItem item;
  for (const Name& n : kNames) {
    if (!same_word(word, n.name)) continue;
    item.kind = n.kind;
    item.peek = n.peek;
    if (n.kind == Kind::body && c.peek() == '[') item.kind = Kind::body_section;
    if (n.section || item.kind == Kind::body_section) {
      item.section = section(c, n.kind == Kind::binary || n.kind == Kind::binary_size);
      if (item.kind != Kind::binary_size) item.partial = partial(c);
    }
    if (n.kind == Kind::preview) item.lazy = c.accept_text(" (LAZY)");  // RFC 8970 3.1
    return item;
  }
  c.fail("unknown FETCH item");
  return item;
}

// RFC 9051 6.4.5: macros stand alone.
bool macro(std::string_view word, std::vector<FetchItem>& out) {
  std::vector<Kind> kinds = {Kind::flags, Kind::internal_date, Kind::rfc822_size};
  if (same_word(word, "ALL") || same_word(word, "FULL")) kinds.push_back(Kind::envelope);
  else if (!same_word(word, "FAST")) return false;
  if (same_word(word, "FULL")) kinds.push_back(Kind::body);
  for (const Kind k : kinds) {
    out.emplace_back();
    out.back().kind = k;
  }
  return true;
}

// fetch-modifiers = "(" fetch-modifier *(SP fetch-modifier) ")" (RFC 7162 7)
void modifiers(Cursor& c, Fetch& f) {
  c.list(false, [&] {
    if (c.accept_word("CHANGEDSINCE")) {
      c.sp();
      f.changed_since = base::ModSeq(c.number64());
    } else {
      c.expect_word("VANISHED");
      f.vanished = true;
    }
  });
  // RFC 7162 3.2.6: VANISHED only with UID FETCH and CHANGEDSINCE, else "BAD".
  if (f.vanished && (!f.uid || !f.changed_since)) c.fail("VANISHED needs UID FETCH and CHANGEDSINCE");
}

}  // namespace

// fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")") [SP fetch-modifiers]
Parsed parse_fetch(Cursor& c, bool uid) {
  c.sp();
  auto set = c.sequence_set();
  c.sp();
  if (!set) return std::nullopt;
  Fetch f{uid, std::move(*set), {}, std::nullopt, false};
  if (c.peek() == '(') {
    c.list(false, [&] {
      FetchItem item = item_named(c, c.take_while(name_char));
      for (const FetchItem& have : f.items)
        if (have == item) return;  // asked twice, answered once
      f.items.push_back(std::move(item));
    });
  } else {
    const std::string_view word = c.take_while(name_char);
    if (!macro(word, f.items)) f.items.push_back(item_named(c, word));
  }
  if (c.accept(' ')) modifiers(c, f);
  return f;
}

}  // namespace imap::proto
