// From a parsed command to its function, and what its kind decides: in which state it is allowed (RFC 9051 3) and which changes
// may be told at its end (RFC 9051 7.5.1).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "imap/session.hpp"

namespace imap {

std::optional<Reply> wrong_state(Session::State state, const proto::Command& command);
Tell tell_after(const proto::Command& command);
Task<Reply> dispatch(Session& s, const proto::Command& command, std::vector<std::string> messages);
Reply parse_refusal(const base::Error& error);  // of proto::parse

}  // namespace imap
