// Reports as files: what people, spreadsheets and programs get of the same figures.
#include <boost/test/unit_test.hpp>
#include <zip.h>

#include "tools/report/chart.hpp"
#include "tools/report/csv.hpp"
#include "tools/report/csv_read.hpp"
#include "tools/report/html.hpp"
#include "tools/report/pdf.hpp"
#include "tools/report/xlsx.hpp"

using namespace report;

namespace {

Json heading(const char* key, const char* vi, const char* en, const char* formula = nullptr) {
  return {{"key", key}, {"title", {{"vi", vi}, {"en", en}}}, {"formula", formula == nullptr ? Json(nullptr) : Json{{"vi", formula}, {"en", formula}}}};
}

Json sample() {
  Json rows = Json::array();
  rows.push_back({{"group", "svd"}, {"verdict", "valid"}, {"count", 12}, {"signed_share", 0.75}});
  rows.push_back({{"group", "svd"}, {"verdict", "spoof"}, {"count", 3}, {"signed_share", nullptr}});
  rows.push_back({{"group", "=HYPERLINK(\"http://x\")<script>"}, {"verdict", "valid"}, {"count", 1}, {"signed_share", 1.0}});
  return {{"schema", "congthu.report.signatures/1"}, {"report", "signatures"}, {"title", {{"vi", "Báo cáo chữ ký số"}, {"en", "Signatures"}}},
          {"from", "2026-10-01"}, {"to", "2026-10-31"}, {"as_of", "2026-11-02T08:15:00+07:00"},
          {"columns", {heading("group", "Nhóm", "Group"), heading("verdict", "Kết luận", "Verdict"), heading("count", "Số lượng", "Count", "đếm từng dòng"),
                       heading("signed_share", "Tỷ lệ", "Share")}},
          {"rows", rows}, {"totals", {{"valid", 13}, {"spoof", 3}}},
          {"labels", {{"group", {{"svd", {{"vi", "Sở Ví dụ"}, {"en", "Sở Ví dụ"}}}}}, {"verdict", {{"valid", {{"vi", "hợp lệ"}, {"en", "valid"}}}}}}},
          {"charts", {{{"title", {{"vi", "Kết luận theo nhóm"}, {"en", "By group"}}}, {"category", "group"}, {"series", "verdict"}, {"value", "count"}}}},
          {"notes", Json::array({{{"vi", "Một ghi chú"}, {"en", "A note"}}})}};
}

Report of(const Json& reply, base::Lang lang = base::Lang::vi) {
  auto made = make_report(reply, lang);
  BOOST_REQUIRE(made);
  return *std::move(made);
}

bool holds(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

// One file of a workbook.
std::string member(const std::string& bytes, const char* name) {
  zip_error_t error;
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  BOOST_REQUIRE(source != nullptr);
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  BOOST_REQUIRE(archive != nullptr);
  std::string out;
  if (zip_file_t* file = zip_fopen(archive, name, 0); file != nullptr) {
    char block[4096];
    for (zip_int64_t n = 0; (n = zip_fread(file, block, sizeof block)) > 0;) out.append(block, std::size_t(n));
    zip_fclose(file);
  }
  zip_discard(archive);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report_files)

BOOST_AUTO_TEST_CASE(codes_are_labelled_for_people_and_stay_codes_for_programs) {
  const Report r = of(sample());
  BOOST_TEST(cell(r, *r.column("group"), r.rows[0]) == "Sở Ví dụ");
  BOOST_TEST(cell(r, *r.column("verdict"), r.rows[0]) == "hợp lệ");
  BOOST_TEST(cell(r, *r.column("signed_share"), r.rows[0]) == "75.0 %");
  BOOST_TEST(to_csv(r).starts_with("\xEF\xBB\xBFgroup,verdict,count,signed_share\r\nsvd,valid,12,0.75\r\n"));
}

BOOST_AUTO_TEST_CASE(a_missing_figure_says_so_in_every_form) {
  const Report r = of(sample());
  BOOST_TEST(holds(to_csv(r), "svd,spoof,3,chưa có số liệu\r\n"));
  BOOST_TEST(holds(to_html(r), "<td class=\"none\">chưa có số liệu</td>"));
  BOOST_TEST(holds(to_html(of(sample(), base::Lang::en)), "no data yet"));
}

BOOST_AUTO_TEST_CASE(text_from_outside_is_neither_markup_nor_a_formula) {
  const Report r = of(sample());
  const std::string html = to_html(r);
  BOOST_TEST(!holds(html, "<script"));
  BOOST_TEST(holds(html, "=HYPERLINK(&quot;http://x&quot;)&lt;script&gt;"));
  BOOST_TEST(holds(to_csv(r), "\"'=HYPERLINK(\"\"http://x\"\")<script>\""));
  const auto book = to_xlsx(r);
  BOOST_REQUIRE(book);
  BOOST_TEST(!holds(member(*book, "xl/worksheets/sheet1.xml"), "<f>"));
  BOOST_TEST(holds(member(*book, "xl/sharedStrings.xml"), "=HYPERLINK("));
  BOOST_TEST(escaped("a\x01\x1b[31m\"'") == "a  [31m&quot;&#39;");
}

BOOST_AUTO_TEST_CASE(the_page_needs_nothing_else) {
  const std::string html = to_html(of(sample()));
  BOOST_TEST(html.starts_with("<!DOCTYPE html>\n<html lang=\"vi\">"));
  BOOST_TEST(holds(html, "default-src 'none'"));
  for (const char* foreign : {"src=", "href=", "@import", "url("}) BOOST_TEST(!holds(html, foreign));
  BOOST_TEST(holds(html, "từ 01/10/2026 đến 31/10/2026"));
  BOOST_TEST(holds(html, "đếm từng dòng"));  // the formula
  BOOST_TEST(holds(html, "Một ghi chú"));
}

BOOST_AUTO_TEST_CASE(a_chart_has_its_figures_beside_it_and_words_for_those_who_hear_it) {
  const std::string html = to_html(of(sample()));
  BOOST_TEST(holds(html, "<svg role=\"img\" aria-labelledby=\"c1-t c1-d\""));
  BOOST_TEST(holds(html, "<desc id=\"c1-d\">Sở Ví dụ: hợp lệ 12, spoof 3;"));
  BOOST_TEST(holds(html, "<tr><th scope=\"row\">Sở Ví dụ</th><td class=\"n\">12</td><td class=\"n\">3</td><td class=\"n\">15</td></tr>"));
}

BOOST_AUTO_TEST_CASE(more_categories_than_a_chart_holds_are_summed_and_none_is_lost) {
  Json reply = sample();
  reply["rows"] = Json::array();
  for (int i = 0; i < 100; ++i) reply["rows"].push_back({{"group", "g" + std::to_string(i)}, {"verdict", "valid"}, {"count", i + 1}, {"signed_share", 1.0}});
  const Report r = of(reply);
  const Pivot p = make_pivot(r, r.charts.front());
  BOOST_REQUIRE(p.categories.size() == kMaxCategories + 1);
  BOOST_TEST(p.categories.front() == "g99");
  BOOST_TEST(p.categories.back() == "Khác");
  double sum = 0;
  for (const auto& v : p.values) sum += v.front();
  BOOST_TEST(sum == 5050);
}

BOOST_AUTO_TEST_CASE(months_stay_in_their_order) {
  Json reply = sample();
  reply["rows"] = Json::array({{{"group", "2026-11"}, {"verdict", "valid"}, {"count", 9}}, {{"group", "2026-09"}, {"verdict", "valid"}, {"count", 1}},
                               {{"group", "2026-10"}, {"verdict", "valid"}, {"count", 5}}});
  const Report r = of(reply);
  BOOST_TEST(make_pivot(r, r.charts.front()).categories == (std::vector<std::string>{"2026-09", "2026-10", "2026-11"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_workbook_holds_numbers_as_numbers_and_a_native_chart) {
  const auto book = to_xlsx(of(sample()));
  BOOST_REQUIRE(book);
  BOOST_TEST(holds(member(*book, "xl/worksheets/sheet1.xml"), "<v>12</v>"));
  BOOST_TEST(holds(member(*book, "xl/workbook.xml"), "Số liệu"));
  BOOST_TEST(holds(member(*book, "xl/charts/chart1.xml"), "<c:barChart>"));
}

BOOST_AUTO_TEST_CASE(an_empty_report_is_a_report) {
  Json reply = sample();
  reply["rows"] = Json::array();
  reply["totals"] = Json::object();
  const Report r = of(reply);
  BOOST_TEST(holds(to_html(r), "Không có dòng nào"));
  BOOST_TEST(!holds(to_html(r), "<svg"));
  BOOST_TEST(to_xlsx(r).has_value());
  BOOST_TEST(to_csv(r) == "\xEF\xBB\xBFgroup,verdict,count,signed_share\r\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_report_is_refused) {
  BOOST_TEST(!make_report(Json::array(), base::Lang::vi));
  BOOST_TEST(!make_report({{"error", {{"code", "x"}}}}, base::Lang::vi));
  BOOST_TEST(!make_report(nullptr, base::Lang::vi));
}

BOOST_AUTO_TEST_CASE(a_pdf_is_the_same_bytes_for_the_same_report) {
  const auto pages = [](const std::string& bytes) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = bytes.find("/Type /Page ", at)) != std::string::npos; ++at) ++n;
    return n;
  };
  const Report r = of(sample());
  const auto once = to_pdf(r), again = to_pdf(r);
  BOOST_REQUIRE(once);
  BOOST_REQUIRE(again);
  BOOST_TEST(once->starts_with("%PDF-"));
  BOOST_TEST((*once == *again));
  BOOST_TEST(pages(*once) == 1u);
  Json long_one = sample();
  const Json row = long_one["rows"][0];
  for (int i = 0; i < 300; ++i) long_one["rows"].push_back(row);
  const auto many = to_pdf(of(long_one));
  BOOST_REQUIRE(many);
  BOOST_TEST(pages(*many) > 3u);
  Json odd = sample();
  odd["rows"][0]["group"] = std::string(20'000, 'x') + "\xff\xfe";  // a cell that is higher than a page, and no UTF-8
  BOOST_TEST(to_pdf(of(odd)).has_value());
  odd["rows"] = Json::array();
  BOOST_TEST(to_pdf(of(odd)).has_value());
}

BOOST_AUTO_TEST_CASE(csv_is_read_as_spreadsheets_write_it) {
  const auto cells = [](std::string_view text) {
    const auto lines = read_csv(text);
    BOOST_REQUIRE(lines);
    std::vector<std::pair<std::size_t, std::vector<std::string>>> out;
    for (const CsvLine& l : *lines) out.emplace_back(l.line, l.cells);
    return out;
  };
  using Lines = std::vector<std::pair<std::size_t, std::vector<std::string>>>;
  BOOST_TEST((cells("a,b\r\n1,2\r\n") == Lines{{1, {"a", "b"}}, {2, {"1", "2"}}}));
  BOOST_TEST((cells("\xEF\xBB\xBF" "a;b\n\n1;\"x;\"\"y\"\"\nz\"\n2; 3 ") == Lines{{1, {"a", "b"}}, {3, {"1", "x;\"y\"\nz"}}, {5, {"2", "3"}}}));
  BOOST_TEST((cells("a\tb\n1\t2") == Lines{{1, {"a", "b"}}, {2, {"1", "2"}}}));
  BOOST_TEST(cells("").empty());
  BOOST_TEST(cells(",,\n;;\n").empty() == false);
  BOOST_TEST(!read_csv("a,b\n\"x,1\n"));
  BOOST_TEST(!read_csv("a,\xff\n"));
}

BOOST_AUTO_TEST_SUITE_END()
