// congthu mailbox ...: one file for each of its commands.
#include "tools/cli/mailbox.hpp"

namespace cli {

void add_mailbox(Program& p) {
  CLI::App* g = p.group("mailbox", {"Hộp thư: lấy lại thư đã xóa, phục hồi từ bản sao lưu.", "Mailboxes: bring deleted mail back, restore from a backup."},
                        {"congthu mailbox deleted an.nguyen@songla.gov.vn\ncongthu mailbox undelete an.nguyen@songla.gov.vn --mailbox INBOX --since 2026-11-20",
                         "congthu mailbox deleted an.nguyen@songla.gov.vn\ncongthu mailbox undelete an.nguyen@songla.gov.vn --mailbox INBOX --since 2026-11-20"});
  add_mailbox_undelete(p, *g);
  add_mailbox_restore(p, *g);
}

}  // namespace cli
