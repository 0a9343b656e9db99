// congthu config check, congthu version.
#include "base/ascii.hpp"
#include "base/exchange_policy.hpp"
#include "tools/cli/program.hpp"
#include "tools/cli/site.hpp"
#include "tools/cli/table.hpp"

namespace cli {
namespace {

Json problems_of(const base::Result<base::Config>& config, const base::Config* good) {
  Json out = Json::array();
  if (!config) {
    const std::string problems = config.error().detail();  // error() is a copy: its text has to outlive the loop
    for (const std::string_view line : base::split(problems, '\n'))
      if (!base::trim(line).empty()) out.push_back(std::string(line));
    return out;
  }
  const auto need = [&](const std::filesystem::path& file, std::string_view key) {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) out.push_back(std::string(key) + ": " + file.string() + ": no such file");
  };
  need(good->tls.cert, "tls.cert");
  need(good->tls.key, "tls.key");
  for (const auto& sni : good->tls.sni) {
    need(sni.cert, "tls.sni.cert");
    need(sni.key, "tls.sni.key");
  }
  if (!good->smtp.relay_password_file.empty()) need(good->smtp.relay_password_file, "smtp.relay_password_file");
  if (!good->policy.free_providers_file.empty()) need(good->policy.free_providers_file, "policy.free_providers_file");
  for (const auto& file : good->policy.files)
    if (const auto policy = base::load_exchange_policy(file); !policy) {
      const std::string wrong = policy.error().detail();
      for (std::string_view line : base::split(wrong, '\n'))
        if (!base::trim(line).empty()) out.push_back("policy.files: " + std::string(line));
    }
  if (!good->inspect.path.empty()) need(good->inspect.path, "inspect.path");
  return out;
}

int check(Console& con, const std::string& given) {
  const std::string path = config_path(given);
  std::error_code error;
  int code = kDone;
  if (!std::filesystem::exists(path, error)) return (void)load_site(con, given, code), code;
  const auto config = base::load_config(path);
  const Json problems = problems_of(config, config ? &*config : nullptr);
  const bool ok = problems.empty();
  if (con.format == Format::table) {
    con.line(ok ? base::Text{"{}: cấu hình đúng", "{}: the configuration is good"} : base::Text{"{}: cấu hình có lỗi", "{}: the configuration has errors"}, path);
    for (const Json& p : problems) con.out += "  - " + printable(cell_text(p)) + "\n";
  } else {
    Json rows = Json::array();
    for (const Json& p : problems) rows.push_back({{"problem", p}});
    show(con, {{"problem", "problem"}}, rows, {{"schema", "congthu.config_check/1"}, {"ok", ok}, {"file", path}, {"problems", problems}});
  }
  return ok ? kDone : kNegative;
}

}  // namespace

void add_config(Program& p) {
  CLI::App* g = p.group("config", {"Tệp cấu hình.", "The configuration file."},
                        {"congthu -c /srv/congthu/congthu.toml config check", "congthu -c /srv/congthu/congthu.toml config check"});
  p.command(*g, "check", {"Kiểm tra toàn bộ cấu hình; không cần máy chủ.", "Check the whole configuration; needs no server."},
            {"congthu config check -c /srv/congthu/congthu.toml --format json", "congthu config check -c /srv/congthu/congthu.toml --format json"},
            [&p](Console& con) { return check(con, p.config); });
}

void add_version(Program& p) {
  p.command(p.app, "version", {"Phiên bản của chương trình.", "The program's version."}, {"congthu version", "congthu version"}, [](Console& con) {
    if (con.format == Format::table) con.out = std::string("congthu ") + CONGTHU_VERSION + "\n";
    else show(con, {{"version", "version"}}, Json::array({{{"version", CONGTHU_VERSION}}}), {{"schema", "congthu.version/1"}, {"version", CONGTHU_VERSION}});
    return int(kDone);
  });
}

}  // namespace cli
