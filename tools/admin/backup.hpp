// Backups as JSON, for the handlers and for commands that read a backup without a server.
#pragma once
#include "store/backup.hpp"
#include "tools/admin/context.hpp"

namespace admin {

Json backup_json(const store::BackupGeneration& generation);
// As NDJSON lines; false, which stops the work, once nobody listens any more or the server ends.
store::BackupProgressFn backup_progress(const Progress& progress, std::function<bool()> closing = {});

}  // namespace admin
