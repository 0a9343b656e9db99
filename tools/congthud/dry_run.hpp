// `policy test`: a message as if it came, with every rule's outcome, and nothing kept. Also the queue's rows for the admin
// handlers. Used by the server and by a command line that opened the store itself.
#pragma once
#include "tools/admin/context.hpp"
#include "tools/congthud/ingest.hpp"
#include "tools/congthud/site.hpp"

namespace tools {

admin::Json dry_run(const Ingest& ingest, const StoreSite& site, const admin::PolicyTest& test, base::Time now);

base::Result<admin::QueueView> queue_view(const store::QueueRow& row);
base::Result<store::Outbound> queue_action(const store::QueueRow& row, admin::QueueAction action, base::Time now);

}  // namespace tools
