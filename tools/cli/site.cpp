#include "tools/cli/site.hpp"

#include <cstdlib>

namespace cli {

std::string config_path(const std::string& given) {
  if (!given.empty()) return given;
  if (const char* set = std::getenv("CONGTHU_CONFIG"); set != nullptr && *set != '\0') return set;
  std::error_code error;
  return std::filesystem::exists("congthu.toml", error) ? "congthu.toml" : "/etc/congthu/congthu.toml";
}

base::Result<base::Config> load_site(Console& con, const std::string& given, int& code) {
  const std::string path = config_path(given);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    code = con.fail(kFailed, con.text({"{}: không có tệp cấu hình này", "{}: there is no such configuration"}, printable(path)),
                    con.text({"chỉ ra bằng -c DIR/congthu.toml, hoặc tạo mới: congthu init DIR --domain D",
                              "name it with -c DIR/congthu.toml, or make one: congthu init DIR --domain D"}));
    return base::fail(base::Errc::not_found, path);
  }
  auto config = base::load_config(path);
  if (!config)
    code = con.fail(kFailed, con.text({"cấu hình có lỗi:\n{}", "the configuration has errors:\n{}"}, config.error().detail()),
                    con.text({"sửa các dòng trên rồi chạy: congthu -c {} config check", "mend the lines above, then run: congthu -c {} config check"}, path));
  return config;
}

}  // namespace cli
