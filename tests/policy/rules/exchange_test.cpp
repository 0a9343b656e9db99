#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>

#include "policy/rules/deadlines.hpp"
#include "policy/rules/exchange.hpp"
#include "policy/rules/meeting_time.hpp"
#include "policy/rules/meetings.hpp"
#include "policy/rules/rules.hpp"
#include "site.hpp"

namespace {

using policy::Action;
using policy::Channel;
using policy::Finding;

struct ExchangeSite final : policy::Site {
  bool is_local_domain(std::string_view domain) const override { return domain == "songla.gov.vn"; }
  std::vector<std::string> domains() const override { return {"songla.gov.vn"}; }
  bool may_send_as(std::string_view, std::string_view) const override { return true; }
  std::string agency_above(std::string_view agency) const override { return agency == "snv" || agency == "stc" ? "tinh" : ""; }
  std::string agency_of(std::string_view address) const override {
    if (!address.ends_with("@songla.gov.vn")) return "";
    return address.starts_with("stc") || address.starts_with("binh") ? "stc" : "snv";
  }
  std::vector<std::string> agency_names(std::string_view agency) const override {
    if (agency == "snv") return {"Sở Nội vụ"};
    return agency == "tinh" ? std::vector<std::string>{"Ủy ban nhân dân tỉnh Sông La"} : std::vector<std::string>{};
  }
  std::optional<bool> is_agency_mailbox(std::string_view address) const override {
    if (!address.ends_with("@songla.gov.vn")) return std::nullopt;
    return address == "snv@songla.gov.vn" || address == "stc@songla.gov.vn";
  }
};

base::Time day_start(std::string_view day) { return base::vietnam_day(day)->first; }

struct ExchangeFixture {
  ExchangeSite site;
  policy::rules::ExchangePolicies policies;
  policy::ContentFacts facts;
  policy::Context context;

  ExchangeFixture() {
    context.channel = Channel::submission;
    context.login = context.sender = "an@songla.gov.vn";
    context.recipients = {"stc@songla.gov.vn"};
    context.content = &facts;
    context.now = day_start("2026-11-20");
    context.explain = true;
    facts.from = {box("snv@songla.gov.vn")};
    facts.from_fields = 1;
  }

  void policy(const std::string& text) {
    auto parsed = base::parse_exchange_policy("id=\"p" + std::to_string(policies.size()) + "\"\ntitle=\"t\"\n" + text, "p.toml");
    BOOST_TEST_REQUIRE(parsed.has_value(), parsed.error().detail());
    policies.push_back(*std::move(parsed));
  }
  void rule(const std::string& id, const std::string& mode) { policy("[[rules]]\nrule=\"" + id + "\"\nmode=\"" + mode + "\"\nsource=\"1c\"\n"); }

  policy::document::Document& attach(std::string file, std::string kind = "Báo cáo", std::string issuer = "SỞ NỘI VỤ") {
    policy::AttachmentFacts a;
    a.file_name = std::move(file);
    a.digest = a.file_name + "-digest";
    policy::document::Document d;
    d.kind = policy::document::Value{std::move(kind), 1};
    d.number = policy::document::Value{"12/BC-SNV", 1};
    d.issuer = policy::document::Value{std::move(issuer), 1};
    a.documents = {d};
    facts.attachments.push_back(std::move(a));
    return facts.attachments.back().documents.back();
  }

  policy::Decision run() const {
    std::vector<std::unique_ptr<policy::Rule>> rules;
    policy::rules::add_exchange_rules(site, policies, rules);
    rules.push_back(policy::rules::secrecy_stamp());
    std::vector<policy::ModeEntry> entries;
    std::vector<policy::ExceptionEntry> exceptions;
    const auto added = policy::rules::add_entries(policies, rules, entries, exceptions);
    BOOST_TEST_REQUIRE(added.has_value(), added.error().detail());
    return policy::Pipeline(std::move(rules), policy::ModeTable(std::move(entries), std::move(exceptions)), site).run(policy::Stage::content, context);
  }
  static std::string evidence(const Finding& f, std::string_view name) {
    for (const auto& e : f.evidence)
      if (e.name == name) return e.value;
    return {};
  }
  std::string outcome(std::string_view wanted = "outcome") const {
    const auto decision = run();
    return decision.findings.empty() ? "none" : evidence(decision.findings.front(), wanted);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(exchange, ExchangeFixture)

BOOST_AUTO_TEST_CASE(without_a_policy_no_duty_is_asked) {
  attach("bao-cao.docx");
  BOOST_TEST(run().findings.empty());
}

BOOST_AUTO_TEST_CASE(pdf_duty_names_policy_and_source_and_binds_when_enforced) {
  rule("pdf-duty", "enforce");
  attach("bao-cao.docx");
  const auto decision = run();
  BOOST_TEST_REQUIRE((decision.action == Action::reject));
  BOOST_TEST(decision.cause()->rule == "pdf-duty");
  BOOST_TEST(evidence(*decision.cause(), "policy") == "p0");
  BOOST_TEST(evidence(*decision.cause(), "source") == "1c");
  facts.attachments.clear();
  attach("bao-cao.PDF");
  BOOST_TEST(outcome() == "met");
  context.explain = false;
  BOOST_TEST(run().findings.empty());
}

BOOST_AUTO_TEST_CASE(pdf_duty_knows_the_pdf_beside_and_what_it_cannot_know) {
  rule("pdf-duty", "enforce");
  attach("bao-cao.docx");
  attach("bao-cao.pdf");
  BOOST_TEST(outcome() == "met");
  facts.attachments.back().documents.clear();  // a scan without text
  BOOST_TEST(outcome() == "not_judged");
  facts.attachments.clear();
  attach("bao-cao.bin");
  BOOST_TEST(outcome("why") == "file_form_unknown");
  facts.attachments.clear();
  attach("bao-cao.docx", "Báo cáo", "SỞ TƯ PHÁP");
  BOOST_TEST(outcome("why") == "issued_by_others");
  facts.attachments.clear();
  attach("qd.docx", "Quyết định", "UỶ BAN NHÂN DÂN TỈNH SÔNG LA").draft = false;  // an agency above, other tone placement
  BOOST_TEST(outcome() == "violated");
  facts.attachments.back().documents.back().draft = true;
  BOOST_TEST(outcome() == "none");
}

BOOST_AUTO_TEST_CASE(duties_bind_only_what_officials_submit) {
  rule("pdf-duty", "enforce");
  attach("bao-cao.docx");
  for (Channel c : {Channel::inbound, Channel::append, Channel::import}) {
    context.channel = c;
    BOOST_TEST((run().action == Action::accept));
  }
}

BOOST_AUTO_TEST_CASE(signature_duty_starts_with_the_certificate) {
  rule("signature-duty", "enforce");
  attach("bao-cao.pdf");
  facts.attachments.back().signatures.resize(1);
  facts.attachments.back().signatures[0].verdict = policy::Verdict::unsigned_;
  BOOST_TEST(outcome("why") == "no_certificate_known");
  policy("[[certificates]]\nagency=\"snv\"\nsince=\"2026-11-20\"\n");
  BOOST_TEST(outcome() == "violated");
  BOOST_TEST((run().action == Action::reject));
  context.now -= std::chrono::milliseconds(1);
  BOOST_TEST(outcome("why") == "no_certificate_known");
  context.now += std::chrono::hours(1);
  facts.attachments.back().signatures[0].verdict = policy::Verdict::indeterminate;
  BOOST_TEST(outcome("why") == "signature_in_doubt");
  facts.attachments.back().signatures[0].verdict = policy::Verdict::valid;
  BOOST_TEST(outcome() == "met");
  facts.attachments.back().signatures.clear();
  BOOST_TEST(outcome("why") == "signatures_not_checked");
}

BOOST_AUTO_TEST_CASE(official_documents_go_between_agency_mailboxes) {
  rule("agency-mailbox", "enforce");
  attach("bao-cao.pdf");
  BOOST_TEST(outcome() == "met");
  facts.from = {box("an@songla.gov.vn")};
  BOOST_TEST(outcome("address") == "an@songla.gov.vn");
  facts.from = {box("snv@songla.gov.vn")};
  context.recipients = {"stc@songla.gov.vn", "binh@songla.gov.vn"};
  BOOST_TEST(outcome("address") == "binh@songla.gov.vn");
  context.recipients = {"nguoidan@example.com"};
  BOOST_TEST(outcome() == "not_judged");
  context.recipients = {"cuong@songla.gov.vn"};  // handing over inside the agency
  BOOST_TEST(outcome("why") == "inside_the_agency");
  context.recipients = {"binh@songla.gov.vn"};
  facts.attachments.back().documents.back().draft = true;
  BOOST_TEST(outcome() == "none");
}

BOOST_AUTO_TEST_CASE(an_exception_ends_and_its_approver_is_told) {
  rule("pdf-duty", "enforce");
  policy("[[exceptions]]\nrule=\"pdf-duty\"\nagency=\"tinh\"\nuntil=\"2026-11-20\"\napprover=\"Chánh Văn phòng\"\nreason=\"máy quét hỏng\"\n");
  attach("bao-cao.docx");
  const auto spared = run();
  BOOST_TEST((spared.action == Action::annotate));
  BOOST_TEST(evidence(spared.findings.front(), "exception").starts_with("Chánh Văn phòng"));
  context.now = day_start("2026-11-21");
  BOOST_TEST((run().action == Action::reject));
}

BOOST_AUTO_TEST_CASE(classes_come_from_the_shipped_files_and_paper_beats_electronic) {
  for (const char* name : {"binh-duong-2014", "tien-giang-2013", "nd-30-2020"}) {
    auto loaded = base::load_exchange_policy(std::filesystem::path(POLICY_FILES) / (std::string(name) + ".toml"));
    BOOST_TEST_REQUIRE(loaded.has_value(), loaded.error().detail());
    BOOST_TEST(loaded->id == name);
    policies = {*loaded};
    run();  // every rule exists
  }
  policies = {*base::load_exchange_policy(std::filesystem::path(POLICY_FILES) / "binh-duong-2014.toml")};
  const auto way = [this](std::string kind, std::string title, std::vector<std::string> to = {}) {
    facts.attachments.clear();
    auto& d = attach("van-ban.pdf", std::move(kind));
    d.title = policy::document::Value{std::move(title), 1};
    d.recipients = std::move(to);
    for (const auto& f : run().findings)
      if (f.rule == "exchange-class") return evidence(f, "way");
    return std::string("none");
  };
  BOOST_TEST(way("Giấy mời", "họp giao ban") == "e-only");
  BOOST_TEST(way("Báo cáo", "công tác tháng 6 năm 2026") == "e-only");
  BOOST_TEST(way("Báo cáo", "tổng kết năm 2026") == "e+paper");
  BOOST_TEST(way("Báo cáo", "tình hình sử dụng KINH PHÍ quý III") == "e+paper");
  BOOST_TEST(way("Quyết định", "ban hành quy chế", {"- Như trên (để biết);"}) == "e+paper");
  BOOST_TEST(way("Hợp đồng", "thuê nhà") == "");
}

BOOST_AUTO_TEST_CASE(meeting_papers_are_due_a_day_before_and_never_refused) {
  rule("meeting-papers-24h", "enforce");
  attach("giay-moi.pdf", "Giấy mời");
  facts.attachments.back().text = "Thời gian: 14 giờ 00, ngày 21 tháng 11 năm 2026.\nĐịa điểm: phòng họp số 2, từ 8 giờ";
  BOOST_TEST(outcome() == "none");  // no papers
  attach("tai-lieu.pdf");
  context.now = *base::parse_rfc3339("2026-11-20T14:00:00+07:00");
  BOOST_TEST(outcome() == "met");
  context.now += std::chrono::milliseconds(1);
  BOOST_TEST(outcome() == "violated");
  BOOST_TEST((run().action == Action::annotate));
  facts.attachments.front().text = "Thời gian: sẽ thông báo sau";
  BOOST_TEST(outcome("why") == "meeting_time_unknown");
}

BOOST_AUTO_TEST_CASE(without_a_certificate_a_pdf_is_a_scan_or_signed) {
  rule("scanned-seal", "enforce");
  attach("bao-cao.pdf");
  BOOST_TEST(outcome("why") == "scan_unknown");
  facts.attachments[0].scanned = false;
  BOOST_TEST(outcome() == "violated");
  BOOST_TEST((run().action == Action::reject));
  facts.attachments[0].scanned = true;
  BOOST_TEST(outcome() == "met");
  facts.attachments[0].scanned = false;
  policy::SignatureReport s;
  s.verdict = policy::Verdict::indeterminate;  // of whatever worth: `signature-duty` judges signatures
  facts.attachments[0].signatures = {s};
  BOOST_TEST(outcome() == "met");
  facts.attachments[0].signatures.clear();
  policy("[[certificates]]\nagency=\"snv\"\nsince=\"2026-01-01\"\n");
  BOOST_TEST(outcome("why") == "agency_has_certificate");
}

BOOST_AUTO_TEST_CASE(an_urgent_document_has_the_time_of_the_nearest_agency) {
  const std::string late = "[[urgency]]\nlevel=\"Hỏa tốc\"\n";
  policy(late + "within=\"same-day\"\nsource=\"a\"\n" + late + "within=\"2h\"\nagency=\"tinh\"\nsource=\"b\"\n" + late + "within=\"30m\"\nagency=\"snv\"\nuntil=\"2026-11-19\"\nsource=\"c\"\n");
  const auto limit = [&](std::vector<std::string> agencies, std::string_view level, std::string_view at) {
    const auto found = policy::rules::urgent_limit(policies, level, agencies, *base::parse_rfc3339(at));
    return found ? found->source + " " + base::rfc3339(found->until) : std::string("none");
  };
  BOOST_TEST(limit({"khac"}, "Hỏa tốc", "2026-11-20T09:00:00+07:00") == "a 2026-11-21T00:00:00+07:00");
  BOOST_TEST(limit({"snv", "tinh"}, "Hỏa tốc", "2026-11-20T09:00:00+07:00") == "b 2026-11-20T11:00:00+07:00");
  BOOST_TEST(limit({"snv", "tinh"}, "Hỏa tốc", "2026-11-19T09:00:00+07:00") == "c 2026-11-19T09:30:00+07:00");
  BOOST_TEST(limit({"snv"}, "Khẩn", "2026-11-20T09:00:00+07:00") == "none");
  const auto wrong = base::parse_exchange_policy("id=\"a\"\ntitle=\"t\"\n[[urgency]]\nlevel=\"Mau\"\nwithin=\"soon\"\nsource=\"1\"\n", "p.toml");
  BOOST_REQUIRE(!wrong);
  BOOST_TEST(wrong.error().detail().find("Thượng khẩn") != std::string::npos);
  BOOST_TEST(wrong.error().detail().find("same-day") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_schedule_is_an_hour_ahead_of_the_website) {
  policy::rules::PublishedSchedule s;
  s.accepted = day_start("2026-11-20");
  s.published = s.accepted + std::chrono::hours(1);
  BOOST_TEST(!policy::rules::schedule_too_late(s).has_value());
  s.published -= std::chrono::milliseconds(1);
  BOOST_TEST(policy::rules::schedule_too_late(s).has_value());
}

BOOST_AUTO_TEST_CASE(one_mail_is_no_verdict_about_a_meeting) {
  rule("meeting-papers-24h", "enforce");
  attach("giay-moi.pdf", "Giấy mời").number = policy::document::Value{"12/GM-SNV", 1};
  facts.attachments.back().text = "Thay đổi thời gian của Giấy mời số 09/GM-SNV ngày 01/11/2026.\nThời gian: 14 giờ 00, ngày 20/11/2026.";
  attach("tai-lieu.pdf");
  attach("giay-moi.pdf.p7s").kind.reset();
  BOOST_TEST(outcome() == "violated");
  context.explain = false;
  BOOST_TEST(run().findings.empty());
  const auto mail = policy::rules::read_meeting_mail(facts);
  BOOST_REQUIRE(mail.invitations.size() == 1u);
  BOOST_TEST(mail.invitations[0].number == "12/GM-SNV");
  BOOST_TEST(mail.invitations[0].moves);
  BOOST_REQUIRE(mail.invitations[0].time.has_value());
  BOOST_REQUIRE(mail.papers.size() == 1u);
  BOOST_TEST(mail.papers[0].file == "tai-lieu.pdf");
  BOOST_TEST(mail.cited == std::vector<std::string>{"09/GM-SNV"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(subjects_of_meetings_are_compared_without_their_marks) {
  const auto stem = [](std::string subject) {
    const std::string bytes = "Subject: " + subject + "\r\n\r\n";
    const mime::Structure structure = mime::scan(bytes);
    policy::ContentFacts f;
    f.content = bytes;
    f.structure = &structure;
    return policy::rules::read_meeting_mail(f).subject;
  };
  BOOST_TEST(stem("Re: Fwd: V/v họp giao ban tháng 11") == "hop giao ban thang 11");
  BOOST_TEST(stem("Tài liệu: Họp giao ban tháng 11") == stem("HỌP GIAO BAN THÁNG 11"));
  BOOST_TEST(stem("Giấy mời") == "");
}

BOOST_AUTO_TEST_CASE(a_meeting_time_is_read_or_unknown) {
  using policy::rules::meeting_time;
  const auto at = [](std::string_view text) {
    const auto t = meeting_time(text);
    return t ? base::rfc3339(*t) : std::string("unknown");
  };
  BOOST_TEST(at("Thời gian: 08 giờ 30 phút, thứ Hai, ngày 23/11/2026") == "2026-11-23T08:30:00+07:00");
  BOOST_TEST(at("họp vào lúc 14h00 ngày 25\nTháng 11 năm 2026 tại") == "2026-11-25T14:00:00+07:00");
  BOOST_TEST(at("Thời gian: 2 giờ chiều ngày 25-11-2026") == "2026-11-25T14:00:00+07:00");
  BOOST_TEST(at("Thời gian: 8 giờ ngày 25/11/2026, kính mời các đồng chí tới dự") == "2026-11-25T08:00:00+07:00");
  BOOST_TEST(at("Thời gian: 14 giờ chiều ngày 25/11/2026") == "2026-11-25T14:00:00+07:00");
  BOOST_TEST(at("Thời gian: 2 giờ ngày 25-11-2026") == "unknown");
  BOOST_TEST(at("Thời gian: 8 giờ 00 đến 11 giờ 00 ngày 25/11/2026") == "unknown");
  BOOST_TEST(at("Thời gian: 8 giờ ngày 31/02/2026") == "unknown");
  BOOST_TEST(at("Thời gian: 8 giờ ngày 25/11/2026. Thời gian: 9 giờ ngày 25/11/2026 ") == "unknown");
  BOOST_TEST(at("Căn cứ ngày 25/11/2026, 8 giờ") == "unknown");
  BOOST_TEST(at("") == "unknown");
}

BOOST_AUTO_TEST_CASE(a_wrong_policy_file_is_told_with_its_lines) {
  const auto wrong = [](const std::string& text) {
    const auto parsed = base::parse_exchange_policy(text, "p.toml");
    return parsed ? std::string() : parsed.error().detail();
  };
  BOOST_TEST(wrong("id=\"a\"\ntitle=\"t\"\n[[rules]]\nrule=\"x\"\nmode=\"maybe\"\nsource=\"1\"\n").find("p.toml:5") != std::string::npos);
  BOOST_TEST(wrong("title=\"t\"\n").find("id") != std::string::npos);
  BOOST_TEST(wrong("id=\"a\"\ntitle=\"t\"\n[[exceptions]]\nrule=\"x\"\nagency=\"a\"\napprover=\"b\"\nreason=\"c\"\n").find("until") != std::string::npos);
  BOOST_TEST(wrong("id=\"a\"\ntitle=\"t\"\n[[classes]]\nway=\"paper\"\nsource=\"1\"\nkinds=[\"Thơ\"]\n").find("Thơ") != std::string::npos);
  BOOST_TEST(wrong("id=\"a\"\ntitle=\"t\"\n[[classes]]\nway=\"paper\"\nsource=\"1\"\n").find("kinds") != std::string::npos);
  BOOST_TEST(wrong("id=\"a\"\ntitle=\"t\"\nname=1\n").find("name") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nobody_is_excepted_from_the_secrecy_rule_and_unknown_rules_are_errors) {
  std::vector<std::unique_ptr<policy::Rule>> rules;
  rules.push_back(policy::rules::secrecy_stamp());
  std::vector<policy::ModeEntry> entries;
  std::vector<policy::ExceptionEntry> exceptions;
  policy("[[exceptions]]\nrule=\"secrecy-stamp\"\nagency=\"snv\"\nuntil=\"2026-11-20\"\napprover=\"x\"\nreason=\"y\"\n");
  BOOST_TEST(!policy::rules::add_entries(policies, rules, entries, exceptions).has_value());
  policies.clear();
  rule("no-such", "observe");
  BOOST_TEST(!policy::rules::add_entries(policies, rules, entries, exceptions).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
