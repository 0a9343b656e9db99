// Site, routing, ingest and records over a store, without a server: a table of people, and mail with forged fields.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "mime/structure.hpp"
#include "store/check.hpp"
#include "tests/support/pki.hpp"
#include "tools/admin/handle.hpp"
#include "tools/congthud/ingest.hpp"
#include "tools/congthud/records.hpp"
#include "tools/congthud/recorder.hpp"
#include "tools/congthud/routing.hpp"
#include "tools/congthud/site.hpp"
#include "tools/congthud/trust_watch.hpp"

namespace {

using admin::Json;

struct People {
  std::string directory = (std::filesystem::temp_directory_path() / "congthud-parts-XXXXXX").string();
  base::ManualClock clock{*base::parse_rfc3339("2026-11-22T09:00:00+07:00")};
  base::Config config;
  std::unique_ptr<store::Store> store;

  People() {
    BOOST_REQUIRE(::mkdtemp(directory.data()) != nullptr);
    store::Options o;
    o.env.map_size = 1u << 30;
    o.env.sync = false;
    o.clock = &clock;
    o.collect = false;
    store = *store::Store::open(directory, o);
    call("/domains", {{"name", "songla.gov.vn"}});
    call("/agencies", {{"code", "svd"}, {"name", "Sở Ví dụ"}});
    call("/agencies", {{"code", "vp"}, {"name", "Văn phòng"}});
    account("an", "svd");
    account("binh", "vp");
    account("chi", "");
    call("/accounts", {{"address", "vanthu@songla.gov.vn"}, {"agency", "vp"}, {"functional", true}});
    call("/accounts/vanthu%40songla.gov.vn/send-as/an%40songla.gov.vn", nullptr);
    alias("a.nguyen", {"an@songla.gov.vn"});
    alias("phong", {"a.nguyen@songla.gov.vn", "binh@songla.gov.vn"});
    alias("ngoai", {"x@ngoai.vn"});
  }
  ~People() {
    const auto report = store::check(store->env());
    BOOST_TEST((report && report->ok()));
    store.reset();
    std::filesystem::remove_all(directory);
  }
  void call(std::string_view target, const Json& body) {
    admin::Context context{*store, config, clock, {}, clock.now()};
    context.services.password_cost = {64, 1, 1};
    const auto reply = admin::handle(context, *admin::make_request("POST", target, body.is_null() ? std::string{} : body.dump(), "test"));
    BOOST_REQUIRE_MESSAGE(reply.status == 200, reply.body);
  }
  void account(const std::string& local, const char* agency) {
    call("/accounts", {{"address", local + "@songla.gov.vn"}, {"agency", agency}, {"password", "mat khau"}});
  }
  void alias(const std::string& local, std::vector<std::string> targets) { call("/aliases", {{"address", local + "@songla.gov.vn"}, {"targets", targets}}); }
  tools::Route to(std::string_view address) const { return tools::route(*store->snapshot(), address, "mail.songla.gov.vn"); }
};

std::string header(std::string_view fields) { return std::string(fields) + "\r\nbody\r\n"; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(congthud_site, People)

BOOST_AUTO_TEST_CASE(an_official_sends_as_himself_his_alias_and_the_mailbox_he_serves) {
  const tools::StoreSite site(*store);
  BOOST_TEST(site.may_send_as("an@songla.gov.vn", "AN@SongLa.gov.vn"));
  BOOST_TEST(site.may_send_as("an@songla.gov.vn", "a.nguyen@songla.gov.vn"));
  BOOST_TEST(site.may_send_as("an@songla.gov.vn", "vanthu@songla.gov.vn"));
  BOOST_TEST(!site.may_send_as("binh@songla.gov.vn", "vanthu@songla.gov.vn"));
  BOOST_TEST(!site.may_send_as("an@songla.gov.vn", "binh@songla.gov.vn"));
  BOOST_TEST(!site.may_send_as("an@songla.gov.vn", "phong@songla.gov.vn"));  // a list speaks for others too
  BOOST_TEST(!site.may_send_as("an@songla.gov.vn", "ngoai@songla.gov.vn"));
  BOOST_TEST(!site.may_send_as("an@songla.gov.vn", "ai@songla.gov.vn"));
  BOOST_TEST(!site.may_send_as("ai@songla.gov.vn", "ai@songla.gov.vn"));
  BOOST_TEST(!site.may_send_as("", ""));
}

BOOST_AUTO_TEST_CASE(addresses_know_their_agency_and_domains_their_case) {
  const tools::StoreSite site(*store);
  BOOST_TEST(site.agency_of("a.nguyen@songla.gov.vn") == "svd");
  BOOST_TEST(site.agency_of("chi@songla.gov.vn").empty());
  BOOST_TEST(site.agency_of("x@ngoai.vn").empty());
  BOOST_TEST(site.is_local_domain("SONGLA.gov.vn"));
  BOOST_TEST(!site.is_local_domain("sub.songla.gov.vn"));
  BOOST_TEST(!site.is_local_domain(""));
}

BOOST_AUTO_TEST_CASE(routes_follow_aliases) {
  using Kind = tools::Route::Kind;
  BOOST_TEST((to("An@songla.gov.vn").kind == Kind::local));
  BOOST_TEST(to("phong@songla.gov.vn").accounts.size() == 2u);
  BOOST_TEST((to("ngoai@songla.gov.vn").kind == Kind::local));
  BOOST_TEST(to("ngoai@songla.gov.vn").external.size() == 1u);
  BOOST_TEST((to("ai@songla.gov.vn").kind == Kind::unknown));
  BOOST_TEST((to("x@ngoai.vn").kind == Kind::remote));
  BOOST_TEST((to("khong-co-a-cong").kind == Kind::unknown));
}

BOOST_AUTO_TEST_CASE(a_disabled_account_takes_no_mail) {
  call("/accounts/chi%40songla.gov.vn", {{"disabled", true}});
  BOOST_TEST((to("chi@songla.gov.vn").kind == tools::Route::Kind::disabled));
}

BOOST_AUTO_TEST_CASE(postmaster_and_abuse_always_lead_somewhere) {
  BOOST_TEST(to("postmaster@songla.gov.vn").accounts.size() == 1u);  // nobody named: the oldest account
  BOOST_TEST(to("ABUSE@songla.gov.vn").accounts.size() == 1u);
  BOOST_TEST(to("postmaster@mail.songla.gov.vn").accounts.size() == 1u);
  BOOST_TEST((to("postmaster@ngoai.vn").kind == tools::Route::Kind::remote));
  const auto binh = store->snapshot()->account("binh@songla.gov.vn")->id;
  BOOST_REQUIRE(store->run(store::PutEntry{store::Entry::role, store::account_entry_key(binh, tools::kAdminRole), "1"}));
  BOOST_TEST((to("postmaster@songla.gov.vn").accounts == std::vector{binh}));
  alias("admin", {"chi@songla.gov.vn"});
  BOOST_TEST((to("abuse@songla.gov.vn").accounts == std::vector{store->snapshot()->account("chi@songla.gov.vn")->id}));
  alias("abuse", {"an@songla.gov.vn"});
  BOOST_TEST((to("abuse@songla.gov.vn").accounts == std::vector{store->snapshot()->account("an@songla.gov.vn")->id}));
}

BOOST_AUTO_TEST_CASE(refusals_are_recorded_in_batches) {
  {
    tools::Recorder recorder(*store);
    for (int i = 0; i < 3000; ++i) recorder.add({store::RecordTable::decisions, tools::record_key(clock.now()), "{}"});
  }
  std::size_t rows = 0;
  store->snapshot()->for_each_record(store::RecordTable::decisions, "", "", [&](auto, auto) { return ++rows, true; });
  BOOST_TEST(rows == 3000u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(congthud_ingest)

BOOST_AUTO_TEST_CASE(fields_that_imitate_ours_are_removed_and_counted) {
  unsigned removed = 0;
  const std::string forged = header("Return-Path: <x@y>\r\nAuthentication-Results: mail.vidu.vn;\r\n smime=pass\r\n"
                                    "authentication-results:\tMAIL.VIDU.VN 1; smime=pass\r\nSubject: a\r\nAuthentication-Results: other.vn; spf=pass\r\n");
  BOOST_TEST(tools::remove_imitations(forged, "mail.vidu.vn", removed) == header("Subject: a\r\nAuthentication-Results: other.vn; spf=pass\r\n"));
  BOOST_TEST(removed == 3u);
}

BOOST_AUTO_TEST_CASE(comments_and_folds_do_not_hide_the_imitated_name) {
  unsigned removed = 0;
  for (const char* field : {"Authentication-Results: (c) mail.vidu.vn; smime=pass\r\n", "Authentication-Results:\r\n mail.vidu.vn; smime=pass\r\n",
                            "Authentication-Results : mail.vidu.vn; smime=pass\r\n", "Authentication-Results: \"mail.vidu.vn\"; smime=pass\r\n",
                            "Authentication-Results: mail.vidu.vn\r\n\t; smime=pass\r\n", "Authentication-Results: mail.vidu.vn.; smime=pass\r\n",
                            "AUTHENTICATION-RESULTS: Mail.VIDU.vn;smime=pass\r\n", "Authentication-Results: \"mail\\.vidu.vn\"; smime=pass\r\n"}) {
    BOOST_TEST_CONTEXT(field) {
      BOOST_TEST(tools::remove_imitations(header(std::string(field) + "Subject: a\r\n"), "mail.vidu.vn", removed) == header("Subject: a\r\n"));
      BOOST_TEST(removed == 1u);
    }
  }
}

BOOST_AUTO_TEST_CASE(bodies_and_other_fields_are_left_alone) {
  unsigned removed = 7;
  const std::string clean = "Subject: a\r\nX-Return-Path: b\r\n\r\nReturn-Path: <c>\r\nAuthentication-Results: mail.vidu.vn; smime=pass\r\n";
  BOOST_TEST(tools::remove_imitations(clean, "mail.vidu.vn", removed) == clean);
  BOOST_TEST(removed == 0u);
  BOOST_TEST(tools::remove_imitations("", "mail.vidu.vn", removed).empty());
  const std::string only_header = "Return-Path: <c>\r\nSubject: a\r\n";
  BOOST_TEST(tools::remove_imitations(only_header, "mail.vidu.vn", removed) == "Subject: a\r\n");
}

BOOST_AUTO_TEST_CASE(thread_keys_are_own_id_first_and_bounded) {
  std::string fields = "References: <r1@x> <r2@x>\r\nIn-Reply-To: <r2@x>\r\nMessage-ID: <me@x>\r\n";
  const auto keys = tools::thread_keys(fields);
  BOOST_REQUIRE(keys.size() == 4u);
  BOOST_TEST((keys[0] == store::thread_key("me@x")));
  BOOST_TEST((keys[1] == store::thread_key("r2@x")));
  std::string many = "References:";
  for (int i = 0; i < 500; ++i) many += " <" + std::to_string(i) + "@x>";
  BOOST_TEST(tools::thread_keys(many + "\r\n").size() == 16u);
  BOOST_TEST(tools::thread_keys("References: <unended\r\n").empty());
}

BOOST_AUTO_TEST_CASE(a_signature_row_tells_whose_it_is_and_which_mail_it_was) {
  People people;
  const tools::StoreSite site(*people.store);
  const std::string mail = "From: An <an@songla.gov.vn>\r\nMessage-ID: <m1@songla.gov.vn>\r\nSubject: =?utf-8?Q?V=E1=BB=81_vi=E1=BB=87c_?=\r\n" +
                           std::string(" =?utf-8?Q?") + std::string(300, 'a') + "=E1=BB=81?=\r\n\r\nx\r\n";
  const mime::Structure structure = mime::scan(mail);
  policy::ContentFacts facts;
  facts.content = mail;
  facts.structure = &structure;
  facts.smime.verdict = policy::Verdict::valid;
  policy::SignatureReport report;
  report.verdict = policy::Verdict::valid;
  report.anchor_class = policy::AnchorClass::vgca;
  report.signer.emplace();
  report.signer->common_name = "Nguyễn Văn An";
  report.signer->issuer = "CN=CA Ví dụ";
  report.signer->fingerprint = "AA";
  report.signer->not_after = people.clock.now() + std::chrono::hours(24);
  facts.smime.signatures = {report};
  policy::Context context;
  context.channel = policy::Channel::submission;
  context.login = "an@songla.gov.vn";
  context.now = people.clock.now();
  context.recipients = {"binh@songla.gov.vn"};
  context.content = &facts;
  std::vector<store::Put> puts;
  tools::add_signature_records(site, context, facts, {}, puts);
  BOOST_REQUIRE(puts.size() == 1u);
  const Json row = Json::parse(puts[0].value);
  BOOST_TEST(row.at("agency") == "svd");
  BOOST_TEST(row.at("message_id") == "m1@songla.gov.vn");
  const auto subject = row.at("subject").get<std::string>();
  BOOST_TEST(subject.starts_with("Về việc aaa"));
  BOOST_TEST(subject.size() <= 200u);
  BOOST_TEST(row.at("signer").at("not_after") == "2026-11-23T09:00:00+07:00");
  BOOST_TEST(row.at("signer").at("not_before").is_null());
  BOOST_TEST(row.at("anchor_class") == "vgca");
}

BOOST_AUTO_TEST_CASE(what_ends_is_in_the_metrics_before_anybody_asks_for_a_list) {
  People people;
  tools::TrustWatch watch(*people.store, people.clock, 30);
  BOOST_REQUIRE(watch.look());
  BOOST_TEST(watch.metrics().find("congthu_trust_objects{state=\"expired\"} 0\n") != std::string::npos);
  test::CertSpec spec = test::ca_spec("Root \"A\"");
  spec.not_after = people.clock.now() + std::chrono::hours(24 * 20);
  people.call("/trust", {{"pem", test::make_certificate(spec).certificate}});
  BOOST_REQUIRE(watch.look());
  BOOST_TEST(watch.metrics().find("congthu_trust_objects{state=\"expiring\"} 1\n") != std::string::npos);
  BOOST_TEST(watch.metrics().find("name=\"CN=Root \\\\\\\"A") != std::string::npos);  // RFC 4514 escapes the quote, and the metric both
  people.clock.advance(std::chrono::hours(24 * 21));
  BOOST_REQUIRE(watch.look());
  BOOST_TEST(watch.metrics().find("congthu_trust_objects{state=\"expired\"} 1\n") != std::string::npos);
  watch.start();
  watch.changed(1);
  watch.stop();
}

BOOST_AUTO_TEST_CASE(keywords_follow_the_verdicts) {
  policy::ContentFacts facts;
  facts.smime.verdict = policy::Verdict::valid;
  BOOST_TEST(tools::derived_bits(facts) == store::kSignatureValid);
  facts.smime.verdict = policy::Verdict::spoof;
  BOOST_TEST(tools::derived_bits(facts) == store::kSignatureInvalid);
  for (const auto v : {policy::Verdict::weak, policy::Verdict::indeterminate, policy::Verdict::unsigned_}) {
    facts.smime.verdict = v;
    BOOST_TEST(tools::derived_bits(facts) == 0u);
  }
  policy::AttachmentFacts signed_pdf;
  signed_pdf.documents.resize(1);
  signed_pdf.signatures.resize(1);
  signed_pdf.signatures[0].verdict = policy::Verdict::valid;
  facts.attachments = {signed_pdf};
  BOOST_TEST(tools::derived_bits(facts) == (store::kDocument | store::kDocumentSignatureValid));  // and none for the message
}

BOOST_AUTO_TEST_SUITE_END()
