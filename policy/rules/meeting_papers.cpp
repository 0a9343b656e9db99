#include <algorithm>
#include <optional>

#include "policy/rules/exchange_common.hpp"
#include "policy/rules/meeting_time.hpp"
#include "policy/rules/meetings.hpp"

namespace policy::rules {
namespace {

constexpr base::Text kLate{"Tài liệu họp gửi chưa đủ 24 giờ trước cuộc họp", "Meeting papers were sent less than 24 hours before the meeting"};

bool is_invitation(const AttachmentFacts& a) {
  return std::any_of(a.documents.begin(), a.documents.end(), [](const document::Document& d) {
    return !d.draft && ((d.kind && d.kind->text == "Giấy mời") || (d.kind_abbrev && d.kind_abbrev->text == "GM"));
  });
}

class MeetingPapers final : public Rule {
 public:
  std::string_view id() const override { return kMeetingPapers; }
  Mode default_mode() const override { return Mode::observe; }
  bool is_duty() const override { return true; }
  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    // One mail alone is no verdict: a later invitation may move the meeting, and papers come in other mails. What counts is found
    // when the meeting is over (meetings.hpp); a dry run shows what this mail would be.
    if (!duty_is_asked(stage, context) || !context.explain) return;
    const auto& all = context.content->attachments;
    const auto invitation = std::find_if(all.begin(), all.end(), is_invitation);
    if (invitation == all.end() || all.size() < 2) return;  // no meeting, or no papers
    const bool several = std::count_if(all.begin(), all.end(), is_invitation) > 1;
    const auto meeting = several ? std::nullopt : meeting_time(invitation->text);
    DutyNote note{Outcome::not_judged, invitation->file_name, several ? "several_invitations" : "meeting_time_unknown", Action::annotate};
    std::vector<Evidence> evidence{{"accepted", base::rfc3339(context.now)}, {"papers", std::to_string(all.size() - 1)}};
    if (meeting) {
      note.outcome = context.now + kPapersBefore <= *meeting ? Outcome::met : Outcome::violated;
      note.why.clear();
      evidence.push_back({"meeting", base::rfc3339(*meeting)});
    }
    tell(context, kLate, std::move(note), std::move(evidence), findings);
  }
};

}  // namespace

std::unique_ptr<Rule> meeting_papers() { return std::make_unique<MeetingPapers>(); }

}  // namespace policy::rules
