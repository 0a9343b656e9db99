// SEARCH: RFC 9051 6.4.4, RFC 3501 6.4.4, RFC 5032 (OLDER, YOUNGER), 7162 (MODSEQ), 8474 (EMAILID), 8514 (SAVED...).
// Depth and number of keys are capped, so the recursion below is at most Limits::max_depth deep (ATTACKS I6).
#include <charconv>

#include "imap/proto/parsers.hpp"

namespace imap::proto {
namespace {

using SearchKind = SearchKey::Kind;
enum class Arg : unsigned char { none, not_none, text, keyword, not_keyword, date, number };

struct SearchName {
  std::string_view name;
  SearchKind kind;
  Arg arg;
};

constexpr SearchName kSearchNames[] = {
    {"ALL", SearchKind::all, Arg::none}, {"ANSWERED", SearchKind::answered, Arg::none}, {"DELETED", SearchKind::deleted, Arg::none},
    {"DRAFT", SearchKind::draft, Arg::none}, {"FLAGGED", SearchKind::flagged, Arg::none}, {"SEEN", SearchKind::seen, Arg::none},
    {"RECENT", SearchKind::recent, Arg::none}, {"NEW", SearchKind::new_, Arg::none}, {"OLD", SearchKind::recent, Arg::not_none},
    {"UNANSWERED", SearchKind::answered, Arg::not_none}, {"UNDELETED", SearchKind::deleted, Arg::not_none},
    {"UNDRAFT", SearchKind::draft, Arg::not_none}, {"UNFLAGGED", SearchKind::flagged, Arg::not_none}, {"UNSEEN", SearchKind::seen, Arg::not_none},
    {"KEYWORD", SearchKind::keyword, Arg::keyword}, {"UNKEYWORD", SearchKind::keyword, Arg::not_keyword},
    {"BCC", SearchKind::bcc, Arg::text}, {"BODY", SearchKind::body, Arg::text}, {"CC", SearchKind::cc, Arg::text}, {"FROM", SearchKind::from, Arg::text},
    {"SUBJECT", SearchKind::subject, Arg::text}, {"TEXT", SearchKind::text, Arg::text}, {"TO", SearchKind::to, Arg::text},
    {"BEFORE", SearchKind::before, Arg::date}, {"ON", SearchKind::on, Arg::date}, {"SINCE", SearchKind::since, Arg::date},
    {"SENTBEFORE", SearchKind::sent_before, Arg::date}, {"SENTON", SearchKind::sent_on, Arg::date}, {"SENTSINCE", SearchKind::sent_since, Arg::date},
    {"SAVEDBEFORE", SearchKind::saved_before, Arg::date}, {"SAVEDON", SearchKind::saved_on, Arg::date},
    {"SAVEDSINCE", SearchKind::saved_since, Arg::date}, {"SAVEDATESUPPORTED", SearchKind::save_date_supported, Arg::none},
    {"LARGER", SearchKind::larger, Arg::number}, {"SMALLER", SearchKind::smaller, Arg::number},
    {"OLDER", SearchKind::older, Arg::number}, {"YOUNGER", SearchKind::younger, Arg::number},
};

class SearchParser {
 public:
  explicit SearchParser(Cursor& c) : c_(c) {}

  // search-key *(SP search-key), up to the end or the ")" that closes the list
  SearchKey keys(std::size_t depth) {
    SearchKey all;
    all.kind = SearchKind::all_of;
    do all.keys.push_back(key(depth));
    while (c_.accept(' '));
    return all;
  }

 private:
  SearchKey key(std::size_t depth) {
    SearchKey k;
    if (depth > c_.limits().max_depth || ++count_ > c_.limits().max_keys) {
      c_.fail(base::fail(base::Errc::limit, "search is too complex"));
      return k;
    }
    if (c_.accept('(')) {
      k = keys(depth + 1);
      c_.expect(')');
      return k;
    }
    if (is_digit(c_.peek()) || c_.peek() == '*' || c_.peek() == '$') return set(SearchKind::sequence);
    const std::string name = c_.atom_upper();
    if (name == "NOT") return negated(child(depth));
    if (name == "OR") {
      k.kind = SearchKind::or_;
      k.keys.push_back(child(depth));
      k.keys.push_back(child(depth));
      return k;
    }
    for (const SearchName& n : kSearchNames)
      if (n.name == name) return simple(n);
    return special(name);
  }

  SearchKey child(std::size_t depth) {
    c_.sp();
    return c_.ok() ? key(depth + 1) : SearchKey{};
  }

  static SearchKey negated(SearchKey k) {
    SearchKey n;
    n.kind = SearchKind::not_;
    n.keys.push_back(std::move(k));
    return n;
  }

  SearchKey set(SearchKind kind) {
    SearchKey k;
    k.kind = kind;
    if (auto s = c_.sequence_set()) k.set.push_back(std::move(*s));
    return k;
  }

  SearchKey simple(const SearchName& n) {
    SearchKey k;
    k.kind = n.kind;
    if (n.arg != Arg::none && n.arg != Arg::not_none) c_.sp();
    if (n.arg == Arg::text) k.text = c_.utf8_string();
    if (n.arg == Arg::keyword || n.arg == Arg::not_keyword) k.text = std::string(c_.atom());
    if (n.arg == Arg::date) k.date = date();
    if (n.arg == Arg::number) k.number = c_.number64();
    if ((n.kind == SearchKind::older || n.kind == SearchKind::younger) && k.number == 0) c_.fail("an interval must not be 0");
    return n.arg == Arg::not_none || n.arg == Arg::not_keyword ? negated(std::move(k)) : k;
  }

  SearchKey special(const std::string& name) {
    SearchKey k;
    if (name == "HEADER") {
      k.kind = SearchKind::header;
      c_.sp();
      k.field = c_.utf8_string();
      c_.sp();
      k.text = c_.utf8_string();
    } else if (name == "UID") {
      c_.sp();
      return set(SearchKind::uid);
    } else if (name == "MODSEQ") {
      mod_seq(k);
    } else if (name == "EMAILID" || name == "THREADID") {
      k.kind = name == "EMAILID" ? SearchKind::email_id : SearchKind::thread_id;
      c_.sp();
      k.text = object_id();
    } else {
      c_.fail("unknown search key");
    }
    return k;
  }

  // "MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer (RFC 7162 7)
  void mod_seq(SearchKey& k) {
    k.kind = SearchKind::mod_seq;
    c_.sp();
    if (c_.peek() == '"') {
      c_.string();
      c_.sp();
      if (!c_.accept_word("priv") && !c_.accept_word("shared")) c_.expect_word("all");
      c_.sp();
    }
    k.number = c_.number64();
  }

  // objectid = 1*255(ALPHA / DIGIT / "_" / "-") (RFC 8474 7)
  std::string object_id() {
    std::string id = c_.astring();
    for (const char ch : id)
      if (!is_digit(ch) && ch != '_' && ch != '-' && (to_upper(ch) < 'A' || to_upper(ch) > 'Z')) c_.fail("bad object id");
    if (id.empty() || id.size() > 255) c_.fail("bad object id");
    return id;
  }

  // date = date-text / DQUOTE date-text DQUOTE; date-text = date-day "-" date-month "-" date-year
  std::chrono::year_month_day date() {
    static constexpr std::string_view kMonths = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    const std::string text = c_.astring();
    const std::size_t dash = text.find('-');
    unsigned day = 0, month = 0;
    int year = 0;
    if (dash >= 1 && dash <= 2 && text.size() == dash + 9 && text[dash + 4] == '-') {
      std::from_chars(text.data(), text.data() + dash, day);
      for (unsigned m = 0; m < 12; ++m)
        if (same_word(std::string_view(text).substr(dash + 1, 3), kMonths.substr(m * 3, 3))) month = m + 1;
      const char* end = text.data() + text.size();
      if (!is_digit(text[dash + 5]) || std::from_chars(text.data() + dash + 5, end, year).ptr != end) month = 0;
    }
    const std::chrono::year_month_day d{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
    if (!d.ok()) c_.fail("bad date");
    return d;
  }

  Cursor& c_;
  std::size_t count_ = 0;
};

// search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
SearchReturn search_return(Cursor& c) {
  SearchReturn r;
  r.asked = true;
  c.sp();
  c.list(true, [&] {
    if (c.accept_word("MIN")) r.min = true;
    else if (c.accept_word("MAX")) r.max = true;
    else if (c.accept_word("ALL")) r.all = true;
    else if (c.accept_word("COUNT")) r.count = true;
    else if (c.accept_word("SAVE")) r.save = true;
    else c.fail("unknown SEARCH return option");
  });
  // RFC 9051 6.4.4: "If the list of result options is empty, that requests the server to return ... ALL".
  if (!r.min && !r.max && !r.all && !r.count && !r.save) r.all = true;
  return r;
}

}  // namespace

// search = "SEARCH" [search-return-opts] SP search-program; search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)
Parsed parse_search(Cursor& c, bool uid) {
  Search s;
  s.uid = uid;
  c.sp();
  if (c.accept_word("RETURN")) {
    s.returns = search_return(c);
    c.sp();
  }
  if (c.accept_word("CHARSET")) {
    c.sp();
    const std::string charset = c.astring();
    // RFC 9051 6.4.4: US-ASCII and UTF-8 MUST be supported; anything else: tagged NO with BADCHARSET.
    if (c.ok() && !same_word(charset, "UTF-8") && !same_word(charset, "US-ASCII"))
      c.fail(base::fail(base::Errc::unsupported, "charset is not supported"));
    c.sp();
  }
  if (!c.ok()) return std::nullopt;
  s.program = SearchParser(c).keys(1);
  return s;
}

}  // namespace imap::proto
