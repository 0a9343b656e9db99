#include "tools/admin/transfers.hpp"

#include <charconv>

#include "base/log.hpp"
#include "tools/admin/handle.hpp"

namespace admin {
namespace {

constexpr std::pair<store::SpecialUse, std::string_view> kUses[] = {
    {store::SpecialUse::drafts, "drafts"}, {store::SpecialUse::sent, "sent"}, {store::SpecialUse::junk, "junk"},
    {store::SpecialUse::trash, "trash"},   {store::SpecialUse::archive, "archive"}};

Result<std::uint64_t> write_row(const Call& call, std::string_view what, std::string_view target, Json detail) {
  const Json row = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", what},
                    {"target", target}, {"detail", std::move(detail)}};
  const auto seq = call.context.store.run(store::AppendAudit{dump(row)});
  if (seq) base::log_info("admin_change", {{"who", call.request.who}, {"what", what}, {"target", target}});
  return seq;
}

}  // namespace

Result<store::Account> account_named(const store::Snapshot& snapshot, std::string_view given) {
  const auto address = store::canonical_address(given);
  if (!address) return address.error();
  auto account = snapshot.account(std::string_view(*address));
  if (!account) return fail(Errc::not_found, "no such account: " + *address);
  return *std::move(account);
}

Result<Transfer> begin_transfer(const Call& call, std::string_view what, Json detail) {
  Transfer out;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    auto account = account_named(*snapshot, call.segment(1));
    if (!account) return account.error();
    out.account = *std::move(account);
  }
  const auto seq = write_row(call, what, out.account.address, std::move(detail));
  if (!seq) return seq.error();
  out.id = *seq;
  return out;
}

Result<Transfer> transfer_of(const Call& call, const store::Snapshot& snapshot, std::string_view what) {
  Transfer out;
  auto account = account_named(snapshot, call.segment(1));
  if (!account) return account.error();
  out.account = *std::move(account);
  const std::string_view id = call.segment(3);
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), out.id);
  bool good = false;
  if (error == std::errc{} && end == id.data() + id.size() && out.id > 0) {
    snapshot.for_each_audit(out.id - 1, [&](std::uint64_t seq, std::string_view payload) {
      const Json row = Json::parse(payload, nullptr, false);
      good = seq == out.id && row.is_object() && row.value("what", "") == what && row.value("target", "") == out.account.address;
      return false;
    });
  }
  if (!good) return fail(Errc::denied, "no such " + std::string(what == kImport ? "import" : "export") + " of this account was begun");
  return out;
}

Result<Json> end_transfer(const Call& call, std::string_view what) {
  Json detail = Json::parse(call.request.body, nullptr, false);
  if (!detail.is_object() || call.request.body.size() > 64 * 1024) return fail(Errc::invalid, "the body is not a JSON object of at most 64 KiB");
  Transfer t;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    auto found = transfer_of(call, *snapshot, what);
    if (!found) return found.error();
    t = *std::move(found);
  }
  detail["began"] = t.id;
  const auto seq = write_row(call, std::string(what) + "_end", t.account.address, std::move(detail));
  if (!seq) return seq.error();
  return Json{{"schema", "congthu.change/1"}, {"changed", true}};
}

Result<bool> flag_arg(const Call& call, std::string_view name) {
  const std::string_view text = call.request.arg(name);
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  return fail(Errc::invalid, std::string(name) + ": must be true or false");
}

std::string_view word_of(store::SpecialUse use) {
  for (const auto& [known, word] : kUses)
    if (known == use) return word;
  return {};
}

Result<store::SpecialUse> special_use_of(std::string_view word) {
  if (word.empty()) return store::SpecialUse::none;
  for (const auto& [use, known] : kUses)
    if (known == word) return use;
  return fail(Errc::invalid, "special: must be drafts, sent, junk, trash or archive");
}

}  // namespace admin
