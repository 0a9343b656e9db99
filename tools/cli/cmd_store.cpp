// congthu store check|stats.
#include <unistd.h>

#include "tools/cli/admin_command.hpp"

namespace cli {
namespace {

struct Arguments {
  bool no_digests = false;
};

constexpr base::Text kExamples{"congthu store check\ncongthu store check --no-digests --format json\ncongthu store stats",
                               "congthu store check\ncongthu store check --no-digests --format json\ncongthu store stats"};

int check(Program& p, const Arguments& a) {
  Console& con = p.con;
  Backend backend(con, p.config);
  const bool terminal = is_terminal(STDERR_FILENO);
  const auto progress = [&](const Json& j) {
    const double done = j.value("done", 0.0), total = j.value("total", 0.0);
    const std::string line = "\r" + con.text({"đang kiểm tra kho: {:.0f}%", "checking the store: {:.0f}%"}, total > 0 ? done * 100 / total : 100.0);
    (void)!::write(STDERR_FILENO, line.data(), line.size());
  };
  const auto reply = backend.call("POST", a.no_digests ? "/store/check?digests=false" : "/store/check", {}, terminal ? Backend::Progress(progress) : Backend::Progress());
  if (terminal) (void)!::write(STDERR_FILENO, "\r\033[K", 4);
  if (!reply) return backend.code();
  const bool ok = reply->value("ok", false);
  const Json findings = reply->value("findings", Json::array());
  if (con.format != Format::table || !ok) show(con, titled(con, {"code", "detail"}), findings, *reply);
  else con.line({"kho toàn vẹn: {} dòng đã kiểm tra", "the store is sound: {} rows checked"}, reply->value("rows", std::uint64_t(0)));
  return ok ? kDone : kNegative;
}

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
  auto a = std::make_shared<Arguments>();
  CLI::App* g = p.group("store", {"Kho thư.", "The mail store."}, kExamples);
  CLI::App* c = p.command(*g, "check", {"Kiểm tra mọi bất biến của kho; 1 nếu có hỏng hóc.", "Check every invariant of the store; 1 if anything is damaged."}, kExamples,
                          [&p, a](Console&) { return check(p, *a); });
  c->add_flag("--no-digests", a->no_digests, p.words({"bỏ qua việc tính lại mã băm (nhanh hơn)", "do not recompute digests (faster)"}));
  p.command(*g, "stats", {"Số liệu của kho.", "Figures of the store."}, kExamples, [&p](Console&) { return stats(p); });
}

}  // namespace cli
