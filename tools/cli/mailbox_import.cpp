// congthu mailbox import mbox|maildir|eml ACCOUNT PATH.
#include "base/ascii.hpp"
#include "tools/cli/importer.hpp"
#include "tools/cli/mailbox.hpp"
#include "tools/transfer/eml.hpp"
#include "tools/transfer/export_manifest.hpp"
#include "tools/transfer/maildir.hpp"
#include "tools/transfer/mbox.hpp"

namespace cli {
namespace {

struct MailboxImportArguments {
  ImportOptions common;
  std::string quoting, zone;
  bool seen = false;
};

constexpr base::Text kMailboxImportExamples{"congthu mailbox import mbox an.nguyen@songla.gov.vn ~/thunderbird/Mail/Local\\ Folders\n"
                               "congthu mailbox import maildir an.nguyen@songla.gov.vn /var/mail/an/Maildir\n"
                               "congthu mailbox import eml an.nguyen@songla.gov.vn thu-da-luu/ --into \"Thư cũ\" --seen",
                               "congthu mailbox import mbox an.nguyen@songla.gov.vn ~/thunderbird/Mail/Local\\ Folders\n"
                               "congthu mailbox import maildir an.nguyen@songla.gov.vn /var/mail/an/Maildir\n"
                               "congthu mailbox import eml an.nguyen@songla.gov.vn saved-mail/ --into \"Old mail\" --seen"};

// "+0700" -> 420.
std::optional<int> zone_minutes(const std::string& s) {
  if (s.size() != 5 || (s[0] != '+' && s[0] != '-')) return std::nullopt;
  for (const char c : s.substr(1))
    if (!base::is_digit(c)) return std::nullopt;
  const int hours = (s[1] - '0') * 10 + s[2] - '0', minutes = (s[3] - '0') * 10 + s[4] - '0';
  if (hours > 14 || minutes > 59) return std::nullopt;
  return (s[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

// A folder that `mailbox export` made brings its flags, dates and names along, whatever its files are.
int import_export(Program& p, const MailboxImportArguments& a) {
  return run_import(p, a.common, [&](const transfer::Limits& limits, const Known&) { return transfer::ExportSource::open(a.common.from, limits); });
}

int import_mbox(Program& p, const MailboxImportArguments& a) {
  Console& con = p.con;
  if (transfer::is_export(a.common.from)) return import_export(p, a);
  transfer::MboxOptions options;
  if (!a.zone.empty()) {
    const auto zone = zone_minutes(a.zone);
    if (!zone) return con.fail(kUsage, con.text({"--zone {}: không phải múi giờ", "--zone {}: not a zone"}, printable(a.zone)), con.text({"ví dụ: +0700", "for example: +0700"}));
    options.zone = *zone;
  }
  if (a.quoting == "mboxrd") options.quoting = transfer::MboxQuoting::rd;
  else if (a.quoting == "mboxo" || a.quoting == "mboxcl") options.quoting = transfer::MboxQuoting::o;
  else if (a.quoting == "mboxcl2") options.quoting = transfer::MboxQuoting::none;
  else if (!a.quoting.empty() && a.quoting != "auto")
    return con.fail(kUsage, con.text({"--variant {}: không có loại này", "--variant {}: no such variant"}, printable(a.quoting)),
                    con.text({"chọn auto, mboxrd, mboxo, mboxcl hoặc mboxcl2", "choose auto, mboxrd, mboxo, mboxcl or mboxcl2"}));
  return run_import(p, a.common, [&](const transfer::Limits& limits, const Known&) {
    options.limits = limits;
    return transfer::MboxSource::open(a.common.from, options);
  });
}

int import_maildir(Program& p, const MailboxImportArguments& a) {
  return run_import(p, a.common, [&](const transfer::Limits& limits, const Known&) { return transfer::MaildirSource::open(a.common.from, {limits}); });
}

int import_eml(Program& p, const MailboxImportArguments& a) {
  if (transfer::is_export(a.common.from)) return import_export(p, a);
  return run_import(p, a.common, [&](const transfer::Limits& limits, const Known&) {
    transfer::EmlOptions options;
    options.limits = limits;
    options.flags = a.seen ? store::kSeen : store::SystemFlags(0);
    return transfer::EmlSource::open(a.common.from, options);
  });
}

CLI::App* add(Program& p, CLI::App& group, const char* name, base::Text summary, base::Text path, const std::shared_ptr<MailboxImportArguments>& a, int (*run)(Program&, const MailboxImportArguments&)) {
  CLI::App* c = p.command(group, name, summary, kMailboxImportExamples, [&p, a, name, run](Console& con) {
    a->common.kind = name;
    // A name that the store would refuse for every mailbox is refused before anything is read.
    if (!a->common.into.empty())
      if (const auto good = store::canonical_mailbox_name(a->common.into); !good)
        return con.fail(kUsage, con.text({"--into: {}", "--into: {}"}, printable(good.error().detail())));
    return run(p, *a);
  });
  c->add_option("ACCOUNT", a->common.account, p.words({"địa chỉ của hộp thư nhận", "address of the account that gets the mail"}))->required();
  c->add_option("PATH", a->common.from, p.words(path))->required();
  c->add_option("--into", a->common.into, p.words({"đặt mọi thư mục dưới hộp thư này", "put all folders below this mailbox"}))->type_name("M");
  c->add_flag("--ignore-quota", a->common.ignore_quota, p.words({"nhập cả khi vượt hạn mức", "import beyond the quota"}));
  c->add_flag("--restore-removed", a->common.restore_removed,
              p.words({"nhập lại cả thư mà chủ hộp thư đã xóa hay chuyển đi sau lần nhập trước", "bring back also what the owner has removed or moved since an earlier run"}));
  return c;
}

}  // namespace

void add_mailbox_import(Program& p, CLI::App& group) {
  CLI::App* g = p.group(group, "import", {"Nhập thư vào một hộp thư; chạy lại thì tiếp tục, không nhập trùng.", "Import mail into an account; a second run goes on and duplicates nothing."}, kMailboxImportExamples);
  auto mbox = std::make_shared<MailboxImportArguments>();
  CLI::App* c = add(p, *g, "mbox", {"Từ tệp mbox, hay thư mục chứa chúng (Thunderbird, Dovecot, mutt ...).", "From an mbox file, or a folder of them (Thunderbird, Dovecot, mutt ...)."},
                    {"tệp mbox hoặc thư mục", "the mbox file or folder"}, mbox, import_mbox);
  c->add_option("--variant", mbox->quoting, p.words({"auto, mboxrd, mboxo, mboxcl hoặc mboxcl2", "auto, mboxrd, mboxo, mboxcl or mboxcl2"}))->type_name("V");
  c->add_option("--zone", mbox->zone, p.words({"múi giờ của ngày không ghi múi giờ (mặc định +0000)", "zone of dates that name none (default +0000)"}))->type_name("Z");
  add(p, *g, "maildir", {"Từ Maildir, kể cả thư mục con Maildir++.", "From a Maildir with its Maildir++ folders."}, {"thư mục Maildir", "the Maildir"}, std::make_shared<MailboxImportArguments>(), import_maildir);
  auto eml = std::make_shared<MailboxImportArguments>();
  c = add(p, *g, "eml", {"Từ thư mục tệp .eml; thư mục con là hộp thư con.", "From a folder of .eml files; sub-folders are mailboxes."}, {"thư mục hoặc tệp .eml", "the folder or .eml file"}, eml, import_eml);
  c->add_flag("--seen", eml->seen, p.words({"đánh dấu mọi thư là đã đọc", "mark every message as read"}));
  add_mailbox_import_imap(p, *g);
}

}  // namespace cli
