#include "fixture.hpp"

using namespace index_test;

BOOST_FIXTURE_TEST_SUITE(searching, Fixture)

BOOST_AUTO_TEST_CASE(vietnamese_is_found_with_and_without_marks) {
  deliver(an, mail("Công văn hoả tốc", "Về việc tổ chức hội nghị thường niên"));                    // 1
  deliver(an, mail("cong van thuong", "Ve viec to chuc hoi nghi"));                                  // 2
  deliver(an, mail("Lịch nghỉ", "Tho\u0302ng ba\u0301o đươ\u0300ng dây nóng"));                      // 3: NFD
  deliver(binh, mail("Công văn khác", "của Bình"));
  catch_up();
  BOOST_TEST(candidates(an, Field::subject, "cong van") == (Uids{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(candidates(an, Field::subject, "công vă") == (Uids{1, 2}), boost::test_tools::per_element());  // the caller verifies
  BOOST_TEST(candidates(an, Field::subject, "ng va") == (Uids{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(candidates(an, Field::body, "thông báo đường") == (Uids{3}), boost::test_tools::per_element());
  BOOST_TEST(candidates(an, Field::body, "NGHI").size() == 2u);
  BOOST_TEST(candidates(an, Field::text, "songla.gov").size() == 3u);  // every root header field
  BOOST_TEST(candidates(an, Field::body, "songla").empty());
  BOOST_TEST(hits(an, "công văn") == (Uids{1}), boost::test_tools::per_element());
  BOOST_TEST(hits(an, "cong van") == (Uids{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(hits(an, "hỏa") == (Uids{1}), boost::test_tools::per_element());   // hoả, the mark elsewhere
  BOOST_TEST(hits(an, "thông báo") == (Uids{3}), boost::test_tools::per_element());
  BOOST_TEST(hits(binh, "cong") == (Uids{1}), boost::test_tools::per_element());
  require_consistent();
}

BOOST_AUTO_TEST_CASE(fields_and_document_numbers) {
  deliver(an, mail("Kế hoạch 204/KH-UBND", "Căn cứ Nghị quyết 18-NQ/TU"));
  deliver(an, mail("Số 204", "không có ký hiệu", "Lê Thị Ví dụ <le@donvi.gov.vn>"), {}, kSignatureValid);
  deliver(an, mail("Mật", "204/KH-UBND"), {}, kHidden);
  catch_up();
  BOOST_TEST(hits(an, "so:204") == (Uids{1}), boost::test_tools::per_element());
  BOOST_TEST(hits(an, "so:204/KH") == (Uids{1}), boost::test_tools::per_element());
  BOOST_TEST(hits(an, "so:18-NQ/TU") == (Uids{1}), boost::test_tools::per_element());
  BOOST_TEST(hits(an, "so:99").empty());
  BOOST_TEST(hits(an, "from:donvi") == (Uids{2}), boost::test_tools::per_element());
  BOOST_TEST(hits(an, "from:\"Lê Thị\" subject:204") == (Uids{2}), boost::test_tools::per_element());
  BOOST_TEST(hits(an, "has:signature") == (Uids{2}), boost::test_tools::per_element());
  BOOST_TEST(hits(an, "to:an has:document").empty());
  BOOST_TEST(hits(an, "UBND") == (Uids{1}), boost::test_tools::per_element());
  for (const char* bad : {"", "colour:red", "has:wings", "so:", "\"\"", "from:---"})
    BOOST_TEST((ix->text_index().search(an, bad).error().code() == base::Errc::invalid), bad);
}

BOOST_AUTO_TEST_CASE(text_of_attachments_is_found_and_verified) {
  deliver(an, mail("Kèm tệp", "xem tệp"), {"Quyết định về việc bổ nhiệm", std::string(200'000, 'x') + " cuối tệp"});
  deliver(an, mail("Khác", "xem"), {"Quyet dinh ve viec khac"});
  deliver(an, mail("quyết định", "Quyết định trong thư"));
  catch_up();
  auto p = ix->text_index().propose(an, MailboxId(1), Field::body, "quyết định");
  BOOST_REQUIRE(p.has_value());
  BOOST_TEST(numbers(p->certain) == (Uids{1}), boost::test_tools::per_element());
  BOOST_TEST(numbers(p->candidates) == (Uids{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(numbers(ix->text_index().propose(an, MailboxId(1), Field::text, "cuối tệp")->certain) == (Uids{1}), boost::test_tools::per_element());
  BOOST_TEST(candidates(an, Field::subject, "quyết định") == (Uids{3}), boost::test_tools::per_element());
  BOOST_TEST(hits(an, "\"bổ nhiệm\"") == (Uids{1}), boost::test_tools::per_element());
  need(s->run(CreateMailbox{an, "Lưu", {}}));
  const MailboxId kept = need(s->snapshot()).mailbox(an, "Lưu")->id;
  need(s->run(CopyMessages{an, MailboxId(1), kept, {Uid(1)}, false}));
  BOOST_TEST(raw(ix->text_index().propose(an, kept, Field::body, "bổ nhiệm")->indexed_up_to) == 0u);
  catch_up();
  BOOST_TEST(numbers(ix->text_index().propose(an, kept, Field::body, "bổ nhiệm")->certain) == (Uids{1}), boost::test_tools::per_element());
  require_consistent();
}

// Against the definition: every substring of every message must have the message among its candidates.
BOOST_AUTO_TEST_CASE(no_substring_loses_a_hit) {
  const std::vector<std::string> bodies = {
      "Kính gửi: Ủy ban nhân dân – “hoả tốc” (số 12/2024/NĐ-CP).", "id=a1b2c3d4e5f6a7b8 https://songla.gov.vn/tep?x=QmFzZTY0U3RyaW5nMTIz",
      "nghiencuuvatrienkhaicongvandientucapxavaphuong ket thuc", "会議の資料 và ĐƯỜNG ﬁle Ⅳ", "a b c 1 2 3 a-b"};
  for (const std::string& b : bodies) deliver(an, mail("Thư", b));
  catch_up();
  std::size_t asked = 0, unknown = 0;
  for (std::size_t i = 0; i < bodies.size(); ++i)
    for (std::size_t at = 0; at < bodies[i].size(); ++at)
      for (const std::size_t n : {2, 3, 5, 9, 14, 26}) {
        const std::string needle = bodies[i].substr(at, n);
        if (needle.size() < n || (needle[0] & 0xc0) == 0x80 || (at + n < bodies[i].size() && (bodies[i][at + n] & 0xc0) == 0x80)) continue;
        const auto p = ix->text_index().propose(an, MailboxId(1), Field::body, needle);
        ++asked;
        if (!p) { ++unknown; continue; }
        for (std::size_t j = 0; j < bodies.size(); ++j) {
          if (!indexer::holds(bodies[j], needle)) continue;
          const bool there = std::find(p->candidates.begin(), p->candidates.end(), Uid(std::uint32_t(j + 1))) != p->candidates.end();
          if (!there) BOOST_TEST_ERROR("lost: \"" << needle << "\" in " << bodies[j]);
        }
      }
  BOOST_TEST(asked > 500u);
  BOOST_TEST(unknown < asked / 10);
}

BOOST_AUTO_TEST_CASE(what_it_cannot_know_it_leaves_to_a_scan) {
  deliver(an, mail("x", "y"));
  BOOST_TEST(!ix->text_index().propose(an, MailboxId(1), Field::text, "mail").has_value());  // no index yet
  catch_up();
  for (const char* needle : {"", "a", "--", " / "}) BOOST_TEST(!ix->text_index().propose(an, MailboxId(1), Field::text, needle).has_value(), needle);
  BOOST_TEST(!ix->text_index().propose(an, MailboxId(99), Field::text, "mail").has_value());
  BOOST_TEST(!ix->text_index().propose(AccountId(99), MailboxId(1), Field::text, "mail").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
