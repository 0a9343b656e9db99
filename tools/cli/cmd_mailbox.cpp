// congthu mailbox ...: one file for each of its commands.
#include "tools/cli/mailbox.hpp"

namespace cli {

void add_mailbox(Program& p) {
  CLI::App* g = p.group("mailbox",
                        {"Hộp thư: lấy lại thư đã xóa, phục hồi từ bản sao lưu, nhập, xuất.",
                         "Mailboxes: bring deleted mail back, restore from a backup, import, export."},
                        {"congthu mailbox undelete an.nguyen@songla.gov.vn --mailbox INBOX --since 2026-11-20\n"
                         "congthu mailbox import mbox an.nguyen@songla.gov.vn thu-cu/\n"
                         "congthu mailbox export an.nguyen@songla.gov.vn --to xuat/ --as eml",
                         "congthu mailbox undelete an.nguyen@songla.gov.vn --mailbox INBOX --since 2026-11-20\n"
                         "congthu mailbox import mbox an.nguyen@songla.gov.vn old-mail/\n"
                         "congthu mailbox export an.nguyen@songla.gov.vn --to out/ --as eml"});
  add_mailbox_undelete(p, *g);
  add_mailbox_restore(p, *g);
  add_mailbox_import(p, *g);
  add_mailbox_export(p, *g);
}

}  // namespace cli
