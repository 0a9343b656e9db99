#include "tests/tools/congthud/live.hpp"

#include "tests/support/pki.hpp"
#include "tests/support/signed_mail.hpp"
#include "tests/support/signed_pdf.hpp"

using namespace tools::test;

namespace {

const std::string kMail = "From: x@ngoai.vn\r\nTo: an@songla.gov.vn\r\nSubject: Xin chao\r\n\r\nNoi dung.\r\n";
const std::string kOfficial = "From: an@songla.gov.vn\r\nTo: binh@songla.gov.vn\r\nSubject: Cong viec\r\n\r\nNoi dung.\r\n";

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string secret_mail() {
  ::test::MailSpec mail;
  mail.from = "an@songla.gov.vn";
  mail.to = "binh@songla.gov.vn";
  auto lines = ::test::official_letter("12/SVD-VP");
  lines.push_back({72, 700, 14, "MẬT"});
  mail.attachment = ::test::build_pdf(lines);
  return ::test::plain_mail(mail);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(congthud_live, Live)

BOOST_AUTO_TEST_CASE(mail_comes_in_and_forged_results_do_not) {
  const std::string forged = "Return-Path: <a@b.vn>\r\nAuthentication-Results: mail.songla.gov.vn; smime=pass\r\n" + kMail;
  BOOST_TEST(deliver("an@songla.gov.vn", forged).starts_with("250 "));
  const std::string got = read("an");
  BOOST_TEST(has(got, "Return-Path: <x@ngoai.vn>"));
  BOOST_TEST(!has(got, "a@b.vn"));
  BOOST_TEST(!has(got, "smime=pass"));
  BOOST_TEST(has(got, "Authentication-Results: mail.songla.gov.vn"));
  BOOST_TEST(has(got, "smime=none"));
  BOOST_TEST(has(got, "Received: "));
  BOOST_TEST(!has(got, "$SignatureValid"));
}

BOOST_AUTO_TEST_CASE(a_signed_mail_shows_its_keyword_and_counts_in_the_report) {
  const auto root = ::test::make_certificate(::test::ca_spec("Root Ví dụ"));
  ::test::CertSpec spec;
  spec.san = "email:an@songla.gov.vn";
  const auto an = ::test::make_certificate(spec, &root);
  add("/trust", {{"pem", root.certificate}, {"class", "site"}});
  ::test::MailSpec mail;
  mail.from = "an@songla.gov.vn";
  mail.to = "binh@songla.gov.vn";
  const std::string text = ::test::signed_mail(mail, {an});
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "binh@songla.gov.vn", text).starts_with("250 "));
  std::string broken = text;
  broken.replace(broken.find("Kinh gui"), 8, "Kinh doi");
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "binh@songla.gov.vn", broken).starts_with("250 "));
  BOOST_TEST(has(read("binh", "FETCH 1 (FLAGS)"), "$SignatureValid"));
  BOOST_TEST(has(read("binh", "FETCH 1 (BODY.PEEK[HEADER])"), "smime=pass"));
  BOOST_TEST(has(read("binh", "FETCH 2 (FLAGS)"), "$SignatureInvalid"));
  BOOST_TEST(has(read("binh", "SEARCH KEYWORD $SignatureValid"), "* SEARCH 1\n"));
  const std::string today = base::vietnam_date(base::system_clock().now());
  const Json report = get("/reports/signatures?from=" + today + "&to=" + today);
  BOOST_TEST(report.at("totals").at("valid") == 1);
  BOOST_TEST(report.at("totals").at("invalid") == 1);
}

BOOST_AUTO_TEST_CASE(a_genuine_signature_or_document_that_comes_again_is_flagged_and_lends_nothing) {
  const auto root = ::test::make_certificate(::test::ca_spec("Root Ví dụ"));
  ::test::CertSpec spec;
  spec.san = "email:x@ngoai.vn";
  const auto someone = ::test::make_certificate(spec, &root);
  add("/trust", {{"pem", root.certificate}, {"class", "site"}});
  ::test::MailSpec mail;
  mail.from = "x@ngoai.vn";
  mail.to = "an@songla.gov.vn";
  const std::string entity = ::test::entity_of(mail), p7s = ::test::sign_cms(entity, {someone});
  const auto with_id = [&](const std::string& id) { return "Message-ID: <" + id + "@ngoai.vn>\r\n" + ::test::multipart_signed(::test::header_of(mail), entity, p7s); };
  const auto repetitions = [&] {
    std::size_t n = 0;
    const std::string today = base::vietnam_date(base::system_clock().now());
    const Json report = get("/reports/policy?from=" + today + "&to=" + today);
    for (const auto& row : report.at("rows"))
      if (row.at("rule") == "repetition") n += row.at("count").get<std::size_t>();
    return n;
  };
  BOOST_TEST(deliver("an@songla.gov.vn", with_id("1")).starts_with("250 "));
  BOOST_TEST(deliver("binh@songla.gov.vn", with_id("1")).starts_with("250 "));  // the same sending, for another recipient
  BOOST_TEST(repetitions() == 0u);
  BOOST_TEST(deliver("binh@songla.gov.vn", with_id("2")).starts_with("250 "));
  BOOST_TEST(repetitions() == 1u);

  // The same genuine document in a mail of somebody else, and then its number in another file.
  ::test::MailSpec carrier;
  carrier.from = "x@ngoai.vn";
  carrier.to = "an@songla.gov.vn";
  const std::string pdf = ::test::build_pdf(::test::official_letter("77/SVD-VP"));
  carrier.attachment = ::test::sign_pdf(pdf, someone);
  const auto plain = [&](const std::string& id) { return "Message-ID: <" + id + "@ngoai.vn>\r\n" + ::test::plain_mail(carrier); };
  BOOST_TEST(deliver("an@songla.gov.vn", plain("3")).starts_with("250 "));
  BOOST_TEST(repetitions() == 1u);
  carrier.from = "ke.gia@ngoai.vn";
  BOOST_TEST(deliver("an@songla.gov.vn", plain("4")).starts_with("250 "));
  BOOST_TEST(repetitions() == 2u);
  BOOST_TEST(!has(read("an", "FETCH 3 (FLAGS)"), "$SignatureValid"));
  carrier.attachment = pdf;
  BOOST_TEST(deliver("an@songla.gov.vn", plain("5")).starts_with("250 "));
  BOOST_TEST(repetitions() == 3u);
}

BOOST_AUTO_TEST_CASE(a_free_providers_address_is_refused_and_recorded) {
  const std::string answer = submit("an@songla.gov.vn", "an.songla@gmail.com", "binh@songla.gov.vn", kOfficial);
  BOOST_TEST(answer.starts_with("550 5.7.1 "));
  const std::string in_from = Site::replace(kOfficial, "From: an@songla.gov.vn", "From: an.songla@gmail.com");
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "binh@songla.gov.vn", in_from).starts_with("550 5.7.1 "));
  const std::string today = base::vietnam_date(base::system_clock().now());
  Json report;
  for (int i = 0; i < 100; ++i) {  // refusals are recorded behind the reply
    report = get("/reports/policy?from=" + today + "&to=" + today);
    if (report.at("totals").value("reject", 0) == 2) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  BOOST_TEST(report.at("totals").value("reject", 0) == 2);
  BOOST_TEST(has(read("binh", "STATUS INBOX (MESSAGES)"), "MESSAGES 0"));
}

BOOST_AUTO_TEST_CASE(an_official_speaks_for_himself_only) {
  BOOST_TEST(submit("an@songla.gov.vn", "binh@songla.gov.vn", "an@songla.gov.vn", kOfficial).starts_with("550 5.7.1 "));
}

BOOST_AUTO_TEST_CASE(recipients_are_known_or_refused) {
  add("/aliases", {{"address", "phong@songla.gov.vn"}, {"targets", {"an@songla.gov.vn", "binh@songla.gov.vn"}}});
  add("/aliases", {{"address", "tat-ca@songla.gov.vn"}, {"targets", {"phong@songla.gov.vn"}}});
  add("/accounts", {{"address", "vanthu@songla.gov.vn"}, {"agency", "svd"}, {"functional", true}});
  add("/aliases", {{"address", "nha@songla.gov.vn"}, {"targets", {"an.songla@gmail.com"}}});
  BOOST_TEST(deliver("ai@songla.gov.vn", kMail).starts_with("550 5.1.1 "));
  BOOST_TEST(deliver("x@khac.vn", kMail).starts_with("550 5.7.1 "));
  BOOST_TEST(deliver("nha@songla.gov.vn", kMail).starts_with("550 5.7.1 "));  // no forwarding to a free provider
  BOOST_TEST(deliver("vanthu@songla.gov.vn", kMail).starts_with("250 "));
  BOOST_TEST(deliver("postmaster@songla.gov.vn", kMail).starts_with("250 "));
  BOOST_TEST(deliver("tat-ca@songla.gov.vn", kMail).starts_with("250 "));
  BOOST_TEST(has(read("an", "STATUS INBOX (MESSAGES)"), "MESSAGES 2"));  // postmaster's too
  BOOST_TEST(has(read("binh", "STATUS INBOX (MESSAGES)"), "MESSAGES 1"));
  BOOST_TEST(get("/accounts/vanthu%40songla.gov.vn").at("messages") == 1);
}

BOOST_AUTO_TEST_CASE(a_full_mailbox_takes_no_more) {
  account("chi", {{"quota", 2000}});
  BOOST_TEST(deliver("chi@songla.gov.vn", kMail + std::string(5000, 'x') + "\r\n").starts_with("552 5.2.2 "));
  for (int i = 0; i < 4; ++i) (void)deliver("chi@songla.gov.vn", kMail + std::string(900, 'x') + "\r\n");
  const Json chi = get("/accounts/chi%40songla.gov.vn");
  BOOST_TEST(chi.at("used").get<int>() <= 2000);
  BOOST_TEST(chi.at("messages").get<int>() >= 1);
}

BOOST_AUTO_TEST_CASE(a_secrecy_stamp_is_refused_at_smtp_and_append) {
  const std::string mail = secret_mail();
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "binh@songla.gov.vn", mail).starts_with("550 5.7.1 "));
  Client c(init.imaps_port, true);
  (void)c.line();
  (void)c.imap("LOGIN an@songla.gov.vn \"mat khau\"");
  c.send("b APPEND Drafts {" + std::to_string(mail.size()) + "}\r\n");
  BOOST_TEST(c.line().starts_with("+"));
  c.send(mail + "\r\n");
  BOOST_TEST(c.line().starts_with("b NO"));
  BOOST_TEST(has(c.imap("STATUS Drafts (MESSAGES)"), "MESSAGES 0"));
  BOOST_TEST(has(admin("GET", "/metrics").body, "secrecy_refused_total 2"));
}

BOOST_AUTO_TEST_CASE(an_exception_counts_at_once_and_ends) {
  const std::string mail = "From: an@songla.gov.vn\r\nReply-To: an.rieng@gmail.com\r\nTo: binh@songla.gov.vn\r\nSubject: x\r\n\r\nx\r\n";
  const auto sent = [&] { return submit("an@songla.gov.vn", "an@songla.gov.vn", "binh@songla.gov.vn", mail).substr(0, 4); };
  BOOST_TEST(sent() == "550 ");
  Json exception = {{"rule", "free-provider"}, {"address", "AN@songla.gov.vn"}, {"until", "2099-12-31"}, {"approver", "Chánh Văn phòng"}, {"reason", "thử"}};
  const auto made = admin("POST", "/policy/exceptions", exception.dump());
  BOOST_REQUIRE_MESSAGE(made.status == 200, made.body);
  BOOST_TEST(sent() == "250 ");
  BOOST_TEST(has(get("/reports/policy?from=2020-01-01&to=2099-01-01&rows=true").dump(), "Chánh Văn phòng"));
  const Json rows = get("/policy/exceptions").at("exceptions");
  BOOST_REQUIRE(rows.size() == 1u);
  BOOST_TEST(rows[0].at("state") == "in force");
  BOOST_TEST(rows[0].at("address") == "an@songla.gov.vn");
  exception["rule"] = "secrecy-stamp";
  BOOST_TEST(admin("POST", "/policy/exceptions", exception.dump()).status == 400);
  exception["rule"] = "pdf-duty";
  exception["until"] = "2020-01-01";
  BOOST_TEST(admin("POST", "/policy/exceptions", exception.dump()).status == 400);
  BOOST_TEST(admin("DELETE", "/policy/exceptions/" + rows[0].at("id").get<std::string>()).status == 200);
  BOOST_TEST(sent() == "550 ");
}

BOOST_AUTO_TEST_CASE(compliance_officers_are_told_of_a_refused_stamp) {
  add("/roles", {{"account", "binh@songla.gov.vn"}, {"role", "compliance"}});
  for (int i = 0; i < 2; ++i) BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "binh@songla.gov.vn", secret_mail()).starts_with("550 5.7.1 "));
  const std::string got = read("binh");
  BOOST_TEST(has(got, "secrecy stamp"));
  BOOST_TEST(!has(got, "an@songla.gov.vn"));  // minimal: neither who nor what
  BOOST_TEST(has(read("binh", "STATUS INBOX (MESSAGES)"), "MESSAGES 1"));  // one alert for a burst
}

BOOST_AUTO_TEST_CASE(submitted_mail_for_elsewhere_is_queued) {
  BOOST_TEST(submit("an@songla.gov.vn", "an@songla.gov.vn", "x@ngoai.vn", kOfficial).starts_with("250 "));
  const Json queue = get("/queue").at("queue");
  BOOST_REQUIRE(queue.size() == 1u);
  BOOST_TEST(queue[0].at("recipients") == Json::array({"x@ngoai.vn"}));
  const std::string id = queue[0].at("id").get<std::string>();
  for (int i = 0; i < 100 && admin("POST", "/queue/" + id + "/drop").status == 409; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  BOOST_TEST(get("/queue").at("queue").empty());
}

BOOST_AUTO_TEST_CASE(a_dry_run_explains_every_rule) {
  const auto reply = admin("POST", "/policy/test?from=an%40songla.gov.vn&to=binh%40songla.gov.vn", secret_mail());
  BOOST_REQUIRE_MESSAGE(reply.status == 200, reply.body);
  const Json r = Json::parse(reply.body);
  BOOST_TEST(r.at("action") == "reject");
  BOOST_TEST(r.at("rules").size() >= 5u);
  BOOST_TEST(has(r.at("reply").get<std::string>(), "550 5.7.1"));
  BOOST_TEST(has(read("binh", "STATUS INBOX (MESSAGES)"), "MESSAGES 0"));
}

BOOST_AUTO_TEST_CASE(a_bad_reload_keeps_what_was_and_a_good_one_counts) {
  write("\n[policy.rules]\nno-such-rule = \"enforce\"\n");
  BOOST_TEST(!daemon->reload());
  BOOST_TEST(submit("an@songla.gov.vn", "an.songla@gmail.com", "binh@songla.gov.vn", kOfficial).starts_with("550 "));
  write("broken [");
  BOOST_TEST(!daemon->reload());
  BOOST_TEST(get("/config/check").at("ok") == false);
  BOOST_TEST(deliver("an@songla.gov.vn", kMail).starts_with("250 "));
  std::ofstream(file()) << replace(text(), "[policy]", "[policy]\nextra_free_providers = [\"ngoai.vn\"]");
  BOOST_REQUIRE(daemon->reload());
  add("/aliases", {{"address", "nha@songla.gov.vn"}, {"targets", {"x@ngoai.vn"}}});
  BOOST_TEST(deliver("nha@songla.gov.vn", kMail).starts_with("550 5.7.1 "));
}

BOOST_AUTO_TEST_CASE(the_check_streams_and_metrics_are_served) {
  std::string lines;
  const auto reply = net::http_call(directory + "/admin.sock", "POST", "/store/check", "", [&](std::string_view piece) { lines += piece; });
  BOOST_REQUIRE(reply);
  BOOST_TEST(reply->status == 200);
  BOOST_TEST(has(lines, "\"ok\":true"));
  Client http(init.http_port);
  http.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  BOOST_TEST(http.line() == "HTTP/1.1 200 OK");
  Client closed(init.http_port);
  closed.send("GET /accounts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  BOOST_TEST(closed.line() == "HTTP/1.1 404 Not Found");  // no directory on a TCP port
}

BOOST_AUTO_TEST_CASE(a_stop_says_goodbye) {
  Client smtp(init.smtp_port), imap(init.imaps_port, true);
  (void)smtp.reply();
  (void)imap.line();
  daemon->stop();
  BOOST_TEST(smtp.reply().starts_with("421 "));
  BOOST_TEST(imap.line().starts_with("* BYE"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(congthud_start, Site)

namespace {
std::string failure(const Site& site) {
  auto made = site.make();
  return made ? "started" : made.error().detail();
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_taken_port_is_named_with_its_setting_and_owner) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(init.imap_port);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  BOOST_REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0);
  BOOST_REQUIRE(::listen(fd, 1) == 0);
  const std::string why = failure(*this);
  BOOST_TEST(has(why, "imap.port"));
  BOOST_TEST(has(why, std::to_string(init.imap_port)));
  BOOST_TEST(has(why, "pid " + std::to_string(::getpid())));
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(a_missing_certificate_is_named) {
  std::filesystem::remove(directory + "/tls/cert.pem");
  BOOST_TEST(has(failure(*this), "cert.pem"));
}

BOOST_AUTO_TEST_CASE(two_servers_do_not_share_a_store) {
  auto first = make();
  BOOST_REQUIRE_MESSAGE(first, first.error().detail());
  Site second;
  std::filesystem::create_directory_symlink(directory + "/data", second.directory + "/data");
  BOOST_TEST(has(failure(second), "another congthud"));
  BOOST_TEST(has(failure(*this), "smtp.port"));  // the same ports
}

BOOST_AUTO_TEST_CASE(a_server_that_never_ran_can_be_thrown_away) {
  auto made = make();
  BOOST_REQUIRE_MESSAGE(made, made.error().detail());
  made->reset();
  auto again = make();
  BOOST_TEST((again.has_value()));
}

BOOST_AUTO_TEST_CASE(an_unknown_user_is_refused_before_anything_is_served) {
  std::ofstream(file()) << replace(text(), "data_dir = \"data\"", "data_dir = \"data\"\nuser = \"khong-co-nguoi-nay\"");
  BOOST_TEST(has(failure(*this), "khong-co-nguoi-nay"));
}

BOOST_AUTO_TEST_SUITE_END()
