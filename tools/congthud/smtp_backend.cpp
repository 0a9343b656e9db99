#include "tools/congthud/smtp_backend.hpp"

#include <algorithm>
#include <map>

#include "base/log.hpp"
#include "mime/summary.hpp"
#include "smtp/proto/received.hpp"
#include "smtp/queue/entry.hpp"
#include "tools/admin/accounts.hpp"
#include "tools/congthud/post.hpp"

namespace tools {
namespace {

using smtp::proto::Decision;
using smtp::proto::Enhanced;

constexpr base::Text kForwarding{"Không được tự động chuyển tiếp thư công vụ đến nhà cung cấp thư miễn phí",
                                 "Official mail must not be forwarded automatically to a free mail provider"};

policy::Channel channel_of(const smtp::Client& client) {
  return client.kind == smtp::proto::Kind::mx ? policy::Channel::inbound : policy::Channel::submission;
}

policy::Context context_of(const smtp::Client& client, base::Time now) {
  policy::Context c;
  c.channel = channel_of(client);
  c.now = now;
  c.client_address = client.address;
  c.login = client.login;
  return c;
}

Enhanced enhanced_of(const policy::Finding& f, bool permanent) {
  const Enhanced given = smtp::proto::parse_enhanced(f.enhanced);
  return given.present() ? given : Enhanced{std::uint8_t(permanent ? 5 : 4), 7, 1};
}

// What policy decided, as a reply. Quarantine and less are accepted: the sender learns nothing until somebody decides.
smtp::Verdict reply_to(const policy::Decision& decision) {
  if (decision.action < policy::Action::defer) return {};
  const bool permanent = decision.action == policy::Action::reject;
  const policy::Finding* cause = decision.cause();
  if (cause == nullptr) return {Decision::refuse(permanent ? 550 : 451, {std::uint8_t(permanent ? 5 : 4), 7, 1}, ""), ""};
  Enhanced enhanced = enhanced_of(*cause, permanent);
  enhanced.klass = permanent ? 5 : 4;  // the class has to agree with the code (RFC 2034 4)
  return {Decision::refuse(permanent ? 550 : 451, enhanced, policy::reply_text(*cause, true), policy::reply_text(*cause, false)),
          std::string(cause->rule)};
}

Decision temporary(std::string text = {}) { return Decision::refuse(451, {4, 3, 0}, std::move(text)); }

smtp::RecipientVerdict refused(int code, Enhanced enhanced, std::string text, std::string rule = {}) {
  smtp::RecipientVerdict v;
  v.decision = Decision::refuse(code, enhanced, std::move(text));
  v.rule = std::move(rule);
  return v;
}

std::string_view domain_of(std::string_view address) { return address.substr(address.rfind('@') + 1); }

}  // namespace

smtp::Verdict SmtpBackend::judge(policy::Stage stage, const policy::Context& context) {
  const policy::Decision decision = p_.ingest.judge_envelope(stage, context);
  if (!decision.findings.empty()) p_.recorder.add(p_.ingest.decision_put(stage, context, decision));
  return reply_to(decision);
}

smtp::Verdict SmtpBackend::judge_connect(const smtp::Client& client) { return judge(policy::Stage::connect, context_of(client, p_.clock.now())); }

std::optional<smtp::Login> SmtpBackend::find_login(std::string_view name) {
  const auto address = store::canonical_address(name);
  const auto snapshot = p_.store.snapshot();
  if (!address || !snapshot) return std::nullopt;
  const auto account = snapshot->account(std::string_view(*address));
  if (!account || account->disabled) return std::nullopt;
  auto secret = admin::credential(*snapshot, account->id);
  if (!secret) return std::nullopt;
  return smtp::Login{account->address, *std::move(secret)};
}

smtp::Verdict SmtpBackend::judge_sender(const smtp::Client& client, const smtp::proto::Mail& mail) {
  policy::Context context = context_of(client, p_.clock.now());
  context.sender = mail.from.to_string();
  context.sender_known = true;
  return judge(policy::Stage::mail, context);
}

// Forwarding to a free provider is refused by the rule "free-provider" (CONTRACT 3); observed only, it is recorded and done.
bool SmtpBackend::may_forward_to(std::string_view external, std::string_view alias, const smtp::Client& client, std::string_view sender) {
  const auto state = p_.ingest.state();
  if (!state->free_providers.contains(domain_of(external))) return true;
  const policy::Mode mode = state->pipeline->mode("free-provider", alias, p_.clock.now());
  if (mode == policy::Mode::off) return true;
  policy::Finding f;
  f.rule = "free-provider";
  f.mode = mode;
  f.action = policy::Action::reject;
  f.enhanced = "5.7.1";
  f.text = kForwarding;
  f.subject = alias;
  f.evidence = {{"forward-to", std::string(external)}};
  policy::Decision decision;
  decision.add({std::move(f)});
  policy::Context context = context_of(client, p_.clock.now());
  context.sender = sender;
  context.sender_known = true;
  context.recipients = {std::string(alias)};
  p_.recorder.add(p_.ingest.decision_put(policy::Stage::rcpt, context, decision));
  return mode != policy::Mode::enforce;
}

bool SmtpBackend::has_room(const store::Snapshot& snapshot, const std::vector<store::AccountId>& accounts, std::uint64_t bytes) const {
  return std::any_of(accounts.begin(), accounts.end(), [&](store::AccountId a) { return store::quota_allows(snapshot, a, bytes); });
}

smtp::RecipientVerdict SmtpBackend::verify_recipient(const smtp::Client& client, std::string_view sender, std::string_view address) {
  using Where = smtp::RecipientVerdict::Where;
  smtp::RecipientVerdict verdict;
  {
    const auto snapshot = p_.store.snapshot();
    if (!snapshot) return refused(451, {4, 3, 0}, "");
    const Route to = route(*snapshot, address, p_.hostname);
    switch (to.kind) {
      case Route::Kind::unknown: return refused(550, {5, 1, 1}, "Không có địa chỉ này / No such address here");
      case Route::Kind::disabled: return refused(550, {5, 2, 1}, "Hộp thư đã khóa / Mailbox disabled");
      case Route::Kind::remote:
        if (client.login.empty()) return refused(550, {5, 7, 1}, "Không chuyển tiếp / Relaying denied");
        if (!p_.sends) return refused(550, {5, 7, 1}, "Máy chủ này không gửi ra ngoài / This server sends no mail elsewhere");
        verdict.where = Where::remote;
        break;
      case Route::Kind::local: {
        verdict.where = Where::local;
        // Every target is asked, so that each refusal is recorded.
        std::size_t allowed = 0;
        for (const std::string& external : to.external) allowed += may_forward_to(external, address, client, sender) && p_.sends;
        if (to.accounts.empty() && allowed == 0) return refused(550, {5, 7, 1}, std::string(kForwarding.vi) + " / " + std::string(kForwarding.en), "free-provider");
        if (!to.accounts.empty() && allowed == 0 && !has_room(*snapshot, to.accounts, 1))
          return refused(452, {4, 2, 2}, "Hộp thư đã đầy / Mailbox full");
      }
    }
  }
  policy::Context context = context_of(client, p_.clock.now());
  context.sender = sender;
  context.sender_known = true;
  context.recipients = {std::string(address)};
  const smtp::Verdict judged = judge(policy::Stage::rcpt, context);
  if (judged.decision.accepted()) return verdict;
  smtp::RecipientVerdict no;
  no.decision = judged.decision;
  no.rule = judged.rule;
  return no;
}

// Where each recipient's copy goes; the directory may have changed since RCPT.
struct SmtpBackend::Plan {
  std::vector<store::AccountId> accounts;  // each once, however many recipients lead to it
  std::vector<smtp::Recipient> remote;
  std::optional<Decision> refusal;
};

SmtpBackend::Plan SmtpBackend::plan(const smtp::Envelope& envelope, std::uint64_t bytes) {
  Plan plan;
  const auto snapshot = p_.store.snapshot();
  if (!snapshot) {
    plan.refusal = temporary();
    return plan;
  }
  const auto add_remote = [&](std::string address, const smtp::Recipient& asked) {
    if (std::any_of(plan.remote.begin(), plan.remote.end(), [&](const auto& r) { return r.address == address; })) return;
    smtp::Recipient r = asked;
    r.address = std::move(address);
    r.local = false;
    plan.remote.push_back(std::move(r));
  };
  const auto state = p_.ingest.state();
  const auto enforced = [&](std::string_view alias) {
    return state->pipeline->mode("free-provider", alias, p_.clock.now()) == policy::Mode::enforce;
  };
  for (const smtp::Recipient& recipient : envelope.recipients) {
    Route to = route(*snapshot, recipient.address, p_.hostname);
    for (const store::AccountId id : to.accounts)
      if (std::find(plan.accounts.begin(), plan.accounts.end(), id) == plan.accounts.end()) plan.accounts.push_back(id);
    for (std::string& external : to.external) {
      const bool forwarded = to.kind == Route::Kind::local;
      if (!forwarded && envelope.client.login.empty()) continue;  // was local at RCPT, is not any more: never a relay
      if (forwarded && state->free_providers.contains(domain_of(external)) && enforced(recipient.address)) continue;
      add_remote(std::move(external), recipient);
    }
  }
  if (plan.accounts.empty() && plan.remote.empty()) plan.refusal = Decision::refuse(550, {5, 1, 1}, "Không còn người nhận / No recipient is left");
  else if (plan.remote.empty() && !has_room(*snapshot, plan.accounts, bytes))
    plan.refusal = Decision::refuse(552, {5, 2, 2}, "Hộp thư đã đầy / Mailbox full");
  return plan;
}

namespace {

Incoming incoming_of(const smtp::Envelope& envelope, std::string bytes) {
  Incoming in;
  in.channel = channel_of(envelope.client);
  in.client_address = envelope.client.address;
  in.login = envelope.client.login;
  in.sender = envelope.sender;
  for (const smtp::Recipient& r : envelope.recipients) in.recipients.push_back(r.address);
  in.bytes = std::move(bytes);
  return in;
}

// RFC 5321 4.4: added at final delivery. The sender was parsed by the session, so it parses again.
std::string return_path(const smtp::Envelope& envelope) {
  if (envelope.sender.empty()) return smtp::proto::return_path({});
  const auto path = smtp::proto::ReversePath::parse("<" + envelope.sender + ">", smtp::proto::Utf8::yes);
  return path ? smtp::proto::return_path(*path) : std::string{};
}

// What a person needs to decide, and what releasing needs. Of the records only the decision is kept: what is held back counts nowhere
// (CONTRACT 4), its documents and signatures are recorded when it is released.
store::SubmitMessage held_back(const smtp::Envelope& envelope, Judged judged) {
  admin::QuarantineEntry e;
  e.submission = channel_of(envelope.client) == policy::Channel::submission;
  e.sender = envelope.sender;
  e.login = envelope.client.login;
  e.client_address = envelope.client.address;
  e.hello = envelope.client.hello;
  e.id = envelope.id;
  for (const smtp::Recipient& r : envelope.recipients) e.recipients.push_back({r.address, r.local, r.notify.never, r.notify.success, r.notify.failure, r.notify.delay});
  e.smtputf8 = envelope.smtputf8;
  e.eight_bit = envelope.eight_bit;
  e.received = envelope.received;
  if (const auto summary = mime::SummaryView::open(judged.message.summary)) {
    e.from = summary->from_address();
    e.subject = summary->subject();
  }
  if (const policy::Finding* cause = judged.decision.cause()) {
    e.rule = cause->rule;
    e.text_vi = cause->text.vi;
    e.text_en = cause->text.en;
    for (const policy::Evidence& v : cause->evidence) e.evidence.emplace_back(v.name, v.value);
  }
  store::SubmitMessage out;
  out.content = std::move(judged.message.content);
  for (store::Put& put : judged.message.puts)
    if (put.table == store::RecordTable::decisions) out.puts.push_back(std::move(put));
  // Sealed like the mail of whom it belongs to here.
  std::string whose = e.login;
  for (const auto& r : e.recipients)
    if (whose.empty() && r.local) whose = r.address;
  const auto owner = store::canonical_address(whose);
  out.outbound.push_back({admin::encode(e), admin::kNeverDue, envelope.prefix, owner ? owner->substr(owner->rfind('@') + 1) : std::string()});
  out.idempotency_id = envelope.id;
  return out;
}

smtp::Envelope envelope_of(const admin::QuarantineEntry& e, std::string prefix) {
  smtp::Envelope out;
  out.client.kind = e.submission ? smtp::proto::Kind::submission : smtp::proto::Kind::mx;
  out.client.address = e.client_address;
  out.client.hello = e.hello;
  out.client.login = e.login;
  out.sender = e.sender;
  for (const auto& r : e.recipients) out.recipients.push_back({r.address, r.local, {r.notify_never, r.notify_success, r.notify_failure, r.notify_delay}});
  out.smtputf8 = e.smtputf8;
  out.eight_bit = e.eight_bit;
  out.received = e.received;
  out.id = e.id;
  out.prefix = std::move(prefix);
  return out;
}

void answer(const smtp::Backend::Done& done, Decision decision, std::string rule = {}) {
  smtp::Outcome outcome;
  outcome.decision = std::move(decision);
  outcome.rule = std::move(rule);
  done(std::move(outcome));
}

}  // namespace

// Of mail from outside, and only where the lists do not say already whose domain it is.
void SmtpBackend::add_mx(Incoming& in) const {
  const std::string_view domain = domain_of(in.sender);
  if (p_.mx == nullptr || in.channel != policy::Channel::inbound || in.sender.empty() || p_.ingest.state()->free_providers.contains(domain) || p_.site.is_local_domain(domain)) return;
  if (auto fact = p_.mx->look(domain); fact && !fact->provider.empty()) {
    in.mx_host = std::move(fact->host);
    in.mx_provider = std::move(fact->provider);
  }
}

void SmtpBackend::work(smtp::Envelope& envelope, std::string bytes, const Done& done) {
  Plan where = plan(envelope, bytes.size() + envelope.prefix.size());
  if (where.refusal) return answer(done, *where.refusal);
  SmtpBackendParts::MakeReceipt receipt;
  if (p_.receipt) receipt = p_.receipt(envelope, bytes);
  Incoming incoming = incoming_of(envelope, std::move(bytes));
  add_mx(incoming);
  Judged judged = p_.ingest.judge(std::move(incoming));
  const smtp::Verdict verdict = reply_to(judged.decision);
  if (!verdict.decision.accepted()) {
    for (store::Put& put : judged.message.puts) p_.recorder.add(std::move(put));
    return answer(done, verdict.decision, verdict.rule);
  }
  if (receipt)
    for (store::Put& put : receipt()) judged.message.puts.push_back(std::move(put));
  if (judged.decision.action == policy::Action::quarantine) return commit(held_back(envelope, std::move(judged)), envelope, done);
  store::SubmitMessage message = addressed(envelope, where, std::move(judged), envelope.received);
  message.idempotency_id = envelope.id;
  commit(std::move(message), envelope, done);
}

store::SubmitMessage SmtpBackend::addressed(const smtp::Envelope& envelope, Plan& where, Judged judged, base::Time delivered) const {
  store::SubmitMessage message = std::move(judged.message);
  if (judged.decision.action == policy::Action::quarantine) message.rules.clear();  // CONTRACT 4: counts nowhere
  const std::string prefix = return_path(envelope) + envelope.prefix + judged.results;
  for (const store::AccountId account : where.accounts) {
    store::Delivery d;
    d.account = account;
    d.prefix = prefix;
    d.derived = judged.derived;
    d.internal_date = delivered;
    message.deliveries.push_back(std::move(d));
  }
  if (!where.remote.empty() && p_.sends) {
    smtp::Envelope leaving = envelope;
    leaving.recipients = std::move(where.remote);
    message.outbound = smtp::queue::outbound_for(leaving, p_.clock.now());
    const auto sender = store::canonical_address(envelope.sender);
    if (sender) for (store::Outbound& o : message.outbound) o.domain = sender->substr(sender->rfind('@') + 1);
  }
  return message;
}

base::Result<store::SubmitMessage> SmtpBackend::released(const admin::QuarantineEntry& entry, std::string prefix, std::string bytes) {
  const smtp::Envelope envelope = envelope_of(entry, std::move(prefix));
  Plan where = plan(envelope, bytes.size() + envelope.prefix.size());
  if (where.refusal) return base::fail(base::Errc::conflict, "no recipient is left, or the mailbox is full");
  Incoming in = incoming_of(envelope, std::move(bytes));
  in.received = entry.received;
  Judged judged = p_.ingest.judge(std::move(in));
  if (judged.decision.action >= policy::Action::defer) {
    const policy::Finding* cause = judged.decision.cause();
    return base::fail(base::Errc::denied, cause == nullptr ? "the policy refuses it" : policy::reply_text(*cause, true));
  }
  // The decision about it was recorded when it came.
  std::erase_if(judged.message.puts, [](const store::Put& put) { return put.table == store::RecordTable::decisions; });
  return addressed(envelope, where, std::move(judged), p_.clock.now());
}

void SmtpBackend::commit(store::SubmitMessage message, const smtp::Envelope& envelope, const Done& done) {
  const bool outbound = !message.outbound.empty();
  auto changed = outbound ? p_.queue_changed : std::function<void()>{};
  const std::string connection = envelope.client.connection;
  const auto queued = p_.store.commits().submit(std::move(message), [done, changed, connection](const base::Result<store::Submitted>& result) {
    smtp::Outcome outcome;
    if (!result) {
      base::log_error("commit_failed", {{"conn", connection}, {"error", result.error()}});
      outcome.decision = result.error().code() == base::Errc::limit ? Decision::refuse(452, {4, 3, 1}, "") : temporary();
    } else {
      for (const store::Delivered& d : result->deliveries) outcome.email_ids.push_back(std::to_string(store::raw(d.email)));
      for (const store::QueueId id : result->queued) outcome.queue_ids.push_back(std::to_string(store::raw(id)));
      if (changed) changed();
    }
    done(std::move(outcome));
  });
  if (!queued) answer(done, temporary());
}

void SmtpBackend::submit(smtp::Envelope envelope, std::string bytes, Done done) {
  struct Work {
    smtp::Envelope envelope;
    std::string bytes;
    Done done;
  };
  auto work_ = std::make_shared<Work>(Work{std::move(envelope), std::move(bytes), done});
  const bool taken = post(p_.judging, [this, work_] {
    try {
      work(work_->envelope, std::move(work_->bytes), work_->done);
    } catch (const std::exception& e) {  // a damaged row, memory: this message only
      base::log_error("submit_failed", {{"conn", work_->envelope.client.connection}, {"detail", e.what()}});
      answer(work_->done, temporary());
    }
  });
  if (!taken) answer(done, temporary("Máy chủ đang bận / Server busy"));
}

}  // namespace tools
