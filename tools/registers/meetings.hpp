// Meetings that mail invites to, and the papers for them: one row a meeting, written in the transaction of the delivery. CONTRACT 3: the
// papers are there 24 hours before the meeting, counted from the acceptance of each paper, for each participant, to the time of the latest
// invitation. README.md has keys and decisions. Values; made by any thread, run by the store's writer.
#pragma once
#include <string>
#include <vector>

#include "policy/rules/meetings.hpp"
#include "tools/registers/deadlines.hpp"
#include "tools/registers/rules.hpp"

namespace registers {

struct MeetingNote {
  policy::rules::MeetingMail mail;
  base::Time at{};                      // accepted
  std::string login, agency, domain;    // agency: the sender's; of a mail from outside '@' and the domain of its From
  std::string message_id;
  std::vector<std::string> references;  // In-Reply-To and References, without brackets
  std::vector<std::string> recipients;
};
// Invitations make or move meetings, papers are kept with theirs. Mail that belongs to no meeting writes nothing.
store::RecordRule note_meeting(MeetingNote note);

// Who got which papers too late, a list for each mail that carried them. Empty when the meeting's time is not known.
struct LateMail {
  std::string login, agency, domain;
  std::string name;  // of the mail, for decision_key()
  base::Time accepted{};
  std::vector<policy::rules::LatePaper> late;
};
std::vector<LateMail> late_papers(const Json& meeting);

}  // namespace registers
