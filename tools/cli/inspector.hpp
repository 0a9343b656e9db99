// Where congthu-inspect is and a pool of one such worker: verify and classify open untrusted files nowhere else.
#pragma once
#include <memory>
#include <string>

#include "policy/inspect/pool.hpp"
#include "tools/cli/console.hpp"

namespace cli {

// --inspect, else CONGTHU_INSPECT, else the file beside this program. Errc::not_found when it is not there.
[[nodiscard]] base::Result<std::string> inspect_path(const std::string& wanted);
int no_inspector(Console& con, const base::Error& error);  // says so; the exit code

// `judging`: policy::trust::to_json(Material), "{}" when no signatures are judged.
// `ocr`: pictures of paper are read, at some seconds a page.
std::unique_ptr<policy::inspect::InspectPool> make_pool(const std::string& path, const std::string& judging, bool ocr = false);

}  // namespace cli
