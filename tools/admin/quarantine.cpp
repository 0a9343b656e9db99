// The quarantine: what the policy holds back, until somebody releases or refuses it or its time is over.
#include <algorithm>
#include <charconv>

#include "tools/admin/audit_head.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/quarantine_entry.hpp"

namespace admin {
namespace {

Json held_json(const store::QueueRow& row, const QuarantineEntry& e, unsigned keep_days) {
  Json recipients = Json::array(), evidence = Json::object();
  for (const auto& r : e.recipients) recipients.push_back(r.address);
  for (const auto& [name, value] : e.evidence) evidence[name] = value;
  return {{"id", std::to_string(store::raw(row.id))}, {"received", base::rfc3339(e.received)},
          {"expires", keep_days == 0 ? Json(nullptr) : Json(base::rfc3339(row.accepted + std::chrono::hours(24) * std::int64_t(keep_days)))},
          {"direction", e.submission ? "out" : "in"}, {"sender", e.sender}, {"recipients", std::move(recipients)}, {"from", e.from}, {"subject", e.subject},
          {"size", row.content_size}, {"rule", e.rule}, {"text", {{"vi", e.text_vi}, {"en", e.text_en}}}, {"evidence", std::move(evidence)}};
}

Result<store::QueueId> held_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id == 0) return fail(Errc::invalid, "the id of a quarantined mail is a number: " + std::string(text));
  return store::QueueId(id);
}

// To see one it is enough that one of those concerned is in the asker's hand; to decide about it, all must be.
bool may_see(const Call& call, const store::Snapshot& snapshot, const QuarantineEntry& e) {
  if (call.actor.all()) return true;
  const auto people = concerned(snapshot, e);
  return std::any_of(people.begin(), people.end(), [&](const store::Account& a) { return call.actor.covers(snapshot, a); });
}
bool may_decide(const Call& call, const store::Snapshot& snapshot, const QuarantineEntry& e) {
  if (call.actor.all()) return true;
  const auto people = concerned(snapshot, e);
  return !people.empty() && std::all_of(people.begin(), people.end(), [&](const store::Account& a) { return call.actor.covers(snapshot, a); });
}

struct HeldMail {
  store::QueueId id{};
  QuarantineEntry entry;
  Json json;
};

Result<HeldMail> held_mail(const Call& call, bool decide) {
  const auto id = held_id(call.segment(1));
  if (!id) return id.error();
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto missing = [] { return fail(Errc::not_found, "no such mail in the quarantine"); };
  const auto row = snapshot->queue_entry(*id);
  if (!row || !is_quarantined(row->envelope)) return missing();
  auto entry = decode_quarantined(row->envelope);
  if (!entry) return entry.error();
  if (!may_see(call, *snapshot, *entry)) return missing();
  if (decide && !may_decide(call, *snapshot, *entry)) return fail(Errc::denied, "the mail also concerns accounts outside of your role's reach");
  Json json = held_json(*row, *entry, call.context.config.quarantine.keep_days);
  return HeldMail{*id, *std::move(entry), std::move(json)};
}

Json short_detail(const HeldMail& mail, std::string_view reason) {
  return {{"sender", mail.entry.sender}, {"recipients", mail.json.at("recipients")}, {"rule", mail.entry.rule}, {"subject", mail.entry.subject}, {"reason", reason}};
}

Result<Json> decide(const Call& call, QuarantineVerb verb, std::string_view what) {
  Body body(call.request.body);
  const std::string reason = verb == QuarantineVerb::refuse ? body.required("reason") : body.text("reason").value_or("");
  if (auto error = body.error()) return *error;
  const auto mail = held_mail(call, true);
  if (!mail) return mail.error();
  if (!call.context.services.quarantine) return fail(Errc::unsupported, "releasing and refusing need the running server");
  const std::string payload = audit_payload(call.context, call.request.who, what, mail->json.at("id").get<std::string>(), short_detail(*mail, reason));
  if (auto done = call.context.services.quarantine(mail->id, verb, reason, payload); !done) return done.error();
  return Json{{"schema", "congthu.change/1"}, {"changed", true}};
}

}  // namespace

Result<Json> list_quarantine(const Call& call) {
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json list = Json::array();
  std::optional<base::Error> broken;
  snapshot->for_each_queued([&](const store::QueueRow& row) {
    if (!is_quarantined(row.envelope)) return true;
    const auto entry = decode_quarantined(row.envelope);
    if (!entry) return broken = entry.error(), false;
    if (may_see(call, *snapshot, *entry)) list.push_back(held_json(row, *entry, call.context.config.quarantine.keep_days));
    return true;
  });
  if (broken) return *broken;
  return Json{{"schema", "congthu.quarantine/1"}, {"quarantine", std::move(list)}};
}

// What it says is somebody's mail: looking at one is audited.
Result<Json> show_quarantine(const Call& call) {
  const auto mail = held_mail(call, false);
  if (!mail) return mail.error();
  const std::string payload = audit_payload(call.context, call.request.who, "quarantine.show", mail->json.at("id").get<std::string>(), short_detail(*mail, ""));
  if (const auto written = call.context.store.run(store::AppendAudit{payload}); !written) return written.error();
  Json out = {{"schema", "congthu.quarantined/1"}};
  out.update(mail->json);
  return out;
}

Result<Reply> read_quarantine(const Call& call) {
  const auto mail = held_mail(call, true);
  if (!mail) return mail.error();
  const std::string payload = audit_payload(call.context, call.request.who, "quarantine.read", mail->json.at("id").get<std::string>(), short_detail(*mail, ""));
  if (const auto written = call.context.store.run(store::AppendAudit{payload}); !written) return written.error();
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto row = snapshot->queue_entry(mail->id);
  if (!row) return fail(Errc::not_found, "no such mail in the quarantine");
  Reply reply;
  reply.content_type = "message/rfc822";
  const auto read = snapshot->read(*row, {0, row->prefix.size() + row->content_size}, [&](std::string_view piece) { return reply.body.append(piece), true; });
  if (!read) return read.error();
  return reply;
}

Result<Json> release_quarantine(const Call& call) { return decide(call, QuarantineVerb::release, "quarantine.release"); }
Result<Json> refuse_quarantine(const Call& call) { return decide(call, QuarantineVerb::refuse, "quarantine.refuse"); }

}  // namespace admin
