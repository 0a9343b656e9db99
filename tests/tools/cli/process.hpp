// Runs the built program as a user would: arguments, standard input, environment; output, errors and exit code come back.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace test {

struct Ran {
  int code = -1;
  std::string out, err;
  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

struct Invocation {
  std::vector<std::string> args;
  std::string input;
  std::vector<std::pair<std::string, std::string>> environment;  // besides PATH and CONGTHU_INSPECT; nothing is inherited
};

Ran run(const Invocation& what);
Ran congthu(std::vector<std::string> args, const std::string& input = {});  // Vietnamese, as without any locale

class Folder {  // a directory of its own, gone with the object
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const;

 private:
  std::filesystem::path path_;
};

std::string slurp(const std::string& path);

}  // namespace test
