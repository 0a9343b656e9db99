#include "tools/admin/secrecy.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <set>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "store/backup.hpp"
#include "store/operations.hpp"
#include "tools/admin/audit_head.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

constexpr const char* kPurgedFile = "/purged";

std::optional<Json> secrecy_row(const store::Snapshot& snapshot, std::string_view id) {
  const auto value = snapshot.record(store::RecordTable::documents, secrecy_key(id));
  Json row = value ? Json::parse(*value, nullptr, false) : Json();
  return row.is_object() ? std::optional<Json>(std::move(row)) : std::nullopt;
}

// For people: addresses beside the numbers; an account that is gone has none.
Json shown(const store::Snapshot& snapshot, Json row) {
  for (Json& c : row["copies"]) {
    const auto account = snapshot.account(store::AccountId(c.value("account", std::uint64_t{0})));
    c["address"] = account ? Json(account->address) : Json(nullptr);
  }
  row["accounts"] = row["copies"].size();
  return row;
}

struct Decision {
  Json row;
  std::string id, reason;
};

Result<Decision> decision_of(const Call& call) {
  Body body(call.request.body);
  const std::string reason = body.required("reason");
  if (auto error = body.error()) return *error;
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  auto row = secrecy_row(*snapshot, call.segment(1));
  if (!row) return fail(Errc::not_found, "no such row: " + std::string(call.segment(1)) + "; congthu secrecy list shows them");
  return Decision{*std::move(row), std::string(call.segment(1)), reason};
}

Change::Step put_row(const Call& call, Decision& d, std::string_view state) {
  d.row["state"] = state;
  d.row["decided"] = {{"who", call.request.who}, {"at", base::rfc3339(call.context.clock.now())}, {"reason", d.reason}};
  return step(store::PutRecords{{{store::RecordTable::documents, secrecy_key(d.id), dump(d.row), {}}}});
}

std::vector<store::MessageCopy> copies_now(const store::Snapshot& snapshot, const std::vector<SecretMail>& mails) {
  std::vector<store::MessageCopy> out;
  for (const SecretMail& m : mails) {
    const auto some = store::copies_of_email(snapshot, m.account, m.email);
    out.insert(out.end(), some.begin(), some.end());
  }
  return out;
}

Json detail_of(const Decision& d, std::size_t copies) { return {{"stamp", text_of(d.row, "stamp")}, {"digest", text_of(d.row, "digest")}, {"copies", copies}, {"reason", d.reason}}; }

// Marked after the commit: a mail that a hold protects must not be lost by a restore either. Asking again marks what was not.
Result<Json> mark_backups(const Call& call, const Decision& d, Json reply) {
  const std::string directory = call.context.config.backup.directory.string();
  if (directory.empty()) return reply["backups_marked"] = nullptr, reply;
  if (auto added = add_purged(directory, mails_of(d.row)); !added)
    return fail(Errc::io, "the mail is purged, but the backups were not marked: " + added.error().detail() + "; mend that and ask again, or a restore of an older generation brings it back");
  reply["backups_marked"] = true;
  return reply;
}

}  // namespace

std::string secrecy_key(std::string_view id) { return std::string(kSecrecyRows) + std::string(id); }

std::vector<SecretMail> mails_of(const Json& row) {
  std::vector<SecretMail> out;
  for (const Json& c : row.value("copies", Json::array())) out.push_back({store::AccountId(c.value("account", std::uint64_t{0})), store::EmailId(c.value("email", std::uint64_t{0}))});
  return out;
}

std::vector<std::string> officers(const store::Snapshot& snapshot) {
  std::set<store::AccountId> site, some, admins;
  snapshot.for_each_entry(store::Entry::role, "", [&](std::string_view key, std::string_view) {
    const auto g = parse_grant(key);
    if (!g) return true;
    if (g->role == Role::admin) admins.insert(g->account);
    if (g->role != Role::compliance) return true;
    some.insert(g->account);
    if (g->domain == store::DomainId{} && g->agency == store::AgencyId{}) site.insert(g->account);
    return true;
  });
  std::vector<std::string> out;
  for (const store::AccountId id : !site.empty() ? site : !some.empty() ? some : admins)
    if (const auto account = snapshot.account(id); account && !account->disabled) out.push_back(account->address);
  return out;
}

Result<std::set<SecretMail>> secret_mails(const store::Store& store, const std::string& directory) {
  const auto purged = read_purged(directory);
  if (!purged) return purged.error();
  std::set<SecretMail> out(purged->begin(), purged->end());
  const auto snapshot = store.snapshot();
  if (!snapshot) return snapshot.error();
  snapshot->for_each_record(store::RecordTable::documents, kSecrecyRows, std::string(1, char(kSecrecyRows[0] + 1)), [&](std::string_view, std::string_view value) {
    const Json row = Json::parse(value, nullptr, false);
    if (row.is_object() && text_of(row, "state") != "released")
      for (const SecretMail& m : mails_of(row)) out.insert(m);
    return true;
  });
  return out;
}

Result<std::vector<SecretMail>> read_purged(const std::string& directory) {
  std::vector<SecretMail> out;
  std::ifstream in(directory + kPurgedFile);
  if (!in) return errno == ENOENT ? Result<std::vector<SecretMail>>(std::move(out)) : fail(Errc::io, directory + kPurgedFile + ": " + std::strerror(errno));
  std::size_t line = 0;
  for (std::string text; std::getline(in, text);) {
    ++line;
    std::uint64_t account = 0, email = 0;
    const char* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, account);
    const auto second = first.ec == std::errc{} && first.ptr != end ? std::from_chars(first.ptr + 1, end, email) : first;
    if (second.ec != std::errc{} || second.ptr != end || email == 0) return fail(Errc::corrupt, directory + kPurgedFile + ":" + std::to_string(line) + ": not \"ACCOUNT EMAIL\"");
    out.push_back({store::AccountId(account), store::EmailId(email)});
  }
  return out;
}

Result<void> add_purged(const std::string& directory, const std::vector<SecretMail>& mails) {
  if (const auto made = store::list_backups(directory); !made && made.error().code() == Errc::not_found) return {};  // no backup has it
  const auto there = read_purged(directory);
  if (!there) return there.error();
  std::string more;
  for (const SecretMail& m : mails)
    if (std::find(there->begin(), there->end(), m) == there->end()) more += std::to_string(store::raw(m.account)) + " " + std::to_string(store::raw(m.email)) + "\n";
  if (more.empty()) return {};
  const std::string path = directory + kPurgedFile;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Errc::io, path + ": " + std::strerror(errno));
  const bool good = ::write(fd, more.data(), more.size()) == ssize_t(more.size()) && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  if (!good) return fail(Errc::io, path + ": " + std::strerror(why));
  return {};
}

Result<std::size_t> drop_purged(store::Store& store, const std::vector<SecretMail>& mails) {
  std::vector<store::MessageCopy> copies;
  {
    const auto snapshot = store.snapshot();
    if (!snapshot) return snapshot.error();
    copies = copies_now(*snapshot, mails);
  }
  for (const store::MessageCopy& c : copies) {
    const auto purged = store.run(store::Purge{c.account, c.mailbox, c.uid});
    if (purged) continue;
    if (purged.error().code() != Errc::denied) return purged.error();
    base::log_warn("purged_mail_kept_hidden", {{"account", store::raw(c.account)}, {"error", purged.error()}});
    if (const auto hidden = store.run(store::HideCopies{{c}, true}); !hidden) return hidden.error();
  }
  return copies.size();
}

Result<Json> list_secrecy(const Call& call) {
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json rows = Json::array();
  snapshot->for_each_record(store::RecordTable::documents, kSecrecyRows, std::string(1, char(kSecrecyRows[0] + 1)), [&](std::string_view, std::string_view value) {
    Json row = Json::parse(value, nullptr, false);
    if (row.is_object()) rows.push_back(shown(*snapshot, std::move(row)));
    return true;
  });
  std::sort(rows.begin(), rows.end(), [](const Json& a, const Json& b) { return text_of(a, "found") > text_of(b, "found"); });
  return Json{{"schema", "congthu.secrecy/1"}, {"secrecy", std::move(rows)}};
}

Result<Json> show_secrecy(const Call& call) {
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  auto row = secrecy_row(*snapshot, call.segment(1));
  if (!row) return fail(Errc::not_found, "no such row: " + std::string(call.segment(1)));
  Json out = shown(*snapshot, *std::move(row));
  out["copies_now"] = copies_now(*snapshot, mails_of(out)).size();
  return out;
}

Result<Json> release_secrecy(const Call& call) {
  auto d = decision_of(call);
  if (!d) return d.error();
  if (text_of(d->row, "state") == "purged") return fail(Errc::conflict, "the mail was purged; there is nothing left to show");
  if (text_of(d->row, "state") == "released") return Json{{"schema", "congthu.change/1"}, {"changed", false}};
  std::vector<store::MessageCopy> copies;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    copies = copies_now(*snapshot, mails_of(d->row));
  }
  Json detail = detail_of(*d, copies.size());
  std::vector<Change::Step> steps;
  for (std::size_t at = 0; at < copies.size(); at += store::kMaxSlice)
    steps.push_back(step(store::HideCopies{{copies.begin() + std::ptrdiff_t(at), copies.begin() + std::ptrdiff_t(std::min(at + store::kMaxSlice, copies.size()))}, false}));
  steps.push_back(put_row(call, *d, "released"));
  return commit(call, std::move(steps), "secrecy.release", d->id, std::move(detail));
}

// All copies or none: a legal hold or a retention class on one of them says no, with its reason.
Result<Json> purge_secrecy(const Call& call) {
  auto d = decision_of(call);
  if (!d) return d.error();
  const Json same{{"schema", "congthu.change/1"}, {"changed", false}};
  if (text_of(d->row, "state") == "purged") return mark_backups(call, *d, same);
  if (text_of(d->row, "state") == "released") return fail(Errc::conflict, "the mail was released; only hidden mail is purged");
  std::vector<Change::Step> steps;
  std::size_t copies = 0;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    for (const store::MessageCopy& c : copies_now(*snapshot, mails_of(d->row))) steps.push_back(step(store::Purge{c.account, c.mailbox, c.uid})), ++copies;
    for (const Json& q : d->row.value("queued", Json::array()))
      if (const auto id = store::QueueId(q.get<std::uint64_t>()); snapshot->queue_entry(id)) {
        store::QueueUpdate gone;
        gone.id = id;
        steps.push_back(step(std::move(gone)));
      }
  }
  Json detail = detail_of(*d, copies);
  steps.push_back(put_row(call, *d, "purged"));
  auto done = commit(call, std::move(steps), "secrecy.purge", d->id, std::move(detail));
  if (!done && done.error().code() == Errc::denied) return fail(Errc::denied, done.error().detail() + "; nothing was purged: lift it first (congthu hold list), the mail stays hidden");
  return done ? mark_backups(call, *d, *std::move(done)) : std::move(done);
}

}  // namespace admin
