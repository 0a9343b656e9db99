#include "tools/registers/row.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/unicode.hpp"

namespace registers {
namespace {

constexpr std::size_t kMaxFiles = 16;       // kept in the row; further ones are counted only
constexpr std::size_t kMaxIncoming = 50;    // addresses of the receiving agency kept in the row
constexpr std::size_t kMaxValue = 2000;     // bytes of a corrected value
constexpr std::size_t kMaxHistory = 200;    // corrections of one row

Json text_or_null(std::string_view s) { return s.empty() ? Json(nullptr) : Json(s); }

Json file_of(const Arrival& a) {
  return {{"file", a.file}, {"digest", a.digest}, {"text_digest", text_or_null(a.text_digest)}, {"verdict", a.verdict},
          {"at", base::rfc3339(a.at)}, {"mail", a.mail}};
}

void take_shape(Json& row, const Arrival& a) {
  row["pages"] = a.pages == 0 ? Json(nullptr) : Json(a.pages);
  row["scanned"] = a.scanned ? Json(*a.scanned) : Json(nullptr);
}

Json* find_file(Json& row, std::string_view digest) {
  for (Json& f : row["files"])
    if (f.value("digest", "") == digest) return &f;
  return nullptr;
}

// A file shows the document better than the one before: it bears a signature that holds, or at least one.
bool shows_better(const Json& row, const Arrival& a) {
  const std::string now = text(row, "verdict");
  return (now != "valid" && a.verdict == "valid") || (now == "unsigned" && a.verdict != "unsigned");
}

void take_file(Json& row, const Arrival& a) {
  row["verdict"] = a.verdict;
  row["file"] = a.file;
  row["digest"] = a.digest;
  take_shape(row, a);
}

void add_incoming(Json& row, const Arrival& a) {
  Json& to = row["to"];
  for (const Recipient& r : a.recipients)
    if (to.size() < kMaxIncoming && std::find(to.begin(), to.end(), Json(r.address)) == to.end()) to.push_back(r.address);
}

void remember(Json& row, Json correction) {
  Json& all = row["corrections"];
  if (!all.is_array()) all = Json::array();
  if (all.size() >= kMaxHistory) all.erase(0);  // the audit has every one
  all.push_back(std::move(correction));
}

}  // namespace

bool is_field(std::string_view name) { return std::find(std::begin(kFields), std::end(kFields), name) != std::end(kFields); }
bool is_state(std::string_view w) { return std::find(std::begin(kStates), std::end(kStates), w) != std::end(kStates); }
bool is_open(std::string_view state) { return state != "done" && state != "refused"; }

base::Result<void> check_field(std::string_view name, std::string_view value) {
  if (!is_field(name)) return base::fail(base::Errc::invalid, "field: no such field: " + std::string(name));
  if (value.size() > kMaxValue || !base::valid_utf8(value)) return base::fail(base::Errc::invalid, std::string(name) + ": too long, or no UTF-8");
  if (std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    return base::fail(base::Errc::invalid, std::string(name) + ": control characters");
  if (value.empty()) return {};
  if (name == "date")
    if (const auto day = base::vietnam_day(value); !day) return base::fail(base::Errc::invalid, "date: " + day.error().detail());
  const auto one_of = [&](std::initializer_list<std::string_view> words) { return std::find(words.begin(), words.end(), value) != words.end(); };
  if (name == "urgency" && !one_of({"Khẩn", "Thượng khẩn", "Hỏa tốc"})) return base::fail(base::Errc::invalid, "urgency: Khẩn, Thượng khẩn or Hỏa tốc");
  if (name == "doc_class" && !one_of({"hanh_chinh", "qppl", "dang", "khac"})) return base::fail(base::Errc::invalid, "doc_class: hanh_chinh, qppl, dang or khac");
  return {};
}

std::string text(const Json& row, const char* name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

Name name_of(const Json& row) {
  const std::string number = text(row, "number"), date = text(row, "date");
  return {text(row, "issuer"), number, year_of(number, date)};
}

Place place_of(const Json& row) {
  Place p;
  p.direction = text(row, "direction") == "out" ? Direction::outgoing : Direction::incoming;
  p.agency = text(row, "agency");
  p.year = row.value("register_year", 0u);
  p.number = row.value("register_number", 0u);
  return p;
}

std::string dump(const Json& row) { return row.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::optional<Json> parse(std::string_view value) {
  Json row = Json::parse(value, nullptr, false);
  if (!row.is_object()) return std::nullopt;
  return row;
}

std::string text_digest(std::string_view words) {
  std::string folded = base::fold_search(words);
  std::erase_if(folded, [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; });
  return folded.empty() ? std::string() : base::sha256_hex(folded);
}

Json make_row(const Arrival& a, unsigned year, std::uint32_t number) {
  const bool out = a.direction == Direction::outgoing;
  Json row = {{"schema", "congthu.document/1"}, {"at", base::rfc3339(a.at)}, {"direction", word(a.direction)}, {"agency", a.agency},
              {"verdict", a.verdict}, {"void", false}, {"free_mail", a.free_mail}};
  if (out) row["internal"] = a.internal;
  for (const std::string_view field : kFields) {
    const auto found = a.fields.find(field);
    row[std::string(field)] = found != a.fields.end() && found->is_string() && !found->get_ref<const std::string&>().empty() ? *found : Json(nullptr);
  }
  row["to_places"] = a.to_places;
  row["issuer_domain"] = text_or_null(a.issuer_domain);
  row["register_year"] = year;
  row["register_number"] = number;
  row["agency_name"] = text_or_null(a.agency_name);
  row["from"] = text_or_null(a.from);
  row["subject"] = text_or_null(a.subject);
  row["file"] = a.file;
  row["digest"] = a.digest;
  take_shape(row, a);
  if (out) row["way"] = text_or_null(a.way);
  row["domain"] = a.domain;
  row["mails"] = 1;
  row["last_mail"] = a.mail;
  row["last_at"] = base::rfc3339(a.at);
  row["duplicate"] = nullptr;
  if (out) row["receipts"] = {{"sent", 0}, {"delivered", 0}, {"read", 0}, {"refused", 0}};
  else row["state"] = "received";
  row["files"] = Json::array({file_of(a)});
  if (!out) {
    row["to"] = Json::array();
    add_incoming(row, a);
    if (a.urgent_until) {
      row["urgent"] = {{"until", base::rfc3339(*a.urgent_until)}, {"source", a.urgent_source}};
      row["assignment"] = {{"unit", nullptr}, {"official", nullptr}, {"due", base::vietnam_date(*a.urgent_until - std::chrono::milliseconds(1))}, {"note", nullptr}};
    }
  }
  return row;
}

std::string_view add_arrival(Json& row, const Arrival& a) {
  const bool same_mail = text(row, "last_mail") == a.mail;
  if (!same_mail) {
    row["mails"] = row.value("mails", 1u) + 1;
    row["last_mail"] = a.mail;
    row["last_at"] = base::rfc3339(a.at);
  }
  if (a.direction == Direction::incoming) add_incoming(row, a);
  else row["internal"] = row.value("internal", false) && a.internal;
  if (find_file(row, a.digest) != nullptr) return {};
  // Of one mail, or with the same words: another form of the same document. Otherwise two papers bear one number.
  bool same_words = false, same_delivery = false;
  for (const Json& f : row["files"]) {
    same_words = same_words || (!a.text_digest.empty() && text(f, "text_digest") == a.text_digest);
    same_delivery = same_delivery || text(f, "mail") == a.mail;
  }
  if (row["files"].size() < kMaxFiles) row["files"].push_back(file_of(a));
  if ((same_words || same_delivery) && shows_better(row, a)) take_file(row, a);
  if (same_delivery) return {};
  const std::string_view how = same_words ? "same_text" : "differs";
  if (text(row, "duplicate") != "differs") row["duplicate"] = how;
  return how;
}

bool correct(Json& row, std::string_view field, const std::optional<std::string>& value, std::string_view who, base::Time at, std::string_view reason) {
  const std::string name(field);
  const Json fresh = value && !value->empty() ? Json(base::nfc(*value)) : Json(nullptr);
  const Json old = row.contains(name) ? row[name] : Json(nullptr);
  if (old == fresh) return false;
  if (!row.contains("machine")) row["machine"] = Json::object();
  if (!row["machine"].contains(name)) row["machine"][name] = old;
  row[name] = fresh;
  remember(row, {{"at", base::rfc3339(at)}, {"who", who}, {"field", name}, {"old", old}, {"new", fresh}, {"reason", text_or_null(reason)}});
  return true;
}

bool strike(Json& row, bool struck, std::string_view who, base::Time at, std::string_view reason) {
  if (row.value("void", false) == struck) return false;
  row["void"] = struck;
  remember(row, {{"at", base::rfc3339(at)}, {"who", who}, {"field", "void"}, {"old", !struck}, {"new", struck}, {"reason", text_or_null(reason)}});
  return true;
}

bool publish(Json& row, base::Time published, std::string_view url, std::string_view who, base::Time at) {
  const Json old = row.contains("published") ? row["published"] : Json(nullptr);
  const Json fresh = {{"at", base::rfc3339(published)}, {"url", text_or_null(url)}};
  if (old.is_object() && old.value("at", Json()) == fresh["at"] && old.value("url", Json()) == fresh["url"]) return false;
  row["published"] = fresh;
  row["published"]["who"] = who;
  row["published"]["entered"] = base::rfc3339(at);
  remember(row, {{"at", base::rfc3339(at)}, {"who", who}, {"field", "published"}, {"old", old.is_object() ? old.value("at", Json()) : Json()}, {"new", fresh["at"]}, {"reason", nullptr}});
  return true;
}

bool assign(Json& row, const Assignment& a) {
  Json now = row.contains("assignment") ? row["assignment"] : Json::object();
  const std::string before = dump(now), state_before = text(row, "state");
  const auto set = [&](const char* name, const std::optional<std::string>& value) {
    if (value) now[name] = text_or_null(*value);
    else if (!now.contains(name)) now[name] = nullptr;
  };
  set("unit", a.unit);
  set("official", a.official);
  set("due", a.due);
  set("note", a.note);
  if (a.state) row["state"] = *a.state;
  else if (state_before == "received" && (!text(now, "unit").empty() || !text(now, "official").empty())) row["state"] = "assigned";
  if (dump(now) == before && text(row, "state") == state_before) return false;
  Json one = {{"at", base::rfc3339(a.at)}, {"who", a.who}, {"state", row["state"]}};
  one.update(now);
  row["assignment"] = std::move(now);
  Json& steps = row["handling"];
  if (!steps.is_array()) steps = Json::array();
  if (steps.size() >= kMaxHistory) steps.erase(0);
  steps.push_back(std::move(one));
  return true;
}

Json to_json(const Assignment& a) {
  Json out = Json::object();
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) out[name] = *value;
  };
  add("unit", a.unit);
  add("official", a.official);
  add("due", a.due);
  add("status", a.state);
  add("note", a.note);
  return out;
}

bool set_verdict(Json& row, std::string_view digest, std::string_view verdict) {
  bool changed = false;
  if (Json* f = find_file(row, digest); f != nullptr && f->value("verdict", "") != verdict) {
    (*f)["verdict"] = verdict;
    changed = true;
  }
  if (text(row, "digest") == digest && text(row, "verdict") != verdict) {
    row["verdict"] = verdict;
    changed = true;
  }
  return changed;
}

}  // namespace registers
