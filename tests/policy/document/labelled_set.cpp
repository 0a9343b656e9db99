// The labelled set: samples/NAME.txt with its expected fields in samples/NAME.json. A field that the JSON leaves out is not
// judged; null must be absent. "documents": 0 means that nothing may be found. No wrong value is allowed; recall has a bound.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "policy/document/document.hpp"

namespace {
using Json = nlohmann::json;
namespace fs = std::filesystem;

std::string slurp(const fs::path& p) {
  std::ifstream in(p, std::ios::binary);
  std::stringstream s;
  s << in.rdbuf();
  return s.str();
}

struct Score {
  int right = 0, wrong = 0, missed = 0, invented = 0;
};

const char* const kFields[] = {"doc_class", "kind", "kind_abbrev", "number", "symbol", "issuer", "place", "date", "title", "signer", "signer_authority", "urgency", "secrecy"};
}  // namespace

BOOST_AUTO_TEST_SUITE(labelled_set)

BOOST_AUTO_TEST_CASE(no_wrong_field_and_enough_found) {
  std::map<std::string, Score> scores;
  int files = 0;
  for (const auto& entry : fs::directory_iterator(SAMPLES_DIR)) {
    if (entry.path().extension() != ".json") continue;
    ++files;
    const Json expected = Json::parse(slurp(entry.path()));
    fs::path text_path = entry.path();
    text_path.replace_extension(".txt");
    const policy::document::Text text{.source = text_path.filename(), .pages = {slurp(text_path)}};
    const Json found = Json::parse(policy::document::to_json(policy::document::classify(text)))["documents"];
    const std::string name = entry.path().stem();
    if (expected.value("documents", 1) == 0) {
      BOOST_CHECK_MESSAGE(found.empty(), name << ": no document, but found " << found.dump());
      continue;
    }
    BOOST_CHECK_MESSAGE(found.size() == 1, name << ": no document found");
    for (const char* field : kFields) {
      if (!expected.contains(field)) continue;
      const Json& want = expected[field];
      const Json got = found.empty() ? Json() : found[0].value(field, Json());
      Score& s = scores[field];
      if (got == want) { s.right += !want.is_null(); continue; }
      if (got.is_null()) { ++s.missed; std::cout << name << '.' << field << ": missed " << want << '\n'; continue; }
      ++(want.is_null() ? s.invented : s.wrong);
      BOOST_CHECK_MESSAGE(false, name << '.' << field << ": want " << want << ", got " << got);
    }
  }
  BOOST_CHECK_GE(files, 60);
  int right = 0, missed = 0;
  for (const auto& [field, s] : scores) {
    const double precision = s.right + s.wrong + s.invented ? 100.0 * s.right / (s.right + s.wrong + s.invented) : 100, recall = s.right + s.missed + s.wrong ? 100.0 * s.right / (s.right + s.missed + s.wrong) : 100;
    std::cout << std::left << std::setw(18) << field << " right " << std::setw(4) << s.right << " precision " << std::fixed << std::setprecision(1) << precision << " recall " << recall << '\n';
    right += s.right;
    missed += s.missed;
    BOOST_CHECK_MESSAGE(recall >= 92, field << " recall " << recall);
  }
  BOOST_CHECK_GE(right, 92 * (right + missed) / 100);
}

BOOST_AUTO_TEST_SUITE_END()
