#include "tools/transfer/imap_response.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "base/unicode.hpp"
#include "imap/proto/mutf7.hpp"
#include "tools/transfer/flag_words.hpp"

namespace transfer {
namespace {

constexpr unsigned kMaxDepth = 32;
constexpr std::size_t kMaxValues = 5'000'000;

template <class T>
std::optional<T> number_of(std::string_view s) {
  T n = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), n);
  if (s.empty() || error != std::errc{} || end != s.data() + s.size()) return std::nullopt;
  return n;
}

class Parser {
 public:
  explicit Parser(ImapFrame& frame) : in_(frame.text), literals_(frame.literals) {}

  // response = "+" [SP text] / tag SP status / "*" SP (status / [number SP] name *(SP value))
  Result<ImapResponse> run() {
    ImapResponse out;
    if (in_.starts_with('+')) {
      out.kind = ImapResponse::Kind::more;
      out.text = std::string(base::trim(in_.substr(1)));
      return out;
    }
    out.tag = word();
    if (out.tag.empty()) return bad("a response without a tag");
    if (out.tag != "*") out.kind = ImapResponse::Kind::tagged;
    space();
    std::string name = word();
    if (const auto n = number_of<std::uint32_t>(name); n && out.tag == "*") {
      out.number = n;
      space();
      name = word();
    }
    std::transform(name.begin(), name.end(), name.begin(), base::upper_ascii);
    out.name = name;
    const bool status = name == "OK" || name == "NO" || name == "BAD" || name == "BYE" || name == "PREAUTH";
    if (out.kind == ImapResponse::Kind::tagged && !status) return bad("a tagged response that is no status");
    if (name.empty()) return bad("a response without a name");
    space();
    if (status) {
      if (in_.starts_with('[') && !code(out.code)) return bad("a response code that does not end");
      out.text = std::string(base::trim(in_));
      return out;
    }
    while (!in_.empty() && ok_) {
      space();
      if (in_.empty()) break;
      out.values.push_back(value(0));
    }
    if (!ok_) return bad("a response that breaks the grammar");
    return out;
  }

 private:
  static base::Error bad(const char* what) { return fail(Errc::invalid, std::string("the server sent ") + what); }
  void space() {
    while (in_.starts_with(' ')) in_.remove_prefix(1);
  }
  std::string word() {
    const std::size_t end = std::min(in_.find_first_of(" ()[]\"\r\n"), in_.size());
    std::string out(in_.substr(0, end));
    in_.remove_prefix(end);
    return out;
  }

  // "[" atom *(SP value) "]": UIDVALIDITY, CAPABILITY ... ; a text with brackets inside ends at the first.
  bool code(std::vector<ImapValue>& out) {
    const std::size_t end = in_.find(']');
    if (end == std::string_view::npos) return false;
    for (const std::string_view w : base::split(in_.substr(1, end - 1), ' '))
      if (!w.empty() && out.size() < 10'000) out.push_back({ImapValue::Kind::atom, std::string(w), {}, false});
    in_.remove_prefix(end + 1);
    return true;
  }

  ImapValue value(unsigned depth) {
    if (depth > kMaxDepth || ++count_ > kMaxValues || in_.empty()) return failed();
    if (in_.front() == '(') return list(depth);
    if (in_.front() == '"') return quoted();
    if (in_.front() == '{' || in_.starts_with("~{")) return literal();
    return atom();
  }
  ImapValue failed() {
    ok_ = false;
    in_ = {};
    return {};
  }
  ImapValue list(unsigned depth) {
    ImapValue out;
    out.kind = ImapValue::Kind::list;
    in_.remove_prefix(1);
    for (;;) {
      space();
      if (in_.empty()) return failed();
      if (in_.front() == ')') break;
      out.items.push_back(value(depth + 1));
      if (!ok_) return out;
    }
    in_.remove_prefix(1);
    return out;
  }
  ImapValue quoted() {
    ImapValue out;
    out.kind = ImapValue::Kind::string;
    std::size_t i = 1;
    for (; i < in_.size() && in_[i] != '"'; ++i) {
      if (in_[i] == '\\') ++i;
      if (i < in_.size()) out.text += in_[i];
    }
    if (i >= in_.size()) return failed();
    in_.remove_prefix(i + 1);
    return out;
  }
  ImapValue literal() {
    const std::size_t end = in_.find("\r\n");
    if (end == std::string_view::npos || next_ >= literals_.size()) return failed();
    in_.remove_prefix(end + 2);
    ImapLiteral& l = literals_[next_++];
    return {ImapValue::Kind::string, std::move(l.bytes), {}, l.dropped};
  }
  // An atom, with its section: BODY[HEADER.FIELDS (DATE)]<0> is one name.
  ImapValue atom() {
    std::size_t i = 0;
    unsigned brackets = 0;
    for (; i < in_.size(); ++i) {
      const char c = in_[i];
      if (c == '[') ++brackets;
      else if (c == ']' && brackets > 0) --brackets;
      else if (brackets == 0 && (c == ' ' || c == '(' || c == ')' || c == '"')) break;
      if (c == '\r' || c == '\n') return failed();
    }
    if (i == 0) return failed();
    ImapValue out{ImapValue::Kind::atom, std::string(in_.substr(0, i)), {}, false};
    in_.remove_prefix(i);
    if (base::iequals(out.text, "NIL")) out.kind = ImapValue::Kind::nil, out.text.clear();
    return out;
  }

  std::string_view in_;
  std::vector<ImapLiteral>& literals_;
  std::size_t next_ = 0, count_ = 0;
  bool ok_ = true;
};

void take_flags(const ImapValue& list, ImapFetch& out) {
  out.has_flags = true;
  Message names;
  for (const ImapValue& f : list.items) {
    if (f.kind != ImapValue::Kind::atom) continue;
    out.flags |= flag_of(f.text);
    add_keyword(names, f.text);  // \Recent and what we cannot keep are dropped
  }
  out.keywords = std::move(names.keywords);
}

}  // namespace

bool ImapValue::is(std::string_view word) const { return kind == Kind::atom && base::iequals(text, word); }

Result<ImapResponse> parse_response(ImapFrame frame) { return Parser(frame).run(); }

Result<ImapFetch> parse_fetch(ImapResponse r) {
  const auto bad = [] { return fail(Errc::invalid, "the server sent a FETCH response that breaks the grammar"); };
  if (r.name != "FETCH" || r.values.size() != 1 || r.values[0].kind != ImapValue::Kind::list) return bad();
  std::vector<ImapValue>& items = r.values[0].items;
  if (items.size() % 2 != 0) return bad();
  ImapFetch out;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    ImapValue& v = items[i + 1];
    if (items[i].kind != ImapValue::Kind::atom) return bad();
    if (items[i].is("UID")) out.uid = number_of<std::uint32_t>(v.text).value_or(0);
    else if (items[i].is("FLAGS") && v.kind == ImapValue::Kind::list) take_flags(v, out);
    else if (items[i].is("RFC822.SIZE")) out.size = number_of<std::uint64_t>(v.text);
    else if (items[i].is("INTERNALDATE")) {
      const auto date = base::parse_imap_date_time(v.text);
      const std::string_view z = v.text.size() >= 5 ? std::string_view(v.text).substr(v.text.size() - 5) : std::string_view{};
      if (!date || *date <= base::Time{}) continue;
      out.date = *date;
      const int minutes = ((z[1] - '0') * 10 + z[2] - '0') * 60 + (z[3] - '0') * 10 + z[4] - '0';
      out.tz_minutes = std::int16_t(minutes > 900 ? 0 : z[0] == '-' ? -minutes : minutes);
    } else if (base::istarts_with(items[i].text, "BODY[") && v.kind != ImapValue::Kind::list) {
      out.too_large = v.dropped;
      if (!v.dropped && v.kind == ImapValue::Kind::string) out.body = std::move(v.text);
    }
  }
  return out;
}

Result<ImapListed> parse_list(const ImapResponse& r) {
  const auto bad = [] { return fail(Errc::invalid, "the server sent a LIST response that breaks the grammar"); };
  if (r.values.size() < 3 || r.values[0].kind != ImapValue::Kind::list || r.values[2].kind == ImapValue::Kind::list || r.values[1].text.size() > 1) return bad();
  ImapListed out;
  out.wire_name = r.values[2].text;
  const std::pair<std::string_view, store::SpecialUse> uses[] = {{"\\Drafts", store::SpecialUse::drafts}, {"\\Sent", store::SpecialUse::sent},
      {"\\Junk", store::SpecialUse::junk}, {"\\Trash", store::SpecialUse::trash}, {"\\Archive", store::SpecialUse::archive}};
  for (const ImapValue& a : r.values[0].items) {
    for (const auto& [word, use] : uses)
      if (a.is(word)) out.special = use;
    if (a.is("\\Noselect") || a.is("\\NonExistent")) out.selectable = false;
    if (a.is("\\Flagged")) out.is_virtual = true;
  }
  const char delimiter = r.values[1].text.empty() ? '\0' : r.values[1].text[0];
  auto name = imap::proto::decode_mutf7(out.wire_name);
  // Some servers write UTF-8, or shifts that are not canonical but plain ASCII otherwise ("R&D").
  if (!name && base::valid_utf8(out.wire_name)) name = out.wire_name;
  if (!name) return out;
  for (const char c : *name) out.name += c == delimiter ? '/' : c == '/' ? '_' : c;  // a '/' inside a level is none of ours
  return out;
}

}  // namespace transfer
