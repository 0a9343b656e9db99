// Backups of the running store: making one, and what the configured directory holds.
#include "store/backup.hpp"

#include "tools/admin/backup.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/handlers.hpp"

namespace admin {
namespace {

constexpr std::string_view stage_name(store::BackupProgress::Stage stage) {
  switch (stage) {
    case store::BackupProgress::Stage::rows: return "rows";
    case store::BackupProgress::Stage::content: return "content";
    case store::BackupProgress::Stage::verify: break;
  }
  return "verify";
}

}  // namespace

Json backup_json(const store::BackupGeneration& g) {
  if (g.problem)
    return {{"generation", g.generation}, {"created", nullptr}, {"seconds", nullptr}, {"accounts", nullptr}, {"messages", nullptr},
            {"blobs", nullptr}, {"copied_bytes", nullptr}, {"findings", Json::array()}, {"problem", *g.problem}};
  return {{"generation", g.generation}, {"created", base::rfc3339(g.created)}, {"seconds", double(g.took.count()) / 1000}, {"accounts", g.accounts},
          {"messages", g.messages}, {"blobs", g.blobs}, {"copied_bytes", g.copied}, {"findings", g.findings}, {"problem", nullptr}};
}

store::BackupProgressFn backup_progress(const Progress& progress, std::function<bool()> closing) {
  // At most one line in a tenth of a second, and always the last of a stage.
  auto told = std::make_shared<std::chrono::steady_clock::time_point>();
  return [progress, told, closing = std::move(closing)](const store::BackupProgress& p) {
    if (closing && closing()) return false;
    if (!progress) return true;
    const auto now = std::chrono::steady_clock::now();
    if (p.done != p.total && now - *told < std::chrono::milliseconds(100)) return true;
    *told = now;
    return progress(dump({{"progress", {{"stage", stage_name(p.stage)}, {"done", p.done}, {"total", p.total}, {"bytes", p.bytes}}}}));
  };
}

Result<Json> store_backup(const Call& call) {
  Body body(call.request.body);
  std::string directory = body.text("directory").value_or(call.context.config.backup.directory.string());
  const auto keep = body.number("keep");
  if (const auto wrong = body.error()) return *wrong;
  if (directory.empty()) return fail(Errc::invalid, "directory: is missing, and the configuration has no backup.directory");
  if (directory.front() != '/') return fail(Errc::invalid, "directory: must be an absolute path");
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  if (keep && (*keep == 0 || *keep > 100'000)) return fail(Errc::invalid, "keep: must be between 1 and 100000");
  const auto made = store::backup(call.context.store, {directory, backup_progress(call.progress, call.context.services.closing)});
  if (!made) return made.error();
  Json out = {{"schema", "congthu.store_backup/1"}, {"directory", directory}};
  out.update(backup_json(*made));
  if (keep) {
    const auto pruned = store::prune_backups(directory, std::uint32_t(*keep));
    if (!pruned) return pruned.error();
    out["removed"] = *pruned;
  }
  const Json row = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", "store.backup"}, {"target", directory},
                    {"detail", {{"generation", made->generation}, {"copied_bytes", made->copied}}}};
  if (const auto written = call.context.store.run(store::AppendAudit{dump(row)}); !written) return written.error();
  return out;
}

Result<Json> list_backups(const Call& call) {
  const std::string directory = call.context.config.backup.directory.string();
  if (directory.empty()) return fail(Errc::not_found, "the configuration has no backup.directory; name the directory");
  Json schedule = call.context.services.backup_status ? call.context.services.backup_status() : Json(nullptr);
  Json list = Json::array();
  if (const auto all = store::list_backups(directory)) {
    for (const store::BackupGeneration& g : *all) list.push_back(backup_json(g));
  } else if (all.error().code() != Errc::not_found) {
    return all.error();
  }
  return Json{{"schema", "congthu.store_backups/1"}, {"directory", directory}, {"backups", std::move(list)}, {"schedule", std::move(schedule)}};
}

}  // namespace admin
