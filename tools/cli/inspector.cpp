#include "tools/cli/inspector.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace cli {

base::Result<std::string> inspect_path(const std::string& wanted) {
  std::string path = wanted;
  if (const char* set = std::getenv("CONGTHU_INSPECT"); path.empty() && set != nullptr) path = set;
  if (path.empty()) {
    std::error_code error;
    path = (std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "congthu-inspect").string();
  }
  if (::access(path.c_str(), X_OK) != 0) return base::fail(base::Errc::not_found, path);
  return path;
}

int no_inspector(Console& con, const base::Error& error) {
  return con.fail(kFailed, con.text({"không chạy được congthu-inspect: {}", "congthu-inspect cannot be run: {}"}, error.detail()),
                  con.text({"cài congthu-inspect cạnh congthu, hoặc chỉ ra bằng --inspect hay biến CONGTHU_INSPECT",
                            "install congthu-inspect beside congthu, or name it with --inspect or the variable CONGTHU_INSPECT"}));
}

std::unique_ptr<policy::inspect::InspectPool> make_pool(const std::string& path, const std::string& judging, bool ocr) {
  constexpr std::uint32_t kOcrPages = 4;
  policy::inspect::PoolOptions options;
  options.worker_path = path;
  options.workers = 1;
  options.judging = judging;
  if (ocr) {
    options.ocr_pages = kOcrPages;
    options.time_limit += 2 * std::chrono::seconds(options.ocr_seconds);
  }
  return std::make_unique<policy::inspect::InspectPool>(std::move(options));
}

}  // namespace cli
