#include "policy/core/verdict.hpp"

#include <array>

namespace policy {
namespace {

struct VerdictRow {
  Verdict verdict;
  std::string_view name;
  int rank;  // the higher one decides
  std::string_view auth;
  base::Text label;
};
constexpr std::array<VerdictRow, 6> kVerdicts{{
    {Verdict::valid, "valid", 0, "pass", {"hợp lệ", "valid"}},
    {Verdict::invalid, "invalid", 5, "fail", {"không hợp lệ", "invalid"}},
    {Verdict::weak, "weak", 2, "policy", {"thuật toán yếu", "weak"}},
    {Verdict::indeterminate, "indeterminate", 3, "neutral", {"chưa xác định được", "indeterminate"}},
    {Verdict::spoof, "spoof", 4, "fail", {"mạo danh", "spoofed"}},
    {Verdict::unsigned_, "unsigned", 1, "none", {"không ký số", "unsigned"}},
}};
const VerdictRow& row(Verdict v) { return kVerdicts[std::size_t(v)]; }

}  // namespace

std::string_view to_string(Verdict v) { return row(v).name; }
base::Text label(Verdict v) { return row(v).label; }
Verdict worse(Verdict a, Verdict b) { return row(a).rank >= row(b).rank ? a : b; }

std::optional<Verdict> parse_verdict(std::string_view s) {
  for (const VerdictRow& r : kVerdicts)
    if (r.name == s) return r.verdict;
  return std::nullopt;
}

std::string_view auth_result(Verdict v, bool pending) {
  return v == Verdict::indeterminate && pending ? "temperror" : row(v).auth;
}

}  // namespace policy
