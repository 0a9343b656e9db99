// Documents on their way through the server into the registers: whose row, what each recipient did with it.
#include <boost/test/unit_test.hpp>

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
