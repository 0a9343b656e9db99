// An import in batches: mailboxes first, then messages. Each message is judged like an APPEND (CONTRACT 3: the secrecy rule), so a
// verdict is never taken from the source; what the account has already is passed over (known.hpp).
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/ascii.hpp"
#include "base/codec.hpp"
#include "base/encoding.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/known.hpp"
#include "tools/admin/transfers.hpp"
#include "tools/transfer/batch.hpp"

namespace admin {
namespace {

struct Outcome {
  std::string_view state = "failed";  // imported present removed refused over_quota failed
  std::string text;
};

struct Work {  // one message of the batch on its way
  const transfer::BatchMessage* message = nullptr;
  store::MailboxId mailbox{};
  base::Digest digest{};
  std::vector<std::string> keywords;
  std::optional<store::SubmitMessage> prepared;
  Outcome outcome;
  bool open = true;  // nothing decided yet
  void end(std::string_view state, std::string text = {}) {
    outcome = {state, std::move(text)};
    open = false;
  }
};

// Waits for the commits of a batch; completions come on the writer thread.
class Commits {
 public:
  void begin() {
    const std::lock_guard lock(mutex_);
    ++open_;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    if (--open_ == 0) none_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return open_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t open_ = 0;
};

class Batch {
 public:
  Batch(const Call& call, const Transfer& transfer, bool ignore_quota, bool restore)
      : call_(call), transfer_(transfer), ignore_quota_(ignore_quota), restore_(restore) {}

  Result<Json> run(const std::vector<transfer::BatchMessage>& messages) {
    work_.resize(messages.size());
    if (auto found = find_known(messages); !found) return found.error();
    prepare();
    submit();
    Json results = Json::array();
    for (const Work& w : work_) {
      if (w.outcome.text.empty()) results.push_back(w.outcome.state);
      else results.push_back({{"state", w.outcome.state}, {"text", w.outcome.text}});
    }
    return Json{{"schema", "congthu.import_batch/1"}, {"results", std::move(results)}};
  }

 private:
  // One snapshot, closed before anything is written.
  Result<void> find_known(const std::vector<transfer::BatchMessage>& messages) {
    const auto snapshot = call_.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    std::map<std::string_view, std::optional<store::Mailbox>> mailboxes;
    std::map<store::MailboxId, std::vector<std::string>> names;  // keywords that each mailbox has
    std::vector<Wanted> wanted;
    std::vector<Work*> asked;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      Work& w = work_[i];
      w.message = &messages[i];
      auto [at, fresh] = mailboxes.try_emplace(messages[i].mailbox);
      if (fresh) at->second = snapshot->mailbox(transfer_.account.id, messages[i].mailbox);
      if (!at->second) {
        w.end("failed", "no such mailbox: " + std::string(messages[i].mailbox));
        continue;
      }
      if (messages[i].bytes.empty() || messages[i].bytes.size() > call_.context.config.store.max_message_size) {
        w.end("failed", messages[i].bytes.empty() ? "an empty message" : "larger than store.max_message_size");
        continue;
      }
      w.mailbox = at->second->id;
      w.digest = base::sha256(messages[i].bytes);
      take_keywords(*snapshot, w, names);
      Wanted one;
      one.mailbox = w.mailbox;
      one.second = std::chrono::floor<std::chrono::seconds>(messages[i].date).time_since_epoch().count();
      one.size = messages[i].bytes.size();
      one.digest = w.digest;
      wanted.push_back(one);
      asked.push_back(&w);
    }
    const auto found = presence(*snapshot, transfer_.account.id, wanted);
    if (!found) return found.error();
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if ((*found)[i] == Presence::present) asked[i]->end("present");
      if ((*found)[i] == Presence::removed && !restore_) asked[i]->end("removed");
    }
    return {};
  }

  // A mailbox has room for 64 keywords; a source may have more. Mail matters more than its labels.
  void take_keywords(const store::Snapshot& snapshot, Work& w, std::map<store::MailboxId, std::vector<std::string>>& names) {
    auto [at, fresh] = names.try_emplace(w.mailbox);
    if (fresh)
      for (const store::Keyword& k : snapshot.keywords(transfer_.account.id, w.mailbox)) at->second.push_back(k.name);
    for (const std::string_view k : w.message->keywords) {
      if (!transfer::usable_keyword(k)) continue;
      bool known = false;
      for (const std::string& name : at->second) known = known || base::iequals(name, k);
      if (!known && at->second.size() >= store::kMaxKeywords) continue;
      if (!known) at->second.emplace_back(k);
      w.keywords.emplace_back(k);
    }
  }

  void prepare_one(Work& w) {
    auto prepared = call_.context.services.import_message(transfer_.account.address, std::string(w.message->bytes));
    if (prepared) w.prepared = *std::move(prepared);
    else w.end(prepared.error().code() == Errc::denied ? "refused" : "failed", prepared.error().detail());
  }

  // Judging takes the time of an import (documents are opened by the inspection workers): several at once.
  void prepare() {
    std::atomic<std::size_t> next{0};
    const auto some = [&] {
      for (std::size_t i = next++; i < work_.size(); i = next++) {
        if (!work_[i].open) continue;
        try {
          prepare_one(work_[i]);
        } catch (const std::exception& e) {
          work_[i].end("failed", e.what());
        }
      }
    };
    std::vector<std::thread> others;
    const std::size_t more = std::min<std::size_t>(std::min(4u, std::thread::hardware_concurrency()), work_.size());
    for (std::size_t i = 1; i < more; ++i) others.emplace_back(some);
    some();
    for (std::thread& t : others) t.join();
  }

  // The same message of two imports at once is stored once: this id is checked where it is written.
  std::string id_of(const Work& w) const {
    base::Writer id;
    id.raw("import").fixed(base::raw(transfer_.account.id)).fixed(base::raw(w.mailbox));
    id.fixed(std::uint64_t(std::chrono::floor<std::chrono::seconds>(w.message->date).time_since_epoch().count())).raw(base::view(w.digest));
    if (restore_) id.fixed(transfer_.id);
    return std::string(base::view(base::sha256(id.str())));
  }

  void submit() {
    Commits commits;
    for (Work& w : work_) {
      if (!w.open) continue;
      store::SubmitMessage op = *std::move(w.prepared);
      w.prepared.reset();
      if (op.deliveries.size() != 1) {
        w.end("failed", "the message has no delivery");
        continue;
      }
      store::Delivery& d = op.deliveries.front();
      d.account = transfer_.account.id;
      d.mailbox = w.mailbox;
      d.flags = w.message->flags;
      d.keywords = w.keywords;
      d.internal_date = w.message->date;
      d.tz_minutes = w.message->tz_minutes;
      op.idempotency_id = id_of(w);
      op.enforce_quota = !ignore_quota_;
      commits.begin();
      const auto done = [&w, &commits](Result<store::Submitted> r) {
        if (r) w.end(r->replayed ? "present" : "imported");
        else w.end(r.error().code() == Errc::over_quota ? "over_quota" : r.error().code() == Errc::unavailable ? "busy" : "failed", r.error().detail());
        commits.end();
      };
      if (auto queued = call_.context.store.commits().submit(std::move(op), done); !queued) {
        w.end("busy", queued.error().detail());
        commits.end();
      }
    }
    commits.wait();
  }

  const Call& call_;
  const Transfer& transfer_;
  const bool ignore_quota_, restore_;
  std::vector<Work> work_;
};

// RFC 9051 6.3.4: superior names that are needed are made too. True: something was made.
Result<bool> make_with_parents(const Call& call, store::AccountId account, const std::string& name, store::SpecialUse special) {
  bool made = false;
  for (std::size_t at = name.find('/'); true; at = name.find('/', at + 1)) {
    const bool whole = at == std::string::npos;
    store::CreateMailbox op{account, name.substr(0, at), whole ? special : store::SpecialUse::none};
    const std::string part = op.name;
    const auto created = call.context.store.run(std::move(op));
    if (!created && created.error().code() != Errc::exists) return created.error();
    if (created) {
      made = true;
      if (const auto shown = call.context.store.run(store::Subscribe{account, part, true}); !shown) return shown.error();
    }
    if (whole) return made;
  }
}

Json mailbox_reply(const std::string& name, bool created) {
  return {{"schema", "congthu.import_mailbox/1"}, {"name", name}, {"created", created}};
}

}  // namespace

Result<Json> begin_import(const Call& call) {
  if (!call.context.services.import_message) return fail(Errc::unsupported, "an import needs the policy, which is not loaded here");
  Body body(call.request.body);
  const std::string source = body.required("source");
  const std::string from = body.text("from").value_or("");
  if (const auto wrong = body.error()) return *wrong;
  const auto begun = begin_transfer(call, kImport, {{"source", source}, {"from", from}});
  if (!begun) return begun.error();
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const store::AccountState state = snapshot->account_state(begun->account.id);
  return Json{{"schema", "congthu.import_begun/1"}, {"import", begun->id}, {"account", begun->account.address},
              {"max_message_size", call.context.config.store.max_message_size},
              {"quota", begun->account.quota == 0 ? Json(nullptr) : Json(begun->account.quota)}, {"used", state.bytes}};
}

Result<Json> import_mailbox(const Call& call) {
  Body body(call.request.body);
  const std::string given = body.required("name");
  const std::string word = body.text("special").value_or("");
  if (const auto wrong = body.error()) return *wrong;
  const auto special = special_use_of(word);
  if (!special) return special.error();
  const auto name = store::canonical_mailbox_name(given);
  if (!name) return name.error();
  Transfer t;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    auto found = transfer_of(call, *snapshot, kImport);
    if (!found) return found.error();
    t = *std::move(found);
    // The account's own Sent, Drafts ... take what was the same elsewhere, under whatever name.
    for (const store::Mailbox& m : snapshot->mailboxes(t.account.id))
      if (*special != store::SpecialUse::none && m.special == *special) return mailbox_reply(m.name, false);
    if (snapshot->mailbox(t.account.id, *name)) return mailbox_reply(*name, false);
  }
  const auto made = make_with_parents(call, t.account.id, *name, *special);
  if (!made) return made.error();
  return mailbox_reply(*name, *made);
}

Result<Json> import_messages(const Call& call) {
  if (!call.context.services.import_message) return fail(Errc::unsupported, "an import needs the policy, which is not loaded here");
  const auto ignore_quota = flag_arg(call, "ignore_quota"), restore = flag_arg(call, "restore_removed");
  if (!ignore_quota) return ignore_quota.error();
  if (!restore) return restore.error();
  const auto messages = transfer::decode(call.request.body);
  if (!messages) return messages.error();
  Transfer t;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    auto found = transfer_of(call, *snapshot, kImport);
    if (!found) return found.error();
    t = *std::move(found);
  }
  return Batch(call, t, *ignore_quota, *restore).run(*messages);
}

// Asked before a message is fetched from elsewhere: "header" = SHA-256 of its header in hex, or nothing: size and date alone.
Result<Json> import_known(const Call& call) {
  const Json body = Json::parse(call.request.body, nullptr, false);
  const auto bad = [] { return fail(Errc::invalid, "messages: must be a list of at most 5000 with mailbox, second, size and, perhaps, header"); };
  if (!body.is_object() || !body.contains("messages") || !body["messages"].is_array() || body["messages"].size() > store::kMaxSlice) return bad();
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto t = transfer_of(call, *snapshot, kImport);
  if (!t) return t.error();
  std::map<std::string, store::MailboxId> mailboxes;
  std::vector<Wanted> wanted;
  for (const Json& j : body["messages"]) {
    if (!j.is_object() || !j.contains("mailbox") || !j["mailbox"].is_string() || !j.contains("second") || !j["second"].is_number_unsigned() ||
        !j.contains("size") || !j["size"].is_number_unsigned())
      return bad();
    const auto [at, fresh] = mailboxes.try_emplace(j["mailbox"].get<std::string>());
    if (fresh)
      if (const auto m = snapshot->mailbox(t->account.id, at->first)) at->second = m->id;
    Wanted w;
    w.what = Wanted::What::shape;
    w.mailbox = at->second;
    w.second = j["second"].get<std::int64_t>();
    w.size = j["size"].get<std::uint64_t>();
    if (j.contains("header")) {
      const auto digest = j["header"].is_string() ? base::hex_decode(j["header"].get<std::string>()) : Result<std::string>(bad());
      if (!digest || digest->size() != w.digest.size()) return bad();
      std::copy(digest->begin(), digest->end(), w.digest.begin());
      w.what = Wanted::What::header;
    }
    wanted.push_back(w);
  }
  const auto found = presence(*snapshot, t->account.id, wanted);
  if (!found) return found.error();
  Json known = Json::array();
  for (const Presence p : *found) known.push_back(p == Presence::absent ? "absent" : p == Presence::present ? "present" : "removed");
  return Json{{"schema", "congthu.import_known/1"}, {"known", std::move(known)}};
}

Result<Json> end_import(const Call& call) { return end_transfer(call, kImport); }

}  // namespace admin
