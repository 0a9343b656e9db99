#include <boost/test/unit_test.hpp>

#include "policy/rules/rules.hpp"
#include "site.hpp"

namespace {

using policy::Action;
using policy::Channel;
using policy::Mode;
using policy::Stage;

struct Fixture {
  TestSite site;
  policy::rules::FreeProviders list = policy::rules::FreeProviders::builtin();
  policy::ContentFacts facts;
  policy::Context context;

  Fixture() {
    context.channel = Channel::submission;
    context.login = "an@songla.gov.vn";
    context.sender = "an@songla.gov.vn";
    context.recipients = {"binh@songla.gov.vn"};
    context.content = &facts;
    facts.from = {box("an@songla.gov.vn")};
    facts.from_fields = 1;
  }
  policy::Decision run(Stage stage, policy::ModeTable modes = policy::ModeTable{}) const {
    return policy::Pipeline(policy::rules::builtin_rules(list, site), std::move(modes), site).run(stage, context);
  }
  void stamp(double confidence) {
    policy::AttachmentFacts a;
    a.file_name = "congvan.pdf";
    policy::document::Document d;
    d.secrecy = policy::document::Value{"Mật", confidence};
    a.documents = {d};
    facts.attachments = {a};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rules, Fixture)

BOOST_AUTO_TEST_CASE(an_official_under_his_own_address_is_accepted) {
  BOOST_TEST((run(Stage::mail).action == Action::accept));
  BOOST_TEST((run(Stage::content).action == Action::accept));
}

BOOST_AUTO_TEST_CASE(a_free_provider_address_is_refused_at_submission_wherever_it_stands) {
  context.sender = "an.songla@gmail.com";
  const auto mail = run(Stage::mail);
  BOOST_TEST_REQUIRE((mail.action == Action::reject));
  BOOST_TEST(mail.cause()->rule == "free-provider");
  BOOST_TEST(mail.cause()->enhanced == "5.7.1");
  context.sender = "an@songla.gov.vn";
  facts.reply_to = {box("an@sub.yahoo.com.vn")};
  BOOST_TEST((run(Stage::content).action == Action::reject));
  facts.reply_to.clear();
  facts.sender = {box("an@GMAIL.com")};
  BOOST_TEST((run(Stage::content).action == Action::reject));
}

BOOST_AUTO_TEST_CASE(a_citizen_at_a_free_provider_may_write_to_an_agency) {
  context.channel = Channel::inbound;
  context.login.clear();
  context.sender = "nguoidan@gmail.com";
  facts.from = {box("nguoidan@gmail.com")};
  BOOST_TEST((run(Stage::mail).action == Action::annotate));
  BOOST_TEST((run(Stage::content).action == Action::annotate));
}

BOOST_AUTO_TEST_CASE(sender_and_from_belong_to_the_login) {
  context.sender = "binh@songla.gov.vn";
  BOOST_TEST((run(Stage::mail).action == Action::reject));
  context.sender = "vanthu@songla.gov.vn";  // a functional mailbox that the login works for
  BOOST_TEST((run(Stage::mail).action == Action::accept));
  facts.from = {box("binh@songla.gov.vn")};
  const auto content = run(Stage::content);
  BOOST_TEST_REQUIRE((content.action == Action::reject));
  BOOST_TEST(content.cause()->rule == "sender-identity");
}

BOOST_AUTO_TEST_CASE(a_null_reverse_path_is_for_receipts_and_still_needs_an_own_from) {
  context.sender.clear();
  BOOST_TEST((run(Stage::mail).action == Action::accept));
  facts.from = {box("binh@songla.gov.vn")};
  BOOST_TEST((run(Stage::content).action == Action::reject));
}

BOOST_AUTO_TEST_CASE(several_from_fields_or_addresses_are_refused_at_submission) {
  facts.from_fields = 2;
  BOOST_TEST((run(Stage::content).action == Action::reject));
  facts.from_fields = 1;
  facts.from.push_back(box("an@songla.gov.vn"));
  BOOST_TEST((run(Stage::content).action == Action::reject));
  facts.from.clear();
  BOOST_TEST((run(Stage::content).action == Action::reject));
}

BOOST_AUTO_TEST_CASE(from_outside_several_from_fields_are_refused_and_our_name_is_annotated) {
  context.channel = Channel::inbound;
  context.login.clear();
  BOOST_TEST((run(Stage::content).action == Action::annotate));
  facts.from_fields = 2;
  BOOST_TEST((run(Stage::content).action == Action::reject));
}

BOOST_AUTO_TEST_CASE(our_address_from_outside_is_held_back_once_that_is_enforced_unless_its_signature_is_valid) {
  const policy::ModeTable enforced({{"own-address-outside", Mode::enforce, "", "", base::Time{}, std::nullopt}});
  BOOST_TEST((run(Stage::content, enforced).action != Action::quarantine));  // submitted by whom it is
  context.channel = Channel::inbound;
  context.login.clear();
  BOOST_TEST((run(Stage::content).action == Action::annotate));
  const auto held = run(Stage::content, enforced);
  BOOST_TEST((held.action == Action::quarantine));
  BOOST_TEST(held.cause()->rule == "own-address-outside");
  facts.smime.verdict = policy::Verdict::invalid;
  BOOST_TEST((run(Stage::content, enforced).action == Action::quarantine));
  facts.smime.verdict = policy::Verdict::valid;
  BOOST_TEST((run(Stage::content, enforced).action == Action::annotate));
  facts.smime.verdict = policy::Verdict::unsigned_;
  facts.from = {box("x@ngoai.vn")};
  BOOST_TEST((run(Stage::content, enforced).action == Action::accept));
}

BOOST_AUTO_TEST_CASE(a_certain_secrecy_stamp_is_refused_on_every_channel_and_a_doubtful_one_annotated) {
  stamp(0.97);
  for (Channel c : {Channel::submission, Channel::inbound, Channel::append, Channel::import}) {
    context.channel = c;
    const auto decision = run(Stage::content);
    BOOST_TEST_REQUIRE((decision.action == Action::reject));
    BOOST_TEST(decision.cause()->rule == "secrecy-stamp");
  }
  stamp(0.6);
  context.channel = Channel::append;
  BOOST_TEST((run(Stage::content).action == Action::annotate));
}

BOOST_AUTO_TEST_CASE(a_mode_is_data_the_agency_beats_the_site_and_dates_count) {
  context.sender = "an@gmail.com";
  const base::Time start(std::chrono::hours(1000));
  policy::ModeEntry site_off{"free-provider", Mode::observe, "", "", base::Time{}, std::nullopt};
  BOOST_TEST((run(Stage::mail, policy::ModeTable({site_off})).findings.size() == 2));
  policy::ModeEntry agency{"free-provider", Mode::off, "", "snv", start, std::nullopt};
  context.now = start;
  const auto off = run(Stage::mail, policy::ModeTable({agency, site_off}));
  for (const auto& f : off.findings) BOOST_TEST(f.rule != "free-provider");
  context.now = start - std::chrono::milliseconds(1);
  const auto before = run(Stage::mail, policy::ModeTable({agency, site_off}));
  BOOST_TEST_REQUIRE(!before.findings.empty());
  BOOST_TEST((before.findings.front().mode == Mode::observe));
}

BOOST_AUTO_TEST_CASE(an_agency_is_bound_by_the_nearest_entry_above_it) {
  context.sender = "an@gmail.com";
  const auto first = [&](std::vector<policy::ModeEntry> entries) {
    const auto decision = run(Stage::mail, policy::ModeTable(std::move(entries)));
    for (const auto& f : decision.findings)
      if (f.rule == "free-provider") return f.mode;
    return Mode::off;
  };
  const policy::ModeEntry domain{"free-provider", Mode::off, "songla.gov.vn", "", {}, {}};
  const policy::ModeEntry above{"free-provider", Mode::observe, "", "tinh", {}, {}};
  const policy::ModeEntry own{"free-provider", Mode::enforce, "", "snv", {}, {}};
  const policy::ModeEntry other{"free-provider", Mode::enforce, "", "stc", {}, {}};
  BOOST_TEST((first({domain, other}) == Mode::off));
  BOOST_TEST((first({above, domain, other}) == Mode::observe));
  BOOST_TEST((first({own, above, domain}) == Mode::enforce));
  const policy::ModeEntry elsewhere{"free-provider", Mode::off, "khac.gov.vn", "", {}, {}};
  BOOST_TEST((first({elsewhere}) == Mode::enforce));
}

BOOST_AUTO_TEST_CASE(an_answer_is_one_line_of_ascii_without_smtputf8) {
  context.sender = "an@gmail.com";
  const auto decision = run(Stage::mail);
  const std::string line = policy::reply_text(*decision.cause(), false);
  for (char c : line) BOOST_TEST((c >= 0x20 && c < 0x7f));
  BOOST_TEST(line.find("Khong duoc gui thu cong vu") != std::string::npos);
  BOOST_TEST(policy::reply_text(*decision.cause(), true).find("Không được gửi") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(free_providers)

BOOST_AUTO_TEST_CASE(matches_whole_labels_in_any_spelling) {
  const auto list = policy::rules::FreeProviders::builtin();
  BOOST_TEST(list.size() > 40u);
  for (auto yes : {"gmail.com", "GMAIL.COM", "mail.gmail.com", "yahoo.com.vn", "gmail.com."}) BOOST_TEST(list.contains(yes), yes);
  for (auto no : {"notgmail.com", "gmail.com.songla.gov.vn", "songla.gov.vn", "com", "", "[127.0.0.1]"}) BOOST_TEST(!list.contains(no), no);
}

BOOST_AUTO_TEST_CASE(an_official_sector_domain_beats_the_list) {
  auto list = policy::rules::FreeProviders::builtin();
  BOOST_TEST_REQUIRE(list.add("nganh.example").has_value());
  BOOST_TEST_REQUIRE(list.exempt("ct.nganh.example").has_value());
  BOOST_TEST(list.contains("nganh.example"));
  BOOST_TEST(!list.contains("ct.nganh.example"));
}

BOOST_AUTO_TEST_CASE(a_bad_line_is_named) {
  const auto list = policy::rules::FreeProviders::parse("gmail.com\n\nbad domain!\n", "list.txt");
  BOOST_TEST_REQUIRE(list.has_error());
  BOOST_TEST(list.error().detail().find("list.txt:3") == 0u);
  BOOST_TEST(policy::rules::FreeProviders::load("/nonexistent/list").has_error());
}

BOOST_AUTO_TEST_SUITE_END()
