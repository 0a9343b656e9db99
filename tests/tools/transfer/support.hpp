// Files in a directory of their own, and everything that a source gives, sorted into messages, problems and skips.
#pragma once
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "tools/transfer/message.hpp"

namespace transfer::test {

struct TempFolder {
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "congthu-transfer-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  std::string write(const std::string& name, const std::string& bytes) const {
    const std::string file = path + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }
  std::string path;
};

struct Taken {
  std::vector<Message> messages;
  std::vector<Problem> problems;
  std::uint64_t skipped = 0;
  std::string error;  // what ended it early

  std::vector<std::string> bodies() const {
    std::vector<std::string> out;
    for (const Message& m : messages) out.push_back(m.bytes.substr(m.bytes.find("\r\n\r\n") + 4));
    return out;
  }
};

inline Taken take_all(Source& source) {
  Taken out;
  for (int bound = 0; bound < 1'000'000; ++bound) {
    auto item = source.next();
    if (!item) return out.error = item.error().detail(), out;
    if (!*item) return out;
    if (auto* m = std::get_if<Message>(&**item)) out.messages.push_back(std::move(*m));
    else if (auto* p = std::get_if<Problem>(&**item)) out.problems.push_back(std::move(*p));
    else out.skipped += std::get<Skipped>(**item).messages;
  }
  BOOST_FAIL("the source does not end");
  return out;
}

template <class T>
T need(Result<T> r) {
  if (!r) BOOST_FAIL(std::string(base::to_string(r.error().code())) + ": " + r.error().detail());
  return *std::move(r);
}

}  // namespace transfer::test
