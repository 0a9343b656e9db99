// What the reports share: the period of CONTRACT 1 (days of Asia/Ho_Chi_Minh, both included), columns with the formula of
// what is computed, and rows of record tables read one by one: memory grows with the groups, not with the mail.
#pragma once
#include "tools/admin/handlers.hpp"

namespace admin {

struct Period {
  std::string from, to, by;  // as asked
  base::Time begin{}, end{};  // [begin, end)
  bool holds(std::string_view rfc3339_at) const {  // rows are stamped +07:00: their first ten letters are the day
    const std::string_view day = rfc3339_at.substr(0, 10);
    return from <= day && day <= to;
  }
};
// `groupings`: what `by` may be. Errc::invalid: a day that is none, the end before the begin, another `by`.
[[nodiscard]] Result<Period> period_of(const Call& call, std::initializer_list<std::string_view> groupings, std::string_view otherwise);

struct Column {
  const char* key;
  const char* vi;
  const char* en;
  const char* formula_vi = nullptr;
  const char* formula_en = nullptr;
};
Json report_json(const Call& call, std::string_view name, const Period& period, std::initializer_list<Column> columns, Json rows, Json totals);

// What writers draw with (tools/report): charts over columns of the rows, and what codes mean to people.
Json chart_json(base::Text title, const char* category, const char* series, const char* value);
Json text_json(base::Text text);
// Adds "labels" of the codes that occur: COLUMN -> CODE -> {"vi","en"}; nothing for a code that `label` does not know.
void add_labels(Json& report, const char* column, std::optional<base::Text> (*label)(const std::string&));
void add_agency_names(Json& report, const char* column, const store::Snapshot& snapshot);

// Every row of a table whose key begins with a time, in the period; rows that are no JSON object are counted, not thrown on.
// Returns how many could not be read.
std::size_t for_each_in(const store::Snapshot& snapshot, store::RecordTable table, const Period& period,
                        store::FunctionRef<void(const Json&)> f);

std::string text_of(const Json& row, const char* name);  // empty when absent or no string
Json share(std::uint64_t part, std::uint64_t whole);     // 0..1, three decimals; null when the whole is 0

}  // namespace admin
