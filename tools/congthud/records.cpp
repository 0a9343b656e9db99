#include "tools/congthud/records.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/codec.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/unicode.hpp"

namespace tools {
namespace {

using nlohmann::ordered_json;

// Names come from outside: bytes that are not UTF-8 are replaced, never thrown on.
std::string dump(const ordered_json& j) { return j.dump(-1, ' ', false, ordered_json::error_handler_t::replace); }

std::string_view text_of(const policy::document::Field& field) { return field ? std::string_view(field->text) : std::string_view{}; }

ordered_json codes(const policy::Reasons& reasons) {
  ordered_json out = ordered_json::array();
  for (const policy::Reason& r : reasons) out.push_back(policy::name(r.code));
  return out;
}

// What is said about an attachment: its own signatures, and those of signature files that sign it.
std::vector<policy::SignatureReport> signatures_on(const policy::ContentFacts& facts, const policy::AttachmentFacts& a) {
  std::vector<policy::SignatureReport> out = a.signatures;
  for (const policy::AttachmentFacts& other : facts.attachments)
    if (!other.covers.empty() && other.covers == a.digest) out.insert(out.end(), other.signatures.begin(), other.signatures.end());
  return out;
}

std::string from_of(const policy::ContentFacts& facts) { return facts.from.empty() ? std::string{} : mime::addr_spec(facts.from.front()); }

// The agencies on this site that the mail is a paper of: the sender's when it goes out, each recipient's when it comes in.
std::set<std::string> agencies(const policy::Site& site, const policy::Context& context, Direction direction) {
  std::set<std::string> out;
  if (direction == Direction::outgoing) {
    if (!context.login.empty()) out.insert(site.agency_of(context.login));
  } else {
    for (const std::string& r : context.recipients) out.insert(site.agency_of(r));
  }
  out.erase(std::string{});
  return out;
}

class Rows {
 public:
  Rows(const store::Store& store, const policy::Site& site, const policy::Context& context, const policy::ContentFacts& facts,
       std::string_view digest, std::vector<store::Put>& puts)
      : context_(context), facts_(facts), puts_(puts), snapshot_(store.snapshot()), at_(base::rfc3339(context.now)), from_(from_of(facts)),
        message_(base::hex_encode(digest)) {
    const std::string sender = context.login.empty() ? std::string{} : site.agency_of(context.login);
    outgoing_ = agencies(site, context, Direction::outgoing);
    incoming_ = agencies(site, context, Direction::incoming);
    // Inside one agency a mail is a hand-over and no exchange.
    if (!sender.empty()) incoming_.erase(sender);
    agency_ = !sender.empty() ? sender : incoming_.empty() ? std::string{} : *incoming_.begin();
  }

  void signatures() {
    // Signatures of parts and attached messages have rows of their own and are not the mail's.
    const auto& found = facts_.smime.signatures;
    const bool own = std::any_of(found.begin(), found.end(), [](const policy::SignatureReport& s) { return s.part.empty(); });
    if (!own) put_signature("smime", "", facts_.smime.verdict, nullptr, facts_.smime.reasons, "");
    for (const policy::SignatureReport& s : found) put_signature("smime", s.part, s.verdict, &s, s.reasons, "");
    for (const policy::AttachmentFacts& a : facts_.attachments) {
      if (!a.documents.empty() && signatures_on(facts_, a).empty())
        put_signature("document", a.file_name, policy::Verdict::unsigned_, nullptr, {}, a.digest);
      for (const policy::SignatureReport& s : a.signatures) put_signature("document", a.file_name, s.verdict, &s, s.reasons, a.digest);
    }
  }

  void documents() {
    for (const policy::AttachmentFacts& a : facts_.attachments)
      for (const policy::document::Document& d : a.documents) {
        if (d.draft) continue;  // CONTRACT 4: drafts count nowhere
        for (const std::string& agency : outgoing_) put_document(Direction::outgoing, agency, a, d);
        for (const std::string& agency : incoming_) put_document(Direction::incoming, agency, a, d);
      }
  }

 private:
  void put_signature(std::string_view layer, const std::string& file, policy::Verdict verdict, const policy::SignatureReport* report,
                     const policy::Reasons& reasons, const std::string& digest) {
    ordered_json j = {{"schema", "congthu.signature/1"}, {"at", at_}, {"channel", context_.login.empty() ? "inbound" : "submission"},
                      {"agency", agency_}, {"from", from_}, {"layer", layer}, {"file", file}, {"digest", digest},
                      {"verdict", policy::to_string(verdict)}, {"reasons", codes(reasons)}};
    if (report != nullptr && report->signer) {
      j["signer"] = {{"common_name", report->signer->common_name}, {"organization", report->signer->organization},
                     {"emails", report->signer->emails}, {"fingerprint", report->signer->fingerprint}};
      j["anchor_class"] = policy::to_string(report->anchor_class);
    }
    if (!message_.empty()) j["message"] = message_;  // `verify --stored` takes it
    if (report != nullptr && !report->wanted.empty()) j["pending"] = true;
    puts_.push_back({store::RecordTable::signatures, record_key(context_.now), dump(j)});
  }

  void put_document(Direction direction, const std::string& agency, const policy::AttachmentFacts& a, const policy::document::Document& d) {
    std::string key = document_key(direction, agency, document_identity(d, a.digest));
    // A repetition (re-send, reply, second recipient) is the same row; the first one keeps its time.
    if (snapshot_ && snapshot_->record(store::RecordTable::documents, key)) return;
    const policy::Verdict verdict = policy::overall(signatures_on(facts_, a));
    const ordered_json j = {
        {"schema", "congthu.document/1"}, {"at", at_}, {"direction", direction == Direction::outgoing ? "out" : "in"}, {"agency", agency},
        {"number", text_of(d.number)}, {"symbol", text_of(d.symbol)}, {"kind", text_of(d.kind)}, {"doc_class", text_of(d.doc_class)},
        {"issuer", text_of(d.issuer)}, {"date", text_of(d.date)}, {"title", text_of(d.title)}, {"signer", text_of(d.signer)},
        {"urgency", text_of(d.urgency)}, {"verdict", policy::to_string(verdict)}, {"from", from_}, {"file", a.file_name}, {"digest", a.digest}};
    puts_.push_back({store::RecordTable::documents, std::move(key), dump(j)});
  }

  const policy::Context& context_;
  const policy::ContentFacts& facts_;
  std::vector<store::Put>& puts_;
  store::Result<store::Snapshot> snapshot_;
  std::string at_, from_, message_, agency_;
  std::set<std::string> outgoing_, incoming_;
};

}  // namespace

std::string record_key_from(base::Time at) {
  return base::Writer().fixed(static_cast<std::uint64_t>(at.time_since_epoch().count())).take();
}

std::string record_key(base::Time at) { return record_key_from(at) + base::random_bytes(8); }

std::string document_identity(const policy::document::Document& d, std::string_view digest) {
  if (!d.number || !d.issuer) return "digest:" + std::string(digest);
  const std::string_view date = text_of(d.date);
  std::string key = base::fold_search(d.issuer->text) + "|" + base::fold_search(d.number->text) + "|" + std::string(date.substr(0, 4));
  const base::Digest hash = base::sha256(key);
  return "number:" + std::string(reinterpret_cast<const char*>(hash.data()), hash.size());
}

std::string document_key(Direction direction, std::string_view agency, std::string_view identity) {
  base::Writer key;
  key.raw(std::string_view(reinterpret_cast<const char*>(&direction), 1)).bytes(agency).raw(identity);
  return key.take();
}

void add_records(const store::Store& store, const policy::Site& site, const policy::Context& context,
                 const policy::ContentFacts& facts, std::string_view digest, std::vector<store::Put>& puts) {
  if (context.channel != policy::Channel::inbound && context.channel != policy::Channel::submission) return;
  Rows rows(store, site, context, facts, digest, puts);
  rows.signatures();
  rows.documents();
}

void add_signature_records(const store::Store& store, const policy::Site& site, const policy::Context& context,
                           const policy::ContentFacts& facts, std::string_view digest, std::vector<store::Put>& puts) {
  Rows(store, site, context, facts, digest, puts).signatures();
}

}  // namespace tools
