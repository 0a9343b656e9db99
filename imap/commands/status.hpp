// STATUS values of a mailbox, for STATUS and LIST RETURN (STATUS ...) (RFC 9051 6.3.11, RFC 5819).
#pragma once
#include <vector>

#include "imap/session.hpp"

namespace imap::commands {

void tell_status(Session& s, const store::Snapshot& snap, const store::Mailbox& mailbox, const std::vector<proto::StatusItem>& items);

}  // namespace imap::commands
