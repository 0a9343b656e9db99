#include "tests/policy/signature/cast.hpp"

using namespace policy;

BOOST_AUTO_TEST_SUITE(policy_report)

BOOST_AUTO_TEST_CASE(every_code_has_a_distinct_name_and_both_texts) {
  for (int i = 0; i < int(Code::kCount); ++i) {
    const Code c = Code(i);
    BOOST_TEST_CONTEXT(name(c)) {
      BOOST_CHECK(parse_code(name(c)) == c);
      BOOST_CHECK(!text(c).vi.empty() && !text(c).en.empty());
    }
  }
  BOOST_CHECK(!parse_code("no_such_code"));
}

BOOST_AUTO_TEST_CASE(the_worst_reason_decides) {
  Reasons r;
  BOOST_CHECK(verdict_of(r) == Verdict::valid);
  add(r, Code::revocation_off);
  BOOST_CHECK(verdict_of(r) == Verdict::valid);
  add(r, Code::weak_digest);
  BOOST_CHECK(verdict_of(r) == Verdict::weak);
  add(r, Code::expired);
  BOOST_CHECK(verdict_of(r) == Verdict::indeterminate);
  add(r, Code::from_mismatch);
  BOOST_CHECK(verdict_of(r) == Verdict::spoof);
  add(r, Code::digest_mismatch);
  add(r, Code::digest_mismatch);
  BOOST_CHECK(verdict_of(r) == Verdict::invalid);
  BOOST_CHECK_EQUAL(r.size(), 5u);
}

BOOST_AUTO_TEST_CASE(authentication_results_follow_the_contract) {
  BOOST_CHECK_EQUAL(auth_result(Verdict::valid), "pass");
  BOOST_CHECK_EQUAL(auth_result(Verdict::invalid), "fail");
  BOOST_CHECK_EQUAL(auth_result(Verdict::spoof), "fail");
  BOOST_CHECK_EQUAL(auth_result(Verdict::weak), "policy");
  BOOST_CHECK_EQUAL(auth_result(Verdict::indeterminate), "neutral");
  BOOST_CHECK_EQUAL(auth_result(Verdict::indeterminate, true), "temperror");
  BOOST_CHECK_EQUAL(auth_result(Verdict::unsigned_), "none");
  VerifyReport r;
  r.verdict = Verdict::spoof;
  add(r.reasons, Code::weak_digest);
  add(r.reasons, Code::from_mismatch, "x\r\nInjected: y");
  BOOST_CHECK_EQUAL(auth_results_clause(r), "smime=fail reason=\"from_mismatch\"");
}

BOOST_AUTO_TEST_CASE(authentication_results_name_the_signer_by_a_plain_address_only) {
  VerifyReport r;
  r.verdict = Verdict::valid;
  add(r.reasons, Code::headers_unprotected);
  add(r.reasons, Code::verified);
  SignatureReport s;
  s.verdict = Verdict::valid;
  s.signer.emplace();
  const auto named = [&](std::vector<std::string> emails) {
    s.signer->emails = std::move(emails);
    r.signatures = {s};
    return auth_results_clause(r);
  };
  const std::string bare = "smime=pass reason=\"verified\"";
  BOOST_CHECK_EQUAL(named({"an@songla.gov.vn"}), bare + "\r\n\tbody.smime-identifier=an@songla.gov.vn");
  for (const char* odd : {"", "an", "@songla.gov.vn", "an@", "a b@x.vn", "an@x.vn;spf=pass", "an@x.vn\r\nX: y", "\"a\"@x.vn", "ấn@x.vn", "a@b@c"})
    BOOST_CHECK_EQUAL(named({odd}), bare);
  BOOST_CHECK_EQUAL(named({"\"a\"@x.vn", "an@x.vn"}), bare + "\r\n\tbody.smime-identifier=an@x.vn");
  s.part = "2";  // an attached mail's signature is not the mail's
  BOOST_CHECK_EQUAL(named({"an@songla.gov.vn"}), bare);
  s.part.clear();
  s.verdict = Verdict::indeterminate;  // a further signer whose word did not hold
  BOOST_CHECK_EQUAL(named({"an@songla.gov.vn"}), bare);
}

BOOST_AUTO_TEST_CASE(json_comes_back_the_same_and_hostile_json_is_refused) {
  const VerifyReport real = test::judge(test::signed_mail({}, {test::pki().user})).report;
  BOOST_REQUIRE_EQUAL(real.signatures.size(), 1u);
  for (const auto lang : {base::Lang::vi, base::Lang::en}) {
    const auto back = parse_verify_report(to_json(real, lang));
    BOOST_REQUIRE(back);
    BOOST_CHECK(*back == real);
  }
  VerifyReport odd = real;
  odd.signatures[0].signer->subject = "CN=\xff\xfe broken \"utf8\"";
  BOOST_CHECK(parse_verify_report(to_json(odd, base::Lang::vi)));
  for (const char* bad : {"", "{}", "[]", "null", R"({"schema":"congthu.verify/2","verdict":"valid","reasons":[],"signatures":[]})",
                          R"({"schema":"congthu.verify/1","verdict":"fine","reasons":[],"signatures":[]})",
                          R"({"schema":"congthu.verify/1","verdict":"valid","reasons":[{"code":"x","text":""}],"signatures":[]})"})
    BOOST_CHECK_MESSAGE(!parse_verify_report(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
