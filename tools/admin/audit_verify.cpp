#include "tools/admin/audit_verify.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace admin {
namespace {
constexpr std::size_t kAuditRecent = 4096, kMostAuditFindings = 1000;
std::string digest_hex(const base::Digest& d) { return base::hex_encode(base::view(d)); }
}  // namespace

AuditVerifier::AuditVerifier(const store::AuditLink& before, std::vector<AuditHead> heads, std::vector<base::PublicKey> keys, std::string store)
    : before_(before), chain_(before), store_(std::move(store)), trusted_(std::move(keys)) {
  for (AuditHead& h : heads) add(std::move(h));
}

void AuditVerifier::add(AuditHead h) {
  if (!signature_holds(h)) return find("head_signature", h.link.seq, "the head of " + h.at + " is not what its key signed");
  const auto key = base::PublicKey::from_pem(h.public_key);
  if (!trusted_.empty() && std::find(trusted_.begin(), trusted_.end(), *key) == trusted_.end())
    find("head_key", h.link.seq, "the head of " + h.at + " is signed by another key: " + key->fingerprint());
  if (!store_.empty() && h.store != store_) return find("head_store", h.link.seq, "the head of " + h.at + " is of another store: " + h.site);
  if (h.link.seq == before_.seq) return compare(h, before_.hash);
  if (h.link.seq > chain_.last().seq) return void(heads_.emplace(h.link.seq, std::move(h)));
  const auto row = std::find_if(recent_.begin(), recent_.end(), [&](const store::AuditLink& l) { return l.seq == h.link.seq; });
  if (row == recent_.end()) ++not_covered_;
  else compare(h, row->hash);
}

void AuditVerifier::find(std::string_view code, std::uint64_t seq, std::string detail) {
  if (findings_.size() < kMostAuditFindings) findings_.push_back({{"code", code}, {"seq", seq}, {"detail", std::move(detail)}});
  else ++suppressed_;
}

void AuditVerifier::compare(const AuditHead& head, const base::Digest& hash) {
  ++compared_;
  if (head.link.hash != hash) find("head_differs", head.link.seq, "at " + head.at + " this row's hash was " + digest_hex(head.link.hash) + ", now it is " + digest_hex(hash) + ": rows up to here were written anew");
}

void AuditVerifier::row(const store::AuditRow& row) {
  using Problem = store::AuditChain::Problem;
  const std::uint64_t before = chain_.last().seq, seq = row.link.seq;
  switch (chain_.next(row)) {
    case Problem::none: break;
    case Problem::gap: find("gap", before + 1, "rows " + std::to_string(before + 1) + " to " + std::to_string(seq - 1) + " are missing"); break;
    case Problem::order: find("order", seq, "the row does not come after row " + std::to_string(before)); break;
    case Problem::changed: find("changed", seq, "the row, its hash, or the row before it is not what was written"); break;
  }
  ++rows_;
  recent_.push_back(row.link);
  if (recent_.size() > kAuditRecent) recent_.pop_front();
  for (auto [at, end] = heads_.equal_range(seq); at != end; at = heads_.erase(at)) compare(at->second, row.link.hash);
  if (row.payload.find("\"what\":\"audit.head\"") != std::string_view::npos) own_head(row);
}

void AuditVerifier::own_head(const store::AuditRow& row) {
  const Json json = Json::parse(row.payload, nullptr, false);
  if (!json.is_object() || json.value("what", "") != "audit.head") return;
  const auto head = parse_head(json.value("detail", Json()));
  if (!head || !signature_holds(*head)) return find("own_head", row.link.seq, "the head in this row is not what its key signed");
  ++own_;
  keys_[base::PublicKey::from_pem(head->public_key)->fingerprint()] = true;
  const std::uint64_t first = recent_.front().seq;
  if (head->link.seq < first && first == before_.seq + 1 && before_.seq > 0) return;  // of before the export began
  const auto found = std::find_if(recent_.begin(), recent_.end(), [&](const store::AuditLink& l) { return l.seq == head->link.seq; });
  const bool start = head->link.seq == 0 && head->link.hash == base::Digest{};
  if (!start && (found == recent_.end() || found->hash != head->link.hash))
    find("own_head", row.link.seq, "the head in this row does not fit row " + std::to_string(head->link.seq));
}

void AuditVerifier::damaged(std::uint64_t after, std::string what) { find("damaged", after + 1, std::move(what)); }

Json AuditVerifier::finish(std::optional<std::uint64_t> given) {
  const store::AuditLink& end = chain_.last();
  if (given && *given > end.seq) find("truncated", end.seq + 1, "rows " + std::to_string(end.seq + 1) + " to " + std::to_string(*given) + " were written and are missing");
  for (const auto& [seq, head] : heads_)
    find("head_missing", seq, seq <= end.seq ? "this row, which a head names, is missing"
                                             : "at " + head.at + " the log reached row " + std::to_string(seq) + ", now it ends at " + std::to_string(end.seq) + ": it was cut, or an older backup restored");
  Json keys = Json::array();
  for (const auto& [fingerprint, used] : keys_) keys.push_back(fingerprint);
  return {{"ok", findings_.empty()}, {"rows", rows_}, {"seq", end.seq}, {"hash", digest_hex(end.hash)}, {"heads", compared_}, {"own_heads", own_},
          {"not_covered", not_covered_}, {"keys", std::move(keys)}, {"findings", std::move(findings_)}, {"suppressed", suppressed_}};
}

}  // namespace admin
