#include "tools/congthud/judgements.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "store/keys.hpp"
#include "store/rows.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/handle.hpp"
#include "tools/congthud/records.hpp"

namespace tools {
namespace {

using admin::Judgement;
using store::RecordTable;
constexpr store::DerivedBits kSignatureBits =
    store::kSignatureValid | store::kSignatureInvalid | store::kDocumentSignatureValid | store::kDocumentSignatureInvalid;
constexpr int kMoves = 3;  // rounds after which copies that move all the time are left as they are

template <class F>
void for_each_signature(const policy::ContentFacts& facts, const F& f) {
  for (const policy::SignatureReport& s : facts.smime.signatures) f(s);
  for (const policy::AttachmentFacts& a : facts.attachments)
    for (const policy::SignatureReport& s : a.signatures) f(s);
}

template <class T>
void add_new(std::vector<T>& to, const std::vector<T>& from) {
  for (const T& one : from)
    if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
}

// What a judgement says once it is made: the data it used, what it misses, its rows.
void conclude(const PolicyState& state, const policy::ContentFacts& facts, const std::vector<store::Put>& puts, std::size_t first_row, Judgement& out) {
  out.verdict = policy::to_string(facts.smime.verdict);
  out.used.clear();
  out.wanted.clear();
  for_each_signature(facts, [&](const policy::SignatureReport& s) {
    add_new(out.used, s.used);
    if (s.verdict == policy::Verdict::indeterminate) add_new(out.wanted, s.wanted);
  });
  out.anchors.clear();
  for (const std::string& digest : out.used)
    if (const auto anchor = state.anchors.find(digest); anchor != state.anchors.end())
      out.anchors.push_back({digest, anchor->second.anchor_class, anchor->second.rule});
  out.rows.clear();
  for (std::size_t i = first_row; i < puts.size(); ++i)
    if (puts[i].table == RecordTable::signatures && !puts[i].value.empty()) out.rows.push_back(base::hex_encode(puts[i].key));
}

void put_objects(const store::Store& store, const PolicyState& state, const std::vector<std::string>& used, std::vector<store::Put>& puts) {
  const auto snapshot = store.snapshot();
  for (const std::string& digest : used) {
    const auto object = state.objects.find(digest);
    if (object == state.objects.end()) continue;  // it came with the signature, so it is in the mail
    std::string key = admin::object_key(digest);
    if (!snapshot || !snapshot->record(RecordTable::evidence, key)) puts.push_back({RecordTable::evidence, std::move(key), object->second});
  }
}

store::Put judgement_put(std::string_view digest, const Judgement& j) {
  const std::string& owner = !j.login.empty() || j.recipients.empty() ? j.login : j.recipients.front();
  const auto address = store::canonical_address(owner);
  return {RecordTable::evidence, admin::message_evidence_key(digest), admin::encode(j), address ? address->substr(address->rfind('@') + 1) : std::string()};
}

// Every live copy of a message: its email id is in the rows of its account wherever it was moved or copied to.
void find_copies(const store::Snapshot& snapshot, const store::Location& at, std::vector<store::Location>& out) {
  const store::Key prefix = store::account_key(at.account);
  store::Cursor c = snapshot.txn().cursor(store::Table::messages);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) {
    if (store::decode_hot(c.value()).email != at.email) continue;
    const store::MessageRef ref = store::tail_ref(c.key());
    out.push_back({ref.account, ref.mailbox, ref.uid, at.email});
  }
}

base::Result<std::string> content_of(const store::Snapshot& snapshot, const store::Location& at) {
  const auto message = snapshot.message(at.account, at.mailbox, at.uid);
  if (!message) return base::fail(base::Errc::not_found, "message");
  std::string out;
  const std::uint64_t all = message->detail.size(), size = message->detail.content_size;
  out.reserve(size);
  const auto done = snapshot.read(at.account, *message, {all - size, size}, [&out](std::string_view piece) { return out.append(piece), true; });
  if (!done) return done.error();
  return out;
}

// Which kind of object a row is shows when it is read: only a certificate reads as one.
void sort_object(std::string_view der, const std::string& digest, const Judgement& j, policy::trust::Material& to) {
  policy::trust::TrustStore probe;
  const auto anchor = std::find_if(j.anchors.begin(), j.anchors.end(), [&](const Judgement::Anchor& a) { return a.digest == digest; });
  if (anchor != j.anchors.end()) to.anchors.push_back({std::string(der), anchor->anchor_class, anchor->rule});
  else if (probe.add_intermediates(der)) to.intermediates.emplace_back(der);
  else if (probe.add_crls(der)) to.crls.emplace_back(der);
  else if (probe.add_ocsp(der)) to.ocsp.emplace_back(der);
}

policy::ExamineOptions options_of(const Judgement& j, base::Time known) {
  policy::ExamineOptions options;
  options.times = {j.at, std::max(known, j.at)};
  options.past = true;
  return options;
}

policy::Context context_of(const Judgement& j, const policy::ContentFacts& facts) {
  policy::Context context;
  context.channel = j.login.empty() ? policy::Channel::inbound : policy::Channel::submission;
  context.now = j.at;
  context.login = j.login;
  context.recipients = j.recipients;
  context.content = &facts;
  return context;
}

}  // namespace

void add_judgement(const store::Store& store, const PolicyState& state, const policy::Context& context, const policy::ContentFacts& facts,
                   std::string_view digest, base::Time at, std::size_t first_row, store::SubmitMessage& message) {
  Judgement j;
  j.at = at;
  j.decided = context.now;
  j.login = context.login;
  j.recipients = context.recipients;
  j.revocation = state.revocation;
  conclude(state, facts, message.puts, first_row, j);
  put_objects(store, state, j.used, message.puts);
  message.puts.push_back(judgement_put(digest, j));
  if (!j.wanted.empty()) message.puts.push_back({RecordTable::evidence, admin::waiting_key(digest), "{}"});
  message.located = admin::location_prefix(digest);
}

base::Result<std::optional<Judgements::Found>> Judgements::find(std::string_view digest) const {
  auto snapshot = store_.snapshot();
  if (!snapshot) return snapshot.error();
  const auto row = snapshot->record(RecordTable::evidence, admin::message_evidence_key(digest));
  if (!row) return std::optional<Found>();
  auto judgement = admin::decode_judgement(*row);
  if (!judgement) return judgement.error();
  Found out{*std::move(judgement), {}, {}};
  const std::string prefix = admin::location_prefix(digest);
  snapshot->for_each_record(RecordTable::evidence, prefix, "", [&](std::string_view key, std::string_view) {
    const auto at = store::read_location(prefix, key);
    if (at) find_copies(*snapshot, *at, out.copies);
    return at.has_value();
  });
  if (out.copies.empty()) return std::optional<Found>();
  auto content = content_of(*snapshot, out.copies.front());
  if (!content) return content.error();
  if (base::view(base::sha256(*content)) != digest) return base::fail(base::Errc::corrupt, "the content is not the one that was judged");
  out.content = *std::move(content);
  return std::optional<Found>(std::move(out));
}

base::Result<Judgements::Again> Judgements::again(std::string_view digest, bool final, const std::string& who, const std::string& what, bool dry) {
  auto found = find(digest);
  if (!found) return found.error();
  Again out;
  if (!*found) {
    out.gone = true;
    if (!dry) static_cast<void>(store_.run(store::PutRecords{{{RecordTable::evidence, admin::waiting_key(digest), ""}}}));
    return out;
  }
  const Judgement& before = (*found)->judgement;
  const base::Time now = clock_.now();
  const auto state = ingest_.state();
  const mime::Structure structure = mime::scan((*found)->content);
  const policy::ContentFacts facts = ingest_.examine((*found)->content, structure, *state, options_of(before, now), final);
  std::vector<store::Put> puts;
  add_signature_records(site_, context_of(before, facts), facts, digest, puts);
  Judgement fresh = before;
  fresh.decided = now;
  conclude(*state, facts, puts, 0, fresh);
  out.before = before.verdict;
  out.after = fresh.verdict;
  out.waiting = !fresh.wanted.empty();
  out.wanted = fresh.wanted;
  const store::DerivedBits bits = derived_bits(facts);
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    const store::Location& at = (*found)->copies.front();
    const auto hot = snapshot->hot(at.account, at.mailbox, at.uid);
    out.changed = out.before != out.after || (hot && (hot->derived & kSignatureBits) != (bits & kSignatureBits));
  }
  if (dry || (out.waiting && !out.changed)) return out;
  for (const std::string& hex : before.rows)
    if (auto key = base::hex_decode(hex)) puts.push_back({RecordTable::signatures, *std::move(key), ""});
  put_objects(store_, *state, fresh.used, puts);
  puts.push_back(judgement_put(digest, fresh));
  if (!out.waiting) puts.push_back({RecordTable::evidence, admin::waiting_key(digest), ""});
  std::vector<std::pair<std::string, std::string>> files;  // the registers show the verdict of a document's file
  for (const policy::AttachmentFacts& a : facts.attachments)
    if (const auto signatures = registers::signatures_on(facts, a); !signatures.empty() && !a.documents.empty())
      files.emplace_back(a.digest, policy::to_string(policy::overall(signatures)));
  const nlohmann::ordered_json audit = {{"at", base::rfc3339(now)}, {"who", who}, {"what", what}, {"target", base::hex_encode(digest)},
                                        {"detail", {{"before", out.before}, {"after", out.after}, {"waiting", out.waiting}, {"copies", (*found)->copies.size()}}}};
  if (auto written = write(digest, **found, admin::dump(audit), bits & kSignatureBits, std::move(puts), registers::judged_again(std::move(files))); !written) return written.error();
  return out;
}

// One commit for all of it. A copy that was moved in between is found again and set in a next one.
base::Result<void> Judgements::write(std::string_view digest, const Found& found, std::string audit, store::DerivedBits bits, std::vector<store::Put> puts,
                                     store::RecordRule registers) {
  std::vector<store::Location> copies = found.copies;
  for (int round = 0; round < kMoves && !copies.empty(); ++round) {
    std::map<std::pair<store::AccountId, store::MailboxId>, std::vector<store::Uid>> boxes;
    for (const store::Location& at : copies) boxes[{at.account, at.mailbox}].push_back(at.uid);
    admin::Change change;
    change.audit = audit;
    change.steps.push_back(admin::step(store::PutRecords{std::exchange(puts, {})}));
    if (round == 0) change.steps.push_back(admin::step(store::ApplyRules{{registers}}));
    for (auto& [box, uids] : boxes) {
      std::sort(uids.begin(), uids.end());
      store::SetDerived op{box.first, box.second, std::move(uids), bits, store::DerivedBits(kSignatureBits & ~bits), {}};
      if (round == 0) change.steps.push_back(admin::step(std::move(op)));
      else if (auto done = store_.run(std::move(op)); !done && done.error().code() != base::Errc::not_found) return done.error();
    }
    if (round == 0)
      if (auto done = store_.run(std::move(change)); !done) return done.error();
    copies.clear();
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    const std::string prefix = admin::location_prefix(digest);
    snapshot->for_each_record(RecordTable::evidence, prefix, "", [&](std::string_view key, std::string_view) {
      const auto at = store::read_location(prefix, key);
      if (at) find_copies(*snapshot, *at, copies);
      return at.has_value();
    });
    std::erase_if(copies, [&](const store::Location& at) {
      const auto hot = snapshot->hot(at.account, at.mailbox, at.uid);
      return !hot || (hot->derived & kSignatureBits) == bits;
    });
  }
  return {};
}

base::Result<Judgements::Repeated> Judgements::repeat(std::string_view digest) {
  auto found = find(digest);
  if (!found) return found.error();
  if (!*found) return base::fail(base::Errc::not_found, "no stored mail with kept evidence has this digest");
  const Judgement& j = (*found)->judgement;
  Repeated out;
  out.at = j.at;
  out.decided = j.decided;
  policy::trust::Material material;
  material.revocation = j.revocation;
  material.site_domains = site_.domains();
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    for (const std::string& used : j.used) {
      const auto object = snapshot->record(RecordTable::evidence, admin::object_key(used));
      object ? ++out.objects : ++out.missing;
      if (object) sort_object(*object, used, j, material);
    }
  }
  const mime::Structure structure = mime::scan((*found)->content);
  auto repeated = ingest_.repeat((*found)->content, structure, std::move(material), options_of(j, j.decided));
  if (!repeated) return repeated.error();
  out.mail = std::move(repeated->smime);
  for (policy::AttachmentFacts& a : repeated->attachments) {
    policy::VerifyReport report;
    report.verdict = policy::overall(a.signatures);
    report.signatures = std::move(a.signatures);
    if (!report.signatures.empty()) out.attachments.emplace_back(a.file_name, std::move(report));
  }
  return out;
}

}  // namespace tools
