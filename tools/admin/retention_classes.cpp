#include "tools/admin/retention_classes.hpp"

#include <algorithm>
#include <set>

#include "base/codec.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "policy/document/document.hpp"
#include "store/keys.hpp"
#include "store/rows.hpp"

namespace admin {
namespace {

constexpr std::size_t kMaxTexts = std::size_t(4) << 20;  // of one message's attachments
using base::RetentionClass;

base::Time after(base::Time from, unsigned days) { return from + std::chrono::hours(24) * std::int64_t(days); }

bool covers_box(const std::string& pattern, const store::Mailbox& m) {
  if (pattern.starts_with('\\')) return pattern == store::use_name(m.special);
  if (pattern.ends_with("/*")) return std::string_view(m.name).starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
  return pattern == m.name;
}

bool has(const std::vector<std::string>& list, std::string_view what) { return std::find(list.begin(), list.end(), what) != list.end(); }

bool in_agency(const store::Snapshot& snapshot, store::AgencyId id, const std::vector<std::string>& codes) {
  for (int depth = 0; depth < 64 && id != store::AgencyId{}; ++depth) {
    const auto row = snapshot.agency(id);
    if (!row) return false;
    if (has(codes, row->code)) return true;
    id = row->parent;
  }
  return false;
}

// Kinds of the documents in the message, names and abbreviations; none when they could not all be read.
std::optional<std::set<std::string>> kinds_of(const store::Snapshot& snapshot, const store::MessageView& message) {
  std::set<std::string> out;
  const auto stored = snapshot.texts(message, kMaxTexts);
  if (!stored || stored->cut) return std::nullopt;
  for (const std::string& whole : stored->texts) {
    policy::document::Text text;
    for (std::size_t at = 0; at <= whole.size();) {  // congthu-inspect joined the pages by form feeds
      const std::size_t stop = std::min(whole.find('\f', at), whole.size());
      text.pages.push_back(whole.substr(at, stop - at));
      at = stop + 1;
    }
    for (const auto& d : policy::document::classify(text)) {
      if (d.kind) out.insert(d.kind->text);
      if (d.kind_abbrev) out.insert(d.kind_abbrev->text);
      if (d.kind && d.kind->text == "Công văn") out.insert("CV");  // numbers of today bear no abbreviation (NĐ 30/2020, Phụ lục III)
    }
  }
  return out;
}

bool any_of(const std::vector<std::string>& wanted, const std::set<std::string>& found) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& k) { return found.contains(k); });
}

}  // namespace

bool RetentionClasses::any_expiry() const {
  return std::any_of(classes_.begin(), classes_.end(), [](const RetentionClass& c) { return c.expire_days != 0; });
}

std::string RetentionClasses::digest() const {
  if (classes_.empty()) return {};
  base::Writer w;
  for (const RetentionClass& c : classes_) {
    w.bytes(c.name).varint(c.keep_days).varint(c.expire_days);
    for (const auto* list : {&c.mailboxes, &c.kinds, &c.domains, &c.agencies}) {
      w.varint(list->size());
      for (const std::string& s : *list) w.bytes(s);
    }
  }
  const base::Digest hash = base::sha256(w.str());
  return base::hex_encode(base::view(hash));
}

RetentionClasses::Some RetentionClasses::of_account(const store::Snapshot& snapshot, store::AccountId id) const {
  const auto account = snapshot.account(id);
  Some out;
  for (const RetentionClass& c : classes_) {
    const std::string domain = account ? account->address.substr(account->address.rfind('@') + 1) : std::string();
    if (!c.domains.empty() && !has(c.domains, domain)) continue;
    if (!c.agencies.empty() && (!account || !in_agency(snapshot, account->agency, c.agencies))) continue;
    out.push_back(&c);
  }
  return out;
}

RetentionClasses::Some RetentionClasses::of_mailbox(const Some& classes, const store::Mailbox& mailbox) {
  Some out;
  for (const RetentionClass* c : classes)
    if (c->mailboxes.empty() || std::any_of(c->mailboxes.begin(), c->mailboxes.end(), [&](const std::string& p) { return covers_box(p, mailbox); })) out.push_back(c);
  return out;
}

bool RetentionClasses::needs_documents(const Some& classes, const store::HotRow& hot) {
  return (hot.derived & store::kDocument) != 0 && std::any_of(classes.begin(), classes.end(), [](const RetentionClass* c) { return !c->kinds.empty(); });
}

RetentionVerdict RetentionClasses::judge(const Some& classes, const store::Snapshot& snapshot, const store::MessageView& message) {
  RetentionVerdict out;
  const bool documents = (message.hot.derived & store::kDocument) != 0;
  std::optional<std::set<std::string>> kinds;
  bool read = false;
  for (const RetentionClass* c : classes) {
    bool keeps = c->keep_days != 0, expires = c->expire_days != 0;
    if (!c->kinds.empty()) {
      if (!documents) continue;
      if (!read) kinds = kinds_of(snapshot, message), read = true;
      if (kinds && !any_of(c->kinds, *kinds)) continue;
      expires = expires && kinds;
    }
    const base::Time until = after(message.hot.internal_date, c->keep_days), end = after(message.hot.internal_date, c->expire_days);
    if (keeps && (out.keeps == nullptr || until > out.keep_until)) out.keeps = c, out.keep_until = until;
    if (expires && (out.expires == nullptr || end < out.expires_at)) out.expires = c, out.expires_at = end;
  }
  return out;
}

std::optional<store::Mailbox> any_mailbox(const store::Snapshot& snapshot, store::AccountId account, store::MailboxId mailbox) {
  const auto row = snapshot.txn().get(store::Table::mailboxes, store::mailbox_key(account, mailbox));
  if (mailbox == store::MailboxId{} || !row) return std::nullopt;
  return store::decode_mailbox(mailbox, *row);
}

}  // namespace admin
