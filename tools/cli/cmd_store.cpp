// congthu store stats, and the group; the others: store_*.cpp.
#include "tools/cli/admin_command.hpp"
#include "tools/cli/store_commands.hpp"

namespace cli {
namespace {

constexpr base::Text kStoreExamples{"congthu store check\ncongthu store check --no-digests --format json\ncongthu store stats",
                               "congthu store check\ncongthu store check --no-digests --format json\ncongthu store stats"};

int stats(Program& p) {
  Backend backend(p.con, p.config);
  auto reply = backend.call("GET", "/store/stats");
  if (!reply) return backend.code();
  const Json tables = reply->value("tables", Json::array());
  if (p.con.format != Format::table) return show(p.con, titled(p.con, {"table", "rows"}), tables, *reply), kDone;
  reply->erase("tables");
  reply->erase("commits");
  show_object(p.con, *reply);
  p.con.out += "\n";
  show(p.con, titled(p.con, {"table", "rows"}), tables, {});
  return kDone;
}

}  // namespace

void add_store(Program& p) {
  CLI::App* g = p.group("store", {"Kho thư.", "The mail store."}, kStoreExamples);
  add_store_check(p, *g);
  add_store_backup(p, *g);
  p.command(*g, "stats", {"Số liệu của kho.", "Figures of the store."}, kStoreExamples, [&p](Console&) { return stats(p); });
}

}  // namespace cli
