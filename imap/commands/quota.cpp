// GETQUOTA, GETQUOTAROOT, SETQUOTA (RFC 9208): one root "" per account, resource STORAGE in units of 1,024 octets.
#include <array>

#include "imap/commands/commands.hpp"

namespace imap::commands {
namespace {

void tell_quota(Session& s, const store::Snapshot& snap) {
  const auto account = snap.account(s.account());
  const std::uint64_t limit = account ? account->quota : 0;
  const std::array<proto::QuotaValue, 1> values{{{"STORAGE", (snap.account_state(s.account()).bytes + 1023) / 1024, limit / 1024}}};
  // RFC 9208 4.1.2: no limits, no resources listed.
  proto::quota(s.out(), "", limit == 0 ? std::span<const proto::QuotaValue>() : std::span<const proto::QuotaValue>(values));
}

}  // namespace

Task<Reply> get_quota(Session& s, const proto::GetQuota& c) {
  if (!c.root.empty()) co_return no("No such quota root.", "NONEXISTENT");
  tell_quota(s, s.snapshot());
  co_return ok("Done.");
}

Task<Reply> get_quota_root(Session& s, const proto::GetQuotaRoot& c) {
  const store::Snapshot snap = s.snapshot();
  if (!snap.mailbox(s.account(), c.mailbox.str())) co_return no("No such mailbox.", "NONEXISTENT");
  proto::quota_root(s.out(), c.mailbox, "");
  tell_quota(s, snap);
  co_return ok("Done.");
}

Task<Reply> set_quota(Session&) { co_return no("Only the operator sets quotas.", "NOPERM"); }

}  // namespace imap::commands
