#include "tools/congthud/ingest.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "mime/header.hpp"
#include "mime/summary.hpp"
#include "policy/pipeline/record.hpp"
#include "policy/rules/deadlines.hpp"
#include "tools/admin/use.hpp"
#include "tools/congthud/judgements.hpp"
#include "tools/congthud/records.hpp"
#include "tools/congthud/repetition.hpp"
#include "tools/registers/meetings.hpp"

namespace tools {
namespace {

// CFWS of RFC 5322 3.2.2: white space and comments, which nest and may hold quoted pairs.
std::size_t skip_cfws(std::string_view v, std::size_t at) {
  for (unsigned depth = 0; at < v.size(); ++at) {
    if (v[at] == '(') ++depth;
    else if (v[at] == ')' && depth > 0) --depth;
    else if (v[at] == '\\' && depth > 0) ++at;
    else if (depth == 0 && v[at] != ' ' && v[at] != '\t') break;
  }
  return std::min(at, v.size());
}

// authserv-id = value, a token or a quoted string (RFC 8601 2.2).
std::string authserv_id_of(std::string_view v) {
  std::size_t at = skip_cfws(v, 0);
  std::string id;
  const bool quoted = at < v.size() && v[at] == '"';
  for (at += quoted; at < v.size(); ++at) {
    if (quoted ? v[at] == '"' : std::string_view(";( \t").find(v[at]) != std::string_view::npos) break;
    if (quoted && v[at] == '\\' && at + 1 < v.size()) ++at;
    id.push_back(v[at]);
  }
  return id;
}

bool imitates(const mime::HeaderField& field, std::string_view authserv_id) {
  if (base::iequals(field.name, "Return-Path")) return true;
  if (!base::iequals(field.name, "Authentication-Results")) return false;
  std::string id = authserv_id_of(mime::unfold(field.raw_value));
  if (id.ends_with('.')) id.pop_back();  // the same host to whoever resolves it
  return base::iequals(id, authserv_id);
}

// "<a@b> <c@d>" -> each id without brackets.
void add_ids(std::string_view value, std::vector<store::ThreadKey>& keys) {
  for (std::size_t at = 0; keys.size() < 16 && (at = value.find('<', at)) != std::string_view::npos;) {
    const std::size_t end = value.find('>', at);
    if (end == std::string_view::npos) return;
    keys.push_back(store::thread_key(value.substr(at + 1, end - at - 1)));
    at = end + 1;
  }
}

policy::Context context_of(const Incoming& in, base::Time now, const policy::ContentFacts& facts) {
  policy::Context context;
  context.channel = in.channel;
  context.now = now;
  context.client_address = in.client_address;
  context.login = in.login;
  context.sender = in.sender;
  context.sender_known = in.channel == policy::Channel::inbound || in.channel == policy::Channel::submission;
  context.recipients = in.recipients;
  context.content = &facts;
  context.explain = in.explain;
  return context;
}

// The domain is on no list; that its mail lies at a free provider is told, and nothing follows.
void add_mx_evidence(const Incoming& in, const policy::Pipeline& pipeline, base::Time now, policy::Decision& decision) {
  policy::Finding f;
  f.rule = "free-provider";
  f.text = {"Thư của tên miền này do nhà cung cấp thư miễn phí giữ (bản ghi MX)", "This domain's mail is kept by a free mail provider (MX records)"};
  f.subject = in.sender;
  f.evidence = {{"mail-from", in.sender}, {"mx", in.mx_host}, {"provider", in.mx_provider}};
  const std::string who = !in.login.empty() || in.recipients.empty() ? in.login : in.recipients.front();
  if (pipeline.give_mode(f, who, now)) decision.add({std::move(f)});
}

policy::Finding imitation_finding(unsigned removed) {
  policy::Finding f;
  f.rule = "imitated-fields";
  f.text = {"Đã bỏ các trường giả kết quả kiểm tra của máy chủ", "Fields that imitate this server's results were removed"};
  f.evidence = {{"fields", std::to_string(removed)}};
  return f;
}

// Whose key seals what is recorded about a mail: the sender's on this site, else the first recipient's.
std::string owner_of(const policy::Context& context) {
  const std::string& who = !context.login.empty() || context.recipients.empty() ? context.login : context.recipients.front();
  const auto address = store::canonical_address(who);
  return address ? address->substr(address->rfind('@') + 1) : std::string();
}

bool carries_signatures(const policy::ContentFacts& facts) {
  const auto has = [](const policy::AttachmentFacts& a) { return !a.signatures.empty(); };
  return !facts.smime.signatures.empty() || std::any_of(facts.attachments.begin(), facts.attachments.end(), has);
}

std::vector<mime::ByteRange> cuts(const mime::Structure& structure) {
  std::vector<mime::ByteRange> out;
  for (const mime::Part& part : structure.parts)
    if (part.first_child == mime::kNoPart && part.body.size >= store::kMinBlobPart) out.push_back(part.body);
  return out;
}

// Which way the exchange policy has the document go; the rule tells it of each file.
std::string way_of(const policy::Decision& decision, std::string_view file) {
  for (const policy::Finding& f : decision.findings)
    if (f.rule == "exchange-class" && f.subject == file)
      for (const policy::Evidence& e : f.evidence)
        if (e.name == "way") return e.value;
  return {};
}

// What an urgent document's stamp asks of whom it came to, where a policy file says how soon.
void set_urgent(const policy::Site& site, const PolicyState& state, registers::Arrival& a) {
  constexpr std::size_t kDeep = 16;
  const std::string level = registers::text(a.fields, "urgency");
  if (level.empty()) return;
  std::vector<std::string> agencies{a.agency};
  for (std::string above; agencies.size() < kDeep && !(above = site.agency_above(agencies.back())).empty();) agencies.push_back(std::move(above));
  const auto limit = policy::rules::urgent_limit(state.exchange, level, agencies, a.at);
  if (!limit) return;
  a.urgent_until = limit->until;
  a.urgent_source = limit->policy + ": " + limit->source;
}

std::vector<std::string> ids_in(std::string_view header, std::string_view name) {
  std::vector<std::string> out;
  const auto field = mime::find(header, name);
  const std::string_view value = field ? field->raw_value : std::string_view{};
  for (std::size_t at = 0; out.size() < 50 && (at = value.find('<', at)) != std::string_view::npos;) {
    const std::size_t end = value.find('>', at);
    if (end == std::string_view::npos) break;
    out.emplace_back(value.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return out;
}

bool asks_for(const PolicyState& state, std::string_view rule) {
  return std::any_of(state.exchange.begin(), state.exchange.end(), [&](const base::ExchangePolicy& p) {
    return std::any_of(p.duties.begin(), p.duties.end(), [&](const base::ExchangeDuty& d) { return d.rule == rule && d.mode != base::RuleMode::off; });
  });
}

// Meetings are followed only where a policy file asks for the day before.
void add_meeting_rule(const policy::Site& site, const policy::Context& context, const policy::ContentFacts& facts, const PolicyState& state, Judged& judged) {
  const bool smtp = context.channel == policy::Channel::inbound || context.channel == policy::Channel::submission;
  if (!smtp || facts.structure == nullptr || facts.attachments.empty() || !asks_for(state, policy::rules::kMeetingPapers)) return;
  registers::MeetingNote note;
  note.mail = policy::rules::read_meeting_mail(facts);
  if (note.mail.invitations.empty() && (note.mail.papers.empty() || context.login.empty())) return;
  note.at = context.now;
  note.login = context.login;
  const std::string from = facts.from.empty() ? std::string() : mime::addr_spec(facts.from.front());
  note.agency = context.login.empty() ? from.substr(std::min(from.size(), from.rfind('@'))) : site.agency_of(context.login);
  note.domain = owner_of(context);
  const std::string_view header = facts.structure->root().header.of(facts.content);
  if (auto own = ids_in(header, "Message-ID"); !own.empty()) note.message_id = std::move(own.front());
  for (const char* name : {"References", "In-Reply-To"})
    for (std::string& id : ids_in(header, name)) note.references.push_back(std::move(id));
  note.recipients = context.recipients;
  judged.message.rules.push_back(registers::note_meeting(std::move(note)));
}

// The rules need what the mail says about documents and nothing of its content, so they go with it to the writer.
void add_register_rules(const store::Store& store, const policy::Site& site, const policy::Context& context, const policy::ContentFacts& facts,
                        const PolicyState& state, Judged& judged) {
  const auto snapshot = store.snapshot();
  if (!snapshot) return;  // the commit will fail by the same
  if (context.channel == policy::Channel::submission)
    if (const auto address = store::canonical_address(context.login); address)
      if (const auto account = snapshot->account(std::string_view(*address))) judged.message.rules.push_back(admin::note_use(account->id, admin::Use::sent, context.now));
  judged.arrivals = registers::arrivals_of(*snapshot, site, context, facts);
  for (registers::Arrival& a : judged.arrivals) a.way = way_of(judged.decision, a.file);
  if (context.login.empty())
    for (registers::Arrival& a : judged.arrivals) a.free_mail = state.free_providers.contains(a.from.substr(a.from.rfind('@') + 1));
  for (registers::Arrival& a : judged.arrivals)
    if (a.direction == registers::Direction::incoming && !a.free_mail) set_urgent(site, state, a);
  if (!state.receipt_notices)
    for (registers::Arrival& a : judged.arrivals) a.tell.clear();
  if (!judged.arrivals.empty()) judged.message.rules.push_back(registers::enter(judged.arrivals));
  add_meeting_rule(site, context, facts, state, judged);
  if (context.channel != policy::Channel::inbound || facts.structure == nullptr) return;
  if (auto report = registers::read_report(facts.content, *facts.structure))
    judged.message.rules.push_back(registers::news_of_mail(std::move(report->message_id), std::move(report->news)));
}

}  // namespace

std::string remove_imitations(std::string content, std::string_view authserv_id, unsigned& removed) {
  // Only the root header is looked at: a field below belongs to somebody else's message.
  const std::size_t end = content.starts_with("\r\n") ? 0 : content.find("\r\n\r\n");
  const std::string_view header(content.data(), end == std::string::npos ? content.size() : end == 0 ? 0 : end + 2);
  std::vector<mime::ByteRange> drop;
  mime::HeaderReader reader(header);
  while (const auto field = reader.next())
    if (imitates(*field, authserv_id)) drop.push_back(field->range);
  removed = static_cast<unsigned>(drop.size());
  for (auto it = drop.rbegin(); it != drop.rend(); ++it) content.erase(it->offset, it->size);
  return content;
}

store::DerivedBits derived_bits(const policy::ContentFacts& facts) {
  using policy::Verdict;
  store::DerivedBits bits = 0;
  if (facts.smime.verdict == Verdict::valid) bits |= store::kSignatureValid;
  if (facts.smime.verdict == Verdict::invalid || facts.smime.verdict == Verdict::spoof) bits |= store::kSignatureInvalid;
  for (const policy::AttachmentFacts& a : facts.attachments) {
    if (!a.documents.empty()) bits |= store::kDocument;
    if (a.signatures.empty()) continue;
    const Verdict verdict = policy::overall(a.signatures);
    if (verdict == Verdict::valid) bits |= store::kDocumentSignatureValid;
    if (verdict == Verdict::invalid || verdict == Verdict::spoof) bits |= store::kDocumentSignatureInvalid;
  }
  return bits;
}

std::vector<store::ThreadKey> thread_keys(std::string_view header) {
  std::vector<store::ThreadKey> keys;
  for (std::string_view name : {"Message-ID", "In-Reply-To", "References"})
    if (const auto field = mime::find(header, name)) add_ids(field->raw_value, keys);
  return keys;
}

void Ingest::set_state(std::shared_ptr<const PolicyState> state) {
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
}

std::shared_ptr<const PolicyState> Ingest::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

policy::Decision Ingest::judge_envelope(policy::Stage stage, const policy::Context& context) const {
  return state()->pipeline->run(stage, context);
}

store::Put Ingest::decision_put(policy::Stage stage, const policy::Context& context, const policy::Decision& decision) const {
  return {store::RecordTable::decisions, record_key(context.now), policy::to_json(policy::make_record(stage, context, decision, site_)), owner_of(context)};
}

policy::ContentFacts Ingest::examine(std::string_view content, const mime::Structure& structure, const PolicyState& state,
                                     const policy::ExamineOptions& options, bool final) const {
  policy::ContentFacts facts = policy::examine(content, structure, inspector_, options);
  const bool waits = state.fetch && !final;
  std::vector<policy::RevocationSource> wanted;
  const auto look = [&](policy::SignatureReport& s) {
    if (!waits || s.verdict != policy::Verdict::indeterminate) s.wanted.clear();
    wanted.insert(wanted.end(), s.wanted.begin(), s.wanted.end());
  };
  for (policy::SignatureReport& s : facts.smime.signatures) look(s);
  facts.smime.pending = !wanted.empty() && facts.smime.verdict == policy::Verdict::indeterminate;
  for (policy::AttachmentFacts& a : facts.attachments)
    for (policy::SignatureReport& s : a.signatures) look(s);
  if (!wanted.empty() && fetch_) fetch_(wanted);
  return facts;
}

base::Result<policy::ContentFacts> Ingest::repeat(std::string_view content, const mime::Structure& structure, policy::trust::Material material,
                                                  const policy::ExamineOptions& options) const {
  const auto state = this->state();
  material.site_agencies = state->site_agencies;
  material.agency_names = state->agency_names;
  material.algorithms = state->algorithms;
  if (const auto usable = policy::trust::make_store(material); !usable) return usable.error();
  const auto worker = inspector_.alike(policy::trust::to_json(material));
  return policy::examine(content, structure, *worker, options);
}

void Ingest::tell_secret(const policy::Decision& decision, policy::Channel channel) const {
  const policy::Finding* cause = decision.cause();
  if (cause == nullptr || cause->rule != "secrecy-stamp") return;
  for (const policy::Evidence& e : cause->evidence)
    if (e.name == "stamp") return secret_refused_(policy::to_string(channel), e.value);
}

Judged Ingest::judge(Incoming in) const {
  const auto state = this->state();
  const base::Time now = clock_.now();
  const bool smtp = in.channel == policy::Channel::inbound || in.channel == policy::Channel::submission;
  unsigned removed = 0;
  if (smtp) in.bytes = remove_imitations(std::move(in.bytes), authserv_id_, removed);

  Judged judged;
  const mime::Structure structure = mime::scan(in.bytes);
  policy::ExamineOptions options;
  options.times = {in.received.value_or(now), now};
  options.past = in.received.has_value();
  policy::ContentFacts facts = examine(in.bytes, structure, *state, options, false);
  const policy::Context context = context_of(in, now, facts);
  judged.decision = state->pipeline->run(policy::Stage::content, context);
  if (!in.mx_provider.empty()) add_mx_evidence(in, *state->pipeline, now, judged.decision);
  if (removed > 0) judged.decision.add({imitation_finding(removed)});
  std::vector<store::Put> sightings;
  judged.decision.add(find_repetitions(store_, context, facts, sightings));
  judged.smime = facts.smime;
  judged.derived = derived_bits(facts);
  if (smtp) judged.results = policy::authentication_results(authserv_id_, facts.smime);

  store::SubmitMessage& message = judged.message;
  if (!judged.decision.findings.empty()) message.puts.push_back(decision_put(policy::Stage::content, context, judged.decision));
  if (judged.decision.action >= policy::Action::defer) {  // nothing of the body is kept
    if (!in.explain && secret_refused_) tell_secret(judged.decision, in.channel);
    return judged;
  }
  for (store::Put& put : sightings) message.puts.push_back(std::move(put));
  const std::size_t first_row = message.puts.size();
  const std::string digest = carries_signatures(facts) ? std::string(base::view(base::sha256(in.bytes))) : std::string();
  add_signature_records(site_, context, facts, digest, message.puts);
  add_register_rules(store_, site_, context, facts, *state, judged);
  if (!digest.empty()) add_judgement(store_, *state, context, facts, digest, options.times.at, first_row, message);
  std::vector<std::string> texts;
  message.summary = mime::encode(mime::make_summary(in.bytes, structure));
  message.thread_keys = thread_keys(structure.root().header.of(in.bytes));
  // Texts go with the content, so that the index can be built again without opening a document twice.
  for (policy::AttachmentFacts& a : facts.attachments)
    if (!a.text.empty()) texts.push_back(std::move(a.text));
  message.content = store::make_content(std::move(in.bytes), cuts(structure), std::move(texts));
  return judged;
}

base::Result<store::SubmitMessage> prepare_stored(const Ingest& ingest, policy::Channel channel, std::string login, std::string bytes,
                                                  const std::function<void(store::Put)>& record) {
  Incoming in;
  in.channel = channel;
  in.login = std::move(login);
  in.bytes = std::move(bytes);
  Judged judged = ingest.judge(std::move(in));
  if (judged.decision.action >= policy::Action::defer) {
    for (store::Put& put : judged.message.puts) record(std::move(put));
    const policy::Finding* cause = judged.decision.cause();
    return base::fail(base::Errc::denied, cause == nullptr ? "refused by policy" : policy::reply_text(*cause, true));
  }
  store::Delivery delivery;
  delivery.derived = judged.derived;
  judged.message.deliveries.push_back(std::move(delivery));
  return std::move(judged.message);
}

}  // namespace tools
