// Short ids that connect the log lines of one connection. Unique in a process; they start at a random place in each.
#pragma once
#include <string>

namespace net {
std::string next_connection_id();  // any thread; "c4k2x9f1"
}
