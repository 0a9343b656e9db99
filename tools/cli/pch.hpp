// What every command needs and what costs most to parse.
#pragma once
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
