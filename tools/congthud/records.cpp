#include "tools/congthud/records.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/codec.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/unicode.hpp"
#include "mime/header.hpp"
#include "tools/registers/arrivals.hpp"

namespace tools {
namespace {

using nlohmann::ordered_json;

// Names come from outside: bytes that are not UTF-8 are replaced, never thrown on.
std::string dump(const ordered_json& j) { return j.dump(-1, ' ', false, ordered_json::error_handler_t::replace); }

ordered_json codes(const policy::Reasons& reasons) {
  ordered_json out = ordered_json::array();
  for (const policy::Reason& r : reasons) out.push_back(policy::name(r.code));
  return out;
}

// At most that much of a header field goes into a row: enough to find the mail again by.
constexpr std::size_t kHeadKept = 200;

std::string head_text(const policy::ContentFacts& facts, std::string_view name) {
  if (facts.structure == nullptr || facts.structure->parts.empty()) return {};
  const auto field = mime::find(facts.structure->root().header.of(facts.content), name);
  std::string text = field ? mime::decode_text(field->raw_value) : std::string();
  if (text.size() <= kHeadKept) return text;
  std::size_t end = kHeadKept;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return text.substr(0, end);
}

std::string message_id(const policy::ContentFacts& facts) {
  std::string id = head_text(facts, "Message-ID");
  if (id.starts_with('<')) id.erase(0, 1);
  if (id.ends_with('>')) id.pop_back();
  return id;
}

ordered_json signer_json(const policy::SignerInfo& s) {
  const auto time = [](const std::optional<base::Time>& t) { return t ? ordered_json(base::rfc3339(*t)) : ordered_json(nullptr); };
  return {{"common_name", s.common_name}, {"organization", s.organization}, {"emails", s.emails}, {"fingerprint", s.fingerprint},
          {"subject", s.subject}, {"issuer", s.issuer}, {"serial", s.serial}, {"anchor", s.anchor},
          {"not_before", time(s.not_before)}, {"not_after", time(s.not_after)}};
}

std::string from_of(const policy::ContentFacts& facts) { return facts.from.empty() ? std::string{} : mime::addr_spec(facts.from.front()); }

// Whose row it is: the sender's agency, else the first one that got it.
std::string agency_of(const policy::Site& site, const policy::Context& context) {
  if (!context.login.empty())
    if (std::string sender = site.agency_of(context.login); !sender.empty()) return sender;
  std::set<std::string> receivers;
  for (const std::string& r : context.recipients) receivers.insert(site.agency_of(r));
  receivers.erase(std::string{});
  return receivers.empty() ? std::string{} : *receivers.begin();
}

class Rows {
 public:
  Rows(const policy::Site& site, const policy::Context& context, const policy::ContentFacts& facts, std::string_view digest,
       std::vector<store::Put>& puts)
      : context_(context), facts_(facts), puts_(puts), at_(base::rfc3339(context.now)), from_(from_of(facts)),
        message_id_(message_id(facts)), subject_(head_text(facts, "Subject")), message_(base::hex_encode(digest)), agency_(agency_of(site, context)) {}

  void signatures() {
    // Signatures of parts and attached messages have rows of their own and are not the mail's.
    const auto& found = facts_.smime.signatures;
    const bool own = std::any_of(found.begin(), found.end(), [](const policy::SignatureReport& s) { return s.part.empty(); });
    if (!own) put_signature("smime", "", facts_.smime.verdict, nullptr, facts_.smime.reasons, "");
    for (const policy::SignatureReport& s : found) put_signature("smime", s.part, s.verdict, &s, s.reasons, "");
    for (const policy::AttachmentFacts& a : facts_.attachments) {
      if (!a.documents.empty() && registers::signatures_on(facts_, a).empty())
        put_signature("document", a.file_name, policy::Verdict::unsigned_, nullptr, {}, a.digest);
      for (const policy::SignatureReport& s : a.signatures) put_signature("document", a.file_name, s.verdict, &s, s.reasons, a.digest);
    }
  }

 private:
  void put_signature(std::string_view layer, const std::string& file, policy::Verdict verdict, const policy::SignatureReport* report,
                     const policy::Reasons& reasons, const std::string& digest) {
    ordered_json j = {{"schema", "congthu.signature/1"}, {"at", at_}, {"channel", context_.login.empty() ? "inbound" : "submission"},
                      {"agency", agency_}, {"from", from_}, {"message_id", message_id_}, {"subject", subject_},
                      {"layer", layer}, {"file", file}, {"digest", digest},
                      {"verdict", policy::to_string(verdict)}, {"reasons", codes(reasons)}};
    if (report != nullptr && report->signer) {
      j["signer"] = signer_json(*report->signer);
      j["anchor_class"] = policy::to_string(report->anchor_class);
    }
    if (!message_.empty()) j["message"] = message_;  // `verify --stored` takes it
    if (report != nullptr && !report->wanted.empty()) j["pending"] = true;
    if (report != nullptr && report->legal_form != policy::LegalForm::none) j["legal_form"] = policy::to_string(report->legal_form);
    puts_.push_back({store::RecordTable::signatures, record_key(context_.now), dump(j)});
  }

  const policy::Context& context_;
  const policy::ContentFacts& facts_;
  std::vector<store::Put>& puts_;
  std::string at_, from_, message_id_, subject_, message_, agency_;
};

}  // namespace

std::string record_key_from(base::Time at) {
  return base::Writer().fixed(static_cast<std::uint64_t>(at.time_since_epoch().count())).take();
}

std::string record_key(base::Time at) { return record_key_from(at) + base::random_bytes(8); }

void add_signature_records(const policy::Site& site, const policy::Context& context, const policy::ContentFacts& facts,
                           std::string_view digest, std::vector<store::Put>& puts) {
  if (context.channel != policy::Channel::inbound && context.channel != policy::Channel::submission) return;
  Rows(site, context, facts, digest, puts).signatures();
}

}  // namespace tools
