// One function per command group, called by the table in parse.cpp with the cursor behind the command's name.
// Each may return anything when the cursor has failed; parse() looks at the cursor first. Internal.
#pragma once
#include "imap/proto/command.hpp"
#include "imap/proto/cursor.hpp"

namespace imap::proto {

using Parsed = std::optional<Command>;

// parse_session.cpp
Parsed parse_id(Cursor& c);
Parsed parse_authenticate(Cursor& c);
Parsed parse_login(Cursor& c);
Parsed parse_enable(Cursor& c);
// parse_mailbox.cpp
Parsed parse_select(Cursor& c, bool read_only);
Parsed parse_create(Cursor& c);
Parsed parse_rename(Cursor& c);
Parsed parse_status(Cursor& c);
Parsed parse_get_quota(Cursor& c);
Parsed parse_set_quota(Cursor& c);
std::vector<StatusItem> status_items(Cursor& c);
// parse_list.cpp
Parsed parse_list(Cursor& c);
Parsed parse_lsub(Cursor& c);
// parse_append.cpp
Parsed parse_append(Cursor& c);
// parse_message.cpp
Parsed parse_store(Cursor& c, bool uid);
Parsed parse_copy(Cursor& c, bool uid, bool move);
Parsed parse_uid_expunge(Cursor& c);
std::vector<Flag> flag_list(Cursor& c);
// parse_fetch.cpp
Parsed parse_fetch(Cursor& c, bool uid);
// parse_search.cpp
Parsed parse_search(Cursor& c, bool uid);

}  // namespace imap::proto
