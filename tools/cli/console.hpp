// What a command says and how: language, format, standard output held back until the exit code is known (CONTRACT 1: nothing on
// standard output when a command fails), errors as what, where and what to do next. One thread.
#pragma once
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/lang.hpp"
#include "base/result.hpp"

namespace cli {

enum Exit : int { kDone = 0, kNegative = 1, kUsage = 2, kUnreachable = 3, kFailed = 4 };
enum class Format : unsigned char { table, json, csv, html, xlsx, pdf };  // the last three: reports only

base::Lang lang_from_environment();  // LC_ALL, LC_MESSAGES, LANG; Vietnamese unless it says English

struct Console {
  base::Lang lang = base::Lang::vi;
  Format format = Format::table;
  std::string out;  // standard output so far
  std::string as, as_password;  // --as: the account in whose name administrative commands run, the file of its password

  template <class... A>
  std::string text(base::Text t, const A&... a) const {
    return fmt::format(fmt::runtime(t.in(lang)), a...);
  }
  template <class... A>
  void line(base::Text t, const A&... a) {
    out += text(t, a...) + '\n';
  }
  // Writes "congthu: WHAT" and, when given, what to do next to standard error; drops standard output; returns `code`.
  int fail(int code, const std::string& what, const std::string& next = {});
  void note(const std::string& what) const;  // standard error, whatever the exit code
  int finish(int code);                      // writes standard output; kFailed when that is impossible
};

bool is_terminal(int fd);
bool use_color(int fd);      // a terminal, no NO_COLOR, TERM not dumb
std::size_t terminal_width();  // of standard output; 0 = not a terminal, unlimited

// Control characters (terminal escapes from foreign names among them) become U+FFFD; newline and tab become spaces.
std::string printable(std::string_view s);

}  // namespace cli
