// A password that stands in a file of its own (CONTRACT 1: never in arguments or the configuration).
#pragma once
#include <filesystem>
#include <fstream>
#include <string>

#include "base/result.hpp"

namespace tools {

// The first line. Errc::denied when others may read the file, not_found when it cannot be opened.
[[nodiscard]] inline base::Result<std::string> read_secret_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  using std::filesystem::perms;
  if (!error && (status.permissions() & (perms::others_read | perms::others_write)) != perms::none)
    return base::fail(base::Errc::denied, path.string() + " may be read by everybody; chmod 600 it");
  std::ifstream in(path);
  std::string line;
  if (!in || !std::getline(in, line)) return base::fail(base::Errc::not_found, path.string() + " cannot be read or is empty");
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

}  // namespace tools
