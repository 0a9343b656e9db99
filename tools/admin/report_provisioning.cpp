// Joiners, movers and leavers: how personal mailboxes came, moved between agencies and went, from the audit log, which has each change.
#include <map>

#include "tools/admin/directory.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

struct Person {
  std::string agency;
  bool there = false, disabled = false, functional = false;
  bool counts() const { return there && !disabled && !functional; }
};
struct Flow {
  std::uint64_t before = 0, joined = 0, moved_in = 0, moved_out = 0, left = 0, after = 0;
};

bool flag_in(const Json& detail, const char* name) {
  const auto found = detail.find(name);
  return found != detail.end() && found->is_boolean() && found->get<bool>();
}

// What somebody is after a row of the log.
Person after_row(const std::string& what, const Json& detail) {
  if (what == "account.remove") return {};
  return {text_of(detail, "agency"), true, flag_in(detail, "disabled"), flag_in(detail, "functional")};
}

std::optional<base::Text> move_label(const std::string& code) {
  if (code == "joined") return base::Text{"cấp mới", "joined"};
  if (code == "moved") return base::Text{"chuyển cơ quan", "moved"};
  return code == "left" ? std::optional(base::Text{"thu hồi, khóa", "left or disabled"}) : std::nullopt;
}

}  // namespace

Result<Json> report_provisioning(const Call& call) {
  const auto p = period_of(call, {"agency"}, "agency");
  if (!p) return p.error();
  const bool listing = call.request.arg("rows") == "true";
  std::map<std::string, Person> people;
  std::map<std::string, Flow> flows;
  Json events = Json::array();
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    bool begun = false;
    const auto begin = [&] {
      for (const auto& [address, person] : people)
        if (person.counts()) ++flows[person.agency].before;
      begun = true;
    };
    snapshot->for_each_audit(0, [&](std::uint64_t, std::string_view payload) {
      if (payload.find("\"what\":\"account.") == std::string_view::npos) return true;
      const Json row = Json::parse(payload, nullptr, false);
      const std::string what = row.is_object() ? text_of(row, "what") : std::string();
      if (what != "account.add" && what != "account.change" && what != "account.remove") return true;
      const std::string day = text_of(row, "at").substr(0, 10), address = text_of(row, "target");
      if (day > p->to) return false;
      if (!begun && day >= p->from) begin();
      Person& now = people[address];
      const Person old = std::exchange(now, after_row(what, row.value("detail", Json::object())));
      if (!begun || (!old.counts() && !now.counts()) || (old.counts() && now.counts() && old.agency == now.agency)) return true;
      const char* how = !old.counts() ? "joined" : !now.counts() ? "left" : "moved";
      if (!old.counts()) ++flows[now.agency].joined;
      else if (!now.counts()) ++flows[old.agency].left;
      else ++flows[old.agency].moved_out, ++flows[now.agency].moved_in;
      if (listing) events.push_back({{"at", text_of(row, "at")}, {"move", how}, {"account", address}, {"agency", text_or_null(now.agency)}, {"from_agency", text_or_null(old.agency)}, {"who", text_of(row, "who")}});
      return true;
    });
    if (!begun) begin();
    for (const auto& [address, person] : people)
      if (person.counts()) ++flows[person.agency].after;
  }
  if (listing) {
    const Json audit = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", "report.provisioning.rows"}, {"target", "provisioning"}, {"detail", {{"from", p->from}, {"to", p->to}, {"rows", events.size()}}}};
    if (const auto written = call.context.store.run(store::AppendAudit{audit.dump(-1, ' ', false, Json::error_handler_t::replace)}); !written) return written.error();
    Json report = report_json(call, "provisioning_moves", *p,
                              {{"at", "Lúc", "At"}, {"move", "Thay đổi", "Change"}, {"account", "Hộp thư", "Mailbox"}, {"agency", "Cơ quan", "Agency"}, {"from_agency", "Cơ quan trước", "Agency before"}, {"who", "Ai làm", "By whom"}},
                              std::move(events), Json::object());
    add_labels(report, "move", move_label);
    return report;
  }
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json rows = Json::array();
  Flow all;
  for (const auto& [code, f] : flows) {
    const auto agency = code.empty() ? std::nullopt : snapshot->agency(code);
    rows.push_back({{"group", text_or_null(code)}, {"agency_name", agency ? text_or_null(agency->name) : Json(nullptr)}, {"before", f.before}, {"joined", f.joined}, {"moved_in", f.moved_in},
                    {"moved_out", f.moved_out}, {"left", f.left}, {"after", f.after}});
    all.joined += f.joined;
    all.moved_in += f.moved_in;
    all.left += f.left;
    all.after += f.after;
  }
  Json report = report_json(call, "provisioning", *p,
                     {{"group", "Mã cơ quan", "Agency"}, {"agency_name", "Cơ quan", "Agency name"},
                      {"before", "Đầu kỳ", "At the beginning", "Hộp thư cá nhân không bị khóa trước ngày đầu kỳ, theo nhật ký", "Personal mailboxes that were not disabled before the first day, by the log"},
                      {"joined", "Cấp mới", "Joined", "Hộp thư được cấp hoặc mở khóa trong kỳ", "Mailboxes made or enabled in the period"},
                      {"moved_in", "Chuyển đến", "Moved in", "Hộp thư đổi sang cơ quan này", "Mailboxes whose agency became this one"},
                      {"moved_out", "Chuyển đi", "Moved out", "Hộp thư đổi sang cơ quan khác", "Mailboxes whose agency became another one"},
                      {"left", "Thu hồi, khóa", "Left", "Hộp thư bị xóa hoặc khóa trong kỳ", "Mailboxes removed or disabled in the period"},
                      {"after", "Cuối kỳ", "At the end", "Đầu kỳ + Cấp mới + Chuyển đến - Chuyển đi - Thu hồi", "beginning + joined + moved in - moved out - left"}},
                     std::move(rows), {{"joined", all.joined}, {"moved_in", all.moved_in}, {"left", all.left}, {"after", all.after}});
  report["charts"] = Json::array({chart_json({"Hộp thư cuối kỳ theo cơ quan", "Mailboxes at the end, by agency"}, "agency_name", "", "after")});
  return report;
}

}  // namespace admin
