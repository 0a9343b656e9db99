// Documents on their way through the server into the registers: whose row, what each recipient did with it.
#include <boost/test/unit_test.hpp>

#include <sys/wait.h>

#include <algorithm>
#include <cstdio>

#include "tests/support/signed_mail.hpp"
#include "tests/support/signed_pdf.hpp"
#include "tests/tools/congthud/live.hpp"

using namespace tools::test;

namespace {

std::string paper_mail(const std::string& from, const std::string& to, const std::string& number, const std::string& id = "m1@songla.gov.vn") {
  ::test::MailSpec mail;
  mail.from = from;
  mail.to = to;
  mail.attachment = ::test::build_pdf(::test::official_letter(number));  // of "Sở Ví dụ"
  return "Message-ID: <" + id + ">\r\n" + ::test::plain_mail(mail);
}

struct Registry : Live {
  Registry() {
    add("/agencies", {{"code", "ttk"}, {"name", "Trung tâm Khác"}});
    account("chi", {{"agency", "ttk"}});
  }
  Json book(const std::string& query) const { return get("/registers?" + query).at("documents"); }
  std::map<std::string, std::string> receipts(const std::string& path) const {
    std::map<std::string, std::string> out;
    const Json row = get("/registers/" + path);
    if (!row.contains("recipients")) return out;
    for (const Json& r : row["recipients"]) out[r.at("address").get<std::string>()] = r.at("state").get<std::string>();
    return out;
  }
  bool comes_to(const std::string& path, const std::map<std::string, std::string>& wanted) const {
    for (int i = 0; i < 300; ++i) {
      if (receipts(path) == wanted) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    for (const auto& [who, state] : receipts(path)) BOOST_TEST_MESSAGE(who << " " << state);
    return false;
  }
};

const std::string kYear = base::vietnam_date(base::system_clock().now()).substr(0, 4);
const std::string kFirstOut = "svd%2Fout%2F" + kYear + "%2F1";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(congthud_registers, Registry)

BOOST_AUTO_TEST_CASE(a_document_is_entered_once_for_its_issuer_and_once_for_each_receiver) {
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "chi@songla.gov.vn", paper_mail("an@songla.gov.vn", "chi@songla.gov.vn", "12/SVD-VP")).starts_with("250 "));
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "x@ngoai.vn", paper_mail("an@songla.gov.vn", "x@ngoai.vn", "12/SVD-VP", "m2@songla.gov.vn")).starts_with("250 "));
  // Handed over inside the agency, passed on by a receiver, and come back to its issuer: no new paper.
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "binh@songla.gov.vn", paper_mail("an@songla.gov.vn", "binh@songla.gov.vn", "12/SVD-VP")).starts_with("250 "));
  BOOST_TEST(submit("chi@songla.gov.vn", "chi@songla.gov.vn", "y@ngoai.vn", paper_mail("chi@songla.gov.vn", "y@ngoai.vn", "12/SVD-VP")).starts_with("250 "));
  BOOST_TEST(deliver("an@songla.gov.vn", paper_mail("x@ngoai.vn", "an@songla.gov.vn", "12/SVD-VP")).starts_with("250 "));
  const Json all = book("");
  BOOST_REQUIRE(all.size() == 2u);
  const Json out = book("direction=out")[0], in = book("direction=in")[0];
  BOOST_TEST(out.at("id") == "svd/out/" + kYear + "/1");
  BOOST_TEST(out.at("number") == "12/SVD-VP");

  BOOST_TEST(out.at("mails") == 3);
  BOOST_TEST(in.at("id") == "ttk/in/" + kYear + "/1");
  BOOST_TEST(in.at("to") == Json::array({"chi@songla.gov.vn"}));
  BOOST_TEST(in.at("agency_name") == "Trung tâm Khác");
}

BOOST_AUTO_TEST_CASE(drafts_and_bounces_are_not_entered) {
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "chi@songla.gov.vn", paper_mail("an@songla.gov.vn", "chi@songla.gov.vn", "     /SVD-VP")).starts_with("250 "));
  BOOST_TEST(deliver("chi@songla.gov.vn", paper_mail("x@ngoai.vn", "chi@songla.gov.vn", "9/SVD-VP"), "").starts_with("250 "));
  BOOST_TEST(book("").empty());
}

BOOST_AUTO_TEST_CASE(each_recipient_is_followed_until_he_reads_or_refuses) {
  const std::string mail = paper_mail("an@songla.gov.vn", "chi@songla.gov.vn", "13/SVD-VP");
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "chi@songla.gov.vn", mail).starts_with("250 "));
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "x@ngoai.vn", mail).starts_with("250 "));
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "y@ngoai.vn", mail).starts_with("250 "));
  BOOST_TEST(comes_to(kFirstOut, {{"chi@songla.gov.vn", "delivered"}, {"x@ngoai.vn", "sent"}, {"y@ngoai.vn", "sent"}}));
  (void)read("chi", "FETCH 1 (BODY[])");  // sets \Seen
  BOOST_TEST(comes_to(kFirstOut, {{"chi@songla.gov.vn", "read"}, {"x@ngoai.vn", "sent"}, {"y@ngoai.vn", "sent"}}));
  const Json queue = get("/queue").at("queue");
  for (const Json& q : queue)
    if (q.at("recipients") == Json::array({"x@ngoai.vn"}))
      for (int i = 0; i < 100 && admin("POST", "/queue/" + q.at("id").get<std::string>() + "/drop").status == 409; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const std::string mdn = "From: y@ngoai.vn\r\nTo: an@songla.gov.vn\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n"
                          "--b\r\nContent-Type: text/plain\r\n\r\nDa doc.\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
                          "Final-Recipient: rfc822; y@ngoai.vn\r\nOriginal-Message-ID: <m1@songla.gov.vn>\r\n"
                          "Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--b--\r\n";
  BOOST_TEST(deliver("an@songla.gov.vn", mdn, "").starts_with("250 "));
  BOOST_TEST(comes_to(kFirstOut, {{"chi@songla.gov.vn", "read"}, {"x@ngoai.vn", "refused"}, {"y@ngoai.vn", "read"}}));
}

BOOST_AUTO_TEST_CASE(a_recall_reaches_the_mailbox_of_who_got_it) {
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "chi@songla.gov.vn", paper_mail("an@songla.gov.vn", "chi@songla.gov.vn", "15/SVD-VP")).starts_with("250 "));
  const auto reply = admin("POST", "/registers/" + kFirstOut + "/recall", R"({"reason":"sai phu luc"})");
  BOOST_REQUIRE_MESSAGE(reply.status == 200, reply.body);
  const std::string got = read("chi", "FETCH 2 (BODY.PEEK[])");
  BOOST_TEST(got.find("Auto-Submitted: auto-generated") != std::string::npos, got);
  BOOST_TEST(got.find("<an@songla.gov.vn>") != std::string::npos, got);
  BOOST_TEST(book("status=recalled").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_known_sender_is_told_the_number_where_that_is_configured) {
  std::ifstream in_file(file());
  std::string text((std::istreambuf_iterator<char>(in_file)), {});
  const std::size_t section = text.find("[registers]");
  BOOST_REQUIRE(section != std::string::npos);
  text.insert(text.find('\n', section) + 1, "receipt_notices = true\n");
  std::ofstream(file()) << text;
  BOOST_REQUIRE(daemon->reload());
  BOOST_TEST(deliver("chi@songla.gov.vn", paper_mail("x@ngoai.vn", "chi@songla.gov.vn", "99/SVD-VP")).starts_with("250 "));  // nobody knows who that is
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "chi@songla.gov.vn", paper_mail("an@songla.gov.vn", "chi@songla.gov.vn", "16/SVD-VP")).starts_with("250 "));
  std::string got;
  for (int i = 0; i < 300 && got.find("EXISTS") == std::string::npos && got.find("Auto-Submitted") == std::string::npos; ++i) {
    got = read("an", "FETCH 1:* (BODY.PEEK[])");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  BOOST_TEST(got.find("Auto-Submitted: auto-replied") != std::string::npos, got);
  BOOST_TEST(got.find("In-Reply-To: <m1@songla.gov.vn>") != std::string::npos, got);
  const Json in = book("direction=in&agency=ttk");
  BOOST_REQUIRE(in.size() == 2u);
  BOOST_TEST(in[0].at("receipt_notice").at("state") == "sent");
  BOOST_TEST(!in[1].contains("receipt_notice"));
}

namespace {

struct Ran {
  int code = -1;
  std::string out;
};

// congthu beside this program, with what it says on standard output.
Ran congthu(const std::string& config, const std::string& arguments) {
  Ran ran;
  FILE* pipe = ::popen((std::string(CONGTHU_BIN) + "/congthu -c " + config + " --lang en " + arguments + " 2>/dev/null").c_str(), "r");
  BOOST_REQUIRE(pipe != nullptr);
  char buffer[4096];
  for (std::size_t n; (n = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) ran.out.append(buffer, n);
  const int status = ::pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

bool holds_words(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::all_of(words.begin(), words.end(), [&](std::string_view w) { return text.find(w) != std::string::npos; });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_clerk_works_on_the_register_by_the_command_line) {
  const std::string pdf = ::test::build_pdf(::test::official_letter("17/SVD-VP"));
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "chi@songla.gov.vn", paper_mail("an@songla.gov.vn", "chi@songla.gov.vn", "17/SVD-VP")).starts_with("250 "));
  const std::string in = "ttk/in/" + kYear + "/1", out = "svd/out/" + kYear + "/1";
  Ran r = congthu(file(), "register list --agency ttk --format json");
  BOOST_TEST(r.code == 0);
  BOOST_TEST(Json::parse(r.out).at("documents")[0].at("id") == in);
  BOOST_TEST(congthu(file(), "register correct " + in + " --field title --value 'Trích yếu đúng' --reason nhầm").code == 0);
  BOOST_TEST(congthu(file(), "register correct " + in + " --field title").code == 2);
  BOOST_TEST(congthu(file(), "register correct " + in + " --field date --value mai").code != 0);
  BOOST_TEST(congthu(file(), "register assign " + in + " --unit 'Phòng Tổng hợp' --due 2026-01-05").code == 0);
  r = congthu(file(), "register show " + in);
  BOOST_TEST(r.code == 0);
  BOOST_TEST(holds_words(r.out, {"Trích yếu đúng", "Phòng Tổng hợp", "nhầm", "17/SVD-VP"}), r.out);
  BOOST_TEST(holds_words(congthu(file(), "register list --overdue").out, {in, "overdue"}));
  BOOST_TEST(holds_words(congthu(file(), "document find 17/svd-vp").out, {in, out}));
  BOOST_TEST(holds_words(congthu(file(), "register export --agency ttk --direction in --format csv").out, {"register_number", "Trích yếu đúng", "Phòng Tổng hợp"}));
  BOOST_TEST(holds_words(congthu(file(), "register edxml " + out).out, {"<edXML:CodeNumber>17<"}));
  const std::string same = directory + "/same.pdf", changed = directory + "/changed.pdf";
  std::ofstream(same, std::ios::binary) << pdf;
  auto lines = ::test::official_letter("17/SVD-VP");
  lines.push_back({80, 600, 14, "Một câu không có trong bản đã vào sổ."});
  std::ofstream(changed, std::ios::binary) << ::test::build_pdf(lines);
  r = congthu(file(), "document match " + same);
  BOOST_TEST(r.code == 0);
  BOOST_TEST(holds_words(r.out, {"byte for byte"}), r.out);
  r = congthu(file(), "document match " + changed);
  BOOST_TEST(r.code == 1);
  BOOST_TEST(holds_words(r.out, {"DIFFERS"}), r.out);
  BOOST_TEST(congthu(file(), "register show " + std::string("ttk/in/2020/9")).code == 4);
}

BOOST_AUTO_TEST_CASE(a_dry_run_shows_rows_and_gives_no_number) {
  const auto reply = admin("POST", "/policy/test?from=an%40songla.gov.vn&to=chi%40songla.gov.vn", paper_mail("an@songla.gov.vn", "chi@songla.gov.vn", "14/SVD-VP"));
  BOOST_REQUIRE_MESSAGE(reply.status == 200, reply.body);
  const Json documents = Json::parse(reply.body).at("documents");
  BOOST_REQUIRE(documents.size() == 2u);
  BOOST_TEST(documents[0].at("number") == "14/SVD-VP");
  BOOST_TEST(documents[0].at("register_number").is_null());
  BOOST_TEST(book("").empty());
}

BOOST_AUTO_TEST_SUITE_END()
