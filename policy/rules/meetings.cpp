#include "policy/rules/meetings.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/unicode.hpp"
#include "mime/header.hpp"
#include "policy/rules/exchange_common.hpp"
#include "policy/rules/meeting_time.hpp"

namespace policy::rules {
namespace {

constexpr std::size_t kMostCited = 32;
constexpr std::size_t kLookedAt = 20'000;  // bytes of an attachment's text
constexpr std::size_t kLongEnough = 12;    // of a folded subject: "giay moi hop" alone is every meeting's
constexpr base::Text kLatePaper{"Tài liệu họp đến thành viên dự họp chưa đủ 24 giờ trước cuộc họp",
                                "Meeting papers reached a participant less than 24 hours before the meeting"};

bool invites(const document::Document& d) {
  return !d.draft && ((d.kind && d.kind->text == "Giấy mời") || (d.kind_abbrev && d.kind_abbrev->text == "GM"));
}

std::string_view value(const document::Field& f) { return f ? std::string_view(f->text) : std::string_view{}; }

// Attachments that say nothing themselves.
bool is_accessory(const AttachmentFacts& a) {
  if (!a.covers.empty()) return true;
  const auto dot = a.file_name.rfind('.');
  const std::string ending = dot == std::string::npos ? "" : base::lower_ascii(a.file_name.substr(dot + 1));
  return ending == "p7s" || ending == "p7m" || ending == "asc" || ending == "sig" || ending == "ics" || ending == "vcf";
}

// "12/GM-UBND": digits, a slash, and a symbol with a letter.
void add_cited(std::string_view text, std::vector<std::string>& out) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto of_symbol = [&](char c) { return base::is_alnum(c) || c == '-' || c == '/' || static_cast<unsigned char>(c) >= 0x80; };
  for (std::size_t at = 0; out.size() < kMostCited && (at = text.find('/', at)) != std::string_view::npos;) {
    std::size_t first = at, end = at + 1;
    while (first > 0 && digit(text[first - 1])) --first;
    while (end < text.size() && of_symbol(text[end])) ++end;
    const std::string_view symbol = text.substr(at + 1, end - at - 1);
    const bool named = std::any_of(symbol.begin(), symbol.end(), [&](char c) { return !digit(c) && c != '-' && c != '/'; });
    if (first < at && at - first <= 6 && named && symbol.size() <= 60) {
      const std::string number(text.substr(first, end - first));
      if (std::find(out.begin(), out.end(), number) == out.end()) out.push_back(number);
    }
    at = std::max(end, at + 1);
  }
}

std::string subject_of(const ContentFacts& facts) {
  if (facts.structure == nullptr || facts.structure->parts.empty()) return {};
  const auto field = mime::find(facts.structure->root().header.of(facts.content), "Subject");
  return field ? mime::decode_text(field->raw_value) : std::string{};
}

std::string stem_of(std::string_view subject) {
  std::string out = base::fold_search(subject);
  for (bool again = true; again;) {
    again = false;
    out = std::string(base::trim(out));
    for (std::string_view mark : {"re:", "fw:", "fwd:", "tra loi:", "chuyen tiep:", "v/v", "tai lieu:"})
      if (out.starts_with(mark)) out.erase(0, mark.size()), again = true;
  }
  return out.size() < kLongEnough ? std::string{} : out;
}

bool says_moved(std::string_view text) {
  const std::string folded = base::fold_search(text.substr(0, kLookedAt));
  for (std::string_view words : {"thay the giay moi", "thay doi thoi gian", "doi thoi gian", "dieu chinh thoi gian", "hoan hop", "hoan cuoc hop", "doi lich", "chuyen thoi gian", "lui thoi gian"})
    if (folded.find(words) != std::string::npos) return true;
  return false;
}

Invitation invitation_of(const document::Document& d, const AttachmentFacts& a) {
  Invitation out;
  out.number = value(d.number);
  out.issuer = value(d.issuer);
  out.year = d.date ? d.date->text.substr(0, 4) : std::string{};
  out.file = a.file_name;
  out.digest = a.digest;
  out.time = meeting_time(a.text);
  out.moves = says_moved(a.text);
  return out;
}

std::string spent(std::chrono::milliseconds gap) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(gap).count();
  return std::to_string(minutes / 60) + "h" + (minutes % 60 < 10 ? "0" : "") + std::to_string(minutes % 60);
}

}  // namespace

MeetingMail read_meeting_mail(const ContentFacts& facts) {
  MeetingMail out;
  const std::string subject = subject_of(facts);
  out.subject = stem_of(subject);
  add_cited(subject, out.cited);
  for (const AttachmentFacts& a : facts.attachments) {
    const auto invitation = std::find_if(a.documents.begin(), a.documents.end(), invites);
    if (invitation != a.documents.end()) out.invitations.push_back(invitation_of(*invitation, a));
    else if (!is_accessory(a)) out.papers.push_back({a.file_name, a.digest});
    add_cited(std::string_view(a.text).substr(0, kLookedAt), out.cited);
  }
  return out;
}

Finding late_paper(const LatePaper& late) {
  Finding f;
  f.rule = kMeetingPapers;
  f.text = kLatePaper;
  f.subject = late.participant;
  f.evidence = {{"outcome", "violated"}, {"meeting", base::rfc3339(late.meeting)}, {"invitation", late.number}, {"accepted", base::rfc3339(late.accepted)},
                {"before", spent(late.meeting - late.accepted)}, {"papers", late.files}, {"related", late.related}};
  return f;
}

}  // namespace policy::rules
