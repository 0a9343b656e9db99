// smtp::Backend over the store, the policy and the queue: who exists, what policy says, and the one commit that makes "250" true.
// Thread-safe. submit() works on the judging pool and ends on the store's writer thread.
#pragma once
#include <functional>

#include "base/net/pool.hpp"
#include "smtp/backend.hpp"
#include "tools/admin/quarantine_entry.hpp"
#include "tools/congthud/ingest.hpp"
#include "tools/congthud/mx_facts.hpp"
#include "tools/congthud/recorder.hpp"
#include "tools/congthud/routing.hpp"
#include "tools/congthud/site.hpp"

namespace tools {

struct SmtpBackendParts {
  store::Store& store;
  const StoreSite& site;
  const Ingest& ingest;
  Recorder& recorder;
  net::Pool& judging;
  const base::Clock& clock;
  std::string hostname;
  bool sends = true;  // false: no queue runner, remote recipients are refused
  std::function<void()> queue_changed{};
  // Looks at a mail as it came; what it gives makes, once the mail is accepted, the rows of its receipt. Empty = receipts are off.
  using MakeReceipt = std::function<std::vector<store::Put>()>;
  std::function<MakeReceipt(const smtp::Envelope&, const std::string& bytes)> receipt{};
  MxFacts* mx = nullptr;  // none: nobody is asked where a sender's domain gets its mail
};

class SmtpBackend final : public smtp::Backend {
 public:
  explicit SmtpBackend(SmtpBackendParts parts) : p_(std::move(parts)) {}

  smtp::Verdict judge_connect(const smtp::Client& client) override;
  std::optional<smtp::Login> find_login(std::string_view name) override;
  smtp::Verdict judge_sender(const smtp::Client& client, const smtp::proto::Mail& mail) override;
  smtp::RecipientVerdict verify_recipient(const smtp::Client& client, std::string_view sender, std::string_view address) override;
  // A mail that was held back, as it is delivered now: its records follow, its signatures are judged as of its reception.
  // denied: the policy refuses it by now; conflict: no recipient is left, or there is no room.
  [[nodiscard]] base::Result<store::SubmitMessage> released(const admin::QuarantineEntry& entry, std::string prefix, std::string bytes);
  void submit(smtp::Envelope envelope, std::string bytes, Done done) override;

 private:
  struct Plan;
  smtp::Verdict judge(policy::Stage stage, const policy::Context& context);
  bool may_forward_to(std::string_view external, std::string_view alias, const smtp::Client& client, std::string_view sender);
  bool has_room(const store::Snapshot& snapshot, const std::vector<store::AccountId>& accounts, std::uint64_t bytes) const;
  Plan plan(const smtp::Envelope& envelope, std::uint64_t bytes);
  store::SubmitMessage addressed(const smtp::Envelope& envelope, Plan& where, Judged judged, base::Time delivered) const;
  void add_mx(Incoming& in) const;
  void work(smtp::Envelope& envelope, std::string bytes, const Done& done);
  void commit(store::SubmitMessage message, const smtp::Envelope& envelope, const Done& done);

  SmtpBackendParts p_;
};

}  // namespace tools
