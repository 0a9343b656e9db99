#include "tools/admin/audit_head.hpp"

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "tools/admin/handle.hpp"

namespace admin {
namespace {
constexpr std::string_view kHeadSchema = "congthu.audit_head/1";
}

std::string signed_text(const AuditHead& h) {
  std::string out(kHeadSchema);
  for (const std::string& field : {h.site, h.store, std::to_string(h.link.seq), base::hex_encode(base::view(h.link.hash)), h.at}) out += "\n" + field;
  return out + "\n";
}

AuditHead sign_head(const base::SigningKey& key, std::string site, std::string store, const store::AuditLink& link, base::Time at) {
  AuditHead h{std::move(site), std::move(store), link, base::rfc3339(at), key.public_key().pem(), {}};
  h.signature = key.sign(signed_text(h));
  return h;
}

Json to_json(const AuditHead& h) {
  return {{"schema", kHeadSchema}, {"site", h.site}, {"store", h.store}, {"seq", h.link.seq}, {"hash", base::hex_encode(base::view(h.link.hash))},
          {"at", h.at}, {"public_key", h.public_key}, {"signature", base::hex_encode(h.signature)}};
}

Result<AuditHead> parse_head(const Json& json) {
  const auto bad = [](std::string_view what) { return fail(Errc::invalid, "not a head of an audit log: " + std::string(what)); };
  if (!json.is_object() || !json.contains("schema") || json["schema"] != kHeadSchema) return bad("schema");
  AuditHead h;
  const std::pair<const char*, std::string*> texts[] = {{"site", &h.site}, {"store", &h.store}, {"at", &h.at}, {"public_key", &h.public_key}};
  for (const auto& [name, text] : texts) {
    if (!json.contains(name) || !json[name].is_string()) return bad(name);
    *text = json[name].get<std::string>();
    if (std::string_view(name) != "public_key" && text->find('\n') != std::string::npos) return bad(name);  // it would move the signed fields
  }
  if (!json.contains("seq") || !json["seq"].is_number_unsigned()) return bad("seq");
  h.link.seq = json["seq"].get<std::uint64_t>();
  for (const char* name : {"hash", "signature"}) {
    if (!json.contains(name) || !json[name].is_string()) return bad(name);
    auto bytes = base::hex_decode(json[name].get<std::string>());
    if (!bytes) return bad(name);
    if (std::string_view(name) == "signature") h.signature = *std::move(bytes);
    else if (bytes->size() != h.link.hash.size()) return bad(name);
    else std::copy(bytes->begin(), bytes->end(), h.link.hash.begin());
  }
  return h;
}

bool signature_holds(const AuditHead& h) {
  const auto key = base::PublicKey::from_pem(h.public_key);
  return key && key->verify(signed_text(h), h.signature);
}

Result<std::vector<AuditHead>> heads_in(std::string_view text) {
  std::vector<AuditHead> out;
  std::size_t number = 0;
  for (std::string_view line : base::split(text, '\n')) {
    ++number;
    line = base::trim(line);
    if (!line.starts_with("{\"schema\":\"congthu.audit_head/")) continue;
    auto head = parse_head(Json::parse(line, nullptr, false));
    if (!head) return fail(Errc::invalid, "line " + std::to_string(number) + ": " + head.error().detail());
    out.push_back(*std::move(head));
  }
  if (out.empty()) return fail(Errc::invalid, "there is no head of an audit log in it");
  return out;
}

Result<base::SigningKey> audit_key(const base::Config& config) {
  const std::string path = config.audit.key.string();
  auto key = base::SigningKey::load(path);
  if (key || key.error().code() != Errc::not_found) return key;
  auto made = base::SigningKey::generate();
  if (auto saved = made.save(path); !saved) return fail(saved.error().code(), "audit.key " + path + ": " + saved.error().detail());
  base::log_info("audit_key_made", {{"file", path}, {"fingerprint", made.public_key().fingerprint()}});
  return made;
}

std::string audit_payload(const Context& context, std::string_view who, std::string_view what, std::string_view target, Json detail) {
  return dump({{"at", base::rfc3339(context.clock.now())}, {"who", who}, {"what", what}, {"target", target}, {"detail", std::move(detail)}});
}

}  // namespace admin
