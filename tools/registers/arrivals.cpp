#include "tools/registers/arrivals.hpp"

#include <algorithm>
#include <set>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/unicode.hpp"
#include "mime/header.hpp"

namespace registers {
namespace {

constexpr std::size_t kMaxSubject = 300;
constexpr std::size_t kMaxPlaces = 40, kMaxPlace = 200;
constexpr int kMaxLevels = 20;  // of the agency tree

std::string cut(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return text.substr(0, end);
}

std::string_view words(const policy::document::Field& field) { return field ? std::string_view(field->text) : std::string_view{}; }

Json fields_of(const policy::document::Document& d) {
  return {{"doc_class", words(d.doc_class)}, {"kind", words(d.kind)}, {"kind_abbrev", words(d.kind_abbrev)}, {"number", words(d.number)},
          {"symbol", words(d.symbol)}, {"issuer", words(d.issuer)}, {"place", words(d.place)}, {"date", words(d.date)},
          {"title", words(d.title)}, {"signer", words(d.signer)}, {"signer_authority", words(d.signer_authority)},
          {"urgency", words(d.urgency)}, {"copy_form", words(d.copy_form)}};
}

Json places_of(const policy::document::Document& d) {  // "Nơi nhận"
  Json out = Json::array();
  for (const std::string& line : d.recipients)
    if (out.size() < kMaxPlaces) out.push_back(cut(line, kMaxPlace));
  return out;
}

std::string header_text(const policy::ContentFacts& facts, std::string_view name) {
  if (facts.structure == nullptr) return {};
  const auto field = mime::find(facts.structure->root().header.of(facts.content), name);
  return field ? mime::decode_text(field->raw_value) : std::string{};
}

std::string message_id_of(std::string_view value) {
  const std::size_t open = value.find('<'), close = value.find('>', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  return std::string(value.substr(open + 1, close - open - 1));
}

bool holds_day(const store::Agency& a, std::string_view day) {
  return day.empty() || ((a.valid_from.empty() || a.valid_from <= day) && (a.valid_until.empty() || day <= a.valid_until));
}

bool is_above(const policy::Site& site, std::string_view above, std::string_view agency) {
  std::string at(agency);
  for (int level = 0; level < kMaxLevels && !at.empty(); ++level) {
    at = site.agency_above(at);
    if (at == above) return true;
  }
  return false;
}

std::string agency_name(const store::Snapshot& snapshot, std::string_view code) {
  const auto agency = snapshot.agency(code);
  return agency ? agency->name : std::string{};
}

std::string domain_part(std::string_view address) { return std::string(address.substr(address.rfind('@') + 1)); }

class Reading {
 public:
  Reading(const store::Snapshot& snapshot, const policy::Site& site, const policy::Context& context, const policy::ContentFacts& facts)
      : snapshot_(snapshot), site_(site), context_(context), facts_(facts) {
    from_ = facts.from.empty() ? std::string{} : mime::addr_spec(facts.from.front());
    if (!context.login.empty()) sender_ = site.agency_of(context.login);
    for (const std::string& r : context.recipients)
      if (std::string agency = site.agency_of(r); !agency.empty() && agency != sender_) receivers_.insert(std::move(agency));
    mail_ = base::hex_encode(base::random_bytes(8));
  }

  void document(const policy::AttachmentFacts& a, const policy::document::Document& d, std::vector<Arrival>& out) const {
    const std::string issuing = agency_named(snapshot_, words(d.issuer), words(d.date), sender_);
    Arrival base = arrival(a, d);
    if (const std::string agency = sent_for(base, issuing); !agency.empty()) {
      Arrival one = base;
      one.direction = Direction::outgoing;
      one.agency = agency;
      one.agency_name = agency_name(snapshot_, agency);
      one.recipients = recipients();
      one.internal = std::all_of(context_.recipients.begin(), context_.recipients.end(), [&](const std::string& r) { return site_.agency_of(r) == sender_; });
      out.push_back(std::move(one));
    }
    for (const std::string& agency : receivers_) {
      if (agency == issuing) continue;  // its own paper comes back
      Arrival one = base;
      one.direction = Direction::incoming;
      one.agency = agency;
      one.agency_name = agency_name(snapshot_, agency);
      for (const std::string& r : context_.recipients)
        if (site_.agency_of(r) == agency) one.recipients.push_back({r, true});
      one.tell = whom_to_tell();
      out.push_back(std::move(one));
    }
  }

 private:
  // Whose outgoing register: the issuer's, when the sender is it, belongs to it or has it below; the sender's own, when nobody here is
  // meant by the issuer's name, unless the paper came in before: then it is only passed on.
  std::string sent_for(const Arrival& a, const std::string& issuing) const {
    if (sender_.empty()) return {};
    if (!issuing.empty()) return issuing == sender_ || is_above(site_, issuing, sender_) || is_above(site_, sender_, issuing) ? issuing : std::string{};
    const Name name{text(a.fields, "issuer"), text(a.fields, "number"), year_of(text(a.fields, "number"), text(a.fields, "date"))};
    const std::string identity_here = identity(name, a.digest);
    const bool came_in = snapshot_.record(store::RecordTable::documents, row_key(Direction::incoming, sender_, identity_here)) ||
                         snapshot_.record(store::RecordTable::documents, alias_key(Direction::incoming, sender_, identity_here));
    return came_in ? std::string{} : sender_;
  }

  // Only a sender who is certain: a notice to a forged address would be spam of ours. RFC 3834 2: nothing answers automatic mail or lists.
  std::string whom_to_tell() const {
    if (context_.sender.empty() || from_.empty()) return {};
    if (context_.login.empty() && facts_.smime.verdict != policy::Verdict::valid) return {};
    const std::string automatic = base::lower_ascii(base::trim(header_text(facts_, "Auto-Submitted")));
    if ((!automatic.empty() && automatic != "no") || !header_text(facts_, "List-Id").empty() || !header_text(facts_, "Precedence").empty()) return {};
    return context_.login.empty() ? from_ : context_.login;
  }

  Arrival arrival(const policy::AttachmentFacts& a, const policy::document::Document& d) const {
    Arrival out;
    out.at = context_.now;
    out.fields = fields_of(d);
    out.to_places = places_of(d);
    if (!context_.login.empty()) out.issuer_domain = domain_part(context_.login);
    else if (facts_.smime.verdict == policy::Verdict::valid) out.issuer_domain = domain_part(from_);
    out.from = from_;
    out.subject = cut(header_text(facts_, "Subject"), kMaxSubject);
    out.message_id = message_id_of(header_text(facts_, "Message-ID"));
    out.mail = mail_;
    out.file = a.file_name;
    out.digest = a.digest;
    out.text_digest = text_digest(a.text);
    out.pages = d.pages;
    out.scanned = d.scanned ? d.scanned : a.scanned;
    out.verdict = policy::to_string(policy::overall(signatures_on(facts_, a)));
    const std::string& owner = !context_.login.empty() || context_.recipients.empty() ? context_.login : context_.recipients.front();
    if (const auto address = store::canonical_address(owner)) out.domain = domain_part(*address);
    return out;
  }

  std::vector<Recipient> recipients() const {
    std::vector<Recipient> out;
    for (const std::string& r : context_.recipients) {
      const auto address = store::canonical_address(r);
      const auto leads = address ? snapshot_.resolve(*address) : store::Result<store::Resolved>(base::fail(base::Errc::not_found, ""));
      out.push_back({r, leads && !leads->accounts.empty()});
    }
    return out;
  }

  const store::Snapshot& snapshot_;
  const policy::Site& site_;
  const policy::Context& context_;
  const policy::ContentFacts& facts_;
  std::string from_, sender_, mail_;
  std::set<std::string> receivers_;
};

}  // namespace

std::vector<policy::SignatureReport> signatures_on(const policy::ContentFacts& facts, const policy::AttachmentFacts& a) {
  std::vector<policy::SignatureReport> out = a.signatures;
  for (const policy::AttachmentFacts& other : facts.attachments)
    if (!other.covers.empty() && other.covers == a.digest) out.insert(out.end(), other.signatures.begin(), other.signatures.end());
  return out;
}

std::string agency_named(const store::Snapshot& snapshot, std::string_view name, std::string_view day, std::string_view preferred) {
  const std::string wanted = base::fold_search(name);
  if (wanted.empty()) return {};
  std::vector<std::string> found;
  snapshot.for_each_agency([&](const store::Agency& a) {
    if (!holds_day(a, day)) return true;
    const bool named = base::fold_search(a.name) == wanted || std::any_of(a.aliases.begin(), a.aliases.end(), [&](const std::string& n) { return base::fold_search(n) == wanted; });
    if (named) found.push_back(a.code);
    return true;
  });
  if (found.size() == 1) return found.front();
  if (std::find(found.begin(), found.end(), preferred) != found.end()) return std::string(preferred);
  return {};
}

std::vector<Arrival> arrivals_of(const store::Snapshot& snapshot, const policy::Site& site, const policy::Context& context,
                                 const policy::ContentFacts& facts) {
  std::vector<Arrival> out;
  if (context.channel != policy::Channel::inbound && context.channel != policy::Channel::submission) return out;
  if (context.sender_known && context.sender.empty()) return out;  // a report about a mail is no letter
  std::optional<Reading> reading;
  for (const policy::AttachmentFacts& a : facts.attachments)
    for (const policy::document::Document& d : a.documents) {
      if (d.draft) continue;
      if (!reading) reading.emplace(snapshot, site, context, facts);
      reading->document(a, d, out);
    }
  return out;
}

}  // namespace registers
