#include "policy/pdf/tail.hpp"

#include <algorithm>
#include <set>

namespace policy::pdf {
namespace {

constexpr std::size_t kMaxTailPieces = 200000;

struct Tail {
  std::set<std::uint64_t> listed;                     // offsets of objects
  std::map<std::size_t, std::size_t> sections;        // begin -> end
};

Tail read_tail(const File& file, std::size_t end) {
  Tail out;
  for (const File::Section& s : file.sections()) {
    if (s.begin < end) continue;
    out.sections.emplace(s.begin, s.end);
    out.listed.insert(s.offsets.begin(), s.offsets.end());
  }
  return out;
}

std::string at(std::size_t offset) { return " at byte " + std::to_string(offset); }

}  // namespace

std::string unaccounted(File& file, std::size_t end) {
  const Tail tail = read_tail(file, end);
  Parser parser(file.bytes(), end);
  for (std::size_t n = 0; n < kMaxTailPieces; ++n) {
    parser.skip_space();  // comments too: no reader takes anything from them, and %%EOF is one
    const std::size_t here = parser.pos();
    if (here >= file.bytes().size()) return {};
    if (const auto section = tail.sections.find(here); section != tail.sections.end()) {
      parser.seek(section->second);
    } else if (parser.keyword("startxref")) {
      const auto begin = parser.integer();
      if (!begin || *begin < 0 || !tail.sections.contains(file.section_start(std::size_t(*begin)))) return "startxref to another place" + at(here);
    } else if (tail.listed.contains(here)) {
      const auto behind = file.object_end(here);
      if (!behind) return "damaged object" + at(here);
      parser.seek(*behind);
    } else {
      return "bytes that belong to no listed object" + at(here);
    }
  }
  return "too many pieces";
}

}  // namespace policy::pdf
