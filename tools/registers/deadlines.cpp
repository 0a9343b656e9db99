#include "tools/registers/deadlines.hpp"

#include "base/codec.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace registers {
namespace {

using store::Put;
using store::RecordTable;
constexpr char kDeadlines = 'H';
constexpr std::chrono::hours kMeetingKept{24 * 30};  // after it: a mail may still say that it was put off

std::uint64_t millis(base::Time at) { return std::uint64_t(at.time_since_epoch().count()); }

}  // namespace

std::string deadline_key(const Deadline& d) {
  base::Writer w;
  w.raw(std::string(1, kDeadlines)).fixed(millis(d.at)).raw(std::string(1, char(d.kind))).raw(d.row);
  return w.take();
}

std::vector<Deadline> deadlines_due(const store::Snapshot& snapshot, base::Time now, std::size_t most) {
  std::vector<Deadline> out;
  const std::string from(1, kDeadlines), until = base::Writer().raw(from).fixed(millis(now) + 1).take();
  snapshot.for_each_record(RecordTable::documents, from, until, [&](std::string_view key, std::string_view) {
    base::Reader r(key.substr(1));
    const auto at = r.fixed<std::uint64_t>();
    const std::string_view kind = r.raw(1);
    if (r.ok()) out.push_back({base::Time(std::chrono::milliseconds(std::int64_t(at))), DeadlineKind(kind[0]), std::string(r.rest())});
    return out.size() < most;
  });
  return out;
}

std::string decision_key(base::Time at, std::string_view words) {
  return base::Writer().fixed(millis(at)).raw(base::view(base::sha256(words)).substr(0, 8)).take();
}

store::RecordRule settle(Settled settled) {
  return [s = std::move(settled)](const store::RecordInput& in) -> base::Result<std::vector<Put>> {
    std::vector<Put> out;
    const std::string key = deadline_key(s.deadline);
    const auto value = in.rows.get(RecordTable::documents, s.deadline.row);
    if (!in.rows.get(RecordTable::documents, key)) return out;
    std::optional<Json> row = value ? parse(*value) : std::nullopt;
    if (row && *value != s.before) return out;  // it changed meanwhile: the next round judges it as it is
    out.push_back({RecordTable::documents, key, {}});
    if (!row) return out;
    if (s.deadline.kind == DeadlineKind::meeting_end) {  // what was found stays
      for (const Json& way : row->value("ways", Json::array()))
        if (const auto raw = base::hex_decode(way.get<std::string>())) out.push_back({RecordTable::documents, *raw + s.deadline.row, {}});
      out.push_back({RecordTable::documents, s.deadline.row, {}});
      return out;
    }
    for (const Json& old : row->value("decisions", Json::array()))
      if (const auto raw = base::hex_decode(old.get<std::string>())) out.push_back({RecordTable::decisions, *raw, {}});
    Json keys = Json::array();
    for (const Put& put : s.decisions) {
      keys.push_back(base::hex_encode(put.key));
      std::erase_if(out, [&](const Put& one) { return one.table == RecordTable::decisions && one.key == put.key; });
      out.push_back(put);
    }
    (*row)["decisions"] = std::move(keys);
    (*row)["judged"] = base::rfc3339(s.now);
    if (s.deadline.kind == DeadlineKind::schedule && row->contains("published")) (*row)["published"]["outcome"] = s.outcome;
    if (s.deadline.kind == DeadlineKind::meeting) {
      const Deadline end{s.deadline.at + kMeetingKept, DeadlineKind::meeting_end, s.deadline.row};
      (*row)["due"] = {{"at", millis(end.at)}, {"kind", std::string(1, char(end.kind))}};
      out.push_back({RecordTable::documents, deadline_key(end), "1"});
    }
    out.push_back({RecordTable::documents, s.deadline.row, dump(*row), text(*row, "domain")});
    return out;
  };
}

}  // namespace registers
