// congthu mailbox export ACCOUNT --to DIR --as mbox|eml, and verify-export DIR.
#include <cmath>
#include <filesystem>

#include "tools/cli/admin_command.hpp"
#include "tools/cli/input.hpp"
#include "tools/cli/mailbox.hpp"
#include "tools/cli/progress.hpp"
#include "tools/cli/site.hpp"
#include "tools/transfer/export_manifest.hpp"
#include "tools/transfer/export_writer.hpp"

namespace cli {
namespace {

struct MailboxExportArguments {
  std::string account, mailbox, to, as = "eml", key;
};
struct VerifyExportArguments {
  std::string dir, public_key;
};

constexpr base::Text kMailboxExportExamples{"congthu mailbox export an.nguyen@songla.gov.vn --to xuat/an --as eml\n"
                               "congthu mailbox export vanthu@songla.gov.vn --mailbox \"Công văn/2026\" --to xuat/cv --as mbox\ncongthu mailbox verify-export xuat/an",
                               "congthu mailbox export an.nguyen@songla.gov.vn --to out/an --as eml\n"
                               "congthu mailbox export clerk@songla.gov.vn --mailbox \"Letters/2026\" --to out/letters --as mbox\ncongthu mailbox verify-export out/an"};

// The site's key: made by init; a site that is older gets it with its first export.
base::Result<base::SigningKey> signing_key(const std::string& path, bool may_make) {
  auto key = base::SigningKey::load(path);
  if (key || key.error().code() != base::Errc::not_found || !may_make) return key;
  auto made = base::SigningKey::generate();
  if (auto saved = made.save(path); !saved) return saved.error();
  return made;
}

class Export {
 public:
  Export(Program& p, const MailboxExportArguments& a) : con_(p.con), a_(a), backend_(p.con, p.config) {}

  int run(const base::SigningKey& key) {
    if (!begin()) return backend_.code();
    auto writer = make_writer();
    if (!writer) return stopped(writer.error(), con_.text({"chọn thư mục mới hoặc trống", "choose a new or empty folder"}));
    ProgressBar bar(con_);
    for (const Json& m : begun_["mailboxes"]) {
      auto done = mailbox(**writer, m.value("name", ""), bar);
      if (backend_.code() != kDone) return bar.clear(), end(**writer), backend_.code();
      if (!done) return bar.clear(), end(**writer), stopped(done.error(), con_.text({"thư mục này chưa xong; xóa đi rồi xuất lại", "this folder is not whole; remove it and export again"}));
    }
    bar.clear();
    if (auto finished = (*writer)->finish(key); !finished) return end(**writer), stopped(finished.error(), "");
    if (!end(**writer)) return backend_.code();
    return report(**writer, key, bar.seconds());
  }

 private:
  std::string path(const std::string& more) const { return "/accounts/" + encoded(a_.account) + "/exports" + more; }
  std::string path_of(const std::string& more) const { return path("/" + std::to_string(begun_.value("export", std::uint64_t(0))) + more); }

  bool begin() {
    backend_.about(a_.account);
    Json body = {{"as", a_.as}, {"to", std::filesystem::absolute(a_.to).string()}};
    if (!a_.mailbox.empty()) body["mailbox"] = a_.mailbox;
    auto reply = backend_.call("POST", path(""), body.dump(-1, ' ', false, Json::error_handler_t::replace));
    if (!reply) return false;
    begun_ = *std::move(reply);
    for (const Json& m : begun_["mailboxes"]) total_ += m.value("bytes", std::uint64_t(0));
    return true;
  }

  base::Result<std::unique_ptr<transfer::ExportWriter>> make_writer() {
    transfer::ExportInfo info;
    info.account = begun_.value("account", "");
    info.version = begun_.value("version", "");
    info.incarnation = begun_.value("incarnation", "");
    info.at = begun_.value("at", "");
    info.format = a_.as == "mbox" ? transfer::ExportFormat::mbox : transfer::ExportFormat::eml;
    std::vector<transfer::ExportMailbox> list;
    for (const Json& m : begun_["mailboxes"]) {
      transfer::ExportMailbox one;
      one.name = m.value("name", "");
      if (m.contains("special") && m["special"].is_string()) one.special = m["special"].get<std::string>();
      one.uid_validity = m.value("uid_validity", 0u);
      list.push_back(std::move(one));
    }
    return transfer::ExportWriter::create(a_.to, std::move(info), list);
  }

  base::Result<void> mailbox(transfer::ExportWriter& writer, const std::string& name, ProgressBar& bar) {
    for (std::uint32_t after = 0;;) {
      const auto answer = backend_.ask("GET", path_of("/messages?mailbox=" + encoded(name) + "&after=" + std::to_string(after)), {}, true);
      if (!answer) return {};
      if (answer->status != 200) {
        if (answer->code() == "not_found") {  // deleted while the export ran
          left_out_.emplace_back(name, answer->text());
          return {};
        }
        backend_.refused(*answer);
        return {};
      }
      const auto batch = transfer::decode(answer->bytes);
      if (!batch) return batch.error();
      if (batch->empty()) return {};
      for (const transfer::BatchMessage& m : *batch) {
        if (m.uid <= after) return base::fail(base::Errc::corrupt, "the server's answer makes no sense");
        after = m.uid;
        if (m.bytes.empty()) {
          left_out_.emplace_back(name + ", UID " + std::to_string(m.uid), con_.text({"nội dung lưu bị hỏng", "its stored bytes are damaged"}));
          continue;
        }
        if (auto added = writer.add(m); !added) return added;
      }
      bar.update({"đang xuất", "exporting"}, writer.bytes(), total_, writer.bytes(), writer.messages());
    }
  }

  bool end(const transfer::ExportWriter& writer) {
    if (backend_.code() != kDone) return false;
    const Json body = {{"messages", writer.messages()}, {"bytes", writer.bytes()}, {"left_out", left_out_.size()}};
    return backend_.call("POST", path_of("/end"), body.dump()).has_value();
  }

  int stopped(const base::Error& error, const std::string& next) {
    return con_.fail(kFailed, con_.text({"không xuất được: {}", "the export failed: {}"}, printable(error.detail())), next);
  }

  int report(const transfer::ExportWriter& writer, const base::SigningKey& key, double seconds) {
    for (const auto& [origin, what] : left_out_) con_.note(con_.text({"bỏ lại: {}: {}", "left out: {}: {}"}, printable(origin), printable(what)));
    const std::string summary = con_.text({"đã xuất {} thư của {} vào {}", "exported {} messages of {} to {}"}, writer.messages(), a_.account, printable(a_.to));
    if (!left_out_.empty()) return con_.fail(kFailed, summary + con_.text({"; bỏ lại {}", "; left out {}"}, left_out_.size()), con_.text({"chạy: congthu store check", "run: congthu store check"}));
    const std::string fingerprint = key.public_key().fingerprint();
    const Json whole = {{"schema", "congthu.export_done/1"}, {"account", a_.account}, {"directory", a_.to}, {"format", a_.as}, {"mailboxes", begun_["mailboxes"].size()},
                        {"messages", writer.messages()}, {"bytes", writer.bytes()}, {"fingerprint", fingerprint}, {"seconds", std::round(seconds * 1000) / 1000}};
    if (con_.format == Format::table) con_.out += summary + con_.text({"\nkhóa ký {}; kiểm tra: congthu mailbox verify-export {}\n", "\nsigned by the key {}; check it: congthu mailbox verify-export {}\n"}, fingerprint, printable(a_.to));
    else show(con_, titled(con_, {"account", "directory", "messages", "bytes", "fingerprint"}), Json::array({whole}), whole);
    return kDone;
  }

  Console& con_;
  const MailboxExportArguments& a_;
  Backend backend_;
  Json begun_;
  std::uint64_t total_ = 0;
  std::vector<std::pair<std::string, std::string>> left_out_;
};

int run_export(Program& p, const MailboxExportArguments& a) {
  Console& con = p.con;
  if (a.as != "mbox" && a.as != "eml")
    return con.fail(kUsage, con.text({"--as {}: không có dạng này", "--as {}: no such form"}, printable(a.as)), con.text({"chọn mbox hoặc eml", "choose mbox or eml"}));
  if (!a.mailbox.empty())
    if (const auto good = store::canonical_mailbox_name(a.mailbox); !good) return con.fail(kUsage, con.text({"--mailbox: {}", "--mailbox: {}"}, printable(good.error().detail())));
  std::string path = a.key;
  if (path.empty()) {
    int code = kDone;
    const auto config = load_site(con, p.config, code);
    if (!config) return code;
    path = config->exports.key.string();
  }
  const auto key = signing_key(path, a.key.empty());
  if (!key) return con.fail(kFailed, con.text({"khóa ký: {}", "signing key: {}"}, printable(key.error().detail())), con.text({"chỉ ra tệp khóa Ed25519 bằng --key", "name a file with an Ed25519 key by --key"}));
  return Export(p, a).run(*key);
}

// Whose signature counts: --public-key, else the site's own key when a configuration is found.
base::Result<std::optional<base::PublicKey>> trusted_key(Program& p, const VerifyExportArguments& a) {
  if (!a.public_key.empty()) {
    const auto pem = read_input(a.public_key, 16 * 1024);
    if (!pem) return base::fail(pem.error().code(), a.public_key + ": " + pem.error().detail());
    auto key = base::PublicKey::from_pem(*pem);
    if (!key) return base::fail(key.error().code(), a.public_key + ": " + key.error().detail());
    return std::optional(*std::move(key));
  }
  std::error_code error;
  const std::string file = config_path(p.config);
  if (p.config.empty() && !std::filesystem::exists(file, error)) return std::optional<base::PublicKey>();
  const auto config = base::load_config(file);
  if (!config) return config.error();
  const auto key = base::SigningKey::load(config->exports.key.string());
  if (key) return std::optional(key->public_key());
  if (key.error().code() == base::Errc::not_found) return std::optional<base::PublicKey>();
  return key.error();
}

int run_verify(Program& p, const VerifyExportArguments& a) {
  Console& con = p.con;
  const auto key = trusted_key(p, a);
  if (!key) return con.fail(kFailed, con.text({"khóa công khai: {}", "public key: {}"}, printable(key.error().detail())), con.text({"chỉ ra bằng --public-key", "name it by --public-key"}));
  ProgressBar bar(con);
  const auto done = transfer::check_export(a.dir, *key, [&](std::uint64_t at, std::uint64_t total) { bar.update({"đang kiểm tra", "checking"}, at, total, at); });
  bar.clear();
  if (!done) return con.fail(kFailed, printable(done.error().detail()), con.text({"đây có phải thư mục do congthu mailbox export tạo ra?", "is this a folder that congthu mailbox export made?"}));
  Json findings = Json::array();
  for (const auto& f : done->findings) findings.push_back({{"code", f.code}, {"file", f.file}, {"detail", f.detail}});
  const bool ok = done->findings.empty();
  const Json whole = {{"schema", "congthu.verify_export/1"}, {"ok", ok}, {"account", done->account}, {"exported", done->exported}, {"messages", done->messages}, {"bytes", done->bytes},
                      {"signed_by", done->fingerprint.empty() ? Json(nullptr) : Json(done->fingerprint)}, {"findings", findings}, {"suppressed", done->suppressed}};
  if (con.format != Format::table || !ok) show(con, titled(con, {"code", "file", "detail"}), findings, whole);
  else con.line({"nguyên vẹn: {} thư của {}, xuất lúc {}, khóa ký {}", "whole: {} messages of {}, exported {}, signed by the key {}"}, done->messages, printable(done->account), done->exported, done->fingerprint);
  return ok ? kDone : kNegative;
}

}  // namespace

void add_mailbox_export(Program& p, CLI::App& group) {
  auto a = std::make_shared<MailboxExportArguments>();
  CLI::App* c = p.command(group, "export", {"Xuất thư ra thư mục, kèm bản kê có chữ ký.", "Export mail to a folder with a signed manifest."}, kMailboxExportExamples, [&p, a](Console&) { return run_export(p, *a); });
  c->add_option("ACCOUNT", a->account, p.words({"địa chỉ của hộp thư", "address of the account"}))->required();
  c->add_option("--mailbox", a->mailbox, p.words({"chỉ hộp thư này và bên dưới", "only this mailbox and those below"}))->type_name("M");
  c->add_option("--to", a->to, p.words({"thư mục mới", "the new folder"}))->required()->type_name("DIR");
  c->add_option("--as", a->as, p.words({"eml (mặc định) hoặc mbox", "eml (default) or mbox"}))->type_name("F");
  c->add_option("--key", a->key, p.words({"khóa ký Ed25519 (PEM), thay cho khóa trong cấu hình", "Ed25519 key (PEM) instead of the configured one"}))->type_name("FILE");
  auto v = std::make_shared<VerifyExportArguments>();
  c = p.command(group, "verify-export", {"Kiểm tra một thư mục đã xuất; 1 nếu có gì sai. Không cần máy chủ.", "Check an exported folder; 1 if anything is wrong. Needs no server."}, kMailboxExportExamples,
                [&p, v](Console&) { return run_verify(p, *v); });
  c->add_option("DIR", v->dir, p.words({"thư mục đã xuất", "the exported folder"}))->required();
  c->add_option("--public-key", v->public_key, p.words({"khóa công khai của nơi xuất (PEM)", "public key of who exported (PEM)"}))->type_name("FILE");
}

}  // namespace cli
