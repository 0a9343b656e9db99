// An export: what a mailbox holds, in batches that begin after a UID. Read-only, but begun and ended by audit rows (transfers.hpp).
// A message hidden by a secrecy stamp is left out and counted.
#include "base/log.hpp"
#include "store/snapshot.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/numbers.hpp"
#include "tools/admin/transfers.hpp"
#include "tools/transfer/batch.hpp"

namespace admin {
namespace {

constexpr std::string_view kVersion = "0.1.0";

struct Held {  // one message of a batch, with what its view needs
  store::HotRow hot;
  store::Uid uid{};
  std::string bytes;
  std::vector<std::string_view> keywords;
};

std::vector<std::string_view> keyword_names(const store::HotRow& hot, const std::vector<store::Keyword>& known) {
  std::vector<std::string_view> out;
  for (const store::Keyword& k : known)
    if ((hot.keywords >> k.bit & 1) != 0) out.push_back(k.name);
  for (const store::DerivedName& d : store::kDerivedNames)
    if ((hot.derived & d.bit) != 0) out.push_back(d.name);
  return out;
}

}  // namespace

Result<Json> begin_export(const Call& call) {
  Body body(call.request.body);
  const std::string as = body.required("as");
  const std::string to = body.text("to").value_or("");
  const std::string only = body.text("mailbox").value_or("");
  if (const auto wrong = body.error()) return *wrong;
  std::string name;
  if (!only.empty()) {
    auto canonical = store::canonical_mailbox_name(only);
    if (!canonical) return canonical.error();
    name = *std::move(canonical);
  }
  const auto begun = begin_transfer(call, kExport, {{"as", as}, {"to", to}, {"mailbox", text_or_null(name)}});
  if (!begun) return begun.error();
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json list = Json::array();
  for (const store::Mailbox& m : snapshot->mailboxes(begun->account.id)) {
    if (!name.empty() && m.name != name && !m.name.starts_with(name + "/")) continue;
    list.push_back({{"name", m.name}, {"special", text_or_null(std::string(word_of(m.special)))}, {"uid_validity", base::raw(m.uid_validity)},
                    {"messages", m.messages}, {"bytes", m.bytes}});
  }
  if (list.empty()) return fail(Errc::not_found, "no such mailbox: " + name);
  return Json{{"schema", "congthu.export_begun/1"}, {"export", begun->id}, {"account", begun->account.address}, {"version", kVersion},
              {"incarnation", call.context.store.env().incarnation()}, {"at", base::rfc3339(call.context.clock.now())}, {"mailboxes", std::move(list)}};
}

Result<Reply> export_messages(const Call& call) {
  const auto after = number_arg(call, "after", 0, 0xffffffff);
  if (!after) return after.error();
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto begun = transfer_of(call, *snapshot, kExport);
  if (!begun) return begun.error();
  const store::AccountId account = begun->account.id;
  const auto mailbox = snapshot->mailbox(account, call.request.arg("mailbox"));
  if (!mailbox) return fail(Errc::not_found, "no such mailbox: " + std::string(call.request.arg("mailbox")));
  const auto keywords = snapshot->keywords(account, mailbox->id);
  std::vector<Held> held;
  std::size_t bytes = 0;
  if (*after < 0xffffffff)
    snapshot->for_each_message(account, mailbox->id, store::Uid(std::uint32_t(*after) + 1), store::kLastUid, [&](const store::MessageView& m) {
      if ((m.hot.derived & store::kHidden) != 0) return true;
      auto read = snapshot->read_all(account, m);
      if (!read) {  // one damaged message must not hide those after it: it goes out empty, which no stored message is
        base::log_error("export_damaged", {{"account", begun->account.address}, {"mailbox", mailbox->name}, {"uid", base::raw(m.uid)}, {"error", read.error()}});
        read = std::string();
      }
      bytes += read->size();
      held.push_back({m.hot, m.uid, *std::move(read), keyword_names(m.hot, keywords)});
      return held.size() < transfer::kBatchMessages && bytes < transfer::kBatchBytes;
    });
  std::vector<transfer::BatchMessage> views;
  for (const Held& h : held)
    views.push_back({mailbox->name, h.hot.flags, h.keywords, h.hot.internal_date, h.hot.tz_minutes, base::raw(h.uid), h.bytes});
  return Reply{200, "application/octet-stream", transfer::encode(views)};
}

Result<Json> end_export(const Call& call) { return end_transfer(call, kExport); }

}  // namespace admin
