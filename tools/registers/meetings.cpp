#include "tools/registers/meetings.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/ascii.hpp"
#include "base/codec.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/unicode.hpp"

namespace registers {
namespace {

using store::Put;
using store::RecordTable;
constexpr std::size_t kMostParticipants = 1000, kMostPaperMails = 100, kMostInvitations = 20, kMostFiles = 50, kMostReferences = 20;
constexpr std::chrono::hours kUnknownKept{24 * 400};  // a meeting whose time nobody could read

class MeetingSheet {
 public:
  explicit MeetingSheet(const store::RecordInput& in) : in_(in) {}
  std::optional<Json> row(const std::string& key) const {
    const auto own = puts_.find(key);
    const auto value = own == puts_.end() ? in_.rows.get(RecordTable::documents, key) : std::optional(own->second.value);
    return value && !value->empty() ? parse(*value) : std::nullopt;
  }
  void drop_decision(std::string key) { dropped_.push_back({RecordTable::decisions, std::move(key), {}}); }
  void put(std::string key, std::string value, std::string domain = {}) {
    Put one{RecordTable::documents, key, std::move(value), std::move(domain)};
    puts_.insert_or_assign(std::move(key), std::move(one));
  }
  // Keys of meetings that this way leads to, those of this operation included.
  std::set<std::string> led(const std::string& prefix) const {
    std::set<std::string> out;
    in_.rows.for_each(RecordTable::documents, prefix, [&](std::string_view key, std::string_view) { return out.emplace(key.substr(prefix.size())), true; });
    for (const auto& [key, put] : puts_)
      if (key.starts_with(prefix) && !put.value.empty()) out.insert(key.substr(prefix.size()));
    return out;
  }
  std::vector<Put> take() {
    std::vector<Put> out = std::move(dropped_);
    for (auto& [key, one] : puts_) out.push_back(std::move(one));
    return out;
  }

 private:
  const store::RecordInput& in_;
  std::map<std::string, Put> puts_;
  std::vector<Put> dropped_;
};

std::string way(char kind, std::string_view words) {
  return base::Writer().raw("T").raw(std::string(1, kind)).raw(base::view(base::sha256(words)).substr(0, 16)).take();
}
std::string way_of_mail(std::string_view message_id) { return way('m', message_id); }
std::string way_of_number(std::string_view number) {
  std::string squeezed = base::fold_search(number);
  std::erase_if(squeezed, [](char c) { return c == ' ' || c == '\t'; });
  return way('n', squeezed);
}
std::string way_of_subject(std::string_view agency, std::string_view subject) { return way('s', std::string(agency) + "\n" + std::string(subject)); }

std::optional<base::Time> time_of(const Json& row, const char* name) {
  const std::string words = text(row, name);
  const auto at = words.empty() ? base::Result<base::Time>(base::fail(base::Errc::invalid, "")) : base::parse_rfc3339(words);
  return at ? std::optional<base::Time>(*at) : std::nullopt;
}

bool is_open_at(const Json& meeting, base::Time at) {
  const auto time = time_of(meeting, "meeting");
  return !time || at < *time;
}

Json words_json(const std::vector<std::string>& list, std::size_t most) {
  Json out = Json::array();
  for (const std::string& one : list)
    if (out.size() < most) out.push_back(one);
  return out;
}

class MeetingBook {
 public:
  MeetingBook(MeetingSheet& sheet, const MeetingNote& note) : sheet_(sheet), note_(note) {}

  void note() {
    std::string own;
    for (const policy::rules::Invitation& i : note_.mail.invitations) own = invite(i);
    // Papers beside several invitations: nobody can say whose they are.
    if (note_.mail.papers.empty() || note_.login.empty() || note_.mail.invitations.size() > 1) return;
    if (!own.empty()) return keep(own, "mail");
    if (const std::string key = latest(in_thread(true)); !key.empty()) return keep(key, "thread");
    if (const std::string key = cited(); !key.empty()) return keep(key, "number");
    if (note_.mail.subject.empty()) return;
    const auto named = only(sheet_.led(way_of_subject(note_.agency, note_.mail.subject)), [&](const Json& m) { return is_open_at(m, note_.at); });
    if (named.size() == 1) keep(named.front(), "subject");
  }

 private:
  template <class F>
  std::vector<std::string> only(const std::set<std::string>& keys, F wanted) const {
    std::vector<std::string> out;
    for (const std::string& key : keys)
      if (const auto m = sheet_.row(key); m && wanted(*m)) out.push_back(key);
    return out;
  }

  std::string latest(const std::vector<std::string>& keys) const {
    std::string found, at;
    for (const std::string& key : keys)
      if (const auto m = sheet_.row(key); m && text(*m, "at") >= at) at = text(*m, "at"), found = key;
    return found;
  }

  // Only who invited: a participant's answer in the thread is no paper.
  std::vector<std::string> in_thread(bool open) const {
    std::set<std::string> keys;
    for (const std::string& id : note_.references) keys.merge(sheet_.led(way_of_mail(id)));
    return only(keys, [&](const Json& m) { return text(m, "agency") == note_.agency && (!open || is_open_at(m, note_.at)); });
  }

  // The unit that prepares a meeting may be another one than the one that invites: it says which invitation it means.
  std::string cited() const {
    std::set<std::string> keys;
    for (const std::string& number : note_.mail.cited) keys.merge(sheet_.led(way_of_number(number)));
    const auto concerns = [&](const Json& m) {
      const Json invited = m.value("participants", Json::array());
      return is_open_at(m, note_.at) && std::any_of(note_.recipients.begin(), note_.recipients.end(), [&](const std::string& to) {
               return std::find(invited.begin(), invited.end(), Json(base::fold_case(to))) != invited.end();
             });
    };
    auto found = only(keys, [&](const Json& m) { return text(m, "agency") == note_.agency && concerns(m); });
    if (found.empty()) found = only(keys, concerns);
    return found.size() == 1 ? found.front() : std::string{};
  }

  // The same invitation again, one in its thread, or one that cites its number and says that the time changes.
  std::string moved_by(const policy::rules::Invitation& i) const {
    const auto own = [&](const Json& m) { return text(m, "agency") == note_.agency; };
    if (!i.number.empty()) {
      const auto same = only(sheet_.led(way_of_number(i.number)), [&](const Json& m) { return own(m) && text(m, "issuer") == i.issuer && text(m, "year") == i.year; });
      if (!same.empty()) return latest(same);
    }
    if (const std::string key = latest(in_thread(false)); !key.empty()) return key;
    if (!i.moves) return {};
    std::set<std::string> keys;
    for (const std::string& number : note_.mail.cited)
      if (number != i.number) keys.merge(sheet_.led(way_of_number(number)));
    return latest(only(keys, own));
  }

  std::string invite(const policy::rules::Invitation& i) {
    std::string key = moved_by(i);
    const bool fresh = key.empty();
    if (fresh) {
      base::Writer w;
      w.raw("G").raw(base::view(base::sha256(note_.agency + "\n" + note_.message_id + "\n" + i.digest + "\n" + base::rfc3339(note_.at))).substr(0, 16));
      key = w.take();
    }
    Json m = fresh ? Json{{"schema", "congthu.meeting/1"}, {"agency", note_.agency}, {"domain", note_.domain}, {"at", base::rfc3339(note_.at)},
                          {"participants", Json::array()}, {"papers", Json::array()}, {"invitations", Json::array()}}
                   : *sheet_.row(key);
    const Json before = m.value("meeting", Json());
    m["number"] = i.number;
    m["issuer"] = i.issuer;
    m["year"] = i.year;
    m["subject"] = note_.mail.subject;
    m["meeting"] = i.time ? Json(base::rfc3339(*i.time)) : Json(nullptr);
    if (m["invitations"].size() < kMostInvitations)
      m["invitations"].push_back({{"at", base::rfc3339(note_.at)}, {"message_id", note_.message_id}, {"number", i.number}, {"file", i.file}, {"meeting", m["meeting"]}});
    Json& people = m["participants"];
    for (const std::string& r : note_.recipients)
      if (const Json who = base::fold_case(r); people.size() < kMostParticipants && std::find(people.begin(), people.end(), who) == people.end()) people.push_back(who);
    if (fresh || before != m["meeting"]) move_due(key, m, i.time);
    ways(key, m, i);
    save(key, m);
    return key;
  }

  void move_due(const std::string& key, Json& m, std::optional<base::Time> meeting) {
    if (const auto old = m.find("due"); old != m.end() && old->is_object()) {
      const Deadline was{base::Time(std::chrono::milliseconds(old->value("at", std::int64_t{0}))), DeadlineKind(old->value("kind", std::string("m"))[0]), key};
      sheet_.put(deadline_key(was), {});
    }
    // What was found for the time that no longer counts goes.
    for (const Json& old : m.value("decisions", Json::array()))
      if (const auto raw = base::hex_decode(old.get<std::string>())) sheet_.drop_decision(*raw);
    m.erase("decisions");
    m.erase("judged");
    const Deadline due{meeting ? *meeting : note_.at + kUnknownKept, meeting ? DeadlineKind::meeting : DeadlineKind::meeting_end, key};
    m["due"] = {{"at", due.at.time_since_epoch().count()}, {"kind", std::string(1, char(due.kind))}};
    sheet_.put(deadline_key(due), "1");
  }

  void ways(const std::string& key, Json& m, const policy::rules::Invitation& i) {
    std::vector<std::string> all;
    if (!note_.message_id.empty()) all.push_back(way_of_mail(note_.message_id));
    if (!i.number.empty()) all.push_back(way_of_number(i.number));
    if (!note_.mail.subject.empty()) all.push_back(way_of_subject(note_.agency, note_.mail.subject));
    for (const std::string& prefix : all) lead(prefix, key, m);
  }

  // The row knows its ways, so that they go with it.
  void lead(const std::string& prefix, const std::string& key, Json& m) {
    Json& known = m["ways"];
    const Json hex = base::hex_encode(prefix);
    if (known.is_null()) known = Json::array();
    if (std::find(known.begin(), known.end(), hex) != known.end()) return;
    known.push_back(hex);
    sheet_.put(prefix + key, "1");
  }

  void keep(const std::string& key, std::string_view related) {
    auto m = sheet_.row(key);
    if (!m) return;
    Json& mails = (*m)["papers"];
    if (mails.size() >= kMostPaperMails) return base::log_warn("meeting_papers_not_kept", {{"agency", note_.agency}, {"mails", mails.size()}});
    Json files = Json::array();
    for (const policy::rules::MeetingPaper& p : note_.mail.papers)
      if (files.size() < kMostFiles) files.push_back({{"file", p.file}, {"digest", p.digest}});
    mails.push_back({{"at", base::rfc3339(note_.at)}, {"login", note_.login}, {"agency", note_.agency}, {"domain", note_.domain}, {"message_id", note_.message_id},
                     {"related", related}, {"files", std::move(files)}, {"to", words_json(note_.recipients, kMostParticipants)}});
    if (!note_.message_id.empty()) lead(way_of_mail(note_.message_id), key, *m);  // what answers the papers belongs to the meeting, too
    save(key, *m);
  }

  void save(const std::string& key, const Json& m) { sheet_.put(key, dump(m), text(m, "domain")); }

  MeetingSheet& sheet_;
  const MeetingNote& note_;
};

std::string file_list(const Json& files) {
  std::string out;
  for (const Json& f : files) {
    const std::string name = text(f, "file");
    if (out.size() + name.size() > 190) return out + " ...";
    out += (out.empty() ? "" : "; ") + name;
  }
  return out;
}

}  // namespace

store::RecordRule note_meeting(MeetingNote note) {
  if (note.references.size() > kMostReferences) note.references.erase(note.references.begin(), note.references.end() - kMostReferences);
  return [note = std::move(note)](const store::RecordInput& in) -> base::Result<std::vector<Put>> {
    MeetingSheet sheet(in);
    MeetingBook(sheet, note).note();
    return sheet.take();
  };
}

std::vector<LateMail> late_papers(const Json& meeting) {
  std::vector<LateMail> out;
  const auto time = time_of(meeting, "meeting");
  const Json invited = meeting.value("participants", Json::array()), mails = meeting.value("papers", Json::array());
  if (!time) return out;
  std::set<std::pair<std::string, std::string>> had;  // who, digest of the file
  for (const Json& mail : mails) {
    const auto accepted = time_of(mail, "at");
    // What was sent during the meeting or after it, e.g. when it was brought forward, is late, too: it was sent for it.
    if (!accepted) continue;
    LateMail one{text(mail, "login"), text(mail, "agency"), text(mail, "domain"), text(mail, "message_id") + "\n" + text(mail, "at"), *accepted, {}};
    const bool late = *accepted + policy::rules::kPapersBefore > *time;
    for (const Json& to : mail.value("to", Json::array())) {
      const std::string who = base::fold_case(to.get<std::string>());
      if (std::find(invited.begin(), invited.end(), Json(who)) == invited.end()) continue;
      Json fresh = Json::array();
      for (const Json& file : mail.value("files", Json::array()))
        if (had.emplace(who, text(file, "digest")).second) fresh.push_back(file);
      if (late && !fresh.empty()) one.late.push_back({who, text(meeting, "number"), file_list(fresh), text(mail, "related"), *accepted, *time});
    }
    if (!one.late.empty()) out.push_back(std::move(one));
  }
  return out;
}

}  // namespace registers
