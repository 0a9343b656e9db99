// Carries what a transfer::Source gives to the account's handler, batch by batch, and says at the end what became of it.
#pragma once
#include <functional>

#include "tools/cli/backend.hpp"
#include "tools/cli/program.hpp"
#include "tools/transfer/imap_source.hpp"

namespace cli {

struct ImportOptions {
  std::string account;
  std::string kind;  // mbox, maildir, eml, imap: for the audit trail and the report
  std::string from;  // path or server
  std::string into;  // a mailbox above all others; empty: none
  bool ignore_quota = false, restore_removed = false;
};

// Which messages the account has already; the mailboxes are those of the source.
using Known = std::function<base::Result<std::vector<transfer::ImapKnown>>(const std::vector<transfer::ImapShape>&)>;
using OpenSource = std::function<base::Result<std::unique_ptr<transfer::Source>>(const transfer::Limits&, const Known&)>;

// The exit code; 4 when anything was left out, which standard error lists.
int run_import(Program& p, const ImportOptions& options, const OpenSource& open);

}  // namespace cli
