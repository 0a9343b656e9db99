// What this server says it can (RFC 9051 7.2.2), by the state of the connection: nothing is listed that does not work there.
#pragma once
#include <string>
#include <vector>

#include "imap/session.hpp"

namespace imap {

std::string capability_text(const Session& s);       // "IMAP4rev2 IMAP4rev1 ..."
bool may_log_in(const Session& s);                   // TLS, or loopback where the operator allows it
// "* FLAGS (...)": system flags, the derived keywords and the mailbox's own.
void tell_flag_names(proto::Out& out, const std::vector<store::Keyword>& keywords);

}  // namespace imap
