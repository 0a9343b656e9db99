#include "tools/congthud/repetition.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/crypto.hpp"
#include "mime/header.hpp"
#include "policy/smime/attached_signature.hpp"
#include "policy/smime/cms_shape.hpp"
#include "tools/admin/evidence_rows.hpp"
#include "tools/registers/keys.hpp"

namespace tools {
namespace {

using namespace std::chrono_literals;
constexpr auto kSameSending = 7 * 24h;  // a mail with the same Message-ID is the same mail for so long: one for each recipient, a retry
constexpr std::size_t kMostThings = 100;
constexpr std::size_t kMaxId = 998;

constexpr base::Text kMailAgain{"Thư đã ký này từng được nhận trước đây", "This signed mail was received before"};
constexpr base::Text kFileAgain{"Tệp này đã đi kèm một thư trước đây", "This file came with another mail before"};
constexpr base::Text kNumberAgain{"Số văn bản này đã có ở một tệp khác", "This document number stood in another file before"};

struct Thing {
  char kind;         // m: a signed mail, f: a file, n: a document's number
  std::string what;  // that identifies it
  std::string name, digest;
  std::string key() const { return admin::sighting_key(base::view(base::sha256(std::string(1, kind) + what))); }
};

struct Sighting {
  std::string at, from, message_id, digest;
};

// The signature value of the mail's own signature: what is around it in the CMS can be changed by anybody.
std::string own_signature(const policy::ContentFacts& facts) {
  const mime::Structure& s = *facts.structure;
  const mime::Part* part = &s.root();
  if (part->is_multipart()) {
    if (part->subtype != "signed" || part->first_child == mime::kNoPart) return {};
    const std::uint32_t second = s.parts[part->first_child].next_sibling;
    if (second == mime::kNoPart) return {};
    part = &s.parts[second];
  }
  const auto cms = policy::smime::attached_bytes(*part, facts.content);
  const auto shape = policy::smime::read_shape(cms ? *cms : std::string_view());
  return shape.signers.empty() ? std::string() : std::string(shape.signers.front().signature);
}

std::vector<Thing> things_in(const policy::ContentFacts& facts) {
  std::vector<Thing> out;
  const bool own = std::any_of(facts.smime.signatures.begin(), facts.smime.signatures.end(), [](const auto& s) { return s.part.empty(); });
  if (std::string value = own ? own_signature(facts) : std::string(); !value.empty()) out.push_back({'m', std::move(value), "", ""});
  for (const policy::AttachmentFacts& a : facts.attachments) {
    if (a.digest.empty() || (a.signatures.empty() && a.documents.empty())) continue;
    out.push_back({'f', a.digest, a.file_name, a.digest});
    for (const policy::document::Document& d : a.documents) {
      if (!d.number || !d.issuer || d.draft) continue;
      const registers::Name name{d.issuer->text, d.number->text, registers::year_of(d.number->text, d.date ? d.date->text : std::string())};
      if (name.whole()) out.push_back({'n', registers::identity(name, a.digest), d.number->text, a.digest});
    }
  }
  if (out.size() > kMostThings) out.resize(kMostThings);
  return out;
}

std::optional<Sighting> read_sighting(const std::string& value) {
  const auto j = nlohmann::json::parse(value, nullptr, false);
  if (!j.is_object()) return std::nullopt;
  return Sighting{j.value("at", ""), j.value("from", ""), j.value("message_id", ""), j.value("digest", "")};
}

std::string message_id_in(const policy::ContentFacts& facts) {
  const auto field = mime::find(facts.structure->root().header.of(facts.content), "Message-ID");
  return field ? mime::unfold(field->raw_value).substr(0, kMaxId) : std::string();
}

bool same_sending(const Sighting& first, const std::string& message_id, base::Time now) {
  const auto at = base::parse_rfc3339(first.at);
  return !message_id.empty() && first.message_id == message_id && at && now - *at < kSameSending;
}

policy::Finding finding_of(const Thing& thing, const Sighting& first) {
  policy::Finding f;
  f.rule = "repetition";
  f.text = thing.kind == 'm' ? kMailAgain : thing.kind == 'f' ? kFileAgain : kNumberAgain;
  f.subject = thing.name;
  f.evidence = {{"first-seen", first.at}, {"first-from", first.from.substr(0, 200)}};
  if (!thing.digest.empty()) f.evidence.push_back({"digest", thing.digest});
  return f;
}

}  // namespace

std::vector<policy::Finding> find_repetitions(const store::Store& store, const policy::Context& context, const policy::ContentFacts& facts,
                                              std::vector<store::Put>& puts) {
  std::vector<policy::Finding> out;
  if (context.channel != policy::Channel::inbound && context.channel != policy::Channel::submission) return out;
  const std::vector<Thing> things = things_in(facts);
  if (things.empty()) return out;
  const std::string message_id = message_id_in(facts), from = facts.from.empty() ? std::string() : mime::addr_spec(facts.from.front());
  const auto snapshot = store.snapshot();
  if (!snapshot) return out;
  for (const Thing& thing : things) {
    std::string key = thing.key();
    const auto value = snapshot->record(store::RecordTable::evidence, key);
    const auto first = value ? read_sighting(*value) : std::nullopt;
    if (!first) {
      const nlohmann::ordered_json j = {{"at", base::rfc3339(context.now)}, {"from", from}, {"message_id", message_id}, {"digest", thing.digest}};
      puts.push_back({store::RecordTable::evidence, std::move(key), j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)});
    } else if (!same_sending(*first, message_id, context.now) && !(thing.kind == 'n' && first->digest == thing.digest)) {
      out.push_back(finding_of(thing, *first));  // the same file under its number is told as a file
    }
  }
  return out;
}

}  // namespace tools
