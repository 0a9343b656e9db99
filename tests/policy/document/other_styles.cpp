// Papers in the manner of many agencies, several in one file of styles/: "### name", labels of one letter, "---", the text.
//   c class  k kind|abbreviation  n number  y symbol (default: what follows number and year)  i issuer  p place  d date  t title
//   s signer  u authority  g urgency  m secrecy;  "?" = not judged, "-" or left out = must be absent;  "0" alone = no document
// A value out of place is an error; of the values that stand there 92 of 100 must be found.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "policy/document/document.hpp"

namespace {
using StyleJson = nlohmann::json;

struct Paper {
  std::string name, text;
  std::map<std::string, std::string> labels;  // by field; absent = must be absent
  bool none = false;
};

std::string symbol_of(const std::string& number) {
  std::size_t at = number.find_first_of("/-");
  if (at == number.npos) return {};
  std::string rest = number.substr(at + 1);
  if (rest.size() > 5 && rest[4] == '/' && rest.find_first_not_of("0123456789") == 4) rest = rest.substr(5);
  return rest;
}

void put_label(Paper& p, const std::string& line) {
  static const std::map<char, const char*> names = {{'c', "doc_class"}, {'k', "kind"}, {'n', "number"}, {'y', "symbol"}, {'i', "issuer"}, {'p', "place"},
                                                    {'d', "date"}, {'t', "title"}, {'s', "signer"}, {'u', "signer_authority"}, {'g', "urgency"}, {'m', "secrecy"}};
  if (line == "0") { p.none = true; return; }
  std::string value = line.size() > 2 ? line.substr(2) : "-";
  if (value.ends_with("|?")) value = "?";
  if (line[0] == 'k') {
    const auto bar = value.find('|');
    p.labels["kind_abbrev"] = value == "?" ? "?" : bar == value.npos ? "-" : value.substr(bar + 1);
    value = value.substr(0, bar);
  }
  if (line[0] == 'n' && value != "?" && value != "-" && !p.labels.contains("symbol")) p.labels["symbol"] = symbol_of(value);
  p.labels[names.at(line[0])] = value;
}

std::vector<Paper> papers_of(const std::filesystem::path& file) {
  std::vector<Paper> out;
  std::ifstream in(file);
  bool labels = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("### ")) { out.push_back({line.substr(4), {}, {}, false}); labels = true; }
    else if (labels && line == "---") labels = false;
    else if (labels) put_label(out.back(), line);
    else if (!out.empty()) out.back().text += line + '\n';
  }
  return out;
}

struct Tally {
  int right = 0, wrong = 0, missed = 0;
};
const char* const kJudged[] = {"doc_class", "kind", "kind_abbrev", "number", "symbol", "issuer", "place", "date", "title", "signer", "signer_authority", "urgency", "secrecy"};

void judge(const Paper& p, std::map<std::string, Tally>& tallies) {
  policy::document::Text text{.source = p.name, .pages = {}};
  for (std::size_t at = 0; at <= p.text.size();) {  // \f between pages
    const std::size_t stop = std::min(p.text.find('\f', at), p.text.size());
    text.pages.push_back(p.text.substr(at, stop - at));
    at = stop + 1;
  }
  const StyleJson found = StyleJson::parse(policy::document::to_json(policy::document::classify(text)))["documents"];
  if (p.none) {
    BOOST_CHECK_MESSAGE(found.empty(), p.name << ": no document, but found " << found.dump());
    return;
  }
  BOOST_CHECK_MESSAGE(found.size() == 1, p.name << ": no document found");
  for (const char* field : kJudged) {
    const auto it = p.labels.find(field);
    const std::string want = it == p.labels.end() ? "-" : it->second;
    if (want == "?") continue;
    const StyleJson value = found.empty() ? StyleJson() : found[0].value(field, StyleJson());
    const std::string got = value.is_string() ? value.get<std::string>() : "-";
    Tally& t = tallies[field];
    if (got == want) t.right += want != "-";
    else if (got == "-") { ++t.missed; std::cout << p.name << '.' << field << ": missed " << want << '\n'; }
    else { ++t.wrong; BOOST_CHECK_MESSAGE(false, p.name << '.' << field << ": want " << want << ", got " << got); }
  }
}
}  // namespace

BOOST_AUTO_TEST_SUITE(other_styles)

namespace {
// Judges all papers, each as `damage` leaves it, and says what share of the fields must be found.
void judge_all(const char* name, std::string (*damage)(std::string), double share) {
  std::map<std::string, Tally> tallies;
  int papers = 0;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(STYLES_DIR)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files)
    for (Paper p : papers_of(file)) {
      p.text = damage(std::move(p.text));
      p.name = std::string(name) + ':' + p.name;
      judge(p, tallies);
      ++papers;
    }
  BOOST_CHECK_GE(papers, 120);
  Tally all;
  for (const auto& [field, t] : tallies) {
    const double answered = t.right + t.wrong, expected = t.right + t.missed + t.wrong;
    const double precision = answered ? 100 * t.right / answered : 100, recall = expected ? 100 * t.right / expected : 100;
    std::cout << name << ' ' << std::left << std::setw(18) << field << " right " << std::setw(4) << t.right << " wrong " << std::setw(3) << t.wrong << " missed " << std::setw(3) << t.missed
              << std::fixed << std::setprecision(1) << " precision " << precision << " recall " << recall << '\n';
    BOOST_CHECK_MESSAGE(recall >= share || expected < 20, name << ' ' << field << " recall " << recall);
    all.right += t.right;
    all.missed += t.missed + t.wrong;
  }
  BOOST_CHECK_GE(all.right, 0.92 * (all.right + all.missed));
}

std::string unharmed(std::string text) { return text; }

// Columns run into one another: every wide gap is one space.
std::string merged_columns(std::string text) {
  std::string out;
  bool begun = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] == '\t' ? ' ' : text[i];
    if (c == '\n') { while (!out.empty() && out.back() == ' ') out.pop_back(); begun = false; }
    else if (c == ' ' && (!begun || out.back() == ' ')) continue;
    else begun = true;
    out += c;
  }
  return out;
}

// Columns as cells of a table.
std::string tabs(std::string text) {
  for (std::size_t at; (at = text.find("   ")) != text.npos;) {
    const std::size_t stop = std::min(text.find_first_not_of(' ', at), text.size());
    const bool inner = at > 0 && text[at - 1] != '\n' && stop < text.size() && text[stop] != '\n' && text[stop] != '/';
    text.replace(at, stop - at, inner ? (text[at - 1] == ':' || std::isdigit(static_cast<unsigned char>(text[stop])) || text.compare(stop, 2, "th") == 0 ? " " : "\t") : "");
  }
  return text;
}

// Letters as pieces, and the two letters that most often are not what they look like.
std::string odd_letters(std::string text) {
  const std::pair<const char*, const char*> kOdd[] = {{"Đ", "\xC3\x90"}, {"ế", "e\xCC\x82\xCC\x81"}, {"Ộ", "O\xCC\xA3\xCC\x82"}, {"ị", "i\xCC\xA3"}, {"Ị", "I\xCC\xA3"}, {"à", "a\xCC\x80"}};
  for (const auto& [from, to] : kOdd)
    for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += std::string_view(to).size()) text.replace(at, std::string_view(from).size(), to);
  return text;
}
}  // namespace

BOOST_AUTO_TEST_CASE(many_agencies_write_in_many_ways) { judge_all("as written", unharmed, 92); }
BOOST_AUTO_TEST_CASE(merged_columns_give_no_wrong_field) { judge_all("merged", merged_columns, 80); }
BOOST_AUTO_TEST_CASE(table_cells_are_columns) { judge_all("cells", tabs, 92); }
BOOST_AUTO_TEST_CASE(letters_in_pieces_are_letters) { judge_all("pieces", odd_letters, 92); }

BOOST_AUTO_TEST_CASE(recipients_are_told_with_what_they_get_it_for) {
  policy::document::Text text{.source = "x", .pages = {
      "UBND TỈNH SÔNG LA                    CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSỞ NỘI VỤ                                 Độc lập - Tự do - Hạnh phúc\n"
      "Số: 12/SNV-VP                        Sông La, ngày 02 tháng 3 năm 2026\nV/v báo cáo\n\n      Kính gửi: - Các sở, ban, ngành;\n                - Ủy ban nhân dân các xã,\n"
      "                  phường trong tỉnh.\n\nĐề nghị báo cáo./.\n\nNơi nhận:                            GIÁM ĐỐC\n- Như trên (để t/h);\n- UBND tỉnh (b/c);\n- Chi cục VTLT để biết và phối hợp;\n"
      "- Báo Sông La;\n- Sở TC (KT);\n- Lưu: VT, VP (03).\n                                     Lò Văn Thí\n"}, .page_count = 3};
  text.scanned = false;
  text.scanned_why = "letters 900";
  const auto found = policy::document::classify(text);
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  const policy::document::Document& d = found[0];
  BOOST_REQUIRE_EQUAL(d.addressees.size(), 2u);
  BOOST_CHECK_EQUAL(d.addressees[1], "Ủy ban nhân dân các xã, phường trong tỉnh");
  const std::pair<const char*, const char*> kWant[] = {{"Các sở, ban, ngành", "để thực hiện"}, {"Ủy ban nhân dân các xã, phường trong tỉnh", "để thực hiện"}, {"UBND tỉnh", "để báo cáo"},
                                                       {"Chi cục VTLT", "để biết, để phối hợp"}, {"Báo Sông La", ""}, {"Sở TC (KT)", ""}, {"VT, VP (03)", "lưu"}};
  BOOST_REQUIRE_EQUAL(d.distribution.size(), std::size(kWant));
  for (std::size_t i = 0; i < std::size(kWant); ++i) {
    BOOST_CHECK_EQUAL(d.distribution[i].name, kWant[i].first);
    BOOST_CHECK_EQUAL(d.distribution[i].purpose, kWant[i].second);
  }
  BOOST_CHECK_EQUAL(d.pages, 3u);
  BOOST_CHECK(d.scanned == std::optional<bool>(false));
  const auto again = policy::document::from_json(StyleJson::parse(policy::document::to_json(found))["documents"].dump());
  BOOST_REQUIRE_EQUAL(again.size(), 1u);
  BOOST_CHECK_EQUAL(again[0].distribution[0].purpose, "để thực hiện");
  BOOST_CHECK_EQUAL(again[0].pages, 3u);
  BOOST_CHECK(again[0].scanned == d.scanned);
  policy::document::Text pictured = text;
  pictured.ocr = true;
  const auto read = policy::document::classify(pictured);
  BOOST_REQUIRE(!read.empty() && read[0].number && d.number);
  BOOST_CHECK(read[0].ocr);
  BOOST_CHECK_LT(read[0].number->confidence, 0.8);
  BOOST_CHECK_LT(read[0].confidence, d.confidence);
}

BOOST_AUTO_TEST_SUITE_END()
