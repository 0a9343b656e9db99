// Which form the signatures of an official document have: the person, then the agency (NĐ 30/2020/NĐ-CP Điều 5.1, 32.2d).
#include <boost/test/unit_test.hpp>

#include "policy/document/legal_form.hpp"

namespace {

using policy::AgencyNames;
using policy::Code;
using policy::LegalForm;
using policy::SignatureReport;
using policy::Verdict;

const base::Time kSigned = base::parse_rfc3339("2026-03-05T09:00:00+07:00").value();

SignatureReport by(const std::string& name, const std::string& organization = "ỦY BAN NHÂN DÂN TỈNH SÔNG LA") {
  SignatureReport r;
  r.layer = policy::Layer::pdf;
  r.verdict = Verdict::valid;
  r.signer.emplace();
  r.signer->common_name = name;
  r.signer->organization = organization;
  r.signing_time_claimed = kSigned;
  return r;
}

policy::document::Document paper(const std::string& issuer, const std::string& date = "2026-03-05") {
  policy::document::Document d;
  if (!issuer.empty()) d.issuer = policy::document::Value{issuer, 0.9};
  if (!date.empty()) d.date = policy::document::Value{date, 0.9};
  return d;
}

struct Judged {
  LegalForm form;
  policy::Reasons reasons;
};

Judged judged(std::vector<SignatureReport> all, const policy::document::Document& d, const std::vector<AgencyNames>& agencies = {}) {
  std::vector<Verdict> before;
  for (const SignatureReport& r : all) before.push_back(r.verdict);
  policy::document::judge_legal_form(all, d, agencies);
  for (std::size_t i = 0; i < all.size(); ++i) BOOST_TEST((all[i].verdict == before[i]));
  return {all.front().legal_form, all.back().reasons};
}

bool tells(const Judged& j, Code code) {
  return std::any_of(j.reasons.begin(), j.reasons.end(), [code](const policy::Reason& r) { return r.code == code; });
}

#define EXPECT_FORM(expression, wanted) BOOST_TEST(policy::to_string((expression).form) == policy::to_string(LegalForm::wanted))

}  // namespace

BOOST_AUTO_TEST_SUITE(legal_form)

BOOST_AUTO_TEST_CASE(the_person_then_the_agency_is_complete) {
  EXPECT_FORM(judged({by("Lò Thị Thử"), by("SỞ Y TẾ")}, paper("SỞ Y TẾ")), complete);
  EXPECT_FORM(judged({by("Lò Thị Thử"), by("Sở Y tế")}, paper("SỞ Y TẾ TỈNH SÔNG LA")), complete);
  EXPECT_FORM(judged({by("Lò Thị Thử"), by("Uỷ ban nhân dân", "TỈNH SÔNG LA")}, paper("UBND tỉnh Sông La")), complete);
}

BOOST_AUTO_TEST_CASE(what_is_missing_or_out_of_order_is_named) {
  const auto lone = judged({by("SỞ Y TẾ")}, paper("SỞ Y TẾ"));
  EXPECT_FORM(lone, incomplete);
  BOOST_TEST(tells(lone, Code::legal_person_missing));
  const auto person = judged({by("Lò Thị Thử")}, paper("SỞ Y TẾ"));
  EXPECT_FORM(person, incomplete);
  BOOST_TEST(tells(person, Code::legal_agency_missing));
  const auto turned = judged({by("SỞ Y TẾ"), by("Lò Thị Thử")}, paper("SỞ Y TẾ"));
  EXPECT_FORM(turned, incomplete);
  BOOST_TEST(tells(turned, Code::legal_order));
}

BOOST_AUTO_TEST_CASE(another_agency_is_a_mismatch_unless_it_bore_that_name) {
  const std::vector<SignatureReport> both = {by("Lò Thị Thử"), by("SỞ THÔNG TIN VÀ TRUYỀN THÔNG")};
  const auto other = judged(both, paper("SỞ KHOA HỌC VÀ CÔNG NGHỆ"));
  EXPECT_FORM(other, issuer_mismatch);
  BOOST_TEST(tells(other, Code::legal_issuer_differs));
  const AgencyNames merged{{"Sở Khoa học và Công nghệ", "Sở Thông tin và Truyền thông"}, "2025-03-01", ""};
  EXPECT_FORM(judged(both, paper("SỞ KHOA HỌC VÀ CÔNG NGHỆ"), {merged}), complete);
  EXPECT_FORM(judged(both, paper("SỞ KHOA HỌC VÀ CÔNG NGHỆ", "2024-03-05"), {merged}), issuer_mismatch);  // before the merger
}

BOOST_AUTO_TEST_CASE(copies_and_the_portal_are_recognised) {
  auto copied = paper("SỞ Y TẾ");
  copied.copy_form = policy::document::Value{"Sao y", 0.9};
  EXPECT_FORM(judged({by("VĂN PHÒNG ỦY BAN NHÂN DÂN TỈNH SÔNG LA")}, copied), copy);
  EXPECT_FORM(judged({by("Lò Thị Thử")}, copied), incomplete);
  EXPECT_FORM(judged({by("Cổng Thông tin điện tử tỉnh Sông La")}, paper("SỞ Y TẾ")), publication);
}

BOOST_AUTO_TEST_CASE(the_receiver_s_stamp_is_not_the_issuer) {
  auto received = paper("SỞ Y TẾ");
  received.incoming = policy::document::Incoming{"12", "2026-03-06"};
  const auto all = judged({by("Lò Thị Thử"), by("SỞ Y TẾ"), by("SỞ NỘI VỤ")}, received);
  EXPECT_FORM(all, complete);
  BOOST_TEST(tells(all, Code::incoming_stamp_signature));
}

BOOST_AUTO_TEST_CASE(an_agency_does_not_sign_before_the_document_s_day) {
  const auto early = judged({by("Lò Thị Thử"), by("SỞ Y TẾ")}, paper("SỞ Y TẾ", "2026-03-06"));
  EXPECT_FORM(early, incomplete);
  BOOST_TEST(tells(early, Code::legal_date_before));
  const auto late = judged({by("Lò Thị Thử"), by("SỞ Y TẾ")}, paper("SỞ Y TẾ", "2026-01-02"));
  EXPECT_FORM(late, complete);
  BOOST_TEST(tells(late, Code::legal_date_late));
}

BOOST_AUTO_TEST_CASE(nothing_is_said_of_what_is_not_known) {
  auto unproven = by("SỞ Y TẾ");
  unproven.verdict = Verdict::indeterminate;
  EXPECT_FORM(judged({by("Lò Thị Thử"), unproven}, paper("SỞ Y TẾ")), none);
  const auto nameless = judged({by("Lò Thị Thử"), by("SỞ Y TẾ")}, paper(""));
  EXPECT_FORM(nameless, none);
  BOOST_TEST(tells(nameless, Code::legal_issuer_unknown));
  auto stamp = by("Dấu thời gian Thử");
  stamp.document_timestamp = true;
  stamp.verdict = Verdict::indeterminate;
  EXPECT_FORM(judged({by("Lò Thị Thử"), by("SỞ Y TẾ"), stamp}, paper("SỞ Y TẾ")), complete);
  auto draft = paper("SỞ Y TẾ");
  draft.draft = true;
  EXPECT_FORM(judged({by("Lò Thị Thử"), by("SỞ Y TẾ")}, draft), none);
}

BOOST_AUTO_TEST_SUITE_END()
