// The document registers on the socket: what is read of them, and what a clerk may change.
#include <algorithm>
#include <map>

#include "base/unicode.hpp"
#include "policy/core/verdict.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/numbers.hpp"
#include "tools/registers/edxml.hpp"
#include "tools/registers/query.hpp"

namespace admin {
namespace {

using registers::Place;
constexpr std::size_t kMaxPage = 5000;
constexpr std::size_t kMaxWords = 1000;  // bytes of a unit, an official, a reason

Result<Place> place_of(const Call& call) {
  auto place = registers::parse_place(call.segment(1));
  if (!place) return fail(Errc::invalid, "a row of a register is named AGENCY/in|out/YEAR/NUMBER, e.g. svd/in/2026/17");
  return *std::move(place);
}

std::vector<std::string> comma_separated(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (const std::string_view one = list.substr(0, comma); !one.empty()) out.emplace_back(one);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return out;
}

Result<void> check_words(std::string_view name, const std::optional<std::string>& words) {
  if (!words) return {};
  const bool good = words->size() <= kMaxWords && base::valid_utf8(*words) &&
                    std::none_of(words->begin(), words->end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (!good) return fail(Errc::invalid, std::string(name) + ": too long, no UTF-8, or control characters");
  return {};
}

Result<std::string> day_arg(const Call& call, const char* name) {
  std::string day(call.request.arg(name));
  if (day.empty()) return day;
  if (const auto known = base::vietnam_day(day); !known) return fail(Errc::invalid, std::string(name) + ": " + known.error().detail());
  return day;
}

Result<registers::Filter> filter_of(const Call& call, std::size_t otherwise, std::size_t most) {
  const auto arg = [&](const char* name) { return std::string(call.request.arg(name)); };
  registers::Filter f;
  f.agencies = comma_separated(arg("agency"));
  if (const std::string direction = arg("direction"); !direction.empty()) {
    f.direction = registers::direction_of(direction);
    if (!f.direction) return fail(Errc::invalid, "direction: in or out");
  }
  auto from = day_arg(call, "from");
  if (!from) return from.error();
  auto to = day_arg(call, "to");
  if (!to) return to.error();
  f.from = *std::move(from);
  f.to = *std::move(to);
  if (!f.from.empty() && !f.to.empty() && f.to < f.from) return fail(Errc::invalid, "to is before from");
  f.kind = arg("kind");
  f.issuer = arg("issuer");
  f.number = arg("number");
  f.state = arg("status");
  f.verdict = arg("verdict");
  if (!f.verdict.empty() && !policy::parse_verdict(f.verdict)) return fail(Errc::invalid, "verdict: valid, invalid, weak, indeterminate, spoof or unsigned");
  f.unit = arg("unit");
  f.official = arg("official");
  constexpr std::string_view kOutgoing[] = {"overdue", "void", "recalled", "read", "delivered", "sent"};
  if (!f.state.empty() && !registers::is_state(f.state) && std::find(std::begin(kOutgoing), std::end(kOutgoing), f.state) == std::end(kOutgoing))
    return fail(Errc::invalid, "status: received, assigned, in_progress, done, refused, overdue; sent, delivered, read, refused, recalled; void");
  f.duplicates = arg("duplicates") == "true";
  if (const std::string order = arg("order"); !order.empty()) {
    f.book_order = order == "book";
    if (!f.book_order) return fail(Errc::invalid, "order: book, or none for the newest first");
  }
  if (const std::string before = arg("before"); !before.empty()) {
    f.before = registers::parse_place(before);
    if (!f.before) return fail(Errc::invalid, "before: no row of a register");
  }
  const auto limit = number_arg(call, "limit", otherwise, most);
  if (!limit) return limit.error();
  f.limit = *limit;
  return f;
}

// The books that the asker's role reaches. Naming another is an error; naming none shows one's own.
Result<void> keep_to_scope(const Call& call, const store::Snapshot& snapshot, registers::Filter& f) {
  const Actor& actor = call.actor;
  if (actor.all()) return {};
  for (const std::string& code : f.agencies)
    if (!actor.covers_agency(snapshot, code)) return fail(Errc::denied, "your role does not reach the register of " + code);
  if (!f.agencies.empty()) return {};
  snapshot.for_each_agency([&](const store::Agency& agency) {
    if (actor.covers_agency(snapshot, agency.code)) f.agencies.push_back(agency.code);
    return true;
  });
  if (f.agencies.empty()) return fail(Errc::denied, "your role reaches no register");  // an empty list would mean all
  return {};
}

bool reaches(const Call& call, const store::Snapshot& snapshot, const Json& row) {
  return call.actor.all() || call.actor.covers_agency(snapshot, registers::text(row, "agency"));
}

Json listing_json(const registers::Listing& listing) {
  Json out = {{"schema", "congthu.register/1"}, {"documents", listing.rows}, {"next", listing.next ? Json(registers::to_string(*listing.next)) : Json(nullptr)}};
  if (listing.unreadable > 0) out["unreadable"] = listing.unreadable;
  return out;
}

Result<Json> change(const Call& call, const Place& place, std::string_view what, Json detail, registers::RowChange how) {
  store::ApplyRules op{{registers::change_row(place, std::move(how))}};
  return commit(call, {step(std::move(op))}, what, registers::to_string(place), std::move(detail));
}

Result<void> check_official(const Call& call, const std::optional<std::string>& official) {
  if (!official || official->find('@') == std::string::npos) return {};
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto address = store::canonical_address(*official);
  if (!address || !snapshot->account(std::string_view(*address))) return fail(Errc::not_found, "official: no such account: " + *official);
  return {};
}

Letter recall_letter(const Json& row, const std::string& reason) {
  const auto words = [&](const char* number, const char* date, const char* title, const char* why) {
    std::string out;
    for (const auto& [name, value] : {std::pair{number, registers::text(row, "number")}, std::pair{date, registers::text(row, "date")},
                                      std::pair{title, registers::text(row, "title")}, std::pair{"SHA-256", registers::text(row, "digest")}, std::pair{why, reason}})
      if (!value.empty()) out += std::string("  ") + name + ": " + value + "\n";
    return out;
  };
  Letter letter;
  letter.from = registers::text(row, "from");
  const std::string number = registers::text(row, "number"), agency = registers::text(row, "agency_name");
  letter.subject = "Đề nghị thu hồi văn bản " + (number.empty() ? registers::text(row, "file") : number);
  letter.text = agency + (agency.empty() ? "Cơ quan ban hành" : "") + " thu hồi văn bản sau đây. Đề nghị xóa văn bản điện tử đã nhận và trả lời thư này để xác nhận.\n\n" +
                words("Số, ký hiệu", "Ngày văn bản", "Trích yếu", "Lý do thu hồi") +
                "\nThe issuer recalls the following document. Please delete the electronic copy and answer this message to confirm.\n\n" +
                words("Number", "Dated", "Title", "Reason");
  return letter;
}

}  // namespace

Result<Json> list_register(const Call& call) {
  auto filter = filter_of(call, 100, kMaxPage);
  if (!filter) return filter.error();
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  if (auto kept = keep_to_scope(call, *snapshot, *filter); !kept) return kept.error();
  return listing_json(registers::list(*snapshot, *filter, call.context.clock.now()));
}

// The same rows for a file that leaves the server: an audit row says who took what. No change of the store itself.
Result<Json> export_register(const Call& call) {
  auto filter = filter_of(call, kMaxPage, kMaxPage);
  if (!filter) return filter.error();
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    if (auto kept = keep_to_scope(call, *snapshot, *filter); !kept) return kept.error();
  }
  if (!filter->before) {  // once for all its pages
    Json detail = Json::object();
    for (const auto& [name, value] : call.request.query) detail[name] = value;
    const auto told = commit(call, {[](store::WriteContext&) -> Result<bool> { return true; }}, "register.export", call.request.arg("agency"), std::move(detail));
    if (!told) return told.error();
  }
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json out = listing_json(registers::list(*snapshot, *filter, call.context.clock.now()));
  if (!filter->before) out["at_most"] = registers::rows_at_most(*snapshot, *filter);
  return out;
}

Result<Json> show_register(const Call& call) {
  const auto place = place_of(call);
  if (!place) return place.error();
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  auto row = registers::find(*snapshot, *place, call.context.clock.now());
  if (!row) return fail(Errc::not_found, "no such row in the register: " + registers::to_string(*place));
  if (place->direction == registers::Direction::outgoing) (*row)["recipients"] = registers::receipts(*snapshot, *place);
  return *std::move(row);
}

Result<Json> correct_register(const Call& call) {
  const auto place = place_of(call);
  if (!place) return place.error();
  Body body(call.request.body);
  const auto field = body.text("field"), value = body.text("value"), reason = body.text("reason");
  const auto struck = body.flag("void");
  if (auto error = body.error()) return *error;
  if (field.has_value() == struck.has_value()) return fail(Errc::invalid, "give either a field with its value, or void");
  if (auto good = check_words("reason", reason); !good) return good.error();
  if (field)
    if (auto good = registers::check_field(*field, value.value_or("")); !good) return good.error();
  const base::Time now = call.context.clock.now();
  const std::string who = call.request.who;
  Json detail = field ? Json{{"field", *field}, {"value", value ? Json(*value) : Json(nullptr)}} : Json{{"void", *struck}};
  detail["reason"] = reason ? Json(*reason) : Json(nullptr);
  return change(call, *place, "register.correct", std::move(detail), [=](Json row) -> Result<std::optional<Json>> {
    const std::string why = reason.value_or("");
    const bool changed = field ? registers::correct(row, *field, value, who, now, why) : registers::strike(row, *struck, who, now, why);
    return changed ? std::optional<Json>(std::move(row)) : std::nullopt;
  });
}

// BD14 2: a schedule goes out by mail an hour before it is on the website; only people know when that was.
Result<Json> publish_register(const Call& call) {
  constexpr auto kClocksDiffer = std::chrono::minutes(5);
  const auto place = place_of(call);
  if (!place) return place.error();
  if (place->direction != registers::Direction::outgoing) return fail(Errc::invalid, "only outgoing documents are published by us");
  Body body(call.request.body);
  const std::string at = body.required("at"), url = body.text("url").value_or("");
  if (auto error = body.error()) return *error;
  if (auto good = check_words("url", url); !good) return good.error();
  const auto published = base::parse_rfc3339(at);
  if (!published) return fail(Errc::invalid, "at: " + published.error().detail() + "; write it like 2026-11-23T08:00:00+07:00");
  const base::Time now = call.context.clock.now();
  if (*published > now + kClocksDiffer) return fail(Errc::invalid, "at: that time is still to come; enter it when the document is on the website");
  return change(call, *place, "register.published", {{"at", base::rfc3339(*published)}, {"url", url}}, [=, who = call.request.who](Json row) -> Result<std::optional<Json>> {
    return registers::publish(row, *published, url, who, now) ? std::optional<Json>(std::move(row)) : std::nullopt;
  });
}

Result<Json> assign_register(const Call& call) {
  const auto place = place_of(call);
  if (!place) return place.error();
  if (place->direction != registers::Direction::incoming) return fail(Errc::invalid, "only incoming documents are assigned");
  Body body(call.request.body);
  registers::Assignment a;
  a.unit = body.text("unit");
  a.official = body.text("official");
  a.due = body.text("due");
  a.state = body.text("status");
  a.note = body.text("note");
  if (auto error = body.error()) return *error;
  for (const auto& [name, words] : {std::pair{"unit", &a.unit}, std::pair{"official", &a.official}, std::pair{"note", &a.note}})
    if (auto good = check_words(name, *words); !good) return good.error();
  if (a.due && !a.due->empty())
    if (const auto day = base::vietnam_day(*a.due); !day) return fail(Errc::invalid, "due: " + day.error().detail());
  if (a.state && !registers::is_state(*a.state)) return fail(Errc::invalid, "status: received, assigned, in_progress, done or refused");
  if (!a.unit && !a.official && !a.due && !a.state && !a.note) return fail(Errc::invalid, "nothing to assign: give unit, official, due, status or note");
  if (auto good = check_official(call, a.official); !good) return good.error();
  a.at = call.context.clock.now();
  a.who = call.request.who;
  Json detail = registers::to_json(a);
  return change(call, *place, "register.assign", std::move(detail), [a](Json row) -> Result<std::optional<Json>> {
    return registers::assign(row, a) ? std::optional<Json>(std::move(row)) : std::nullopt;
  });
}

// NĐ 30/2020 Điều 18.4b: who got it deletes it and says so. The mail and the row's mark are one commit.
Result<Json> recall_register(const Call& call) {
  const auto place = place_of(call);
  if (!place) return place.error();
  if (place->direction != registers::Direction::outgoing) return fail(Errc::invalid, "only outgoing documents are recalled");
  if (!call.context.services.letter) return fail(Errc::unsupported, "no mail can be written here");
  Body body(call.request.body);
  const std::string reason = body.required("reason");
  if (auto error = body.error()) return *error;
  if (auto good = check_words("reason", reason); !good) return good.error();
  std::vector<Change::Step> steps;
  std::size_t told = 0;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    const auto row = registers::find(*snapshot, *place, call.context.clock.now());
    if (!row) return fail(Errc::not_found, "no such row in the register: " + registers::to_string(*place));
    if (row->contains("recall")) return Json{{"schema", "congthu.change/1"}, {"changed", false}};
    Letter letter = recall_letter(*row, reason);
    for (const Json& receipt : registers::receipts(*snapshot, *place))
      if (registers::text(receipt, "state") != "refused") letter.to.push_back(registers::text(receipt, "address"));
    told = letter.to.size();
    auto message = call.context.services.letter(*snapshot, letter);
    if (!message) return message.error();
    if (*message) {
      (*message)->prepare(call.context.store.env());
      steps.push_back(step(**std::move(message)));
    }
  }
  const std::string who = call.request.who, at = base::rfc3339(call.context.clock.now());
  store::ApplyRules mark{{registers::change_row(*place, [=](Json row) -> Result<std::optional<Json>> {
    row["recall"] = {{"at", at}, {"who", who}, {"reason", reason}};
    return std::optional(std::move(row));
  })}};
  steps.push_back(step(std::move(mark)));
  auto reply = commit(call, std::move(steps), "register.recall", registers::to_string(*place), {{"reason", reason}, {"recipients", told}});
  if (reply && call.context.services.changed) call.context.services.changed(Changed::queue);
  return reply;
}

// The header of one outgoing document for the national exchange; receiving agencies here are named by what they are known as there.
Result<Json> edxml_register(const Call& call) {
  const auto place = place_of(call);
  if (!place) return place.error();
  if (place->direction != registers::Direction::outgoing) return fail(Errc::invalid, "only outgoing documents have an edXML header");
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto row = registers::find(*snapshot, *place, call.context.clock.now());
  if (!row) return fail(Errc::not_found, "no such row in the register: " + registers::to_string(*place));
  const auto organ = [](const store::Agency& a) { return registers::Organ{registers::organ_id(a.code, a.aliases), a.name}; };
  const auto own = snapshot->agency(place->agency);
  const registers::Organ from = own ? organ(*own) : registers::Organ{place->agency, registers::text(*row, "agency_name")};
  std::map<std::string, registers::Organ> to;
  for (const Json& receipt : registers::receipts(*snapshot, *place)) {
    const auto address = store::canonical_address(registers::text(receipt, "address"));
    const auto leads = address ? snapshot->resolve(*address) : store::Result<store::Resolved>(fail(Errc::not_found, "no address"));
    const auto account = leads && !leads->accounts.empty() ? snapshot->account(leads->accounts.front()) : std::nullopt;
    const auto agency = account ? snapshot->agency(account->agency) : std::nullopt;
    if (agency && agency->code != place->agency) to.emplace(agency->code, organ(*agency));
  }
  std::vector<registers::Organ> receivers;
  for (auto& [code, one] : to) receivers.push_back(std::move(one));
  auto xml = registers::edxml_header(*row, from, receivers, call.request.arg("paper") == "true");
  if (!xml) return xml.error();
  return Json{{"schema", "congthu.edxml/1"}, {"id", registers::to_string(*place)}, {"xml", *std::move(xml)}};
}

Result<Json> find_documents(const Call& call) {
  const std::string number(call.request.arg("number"));
  if (number.empty()) return fail(Errc::invalid, "number: is missing");
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  auto found = registers::find_number(*snapshot, number, call.context.clock.now());
  std::erase_if(found, [&](const Json& row) { return !reaches(call, *snapshot, row); });
  return Json{{"schema", "congthu.register/1"}, {"documents", std::move(found)}, {"next", nullptr}};
}

Result<Json> match_document(const Call& call) {
  const Json body = Json::parse(call.request.body, nullptr, false);
  registers::Candidate c;
  const bool good = body.is_object() && body.contains("digest") && body["digest"].is_string() && body.value("documents", Json::array()).is_array();
  if (!good) return fail(Errc::invalid, "the body is {\"digest\",\"text_digest\",\"documents\":[]}");
  c.digest = registers::text(body, "digest");
  c.text_digest = registers::text(body, "text_digest");
  const Json documents = body.value("documents", Json::array());
  for (const Json& d : documents)
    if (d.is_object()) c.documents.push_back(d);
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json matches = Json::array();
  for (const registers::Match& m : registers::match(*snapshot, c, call.context.clock.now()))
    if (reaches(call, *snapshot, m.row)) matches.push_back({{"match", m.how}, {"original", m.original}, {"fields", m.fields}, {"document", m.row}});
  return Json{{"schema", "congthu.document_match/1"}, {"digest", c.digest}, {"matches", std::move(matches)}};
}

}  // namespace admin
