// congthu store backup|backups|verify-backup|restore.
#include <filesystem>

#include "store/backup.hpp"
#include "store/restore.hpp"
#include "tools/admin/backup.hpp"
#include "tools/admin/quarantine_entry.hpp"
#include "tools/admin/secrecy.hpp"
#include "tools/cli/admin_command.hpp"
#include "tools/cli/progress.hpp"
#include "tools/cli/site.hpp"
#include "tools/cli/store_commands.hpp"
#include "tools/congthud/dry_run.hpp"
#include "tools/congthud/master_keys.hpp"

namespace cli {
namespace {

struct StoreBackupArguments {
  bool replace = false, keep_uid_validity = false, no_check = false;
  std::string directory, queue = "hold";
  unsigned keep = 0, generation = 0;
};

base::Text stage_text(std::string_view stage) {
  if (stage == "rows") return {"các dòng", "rows"};
  if (stage == "content") return {"nội dung", "content"};
  return {"kiểm tra", "checking"};
}

std::string absolute(const std::string& path) {  // the server has another working directory
  std::string out = std::filesystem::absolute(path).lexically_normal().string();
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

// A backup is read here, without a server: it may be all that is left.
int unreadable(Console& con, const base::Error& error) {
  return con.fail(kFailed, error.detail(), error.code() == base::Errc::corrupt ? con.text({"xem: congthu store verify-backup; các bản sao lưu khác có thể còn dùng được", "see: congthu store verify-backup; other generations may still be usable"}) : std::string());
}

store::BackupProgressFn bar_of(ProgressBar& bar) {
  return [&bar](const store::BackupProgress& b) {
    using Stage = store::BackupProgress::Stage;
    bar.update(stage_text(b.stage == Stage::rows ? "rows" : b.stage == Stage::content ? "content" : "verify"), b.done, b.total, b.bytes);
    return true;
  };
}

int backup(Program& p, const StoreBackupArguments& a) {
  Console& con = p.con;
  Backend backend(con, p.config);
  ProgressBar bar(con);
  const auto progress = [&](const Json& j) { bar.update(stage_text(j.value("stage", "")), j.value("done", std::uint64_t(0)), j.value("total", std::uint64_t(0)), j.value("bytes", std::uint64_t(0))); };
  Json body = Json::object();
  if (!a.directory.empty()) body["directory"] = absolute(a.directory);
  if (a.keep != 0) body["keep"] = a.keep;
  const auto reply = backend.call("POST", "/store/backup", dump(body), progress);
  if (!reply) return backend.code();
  const Json findings = reply->value("findings", Json::array());
  if (con.format != Format::table) show_object(con, *reply);
  else con.line({"đã sao lưu lần {}: {} thư, thêm {} trong {:.1f} giây vào {}", "backup {} is done: {} messages, {} added in {:.1f} seconds to {}"}, reply->value("generation", 0u),
                reply->value("messages", std::uint64_t(0)), size_text(reply->value("copied_bytes", std::uint64_t(0))), reply->value("seconds", 0.0), printable(reply->value("directory", "")));
  if (findings.empty()) return kDone;
  con.note(con.text({"kho có {} chỗ hỏng (xem congthu store check); phần còn lại đã được sao lưu", "the store has {} findings (see congthu store check); all the rest was backed up"}, findings.size()));
  return kNegative;
}

int backups(Program& p, const StoreBackupArguments& a) {
  Console& con = p.con;
  Json whole;
  if (a.directory.empty()) {
    Backend backend(con, p.config);
    auto reply = backend.call("GET", "/store/backups");
    if (!reply) return backend.code();
    whole = *std::move(reply);
  } else {
    const std::string directory = absolute(a.directory);
    const auto all = store::list_backups(directory);
    if (!all) return unreadable(con, all.error());
    Json rows = Json::array();
    for (const store::BackupGeneration& g : *all) rows.push_back(admin::backup_json(g));
    whole = {{"schema", "congthu.store_backups/1"}, {"directory", directory}, {"backups", rows}, {"schedule", nullptr}};
  }
  Json rows = whole.value("backups", Json::array());
  if (con.format == Format::table)
    for (Json& row : rows)
      if (row["copied_bytes"].is_number()) row["copied_bytes"] = size_text(row["copied_bytes"].get<std::uint64_t>());
  show(con, titled(con, {"generation", "created", "seconds", "accounts", "messages", "copied_bytes", "findings", "problem"}), rows, whole);
  const Json schedule = whole.value("schedule", Json(nullptr));
  if (con.format != Format::table || !schedule.is_object()) return kDone;
  if (schedule["next"].is_string()) con.line({"lần tới theo lịch: {}", "next by schedule: {}"}, schedule["next"].get<std::string>());
  if (const Json failed = schedule["last_failure"]; failed.is_object())
    con.line({"LẦN GẦN NHẤT THẤT BẠI lúc {}: {}", "THE LAST ONE FAILED at {}: {}"}, failed.value("at", ""), printable(failed.value("error", "")));
  return kDone;
}

int verify_backup(Program& p, const StoreBackupArguments& a) {
  Console& con = p.con;
  const std::string directory = absolute(a.directory);
  const auto done = [&] {
    ProgressBar bar(con);
    return store::verify_backups(directory, bar_of(bar));
  }();
  if (!done) return unreadable(con, done.error());
  Json rows = Json::array();
  for (const std::string& problem : done->problems) rows.push_back({{"problem", problem}});
  const Json whole = {{"schema", "congthu.verify_backup/1"}, {"directory", directory}, {"ok", done->problems.empty()}, {"objects", done->objects}, {"bytes", done->bytes}, {"problems", rows}};
  if (con.format != Format::table || !rows.empty()) show(con, titled(con, {"problem"}), rows, whole);
  else con.line({"các bản sao lưu toàn vẹn: {} đối tượng, {}", "the backups are sound: {} objects, {}"}, done->objects, size_text(done->bytes));
  return rows.empty() ? kDone : kNegative;
}

// Mail that was waiting when the backup was made may have been sent since: nothing of it goes out unasked.
base::Result<void> settle_queue(store::Store& store, const std::string& what) {
  std::vector<store::QueueUpdate> updates;
  {
    auto snapshot = store.snapshot();
    if (!snapshot) return snapshot.error();
    std::optional<base::Error> error;
    snapshot->for_each_queued([&](const store::QueueRow& row) {
      if (admin::is_quarantined(row.envelope)) return true;  // it goes nowhere by itself
      store::QueueUpdate u;
      u.id = row.id;
      if (what == "hold") {
        auto held = tools::queue_action(row, admin::QueueAction::hold, base::system_clock().now());
        if (!held) return error = held.error(), false;
        u.next = *std::move(held);
      }
      updates.push_back(std::move(u));
      return true;
    });
    if (error) return *error;
  }
  for (store::QueueUpdate& u : updates)
    if (auto done = store.run(std::move(u)); !done) return done.error();
  return {};
}

int restore(Program& p, const StoreBackupArguments& a) {
  Console& con = p.con;
  if (a.queue != "hold" && a.queue != "send" && a.queue != "drop")
    return con.fail(kUsage, con.text({"--queue {}: không có cách này", "--queue {}: no such way"}, printable(a.queue)), con.text({"chọn hold, send hoặc drop", "choose hold, send or drop"}));
  int code = kDone;
  const auto config = load_site(con, p.config, code);
  if (!config) return code;
  store::RestoreOptions o;
  o.backup = absolute(a.directory);
  if (a.generation != 0) o.generation = a.generation;
  o.directory = config->server.data_dir.string();
  o.env.map_size = config->store.map_size;
  o.env.max_readers = config->store.max_readers;
  store::Options keys;
  if (const auto loaded = tools::load_master_keys(config->encryption, keys); !loaded) return con.fail(kFailed, loaded.error().detail());
  o.master = keys.master;
  o.previous_master = keys.previous_master;
  o.replace = a.replace;
  o.keep_uid_validity = a.keep_uid_validity;
  o.check = !a.no_check;
  o.audit = dump({{"at", base::rfc3339(base::system_clock().now())}, {"who", caller()}, {"what", "store.restore"}, {"target", o.backup},
                  {"detail", {{"generation", a.generation == 0 ? Json(nullptr) : Json(a.generation)}, {"queue", a.queue}, {"keep_uid_validity", a.keep_uid_validity}}}});
  const auto purged = admin::read_purged(o.backup);
  if (!purged) return con.fail(kFailed, purged.error().detail(), con.text({"tệp này cho biết thư nào đã bị xóa hẳn vì dấu độ mật: sửa tệp rồi phục hồi lại", "the file says which mail was purged for its secrecy stamp: mend it, then restore again"}));
  o.prepare = [&](store::Store& store) -> base::Result<void> {
    if (const auto dropped = admin::drop_purged(store, *purged); !dropped) return dropped.error();
    return a.queue == "send" ? base::Result<void>() : settle_queue(store, a.queue);
  };
  const auto done = [&] {
    ProgressBar bar(con);
    o.progress = bar_of(bar);
    return store::restore(o);
  }();
  if (!done && done.error().code() == base::Errc::unavailable)
    return con.fail(kFailed, done.error().detail(), con.text({"dừng congthud trước khi phục hồi kho", "stop congthud before restoring the store"}));
  if (!done) return unreadable(con, done.error());
  const Json whole = {{"schema", "congthu.store_restore/1"}, {"generation", done->from.generation}, {"created", base::rfc3339(done->from.created)}, {"messages", done->from.messages},
                      {"queued", done->queued}, {"incarnation", done->incarnation}, {"replaced", done->aside.empty() ? Json(nullptr) : Json(done->aside)}, {"checked", o.check}};
  if (con.format != Format::table) return show_object(con, whole), kDone;
  con.line({"đã phục hồi bản sao lưu {} lúc {}: {} thư", "backup {} of {} is restored: {} messages"}, done->from.generation, base::rfc3339(done->from.created), done->from.messages);
  if (!done->aside.empty()) con.line({"kho cũ còn ở {}; xóa khi không cần nữa", "the old store is in {}; remove it when you need it no more"}, done->aside);
  if (done->queued != 0 && a.queue == "hold")
    con.line({"{} thư chờ gửi được giữ lại vì có thể đã gửi sau khi sao lưu: xem congthu queue list, rồi release hoặc drop",
              "{} queued mails are held, as they may have been sent since the backup: see congthu queue list, then release or drop"}, done->queued);
  return kDone;
}

constexpr base::Text kBackupExamples{"congthu store backup /srv/sao-luu\ncongthu store backup /srv/sao-luu --keep 14\ncongthu store backups /srv/sao-luu\ncongthu store verify-backup /srv/sao-luu",
                                     "congthu store backup /srv/backup\ncongthu store backup /srv/backup --keep 14\ncongthu store backups /srv/backup\ncongthu store verify-backup /srv/backup"};
constexpr base::Text kRestoreExamples{"congthu store restore /srv/sao-luu\ncongthu store restore /srv/sao-luu --generation 12 --replace",
                                      "congthu store restore /srv/backup\ncongthu store restore /srv/backup --generation 12 --replace"};

}  // namespace

void add_store_backup(Program& p, CLI::App& group) {
  auto a = std::make_shared<StoreBackupArguments>();
  const std::string directory = p.words({"thư mục sao lưu", "directory of the backups"});
  CLI::App* c = p.command(group, "backup", {"Sao lưu kho, cả khi máy chủ đang chạy; chỉ chép những gì mới. Không có DIR: theo backup.directory trong cấu hình.",
                                         "Back the store up, also while the server runs; copies only what is new. Without DIR: backup.directory of the configuration."},
                          kBackupExamples, [&p, a](Console&) { return backup(p, *a); });
  c->add_option("DIR", a->directory, directory);
  c->add_option("--keep", a->keep, p.words({"chỉ giữ chừng này bản mới nhất", "keep only so many of the newest"}))->check(CLI::Range(1, 100'000));
  c = p.command(group, "backups", {"Liệt kê các bản sao lưu và lịch.", "List the backups, and the schedule."}, kBackupExamples, [&p, a](Console&) { return backups(p, *a); });
  c->add_option("DIR", a->directory, directory);
  c = p.command(group, "verify-backup", {"Đọc lại và băm mọi thứ trong thư mục sao lưu; 1 nếu có hỏng hóc.", "Read and hash everything in the directory; 1 if anything is damaged."},
                kBackupExamples, [&p, a](Console&) { return verify_backup(p, *a); });
  c->add_option("DIR", a->directory, directory)->required();
  c = p.command(group, "restore", {"Phục hồi cả kho từ bản sao lưu; congthud phải dừng. Kho mới được dựng bên cạnh, kiểm tra, rồi mới thay vào; chỉ mục tìm kiếm được dựng lại.",
                                "Restore the whole store from a backup; congthud must be stopped. The new store is built beside, checked, and only then put in place; the search index is rebuilt."},
                kRestoreExamples, [&p, a](Console&) { return restore(p, *a); });
  c->add_option("DIR", a->directory, directory)->required();
  c->add_option("--generation", a->generation, p.words({"bản số mấy; mặc định bản mới nhất", "which one; the newest otherwise"}))->check(CLI::Range(1u, 999'999'999u));
  c->add_flag("--replace", a->replace, p.words({"thay kho đang có; kho cũ được giữ lại trong replaced-...", "put it in place of the store that is there, which is kept in replaced-..."}));
  c->add_flag("--keep-uidvalidity", a->keep_uid_validity, p.words({"không có thư nào đến sau khi sao lưu: trình thư khỏi tải lại mọi thứ", "nothing was delivered since the backup: clients need not fetch everything again"}));
  c->add_flag("--no-check", a->no_check, p.words({"không kiểm tra kho vừa dựng (nhanh hơn; nhận cả kho có lỗi)", "do not check what was built (faster; takes a store with findings too)"}));
  c->add_option("--queue", a->queue, p.words({"thư chờ gửi: hold giữ lại (mặc định), send gửi, drop bỏ", "queued mail: hold it (default), send it, drop it"}))->type_name("hold|send|drop");
}

}  // namespace cli
