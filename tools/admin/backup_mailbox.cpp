// A mailbox, or all of an account, out of a backup into the running store.
#include "store/restore_mailbox.hpp"

#include "tools/admin/backup.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/handlers.hpp"
#include "tools/admin/secrecy.hpp"

namespace admin {
namespace {

Json mailbox_json(const store::RestoredMailbox& m) {
  return {{"mailbox", m.name}, {"to", m.as}, {"messages", m.there ? 0 : m.messages}, {"bytes", m.there ? 0 : m.bytes}, {"there", m.there}};
}

Result<store::MailboxRestore> wanted(const Call& call) {
  Body body(call.request.body);
  store::MailboxRestore o;
  o.backup = body.text("backup").value_or(call.context.config.backup.directory.string());
  const auto mailbox = body.text("mailbox"), at = body.text("at");
  const auto generation = body.number("generation");
  o.in_place = body.flag("replace").value_or(false);
  if (const auto wrong = body.error()) return *wrong;
  if (o.backup.empty()) return fail(Errc::invalid, "backup: is missing, and the configuration has no backup.directory");
  if (o.backup.front() != '/') return fail(Errc::invalid, "backup: must be an absolute path");
  if (at && generation) return fail(Errc::invalid, "at and generation exclude each other");
  if (generation) o.generation = std::uint32_t(std::min<std::uint64_t>(*generation, 0xffffffffu));
  if (at) {
    const auto time = base::parse_rfc3339(*at);
    const auto day = base::vietnam_day(*at);  // a day: the last backup of it
    if (!time && !day) return fail(Errc::invalid, "at: must be a day (2026-11-22) or a time (2026-11-22T09:15:00+07:00)");
    o.at = time ? *time : day->second - base::Time::duration(1);
  }
  if (mailbox) {
    auto name = store::canonical_mailbox_name(*mailbox);
    if (!name) return fail(Errc::invalid, "mailbox: " + name.error().detail());
    o.mailbox = *std::move(name);
  }
  auto address = store::canonical_address(call.segment(1));
  if (!address) return address.error();
  o.address = *std::move(address);
  o.progress = backup_progress(call.progress, call.context.services.closing);
  return o;
}

}  // namespace

Result<Json> restore_mailbox(const Call& call) {
  const auto options = wanted(call);
  if (!options) return options.error();
  // Written before: what is begun is somebody else's mail in an admin's hands, however it ends.
  const Json row = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", "mailbox.restore"}, {"target", options->address},
                    {"detail", {{"backup", options->backup}, {"mailbox", options->mailbox.value_or("")}, {"replace", options->in_place}}}};
  if (const auto written = call.context.store.run(store::AppendAudit{dump(row)}); !written) return written.error();
  store::MailboxRestore restore = *options;
  const auto secret = secret_mails(call.context.store, restore.backup);
  if (!secret) return secret.error();
  restore.leave_out = [&](store::AccountId account, store::EmailId email) { return secret->contains({account, email}); };
  const auto done = store::restore_mailboxes(call.context.store, restore);
  if (!done) return done.error();
  Json list = Json::array();
  for (const store::RestoredMailbox& m : done->mailboxes) list.push_back(mailbox_json(m));
  return Json{{"schema", "congthu.mailbox_restore/1"}, {"account", options->address}, {"generation", done->from.generation}, {"created", base::rfc3339(done->from.created)},
              {"messages", done->messages}, {"bytes", done->bytes}, {"changed", done->messages != 0}, {"mailboxes", std::move(list)},
              {"used", done->used}, {"quota", done->quota == 0 ? Json(nullptr) : Json(done->quota)}};
}

}  // namespace admin
