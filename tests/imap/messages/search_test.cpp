// SEARCH through a session over a real store: answers, `$`, and random programs against a naive model.
#include <boost/test/unit_test.hpp>

#include <functional>
#include <random>

#include "base/unicode.hpp"
#include "tests/imap/messages/client.hpp"

using imap_test::Box;
using imap_test::count;

namespace {

struct Letter {
  std::uint32_t uid = 0;
  std::string from, subject, body;
  store::SystemFlags flags = 0;
  std::size_t size = 0;
};

const char* const kWords[] = {"công", "văn", "kế", "hoạch", "báo", "cáo", "họp", "Sở", "tỉnh", "thuỷ", "lợi", "ủy", "ban"};
const char* const kPeople[] = {"an@songla.gov.vn", "binh@songla.gov.vn", "chi@suoivang.gov.vn"};

std::string words(std::mt19937& random, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += std::string(i == 0 ? "" : " ") + kWords[random() % std::size(kWords)];
  return out;
}

std::string bytes_of(const Letter& m) {
  return "From: " + m.from + "\r\nSubject: " + m.subject + "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + m.body + "\r\n";
}

using Model = std::function<bool(const Letter&)>;
struct Key {
  std::string text;
  Model model;
};

bool holds(const std::string& text, const std::string& plain_needle) { return base::fold_search(text).find(plain_needle) != std::string::npos; }

Key random_key(std::mt19937& random, int depth) {
  const std::string word = base::fold_search(kWords[random() % std::size(kWords)]);
  switch (random() % (depth > 0 ? 10u : 7u)) {
    case 0: return {"SEEN", [](const Letter& m) { return (m.flags & store::kSeen) != 0; }};
    case 1: return {"UNFLAGGED", [](const Letter& m) { return (m.flags & store::kFlagged) == 0; }};
    case 2: {
      const std::size_t n = 60 + random() % 120;
      return {"LARGER " + std::to_string(n), [n](const Letter& m) { return m.size > n; }};
    }
    case 3: return {"SUBJECT \"" + word + "\"", [word](const Letter& m) { return holds(m.subject, word); }};
    case 4: return {"BODY \"" + word + "\"", [word](const Letter& m) { return holds(m.body, word); }};
    case 5: return {"TEXT \"" + word + "\"", [word](const Letter& m) { return holds(bytes_of(m), word); }};
    case 6: {
      const std::string who = kPeople[random() % std::size(kPeople)];
      return {"FROM " + who, [who](const Letter& m) { return m.from == who; }};
    }
    case 7: {
      const Key k = random_key(random, depth - 1);
      return {"NOT " + k.text, [k](const Letter& m) { return !k.model(m); }};
    }
    case 8: {
      const Key a = random_key(random, depth - 1), b = random_key(random, depth - 1);
      return {"OR " + a.text + " " + b.text, [a, b](const Letter& m) { return a.model(m) || b.model(m); }};
    }
    default: {
      const Key a = random_key(random, depth - 1), b = random_key(random, depth - 1);
      return {"(" + a.text + " " + b.text + ")", [a, b](const Letter& m) { return a.model(m) && b.model(m); }};
    }
  }
}

// A word index that is behind and knows nothing of the last messages.
struct LaggingIndex final : imap::TextIndex {
  std::optional<Proposal> propose(base::AccountId, base::MailboxId, Field field, std::string_view needle) override {
    ++asked;
    Proposal p;
    for (const Letter& m : *mail) {
      if (m.uid > 40) continue;
      const std::string& text = field == Field::subject ? m.subject : m.body;
      if (field == Field::text ? holds(bytes_of(m), base::fold_search(needle)) : holds(text, base::fold_search(needle))) p.candidates.append(m.uid);
    }
    p.indexed_up_to = base::Uid(40);
    return p;
  }
  const std::vector<Letter>* mail = nullptr;
  int asked = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(search, Box)

BOOST_AUTO_TEST_CASE(answers_of_both_kinds) {
  add_many(5);
  auto c = connect();
  (*c)("STORE 2:3,5 +FLAGS.SILENT (\\Flagged)");
  BOOST_TEST((*c)("SEARCH FLAGGED") == "* SEARCH 2 3 5\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH DELETED") == "* SEARCH\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH RETURN (MIN MAX COUNT ALL) FLAGGED") == "* ESEARCH (TAG \"a\") MIN 2 MAX 5 ALL 2:3,5 COUNT 3\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("UID SEARCH RETURN () FLAGGED") == "* ESEARCH (TAG \"a\") UID ALL 2:3,5\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH RETURN (MIN) FLAGGED") == "* ESEARCH (TAG \"a\") MIN 2\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH RETURN (COUNT) DELETED") == "* ESEARCH (TAG \"a\") COUNT 0\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH CHARSET UTF-7 ALL").find("a NO [BADCHARSET") == 0u);
  BOOST_TEST((*c)("SEARCH CHARSET US-ASCII TEXT body") == "* SEARCH 1 2 3 4 5\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH 6").find("a BAD") == 0u);
  BOOST_TEST((*c)("ENABLE IMAP4rev2").find("a OK") != std::string::npos);
  BOOST_TEST((*c)("SEARCH FLAGGED") == "* ESEARCH (TAG \"a\") ALL 2:3,5\r\na OK Searched.\r\n");
}

BOOST_AUTO_TEST_CASE(the_saved_result) {
  add_many(6);
  auto c = connect();
  (*c)("STORE 2,4,6 +FLAGS.SILENT (\\Flagged)");
  BOOST_TEST((*c)("SEARCH RETURN (SAVE) FLAGGED") == "a OK Searched.\r\n");
  BOOST_TEST((*c)("FETCH $ UID") == "* 2 FETCH (UID 2)\r\n* 4 FETCH (UID 4)\r\n* 6 FETCH (UID 6)\r\na OK Fetched.\r\n");
  BOOST_TEST((*c)("UID SEARCH UID $ SMALLER 100000") == "* SEARCH 2 4 6\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH RETURN (SAVE MIN) FLAGGED") == "* ESEARCH (TAG \"a\") MIN 2\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH $") == "* SEARCH 2\r\na OK Searched.\r\n");
  BOOST_TEST(count((*c)("SEARCH RETURN (SAVE MIN MAX) FLAGGED"), "MAX 6") == 1u);
  BOOST_TEST((*c)("SEARCH $") == "* SEARCH 2 6\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH RETURN (SAVE COUNT) FLAGGED") == "* ESEARCH (TAG \"a\") COUNT 3\r\na OK Searched.\r\n");
  (*c)("STORE 4 +FLAGS.SILENT (\\Deleted)");
  (*c)("EXPUNGE");
  BOOST_TEST((*c)("UID SEARCH $") == "* SEARCH 2 6\r\na OK Searched.\r\n");
}

BOOST_AUTO_TEST_CASE(mod_sequences) {
  add_many(3);
  auto c = connect("SELECT INBOX (CONDSTORE)");
  (*c)("STORE 1 +FLAGS.SILENT (\\Flagged)");
  (*c)("STORE 3 +FLAGS.SILENT (\\Flagged)");
  const auto highest = base::raw(snap().mailbox(an, "INBOX")->highest_modseq);
  BOOST_TEST((*c)("SEARCH MODSEQ " + std::to_string(highest - 1)) == "* SEARCH 1 3 (MODSEQ " + std::to_string(highest) + ")\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH RETURN (MIN) MODSEQ " + std::to_string(highest - 1)) ==
             "* ESEARCH (TAG \"a\") MIN 1 MODSEQ " + std::to_string(highest - 1) + "\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH MODSEQ " + std::to_string(highest + 1)) == "* SEARCH\r\na OK Searched.\r\n");
}

BOOST_AUTO_TEST_CASE(text_is_decoded_before_it_is_compared) {
  add("Subject: =?UTF-8?B?Q8O0bmcgdsSDbg==?=\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
      "<p>K=C3=ADnh g=E1=BB=ADi <b>qu=C3=BD</b> c=C6=A1 quan</p>\r\n");
  add("Subject: x\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nVGh14bu3IGzhu6Np\r\n");  // Thuỷ lợi
  auto c = connect();
  BOOST_TEST((*c)("SEARCH SUBJECT \"cong van\"") == "* SEARCH 1\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH CHARSET UTF-8 SUBJECT {10+}\r\nc\xc3\xb4ng v\xc4\x83n") == "* SEARCH 1\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH BODY \"quy co quan\"") == "* SEARCH 1\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH BODY \"<p>\"") == "* SEARCH\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH BODY VGh1") == "* SEARCH\r\na OK Searched.\r\n");
  BOOST_TEST((*c)("SEARCH BODY {10+}\r\nth\xe1\xbb\xa7y l\xe1\xbb") .find("a BAD") == 0u);  // cut inside a character
  BOOST_TEST((*c)("SEARCH BODY {12+}\r\nth\xe1\xbb\xa7y l\xe1\xbb\xa3" "i") == "* SEARCH 2\r\na OK Searched.\r\n");  // the tone of Thuỷ stands elsewhere
  BOOST_TEST((*c)("SEARCH TEXT \"content-type: text/html\"") == "* SEARCH 1\r\na OK Searched.\r\n");
}

BOOST_AUTO_TEST_CASE(random_programs_against_a_model) {
  std::mt19937 random(20261122);
  std::vector<Letter> mail;
  for (std::uint32_t i = 1; i <= 60; ++i) {
    Letter m{i, kPeople[random() % std::size(kPeople)], words(random, 3), words(random, int(1 + random() % 12)), 0, 0};
    if (random() % 2) m.flags |= store::kSeen;
    if (random() % 3 == 0) m.flags |= store::kFlagged;
    m.size = bytes_of(m).size();
    BOOST_REQUIRE(base::raw(add(bytes_of(m), m.flags)) == i);
    mail.push_back(m);
  }
  LaggingIndex index;
  index.mail = &mail;
  auto c = connect();
  for (int round = 0; round < 300; ++round) {
    backend.index = round % 2 ? &index : nullptr;
    const Key key = random_key(random, 3);
    std::string want = "* SEARCH";
    for (const Letter& m : mail)
      if (key.model(m)) want += " " + std::to_string(m.uid);
    BOOST_REQUIRE_EQUAL((*c)("UID SEARCH " + key.text), want + "\r\na OK Searched.\r\n");
  }
  BOOST_TEST(index.asked > 50);
}

BOOST_AUTO_TEST_CASE(messages_that_are_gone_are_no_hits) {
  add_many(3);
  auto one = connect(), two = connect();
  (*two)("STORE 2 +FLAGS.SILENT (\\Deleted)");
  (*two)("EXPUNGE");
  BOOST_TEST((*one)("SEARCH ALL") == "* SEARCH 1 3\r\na OK Searched.\r\n");
  BOOST_TEST((*one)("UID SEARCH ALL") == "* SEARCH 1 3\r\n* 2 EXPUNGE\r\na OK Searched.\r\n");
}

BOOST_AUTO_TEST_SUITE_END()
