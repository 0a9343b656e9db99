// The outbound queue. What is in an envelope is the queue's own business (Services::queue_view); here rows become JSON.
#include <charconv>

#include "tools/admin/change.hpp"
#include "tools/registers/rules.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/quarantine_entry.hpp"

namespace admin {
namespace {

Result<Json> entry_json(const Call& call, const store::QueueRow& row) {
  const auto view = call.context.services.queue_view(row);
  if (!view) return view.error();
  return Json{{"id", std::to_string(store::raw(row.id))}, {"sender", view->sender}, {"recipients", view->recipients}, {"domain", view->domain},
              {"size", row.content_size}, {"accepted", base::rfc3339(row.accepted)},
              {"next_try", view->held ? Json(nullptr) : Json(base::rfc3339(row.due))}, {"attempts", view->attempts},
              {"held", view->held}, {"last_error", text_or_null(view->last_error)}};
}

Result<store::QueueId> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id == 0) return fail(Errc::invalid, "a queue id is a number: " + std::string(text));
  return store::QueueId(id);
}

std::optional<QueueAction> parse_action(std::string_view name) {
  if (name == "retry") return QueueAction::retry;
  if (name == "hold") return QueueAction::hold;
  if (name == "release") return QueueAction::release;
  return std::nullopt;
}

base::Error no_queue() { return fail(Errc::unsupported, "the queue cannot be read here"); }

}  // namespace

Result<Json> list_queue(const Call& call) {
  if (!call.context.services.queue_view) return no_queue();
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json list = Json::array();
  std::optional<base::Error> broken;
  snapshot->for_each_queued([&](const store::QueueRow& row) {
    if (is_quarantined(row.envelope)) return true;
    auto entry = entry_json(call, row);
    if (entry) list.push_back(*std::move(entry));
    else broken = entry.error();
    return !broken;
  });
  if (broken) return *broken;
  return Json{{"schema", "congthu.queue/1"}, {"queue", std::move(list)}};
}

Result<Json> show_queue(const Call& call) {
  if (!call.context.services.queue_view) return no_queue();
  const auto id = parse_id(call.segment(1));
  if (!id) return id.error();
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto row = snapshot->queue_entry(*id);
  if (!row || is_quarantined(row->envelope)) return fail(Errc::not_found, "no such queue entry");
  auto entry = entry_json(call, *row);
  if (!entry) return entry.error();
  Json out = {{"schema", "congthu.queue_entry/1"}};
  out.update(*entry);
  return out;
}

Result<Json> change_queue(const Call& call) {
  const auto id = parse_id(call.segment(1));
  if (!id) return id.error();
  const std::string verb(call.segment(2));
  const auto action = parse_action(verb);
  if (!action && verb != "drop") return fail(Errc::not_found, "no such action: " + verb);
  store::QueueUpdate op;
  op.id = *id;
  Json detail = Json::object();
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    const auto row = snapshot->queue_entry(*id);
    if (!row || is_quarantined(row->envelope)) return fail(Errc::not_found, "no such queue entry");
    if (action && !call.context.services.queue_change) {
      if (!call.context.services.queue_action) return no_queue();
      auto next = call.context.services.queue_action(*row, *action);
      if (!next) return next.error();
      op.next = *std::move(next);
    }
    // Who loses a mail by "drop" must be findable afterwards.
    if (call.context.services.queue_view)
      if (const auto view = call.context.services.queue_view(*row)) {
        detail = {{"sender", view->sender}, {"recipients", view->recipients}};
        std::vector<registers::News> dropped;
        for (const std::string& r : view->recipients) dropped.push_back({r, registers::Receipt::refused, "smtp", "dropped from the queue by an administrator"});
        if (!action) op.rules.push_back(registers::news_of_queue(*id, std::move(dropped), true));
      }
  }
  Change::Step change = step(std::move(op));
  if (call.context.services.queue_change) {
    if (const auto done = call.context.services.queue_change(*id, verb); !done) return done.error();
    change = [](store::WriteContext&) -> Result<bool> { return true; };
  }
  auto reply = commit(call, {std::move(change)}, "queue." + verb, std::to_string(store::raw(*id)), std::move(detail));
  if (reply && call.context.services.changed) call.context.services.changed(Changed::queue);
  return reply;
}

}  // namespace admin
