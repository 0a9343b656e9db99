// NOOP (RFC 9051 6.1.2) and CHECK (RFC 3501 6.4.1): everything is on disk already, so both only let pending changes be told,
// which the dispatcher does after every command.
#include "imap/commands/commands.hpp"

namespace imap::commands {

Task<Reply> noop(Session&) { co_return ok("Done."); }

}  // namespace imap::commands
