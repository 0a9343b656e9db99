#include "tools/congthud/deadline_watch.hpp"

#include "base/log.hpp"
#include "policy/rules/deadlines.hpp"
#include "tools/congthud/notice.hpp"
#include "tools/registers/meetings.hpp"

namespace tools {
namespace {

constexpr std::size_t kDeadlinesAtOnce = 500;
constexpr std::size_t kFindingsKept = 500;  // of one mail

policy::Record deadline_record(base::Time at, std::string login, std::string agency) {
  policy::Record r;
  r.at = at;
  r.stage = policy::Stage::delivered;
  r.channel = policy::Channel::submission;
  r.action = policy::Action::annotate;
  r.sender = login;
  r.login = std::move(login);
  r.agency = std::move(agency);
  return r;
}

void add_finding(policy::Record& record, policy::Finding finding) {
  if (record.recipients.size() < 20) record.recipients.push_back(finding.subject);
  ++record.recipient_count;
  if (record.findings.size() < kFindingsKept) record.findings.push_back(std::move(finding));
}

Notice letter_of(const policy::Record& record) {
  Notice notice;
  notice.to = {record.login};
  const policy::Finding& first = record.findings.front();
  notice.subject = std::string(first.text.vi);
  std::string rows;
  for (const policy::Finding& f : record.findings) {
    rows += "  " + f.subject + "\n";
    for (const policy::Evidence& e : f.evidence)
      if (!e.value.empty()) rows += "    " + e.name + ": " + e.value + "\n";
  }
  notice.text = std::string(first.text.vi) + ".\n\n" + std::string(first.text.en) + ".\n\n" + rows +
                "\nThư này do máy chủ tự động gửi. / This message was sent automatically.\n";
  return notice;
}

}  // namespace

base::Result<void> DeadlineWatch::run_once() {
  std::vector<registers::Deadline> due;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    due = registers::deadlines_due(*snapshot, clock_.now(), kDeadlinesAtOnce);
  }
  for (const registers::Deadline& d : due)
    if (auto judged = judge(d); !judged) return judged;
  return {};
}

base::Result<void> DeadlineWatch::judge(const registers::Deadline& deadline) {
  registers::Settled settled{deadline, {}, {}, {}, clock_.now()};
  std::vector<Found> found;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    const auto value = snapshot->record(store::RecordTable::documents, deadline.row);
    const auto row = value ? registers::parse(*value) : std::nullopt;
    settled.before = value.value_or("");
    const auto state = ingest_.state();
    if (row && deadline.kind == registers::DeadlineKind::meeting) found = judge_meeting(*row, *state);
    else if (row) found = judge_row(deadline, *row, *state, settled.outcome);
  }
  for (const Found& f : found) settled.decisions.push_back({store::RecordTable::decisions, f.key, policy::to_json(f.record), f.domain});
  const auto written = store_.run(store::ApplyRules{{registers::settle(std::move(settled))}});
  if (!written) return written.error();
  return *written ? tell(found) : base::Result<void>();
}

std::vector<DeadlineWatch::Found> DeadlineWatch::judge_meeting(const registers::Json& row, const PolicyState& state) const {
  std::vector<Found> out;
  for (const registers::LateMail& mail : registers::late_papers(row)) {
    Found one{deadline_record(mail.late.front().meeting, mail.login, mail.agency), mail.domain, registers::decision_key(mail.late.front().meeting, mail.name)};
    for (const policy::rules::LatePaper& late : mail.late) {
      policy::Finding finding = policy::rules::late_paper(late);
      if (state.pipeline->give_mode(finding, mail.login, mail.accepted)) add_finding(one.record, std::move(finding));
    }
    if (!one.record.findings.empty()) out.push_back(std::move(one));
  }
  return out;
}

namespace {

base::Time time_in(const registers::Json& row, const char* name) {
  const auto at = base::parse_rfc3339(registers::text(row, name));
  return at ? *at : base::Time{};
}

// `who` is bound, and whose agency the finding counts for.
std::optional<policy::Finding> finding_of(const registers::Deadline& deadline, const registers::Json& row, std::string& who) {
  const std::string name = registers::to_string(registers::place_of(row));
  if (row.value("void", false)) return std::nullopt;
  if (deadline.kind == registers::DeadlineKind::schedule && row.contains("published")) {
    const registers::Json& p = row["published"];
    who = registers::text(row, "from");
    return policy::rules::schedule_too_late({name, registers::text(row, "number"), registers::text(row, "title"), registers::text(p, "url"), registers::text(p, "who"), time_in(row, "at"), time_in(p, "at")});
  }
  const registers::Json to = row.value("to", registers::Json::array());
  if (deadline.kind != registers::DeadlineKind::urgent || registers::text(row, "state") != "received" || !row.contains("urgent")) return std::nullopt;
  if (!to.empty() && to.front().is_string()) who = to.front().get<std::string>();
  return policy::rules::urgent_missed({name, registers::text(row, "number"), registers::text(row, "urgency"), registers::text(row["urgent"], "source"), time_in(row, "at"), deadline.at});
}

}  // namespace

std::vector<DeadlineWatch::Found> DeadlineWatch::judge_row(const registers::Deadline& deadline, const registers::Json& row, const PolicyState& state, std::string& outcome) const {
  std::string who;
  auto finding = finding_of(deadline, row, who);
  outcome = finding ? "violated" : "met";
  if (!finding) return {};
  const base::Time at = deadline.kind == registers::DeadlineKind::schedule ? time_in(row["published"], "at") : deadline.at;
  if (!state.pipeline->give_mode(*finding, who, at)) return outcome = "not_asked", std::vector<Found>();
  Found one{deadline_record(at, who, registers::text(row, "agency")), registers::text(row, "domain"), registers::decision_key(at, deadline.row)};
  if (deadline.kind == registers::DeadlineKind::urgent) one.record.channel = policy::Channel::inbound;
  one.record.findings.push_back(*std::move(finding));
  return {std::move(one)};
}

// A mail that cannot be written is no reason to judge again: what was found is recorded.
base::Result<void> DeadlineWatch::tell(const std::vector<Found>& found) {
  bool queued = false;
  for (const Found& f : found) {
    const policy::Finding& first = f.record.findings.front();
    base::log_info("deadline_missed", {{"rule", first.rule}, {"agency", f.record.agency}, {"login", f.record.login}, {"findings", f.record.findings.size()}});
    if (first.mode != policy::Mode::enforce || f.record.login.empty()) continue;
    base::Result<std::optional<store::SubmitMessage>> made = std::optional<store::SubmitMessage>();
    {
      const auto snapshot = store_.snapshot();
      if (!snapshot) return snapshot.error();
      made = make_notice(*snapshot, hostname_, clock_.now(), letter_of(f.record));
    }
    if (!made) base::log_warn("deadline_notice_not_sent", {{"login", f.record.login}, {"error", made.error()}});
    if (!made || !*made) continue;
    queued = queued || !(*made)->outbound.empty();
    if (const auto sent = store_.run(std::move(**made)); !sent) return sent.error();
  }
  if (queued && queue_changed_) queue_changed_();
  return {};
}

}  // namespace tools
