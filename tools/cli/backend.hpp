// The way of an administrative command to its handler (tools/admin): the running server's admin socket, or, while none runs, the
// store opened here. One object per command; it holds the store's lock as long as it lives in the second case.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tools/cli/console.hpp"
#include "tools/cli/table.hpp"

namespace cli {

class Backend {
 public:
  Backend(Console& con, const std::string& config_file);
  ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  // The reply of a 200. Nothing: reported already, code() is the exit code. `progress` gets {"done","total"} of long work.
  using Progress = std::function<void(const Json&)>;
  std::optional<Json> call(std::string_view method, const std::string& target, const std::string& body = {}, const Progress& progress = {});
  // The same with the refusals of the handler as values (`error` of admin/README.md), for commands that go on after one; `raw`: a body
  // that is not JSON comes in `bytes`. Nothing: no answer was to be had, which is reported, code() is the exit code.
  struct Answer {
    int status = 0;
    Json body;
    std::string bytes;
    std::string code() const { return text_of("code"); }  // "not_found"
    std::string text() const { return text_of("text"); }
    std::string text_of(const char* key) const;
  };
  std::optional<Answer> ask(std::string_view method, const std::string& target, const std::string& body = {}, bool raw = false, const Progress& progress = {});
  std::nullopt_t refused(const Answer& answer);  // reports one of them as call() does
  int code() const { return code_; }
  void about(std::string what) { about_ = std::move(what); }  // whom a change is about: named when it is refused

 private:
  struct State;
  std::optional<Answer> by_socket(std::string_view method, const std::string& target, const std::string& body, bool raw, const Progress& progress);
  std::optional<Answer> by_store(std::string_view method, const std::string& target, const std::string& body, bool raw, const Progress& progress);
  std::nullopt_t failed(int code) { code_ = code; return std::nullopt; }

  Console& con_;
  std::string config_file_, about_;
  std::unique_ptr<State> state_;
  int code_ = kDone;
};

std::string caller();  // for the audit: "uid 0 (root) congthu"
std::string encoded(std::string_view segment);  // for a path segment or a query value

}  // namespace cli
