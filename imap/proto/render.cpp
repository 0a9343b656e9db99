#include "imap/proto/render.hpp"

#include <algorithm>

namespace imap::proto {
namespace {

void words(Out& out, std::span<const std::string_view> list) {
  for (const std::string_view w : list) out.sp().raw(w);
}

void counted(Out& out, std::uint32_t n, std::string_view what) { out.raw("* ").number(n).raw(what).crlf(); }

void name_space_group(Out& out, const std::optional<std::string_view>& prefix) {
  if (!prefix) {
    out.nil();
    return;
  }
  out.raw("((\"");
  out.raw(*prefix).raw("\" \"").ch(kSeparator).raw("\"))");
}

}  // namespace

void status_line(Out& out, std::string_view tag, Condition c, std::string_view code, std::string_view text) {
  out.raw(tag).raw(c == Condition::ok ? " OK " : c == Condition::no ? " NO " : " BAD ");
  if (!code.empty()) out.ch('[').raw(code).raw("] ");
  out.text(text).crlf();
}

void bye(Out& out, std::string_view text) { out.raw("* BYE ").text(text).crlf(); }
void continuation(Out& out, std::string_view text) { out.raw("+ ").raw(text).crlf(); }

void capability(Out& out, std::span<const std::string_view> names) {
  out.raw("* CAPABILITY");
  words(out, names);
  out.crlf();
}

void enabled(Out& out, std::span<const std::string_view> names) {
  out.raw("* ENABLED");
  words(out, names);
  out.crlf();
}

void id(Out& out, std::span<const std::pair<std::string_view, std::string_view>> fields) {
  out.raw("* ID ");
  if (fields.empty()) out.nil();
  for (std::size_t i = 0; i < fields.size(); ++i) out.ch(i == 0 ? '(' : ' ').string(fields[i].first).sp().string(fields[i].second);
  if (!fields.empty()) out.ch(')');
  out.crlf();
}

void exists(Out& out, std::uint32_t n) { counted(out, n, " EXISTS"); }
void recent(Out& out, std::uint32_t n) { counted(out, n, " RECENT"); }
void expunge(Out& out, std::uint32_t seq) { counted(out, seq, " EXPUNGE"); }

void vanished(Out& out, const NumberSet& uids, bool earlier) {
  if (!uids.empty()) out.raw(earlier ? "* VANISHED (EARLIER) " : "* VANISHED ").set(uids).crlf();
}

void flag_list(Out& out, std::span<const std::string_view> flags) {
  out.ch('(');
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (i > 0) out.sp();
    out.raw(flags[i]);
  }
  out.ch(')');
}

void flags_line(Out& out, std::span<const std::string_view> flags) {
  out.raw("* FLAGS ");
  flag_list(out, flags);
  out.crlf();
}

void permanent_flags_code(Out& out, std::span<const std::string_view> flags, bool new_keywords) {
  out.raw("PERMANENTFLAGS (");
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (i > 0) out.sp();
    out.raw(flags[i]);
  }
  if (new_keywords) out.raw(flags.empty() ? "\\*" : " \\*");
  out.ch(')');
}

void append_uid_code(Out& out, base::UidValidity validity, const NumberSet& uids) {
  out.raw("APPENDUID ").number(base::raw(validity)).sp().set(uids);
}

void copy_uid_code(Out& out, base::UidValidity validity, const NumberSet& from, const NumberSet& to) {
  out.raw("COPYUID ").number(base::raw(validity)).sp().set(from).sp().set(to);
}

// mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox [SP mbox-list-extended]
void list(Out& out, const ListEntry& e, std::string_view verb) {
  out.raw("* ").raw(verb).sp();
  flag_list(out, e.attributes);
  out.raw(" \"").ch(kSeparator).raw("\" ").mailbox_text(e.mailbox);
  if (e.child_info_subscribed || !e.old_name.empty()) {
    out.raw(" (");
    if (e.child_info_subscribed) out.raw("\"CHILDINFO\" (\"SUBSCRIBED\")");
    if (!e.old_name.empty()) {
      if (e.child_info_subscribed) out.sp();
      out.raw("\"OLDNAME\" (").mailbox_text(e.old_name).ch(')');
    }
    out.ch(')');
  }
  out.crlf();
}

void status(Out& out, const MailboxName& mailbox, std::span<const StatusValue> values) {
  out.raw("* STATUS ").mailbox(mailbox).raw(" (");
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out.sp();
    out.raw(to_wire(values[i].item)).sp();
    if (values[i].item == StatusItem::mailbox_id) out.ch('(').raw(values[i].id).ch(')');
    else out.number(values[i].number);
  }
  out.ch(')').crlf();
}

void name_space(Out& out, std::string_view personal_prefix, std::optional<std::string_view> others, std::optional<std::string_view> shared) {
  out.raw("* NAMESPACE ");
  name_space_group(out, personal_prefix);
  name_space_group(out.sp(), others);
  name_space_group(out.sp(), shared);
  out.crlf();
}

void search(Out& out, const NumberSet& hits, std::optional<base::ModSeq> mod_seq) {
  out.raw("* SEARCH");
  hits.each([&](std::uint32_t n) { out.sp().number(n); });
  if (mod_seq && !hits.empty()) out.raw(" (MODSEQ ").number(base::raw(*mod_seq)).ch(')');
  out.crlf();
}

// esearch-response = "ESEARCH" [SP "(" "TAG" SP tag-string ")"] [SP "UID"] *(SP search-return-data)
void esearch(Out& out, std::string_view tag, bool uid, const SearchReturn& r, const NumberSet& hits, std::optional<base::ModSeq> mod_seq) {
  out.raw("* ESEARCH (TAG ").string(tag).ch(')');
  if (uid) out.raw(" UID");
  if (r.min && !hits.empty()) out.raw(" MIN ").number(hits.min());
  if (r.max && !hits.empty()) out.raw(" MAX ").number(hits.max());
  if (r.all && !hits.empty()) out.raw(" ALL ").set(hits);
  if (r.count) out.raw(" COUNT ").number(hits.count());
  if (mod_seq && !hits.empty()) out.raw(" MODSEQ ").number(base::raw(*mod_seq));
  out.crlf();
}

void quota(Out& out, std::string_view root, std::span<const QuotaValue> values) {
  out.raw("* QUOTA ").astring(root).raw(" (");
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out.sp();
    out.raw(values[i].resource).sp().number(values[i].usage).sp().number(values[i].limit);
  }
  out.ch(')').crlf();
}

void quota_root(Out& out, const MailboxName& mailbox, std::string_view root) {
  out.raw("* QUOTAROOT ").mailbox(mailbox).sp().astring(root).crlf();
}

void internal_date(Out& out, base::Time t, int offset_minutes) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto local = t + std::chrono::minutes(offset_minutes);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const auto secs = unsigned(std::chrono::duration_cast<std::chrono::seconds>(local - day).count());
  char buf[28];
  const auto two = [&](std::size_t at, unsigned v) { buf[at] = char('0' + v / 10 % 10), buf[at + 1] = char('0' + v % 10); };
  const unsigned dom = unsigned(date.day()), year = unsigned(std::clamp(int(date.year()), 0, 9999));
  const unsigned zone = unsigned(offset_minutes < 0 ? -offset_minutes : offset_minutes);
  buf[0] = '"';
  two(1, dom);
  if (dom < 10) buf[1] = ' ';  // date-day-fixed = (SP DIGIT) / 2DIGIT
  buf[3] = buf[7] = '-';
  kMonths.copy(buf + 4, 3, (unsigned(date.month()) - 1) * 3);
  two(8, year / 100), two(10, year % 100);
  buf[12] = buf[21] = ' ';
  two(13, secs / 3600), two(16, secs / 60 % 60), two(19, secs % 60);
  buf[15] = buf[18] = ':';
  buf[22] = offset_minutes < 0 ? '-' : '+';
  two(23, zone / 60), two(25, zone % 60);
  buf[27] = '"';
  out.raw({buf, sizeof buf});
}

void section(Out& out, const Section& s) {
  static constexpr std::string_view kNames[] = {"", "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "TEXT", "MIME"};
  out.ch('[');
  for (std::size_t i = 0; i < s.path.size(); ++i) {
    if (i > 0) out.ch('.');
    out.number(s.path[i]);
  }
  if (!s.path.empty() && s.kind != Section::Kind::all) out.ch('.');
  out.raw(kNames[std::size_t(s.kind)]);
  for (std::size_t i = 0; i < s.fields.size(); ++i) out.raw(i == 0 ? " (" : " ").astring(s.fields[i]);
  if (!s.fields.empty()) out.ch(')');
  out.ch(']');
}

Out& FetchWriter::next(std::string_view label) {
  if (!first_) out_.sp();
  first_ = false;
  return out_.raw(label);
}

Out& FetchWriter::name(const FetchItem& item) {
  using Kind = FetchItem::Kind;
  switch (item.kind) {
    case Kind::rfc822: next("RFC822"); break;
    case Kind::rfc822_header: next("RFC822.HEADER"); break;
    case Kind::rfc822_text: next("RFC822.TEXT"); break;
    case Kind::binary: section(next("BINARY"), item.section); break;
    case Kind::binary_size: section(next("BINARY.SIZE"), item.section); break;
    default: section(next("BODY"), item.section); break;
  }
  // RFC 9051 7.5.2: the answer to a partial names its origin octet.
  if (item.partial) out_.ch('<').number(item.partial->offset).ch('>');
  return out_.sp();
}

FetchWriter& FetchWriter::flags(std::span<const std::string_view> names) {
  flag_list(next("FLAGS "), names);
  return *this;
}

FetchWriter& FetchWriter::internal_date(base::Time t, int offset_minutes) {
  proto::internal_date(next("INTERNALDATE "), t, offset_minutes);
  return *this;
}

FetchWriter& FetchWriter::save_date(std::optional<base::Time> t) {
  Out& out = next("SAVEDATE ");
  if (t) proto::internal_date(out, *t);
  else out.nil();
  return *this;
}

FetchWriter& FetchWriter::thread_id(std::string_view thread) {
  if (thread.empty()) next("THREADID NIL");
  else next("THREADID (").raw(thread).ch(')');
  return *this;
}

FetchWriter& FetchWriter::preview(const std::optional<std::string_view>& text) {
  next("PREVIEW ").nstring(text);
  return *this;
}

FetchWriter& FetchWriter::data(const FetchItem& item, std::string_view bytes) {
  const bool nul = item.kind == FetchItem::Kind::binary && bytes.find('\0') != std::string_view::npos;
  data_head(item, bytes.size(), nul);
  out_.raw(bytes);
  return *this;
}

FetchWriter& FetchWriter::data_head(const FetchItem& item, std::uint64_t n, bool literal8) {
  Out& out = name(item);
  if (literal8) out.literal8_head(n);
  else out.literal_head(n);
  return *this;
}

}  // namespace imap::proto
