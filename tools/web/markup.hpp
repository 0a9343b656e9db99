// The words of a page as HTML. Whatever is not called raw is escaped here, once.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/lang.hpp"
#include "tools/web/request.hpp"

namespace web {

using Json = nlohmann::ordered_json;

// An entry of the menu: where it leads, and who has something there.
struct Room {
  std::string_view id, href;  // id: first segment of its pages
  base::Text words;
};

struct Frame {
  base::Lang lang = base::Lang::vi;
  std::string title, account, csrf;  // account: who is signed in; empty: nobody
  std::vector<const Room*> rooms;    // the menu
  std::string here;                  // target of this page, for the language switch
  std::string_view active;           // which entry of the menu is this page's
};
std::string page(const Frame& frame, const std::string& raw_body);

std::string text(std::string_view words);                              // escaped
std::string anchor(const std::string& href, std::string_view words);
std::string heading(int level, std::string_view words);
std::string alert(std::string_view words);  // an error; empty without words
std::string paragraph(std::string_view words, std::string_view css_class = {});

struct Choice {
  std::string value, words;
};
struct Field {
  std::string name, label, value;
  std::string type = "text";        // text, date, password, email, select, textarea
  std::vector<Choice> choices{};    // of select
  bool required = false;
  std::string autocomplete{}, hint{};
};
// A form with its labels. `csrf` empty: it only asks (GET).
std::string form(const std::string& action, const std::string& csrf, const std::vector<Field>& fields, std::string_view button, bool inline_fields = false);

struct TableColumn {
  std::string title;
  bool number = false;
};
// Cells are HTML already.
std::string table(std::string_view caption, const std::vector<TableColumn>& columns, const std::vector<std::vector<std::string>>& raw_rows, std::string_view none);

std::string facts(const std::vector<std::pair<std::string, std::string>>& rows);  // a list of names and values; empty ones are left out

std::string day_of(const Json& rfc3339);                      // 23/11/2026 09:15; empty for none
std::string word_of(const Json& row, std::string_view name);  // a string member; empty without
std::string list_of(const Json& values);                      // "a, b"
const std::string& style_sheet();                             // served by itself: /style.css

}  // namespace web
