// The client side of IMAP: responses cut anywhere, hostile servers, and a small server in memory whose connection is lost at every step.
#include <algorithm>
#include <set>

#include "base/encoding.hpp"
#include "tests/tools/transfer/support.hpp"
#include "tools/transfer/imap_source.hpp"

using namespace transfer;
using namespace transfer::test;

namespace {

Result<std::vector<ImapFrame>> frames(std::string_view bytes, std::size_t step, ImapLimits limits = {}) {
  ImapFramer framer(limits);
  std::vector<ImapFrame> out;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    framer.feed(bytes.substr(at, step));
    for (;;) {
      auto f = framer.next();
      if (!f) return f.error();
      if (!*f) break;
      out.push_back(**std::move(f));
    }
  }
  return out;
}

Result<ImapResponse> parse(const std::string& bytes) {
  auto f = frames(bytes, bytes.size());
  if (!f) return f.error();
  if (f->size() != 1) return fail(Errc::invalid, "not one response");
  return parse_response(std::move(f->front()));
}

// A server with two mailboxes. `lose_at`: the n-th read of the whole test gives nothing.
struct Server {
  struct Mail {
    std::uint32_t uid;
    std::string bytes, flags, date;
  };
  std::map<std::string, std::vector<Mail>> boxes{
      {"INBOX", {{3, "Subject: a\r\n\r\nkính gửi\r\n", "\\Seen $Forwarded \\Recent", "22-Nov-2026 09:15:00 +0700"},
                 {7, "Subject: b\nbare LF stays\n", "\\Flagged $SignatureValid", " 1-Jan-2020 00:00:00 -0330"}}},
      {"G&Hu0-i", {{1, std::string("Subject: c\r\n\r\n\0}{5}\r\n", 20), "", "22-Nov-2026 09:15:00 +0700"}}}};
  std::string capability = "IMAP4rev1 AUTH=PLAIN SASL-IR SPECIAL-USE LIST-EXTENDED";
  std::string extra_list, greeting = "* OK here\r\n", tls_injection;
  std::set<std::uint32_t> refused;  // UIDs whose bodies the server cannot read
  std::vector<std::string> commands;
  int reads = 0, lose_at = -1, connections = 0;
  bool tls = false;
};

class FakeWire final : public Wire {
 public:
  explicit FakeWire(Server& s) : s_(s) { ++s_.connections, out_ = s_.greeting; }
  Result<std::size_t> read(std::span<char> into) override {
    if (s_.reads++ == s_.lose_at) return std::size_t(0);
    if (out_.empty()) return fail(Errc::timed_out, "the test's server has nothing to say");
    const std::size_t n = std::min({into.size(), out_.size(), std::size_t(37)});
    std::copy_n(out_.begin(), n, into.begin());
    out_.erase(0, n);
    return n;
  }
  Result<void> write(std::string_view bytes) override {
    in_ += bytes;
    for (std::size_t end = in_.find("\r\n"); end != std::string::npos; end = in_.find("\r\n")) {
      command(in_.substr(0, end));
      in_.erase(0, end + 2);
    }
    return {};
  }
  Result<void> start_tls() override { return s_.tls = true, Result<void>(); }

 private:
  void command(const std::string& line) {
    s_.commands.push_back(line);
    if (!pending_.empty()) return finish_literal(line);
    const std::string tag = line.substr(0, line.find(' ')), rest = line.substr(tag.size() + 1);
    const auto starts = [&](const char* w) { return rest.starts_with(w); };
    if (starts("CAPABILITY")) out_ += "* CAPABILITY " + s_.capability + "\r\n";
    else if (starts("STARTTLS")) return void(out_ += tag + " OK go\r\n" + s_.tls_injection);
    else if (starts("AUTHENTICATE PLAIN")) {
      if (rest.size() == 18) return pending_ = tag, void(out_ += "+ \r\n");
      return void(out_ += tag + (base::base64_decode(rest.substr(19)).value() == std::string("\0an\0mật khẩu", 16) ? " OK in\r\n" : " NO [AUTHENTICATIONFAILED] wrong\r\n"));
    } else if (starts("LOGIN {")) return pending_ = tag, void(out_ += "+ more\r\n");
    else if (starts("LIST")) list();
    else if (starts("STATUS")) out_ += "* STATUS x (MESSAGES " + std::to_string(s_.boxes.at(name_in(rest)).size()) + ")\r\n";
    else if (starts("EXAMINE")) box_ = name_in(rest), out_ += "* 2 EXISTS\r\n* OK [UIDVALIDITY 9] valid\r\n* FLAGS (\\Seen)\r\n";
    else if (starts("UID SEARCH")) search();
    else if (starts("UID FETCH")) { if (!fetch(rest)) return void(out_ += tag + " NO some messages cannot be read\r\n"); }
    else if (starts("LOGOUT")) out_ += "* BYE\r\n";
    out_ += tag + " OK done\r\n";
  }
  void finish_literal(const std::string& line) {
    if (line.ends_with('}')) return void(out_ += "+ more\r\n");
    out_ += pending_ + " OK in\r\n";
    pending_.clear();
  }
  static std::string name_in(const std::string& rest) {
    const std::size_t open = rest.find('"');
    return rest.substr(open + 1, rest.find('"', open + 1) - open - 1);
  }
  void list() {
    for (const auto& [name, mail] : s_.boxes) out_ += "* LIST (\\HasNoChildren" + std::string(name == "INBOX" ? "" : " \\Sent") + ") \".\" \"" + name + "\"\r\n";
    out_ += s_.extra_list;
  }
  void search() {
    out_ += "* SEARCH";
    for (const auto& m : s_.boxes.at(box_)) out_ += " " + std::to_string(m.uid);
    out_ += "\r\n";
  }
  bool fetch(const std::string& rest) {
    const std::string set = "," + rest.substr(10, rest.find(' ', 10) - 10) + ",";
    bool good = true;
    std::uint32_t n = 0;
    for (const auto& m : s_.boxes.at(box_)) {
      ++n;
      if (set.find("," + std::to_string(m.uid) + ",") == std::string::npos) continue;
      std::string line = "* " + std::to_string(n) + " FETCH (UID " + std::to_string(m.uid);
      std::string body = m.bytes;
      if (rest.find("RFC822.SIZE") != std::string::npos) line += " FLAGS (" + m.flags + ") INTERNALDATE \"" + m.date + "\" RFC822.SIZE " + std::to_string(m.bytes.size());
      if (rest.find("[HEADER]") != std::string::npos) body = body.substr(0, body.find("\r\n\r\n") + 4);
      if (rest.find("BODY.PEEK[]") != std::string::npos && s_.refused.contains(m.uid)) { good = false; continue; }
      if (rest.find("BODY.PEEK") != std::string::npos) line += " BODY[] {" + std::to_string(body.size()) + "}\r\n" + body;
      out_ += line + ")\r\n";
    }
    out_ += "* 1 FETCH (FLAGS (\\Seen))\r\n";  // unasked for
    return good;
  }
  Server& s_;
  std::string in_, out_, box_, pending_;
};

ImapSourceOptions options(Server& s) {
  ImapSourceOptions o;
  o.login.user = "an";
  o.login.password = "mật khẩu";
  o.origin = "mail.cu.vn";
  o.connect = [&s]() -> Result<std::unique_ptr<Wire>> { return std::unique_ptr<Wire>(std::make_unique<FakeWire>(s)); };
  o.sleep = [](unsigned) {};
  return o;
}

std::string refusal(Server& s, ImapSourceOptions o) {
  auto source = ImapSource::open(std::move(o));
  if (!source) return source.error().detail();
  (void)s;
  return take_all(**source).error;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transfer_imap)

BOOST_AUTO_TEST_CASE(responses_cut_at_every_byte_are_the_same) {
  const std::string wire = "* 1 FETCH (BODY[] {12}\r\nab\r\n{3}\r\ncd) UID 4)\r\n* OK [UIDVALIDITY 9] hello\r\n+ go on\r\nc1 NO no\r\n* LIST () NIL {3}\r\na\"b\r\n";
  const auto whole = need(frames(wire, wire.size()));
  BOOST_TEST(whole.size() == 5u);
  for (std::size_t step = 1; step < 30; ++step) {
    const auto cut = need(frames(wire, step));
    BOOST_REQUIRE(cut.size() == whole.size());
    for (std::size_t i = 0; i < cut.size(); ++i) {
      BOOST_TEST(cut[i].text == whole[i].text);
      BOOST_REQUIRE(cut[i].literals.size() == whole[i].literals.size());
      for (std::size_t k = 0; k < cut[i].literals.size(); ++k) BOOST_TEST(cut[i].literals[k].bytes == whole[i].literals[k].bytes);
    }
  }
}

BOOST_AUTO_TEST_CASE(values_of_responses) {
  const auto fetch = need(parse_fetch(need(parse("* 12 FETCH (FLAGS (\\Seen $Forwarded \\Recent $signaturevalid) UID 7 INTERNALDATE \" 2-Nov-2026 01:02:03 -0330\" RFC822.SIZE 5 "
                                                 "BODY[HEADER.FIELDS (\"DATE\" FROM)]<0> NIL X-NEW (a (b \"c\\\"d\") NIL) BODY[] {5}\r\na\r\n)b)\r\n"))));
  BOOST_TEST((fetch.uid == 7 && fetch.flags == store::kSeen && fetch.size == 5 && fetch.body == "a\r\n)b"));
  BOOST_TEST((fetch.keywords == std::vector<std::string>{"$Forwarded"}));
  BOOST_TEST(fetch.tz_minutes == -210);
  BOOST_TEST(base::rfc3339(*fetch.date, -210) == "2026-11-02T01:02:03-03:30");
  const auto list = need(parse_list(need(parse("* LIST (\\Noselect \\Junk) \"\\\\\" \"a\\\\G&Hu0-i/x\"\r\n"))));
  BOOST_TEST((list.name == "a/Gửi_x" && !list.selectable && list.special == store::SpecialUse::junk));
  BOOST_TEST(need(parse_list(need(parse("* LIST () NIL a.b\r\n")))).name == "a.b");
  BOOST_TEST(need(parse_list(need(parse("* LIST () \".\" \"R&D\xff\"\r\n")))).name == "");
  BOOST_TEST(need(parse("* ok [CAPABILITY A B] x]y\r\n")).code.size() == 3u);
  BOOST_TEST(need(parse("* SEARCH\r\n")).values.empty());
  BOOST_TEST(uid_set(std::vector<std::uint32_t>{1, 2, 3, 5, 7, 8}) == "1:3,5,7:8");
}

BOOST_AUTO_TEST_CASE(responses_that_break_the_grammar) {
  for (const std::string bad : {"\r\n", "*\r\n", "* \r\n", "* 12\r\n", "c1 FETCH x\r\n", "* OK [X\r\n", "* LIST (a\r\n", "* LIST a)\r\n", "* LIST \"a\r\n", "* X a\rb\r\n"})
    BOOST_TEST_CONTEXT(bad) { BOOST_TEST(!parse(bad)); }
  BOOST_TEST(!parse("* LIST " + std::string(100'000, '(') + "\r\n"));
  for (const std::string bad : {"* 1 FETCH UID\r\n", "* 1 FETCH (UID)\r\n", "* 1 FETCH ((UID) 1)\r\n", "* 1 FETCH (UID 1) x\r\n", "* LIST () x\r\n"})
    BOOST_TEST_CONTEXT(bad) {
      const auto r = parse(bad);
      BOOST_TEST((!r || (!parse_fetch(*r) && !parse_list(*r))));
    }
}

BOOST_AUTO_TEST_CASE(what_a_server_may_send_is_bounded) {
  ImapLimits l;
  l.line = 1000;
  l.literal = 100;
  l.drained = 1'000'000;
  l.literals = 3;
  BOOST_TEST((frames(std::string(2000, 'x'), 10, l).error().code() == Errc::limit));
  BOOST_TEST((frames("* X {2000000}\r\n", 10, l).error().code() == Errc::limit));
  BOOST_TEST((frames("* X {0}\r\n {0}\r\n {0}\r\n {0}\r\n\r\n", 10, l).error().code() == Errc::limit));
  const auto dropped = need(frames("* 1 FETCH (BODY[] {5000}\r\n" + std::string(5000, 'x') + ")\r\n", 64, l));
  BOOST_REQUIRE(dropped.size() == 1u);
  BOOST_TEST((dropped[0].literals[0].dropped && dropped[0].literals[0].bytes.empty()));
  BOOST_TEST(need(parse_fetch(need(parse_response(dropped[0])))).too_large);
  BOOST_TEST(need(frames("a {99999999999999999999}\r\n", 5, l)).size() == 1u);  // no literal, a line that looks like one
}

BOOST_AUTO_TEST_CASE(a_mailbox_comes_over_as_it_is) {
  Server s;
  s.extra_list = "* LIST (\\Noselect) \".\" \"Lưu\"\r\n* LIST (\\Flagged) \".\" \"Starred\"\r\n* LIST () \".\" \"&bad\xff\"\r\n";
  s.boxes["Starred"] = {};
  s.boxes["&bad\xff"] = {};
  auto source = need(ImapSource::open(options(s)));
  const Taken t = take_all(*source);
  BOOST_REQUIRE(t.messages.size() == 3u);
  BOOST_TEST(t.messages[0].mailbox == "Gửi");
  BOOST_TEST(t.messages[0].bytes == s.boxes["G&Hu0-i"][0].bytes);
  BOOST_TEST(t.messages[1].bytes == s.boxes["INBOX"][0].bytes);
  BOOST_TEST(t.messages[2].bytes == "Subject: b\nbare LF stays\n");
  BOOST_TEST((t.messages[1].flags == store::kSeen && t.messages[1].keywords == std::vector<std::string>{"$Forwarded"}));
  BOOST_TEST((t.messages[2].flags == store::kFlagged && t.messages[2].keywords.empty() && t.messages[2].tz_minutes == -210));
  BOOST_REQUIRE(t.problems.size() == 1u);
  BOOST_TEST(t.problems[0].what.find("modified UTF-7") != std::string::npos);
  bool gui = false;
  for (const Folder& f : source->folders()) gui = gui || (f.name == "Gửi" && f.special == store::SpecialUse::sent);
  BOOST_TEST(gui);
  BOOST_TEST(source->done() == source->total());
  for (const std::string& c : s.commands) BOOST_TEST((c.find(" SELECT ") == std::string::npos && c.find("STORE") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(every_way_to_log_in) {
  for (const char* capability : {"IMAP4rev1 AUTH=PLAIN SASL-IR", "IMAP4rev1 AUTH=PLAIN", "IMAP4rev1"}) {
    Server s;
    s.capability = capability;
    BOOST_TEST(refusal(s, options(s)) == "");
  }
  Server s;
  auto o = options(s);
  o.login.password = "sai";
  BOOST_TEST(refusal(s, o).find("login failed") != std::string::npos);
  s.capability = "IMAP4rev1 LOGINDISABLED";
  BOOST_TEST(refusal(s, options(s)).find("neither") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(starttls_takes_nothing_from_before_the_handshake) {
  Server s;
  auto o = options(s);
  o.login.start_tls = true;
  BOOST_TEST(refusal(s, o).find("does not offer STARTTLS") != std::string::npos);
  s.capability += " STARTTLS";
  BOOST_TEST(refusal(s, o) == "");
  BOOST_TEST(s.tls);
  Server injected = Server{};
  injected.capability += " STARTTLS";
  injected.tls_injection = "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n";
  auto other = options(injected);
  other.login.start_tls = true;
  BOOST_TEST(refusal(injected, other).find("between STARTTLS and the handshake") != std::string::npos);
  for (const std::string& c : injected.commands) BOOST_TEST(c.find("AUTHENTICATE") == std::string::npos);
  Server early;
  early.greeting = "* PREAUTH hello\r\n";
  BOOST_TEST(refusal(early, options(early)).find("PREAUTH") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_the_account_has_is_not_read_again) {
  Server s;
  auto o = options(s);
  std::size_t asked = 0;
  o.known = [&](const std::vector<ImapShape>& shapes) -> Result<std::vector<ImapKnown>> {
    std::vector<ImapKnown> out;
    for (const ImapShape& one : shapes) {
      const bool a = one.size == s.boxes["INBOX"][0].bytes.size() && one.mailbox == "INBOX";
      const bool b = one.size == s.boxes["INBOX"][1].bytes.size() && one.mailbox == "INBOX";
      asked += !one.header.empty();
      out.push_back(a && (one.header.empty() || one.header == "Subject: a\r\n\r\n") ? ImapKnown::present : b && one.header.empty() ? ImapKnown::present : ImapKnown::absent);
    }
    return out;
  };
  const Taken t = take_all(*need(ImapSource::open(o)));
  BOOST_TEST(t.skipped == 1u);
  BOOST_TEST(t.messages.size() == 2u);  // one has another header than what fits its size and date
  BOOST_TEST(asked == 2u);
}

BOOST_AUTO_TEST_CASE(a_message_that_the_server_cannot_read_costs_itself_only) {
  Server s;
  s.refused = {3};
  const Taken t = take_all(*need(ImapSource::open(options(s))));
  BOOST_TEST(t.messages.size() == 2u);
  BOOST_REQUIRE(t.problems.size() == 1u);
  BOOST_TEST(t.problems[0].origin == "mail.cu.vn/INBOX, UID 3");
  auto o = options(s);
  s.refused.clear();
  o.limits.message = 21;
  const Taken small = take_all(*need(ImapSource::open(o)));
  BOOST_TEST((small.messages.size() == 1u && small.problems.size() == 2u));
  o.limits.folders = 1;
  BOOST_TEST(refusal(s, o).find("more than 1 mailboxes") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_connection_lost_at_any_read_is_made_again_and_nothing_comes_twice) {
  Server count;
  (void)take_all(*need(ImapSource::open(options(count))));
  for (int n = 0; n < count.reads; ++n) {
    Server s;
    s.lose_at = n;
    auto source = ImapSource::open(options(s));
    if (!source) continue;  // lost while it was opened: the caller is told
    const Taken t = take_all(**source);
    BOOST_TEST_CONTEXT("read " << n) { BOOST_TEST((t.error.empty() && t.messages.size() == 3u && t.problems.empty())); }
  }
  Server dead;
  auto source = need(ImapSource::open(options(dead)));
  dead.greeting = "* BYE too busy\r\n";
  dead.lose_at = dead.reads;
  BOOST_TEST(take_all(*source).error.find("too busy") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
