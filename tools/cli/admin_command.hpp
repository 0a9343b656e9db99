// The common shape of administrative commands: ask the backend, show rows or a change, translate titles.
#pragma once
#include <functional>
#include <initializer_list>
#include <string>

#include "tools/cli/backend.hpp"
#include "tools/cli/program.hpp"

namespace cli {

Column titled(const Console& con, const char* key);  // the title of a known key in the chosen language, else the key
std::vector<Column> titled(const Console& con, std::initializer_list<const char*> keys);

// One object, as "title: value" lines for people.
void show_object(Console& con, const Json& object);

// GET `target` and show the array `key`.
int list(Program& p, const std::string& target, const char* key, std::initializer_list<const char*> columns);
int show_one(Program& p, const std::string& target);
// POST or DELETE; says what was done, or that nothing had to change.
int change(Program& p, const char* method, const std::string& target, const Json& body, const std::string& what);

}  // namespace cli
