// What a mail says of meetings: invitations with their time, papers, and which earlier documents it cites. And the finding of
// `meeting-papers-24h`, which is made once the meeting is over (CONTRACT 3: the time of the latest invitation counts). Pure; the
// record of meetings is tools/registers/meetings.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "policy/pipeline/context.hpp"
#include "policy/pipeline/decision.hpp"

namespace policy::rules {

inline constexpr std::string_view kMeetingPapers = "meeting-papers-24h";
inline constexpr std::chrono::hours kPapersBefore{24};

struct Invitation {
  std::string number, issuer, year;  // of the document; empty = not read
  std::string file, digest;
  std::optional<base::Time> time;  // absent: unreadable, or not the only one
  bool moves = false;              // its words say that an earlier meeting is moved, put off or changed
};

struct MeetingPaper {
  std::string file, digest;
};

struct MeetingMail {
  std::vector<Invitation> invitations;
  std::vector<MeetingPaper> papers;   // the other attachments, without files of signatures
  std::vector<std::string> cited;     // numbers as written in the subject and in the attachments, at most 32
  std::string subject;                // folded, without "Re:", "Fwd:", "Trả lời:"; empty when it is too short to tell meetings apart
};
MeetingMail read_meeting_mail(const ContentFacts& facts);

// One participant who got papers too late.
struct LatePaper {
  std::string participant, number, files, related;  // related: mail, thread, number, subject
  base::Time accepted{}, meeting{};
};
Finding late_paper(const LatePaper& late);

}  // namespace policy::rules
