// A whole store out of a backup. The server is stopped; the new store is built beside the old one in the data directory, checked,
// and put in its place by one rename, so that whatever is cut short leaves the old one as it was. It gets an incarnation of its
// own (the index is rebuilt), and every mailbox a new UIDVALIDITY: UIDs given after the backup may be given again, and clients
// must not take the new messages for those they cached (RFC 9051 2.3.1.1). Thread rule: blocks; nobody else uses the directory.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/backup.hpp"
#include "store/check.hpp"
#include "store/env.hpp"
#include "store/master_key.hpp"

namespace store {

struct RestoreOptions {
  std::string backup;                        // directory
  std::optional<std::uint32_t> generation;   // the newest
  std::string directory;                     // the data directory
  EnvOptions env;
  std::shared_ptr<const MasterKey> master, previous_master;  // of encrypted domains, as in Options
  bool replace = false;           // a store that is there is kept aside, see RestoreReport
  bool keep_uid_validity = false; // nothing was delivered since the backup: clients keep what they have
  bool check = true;              // every invariant and digest, before anything is replaced
  std::string audit;              // row for the audit chain of the new store; empty = none
  std::function<Result<void>(Store&)> prepare;  // works on the new store before anybody sees it
  BackupProgressFn progress;
};
struct RestoreReport {
  BackupGeneration from;
  std::string incarnation;
  std::string aside;               // directory with the store that was replaced; empty = there was none
  std::uint64_t rows = 0, blobs = 0, queued = 0;
  CheckReport check;
};
// Errc::exists: a store is there and `replace` is not set; unavailable: a server runs on it; corrupt: the backup is damaged, or
// the check found something (the detail says what): nothing was changed.
[[nodiscard]] Result<RestoreReport> restore(const RestoreOptions& options);

}  // namespace store
