// Every command, one file each. A command may write untagged responses to session.out() and returns the tagged one; it must
// co_await flush_if_full() in loops. State (authenticated, selected) and syntax are checked before it is called; references
// stay valid until it ends. It must not throw for what a client can cause.
#pragma once
#include <string>
#include <vector>

#include "imap/session.hpp"

namespace imap::commands {

Task<Reply> capability(Session& s);
Task<Reply> noop(Session& s);       // CHECK too
Task<Reply> logout(Session& s);
Task<Reply> id(Session& s, const proto::Id& c);
Task<Reply> start_tls(Session& s);
Task<Reply> authenticate(Session& s, const proto::Authenticate& c);
Task<Reply> login(Session& s, const proto::Login& c);
Task<Reply> enable(Session& s, const proto::Enable& c);
Task<Reply> select(Session& s, const proto::Select& c);
Task<Reply> unselect(Session& s);
Task<Reply> close(Session& s);
Task<Reply> create(Session& s, const proto::Create& c);
Task<Reply> remove(Session& s, const proto::Delete& c);
Task<Reply> rename(Session& s, const proto::Rename& c);
Task<Reply> subscribe(Session& s, const proto::MailboxName& mailbox, bool on);
Task<Reply> list(Session& s, const proto::List& c);
Task<Reply> lsub(Session& s, const proto::Lsub& c);
Task<Reply> name_space(Session& s);
Task<Reply> status(Session& s, const proto::Status& c);
Task<Reply> append(Session& s, const proto::Append& c, std::vector<std::string> messages);
Task<Reply> idle(Session& s);
Task<Reply> get_quota(Session& s, const proto::GetQuota& c);
Task<Reply> get_quota_root(Session& s, const proto::GetQuotaRoot& c);
Task<Reply> set_quota(Session& s);

// Selected state
Task<Reply> fetch(Session& s, const proto::Fetch& c);
Task<Reply> store(Session& s, const proto::Store& c);
Task<Reply> search(Session& s, const proto::Search& c);
Task<Reply> copy(Session& s, const proto::Copy& c);
Task<Reply> move(Session& s, const proto::Move& c);
Task<Reply> expunge(Session& s, const proto::Expunge& c);
// All messages with \Deleted, in slices: for CLOSE, which tells nothing. REQUIRES: selected for writing.
Task<base::Result<void>> expunge_deleted(Session& s);

}  // namespace imap::commands
