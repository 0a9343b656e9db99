#include "tools/admin/public_view.hpp"

#include <algorithm>
#include <set>

#include "tools/admin/report.hpp"

namespace admin {
namespace {

constexpr const char* kMerged = "merged";  // the group of rows that were put together

struct PublicShare {
  std::string_view share, part, whole;
};
// How a report is made public. `block`: rows are compared, and merged, among those that are alike in these columns.
struct PublicRule {
  std::string_view report;
  std::vector<std::string_view> groupings;  // that show no person
  std::vector<std::string_view> columns;    // that are shown; empty: all
  std::vector<std::string_view> block, sums;
  std::vector<std::pair<std::string_view, std::string_view>> persons;  // counts of persons: a column, less another one where that is given
  std::vector<PublicShare> shares;
  std::vector<std::string_view> lost;       // what has no meaning for merged rows
};

const std::vector<PublicRule>& public_rules() {
  static const std::vector<PublicRule> rules = {
      {"exchange", {"agency", "month"}, {}, {}, {}, {}, {}, {}},
      {"signatures", {"", "agency", "month", "class", "reason"}, {}, {}, {}, {}, {}, {}},
      {"monthly", {"agency"}, {}, {}, {"provisioned", "active", "silent", "sent", "sent_signed", "sent_unsigned", "received", "received_signed", "internal", "scanned", "e_only", "e_paper", "free_mail_attempts"},
       {{"provisioned", ""}, {"active", ""}, {"silent", ""}},
       {{"active_share", "active", "provisioned"}, {"sent_signed_share", "sent_signed", "sent"}, {"received_signed_share", "received_signed", "received"}}, {"agency_name"}},
      {"policy", {"", "agency", "month"}, {}, {}, {}, {}, {}, {}},
      {"kpi", {"", "agency"}, {}, {"indicator"}, {"numerator", "denominator", "agencies"}, {{"numerator", ""}, {"denominator", "numerator"}},
       {{"value_share", "numerator", "denominator"}}, {"reached", "basis"}},
  };
  return rules;
}

std::optional<std::uint64_t> count_in(const Json& row, std::string_view column) {
  const auto found = row.find(column);
  return found != row.end() && found->is_number_unsigned() ? std::optional(found->get<std::uint64_t>()) : std::nullopt;
}

// Rows that say so are not about persons.
bool about_persons(const PublicRule& rule, const Json& row) { return !rule.persons.empty() && row.value("persons", true); }

std::string group_of_row(const Json& row) {
  const auto found = row.find("group");
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool too_small(const PublicRule& rule, const Json& row, std::uint64_t least) {
  if (!about_persons(rule, row)) return false;
  return std::any_of(rule.persons.begin(), rule.persons.end(), [&](const auto& cell) {
    const auto whole = count_in(row, cell.first), part = cell.second.empty() ? std::optional<std::uint64_t>(0) : count_in(row, cell.second);
    return whole && part && *whole > *part && *whole - *part < least;
  });
}

void set_shares(const PublicRule& rule, Json& row) {
  for (const PublicShare& s : rule.shares) {
    const auto part = count_in(row, s.part), whole = count_in(row, s.whole);
    row[std::string(s.share)] = part && whole ? share(*part, *whole) : Json(nullptr);
  }
}

Json merged_row(const PublicRule& rule, const std::vector<Json>& rows) {
  Json out = rows.front();
  out["group"] = kMerged;
  for (const std::string_view column : rule.lost) out[std::string(column)] = nullptr;
  for (const std::string_view column : rule.sums) {
    std::optional<std::uint64_t> sum;
    for (const Json& row : rows)
      if (const auto n = count_in(row, column)) sum = sum.value_or(0) + *n;
    out[std::string(column)] = sum ? Json(*sum) : Json(nullptr);
  }
  set_shares(rule, out);
  return out;
}

// The rows of one block: those of the merged agencies as one. Where a small count is left, all agencies become one row; false: even that
// one is too small, and its counts were taken out.
bool merge_block(const PublicRule& rule, std::vector<Json>& rows, const Merged& merged, std::uint64_t least) {
  if (rows.empty() || !about_persons(rule, rows.front())) return true;
  std::vector<Json> kept, together;
  for (Json& row : rows) (merged.agencies.count(group_of_row(row)) != 0 ? together : kept).push_back(std::move(row));
  std::vector<Json> out = kept;
  if (!together.empty()) out.push_back(merged_row(rule, together));
  const auto small = [&](const Json& row) { return too_small(rule, row, least); };
  if (merged.enough && std::none_of(out.begin(), out.end(), small)) return rows = std::move(out), true;
  const bool grouped = !group_of_row(kept.empty() ? together.front() : kept.front()).empty();
  kept.insert(kept.end(), together.begin(), together.end());
  Json all = merged_row(rule, kept);
  if (!grouped) all["group"] = nullptr;
  const bool good = !small(all);
  if (!good)
    for (const std::string_view column : rule.sums) all[std::string(column)] = nullptr;
  set_shares(rule, all);
  rows = {std::move(all)};
  return good;
}

std::string block_text(const Json& row, std::string_view column) {
  const auto found = row.find(column);
  return found == row.end() ? std::string() : found->dump();
}

std::vector<std::vector<Json>> blocks_of(const PublicRule& rule, const Json& rows) {
  std::vector<std::pair<std::string, std::vector<Json>>> blocks;
  for (const Json& row : rows) {
    std::string name;
    for (const std::string_view column : rule.block) name += block_text(row, column) + "\n";
    auto found = std::find_if(blocks.begin(), blocks.end(), [&](const auto& b) { return b.first == name; });
    if (found == blocks.end()) found = blocks.insert(blocks.end(), {name, {}});
    found->second.push_back(row);
  }
  std::vector<std::vector<Json>> out;
  for (auto& [name, some] : blocks) out.push_back(std::move(some));
  return out;
}

void keep_columns(const PublicRule& rule, Json& report) {
  if (rule.columns.empty()) return;
  const auto kept = [&](const std::string& key) { return std::find(rule.columns.begin(), rule.columns.end(), key) != rule.columns.end(); };
  Json columns = Json::array();
  for (const Json& c : report["columns"])
    if (kept(text_of(c, "key"))) columns.push_back(c);
  report["columns"] = std::move(columns);
  for (Json& row : report["rows"]) {
    Json own = Json::object();
    for (const auto& [key, value] : row.items())
      if (kept(key)) own[key] = value;
    row = std::move(own);
  }
}

}  // namespace

Merged merged_agencies(const std::vector<MailboxFigures>& all, std::uint64_t least) {
  Merged out;
  const auto small = [&](const MailboxFigures& f) {
    return std::any_of(f.persons.begin(), f.persons.end(), [&](std::uint64_t n) { return n > 0 && n < least; });
  };
  std::vector<MailboxFigures> left = all;
  MailboxFigures sum;
  const auto take = [&](std::vector<MailboxFigures>::iterator one) {
    for (std::size_t i = 0; i < sum.persons.size(); ++i) sum.persons[i] += one->persons[i];
    out.agencies.insert(one->agency);
    left.erase(one);
  };
  for (auto one = std::find_if(left.begin(), left.end(), small); one != left.end(); one = std::find_if(left.begin(), left.end(), small)) take(one);
  if (out.agencies.empty()) return out;
  while ((out.agencies.size() < 2 || small(sum)) && !left.empty())
    take(std::min_element(left.begin(), left.end(), [](const MailboxFigures& a, const MailboxFigures& b) { return a.persons < b.persons; }));
  out.enough = !small(sum);
  return out;
}

Result<Json> public_view(Json report, const Merged& merged, std::uint64_t least) {
  const std::string name = text_of(report, "report"), by = text_of(report, "by");
  const auto& rules = public_rules();
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const PublicRule& r) { return r.report == name; });
  if (rule == rules.end()) return fail(Errc::invalid, "the report " + name + " is about persons: it is not made public; signatures, exchange, monthly, kpi and policy are");
  if (std::find(rule->groupings.begin(), rule->groupings.end(), by) == rule->groupings.end())
    return fail(Errc::invalid, "the report " + name + " by " + (by.empty() ? "nothing" : by) + " is about persons: group it by agency");
  bool good = true;
  Json rows = Json::array();
  for (std::vector<Json>& block : blocks_of(*rule, report["rows"])) {
    good = merge_block(*rule, block, merged, least) && good;
    for (Json& row : block) {
      row.erase("persons");
      rows.push_back(std::move(row));
    }
  }
  report["rows"] = std::move(rows);
  if (!good) report["totals"] = Json::object();  // they would give away what was taken out
  keep_columns(*rule, report);
  report["public"] = true;
  report["labels"]["group"][kMerged] = text_json({"Các nhóm nhỏ, gộp chung", "Small groups, together"});
  if (!report.contains("notes")) report["notes"] = Json::array();
  const std::string n = std::to_string(least);
  report["notes"].push_back({{"vi", "Bản công khai: số người từ 1 đến dưới " + n + " được gộp với nhóm khác hoặc để trống."},
                             {"en", "Public edition: counts of persons from 1 to below " + n + " are merged with others, or left out."}});
  return report;
}

}  // namespace admin
