// IDLE (RFC 9051 6.3.13): the change bus wakes it, what is new comes from the store.
#include <algorithm>

#include "base/ascii.hpp"
#include "imap/commands/commands.hpp"

namespace imap::commands {
namespace {
constexpr std::chrono::seconds kKeepAlive{120};  // a word now and then: it finds dead connections and keeps NAT entries alive
constexpr std::chrono::seconds kAgain{1};         // after the store was away: nobody else would wake us
}

Task<Reply> idle(Session& s) {
  proto::continuation(s.out(), "idling");
  std::chrono::milliseconds quiet{};
  for (;;) {
    bool told = true;
    if (s.has_selected()) told = co_await s.update(Tell::all);
    // RFC 9051 5.4: clients break IDLE off every 29 minutes; one that does not is as good as silent.
    const auto left = s.settings().idle_timeout - quiet;
    if (left.count() <= 0) {
      s.say_bye("Idle for too long.");
      co_return no("Idle for too long.");
    }
    const auto limit = std::min<std::chrono::milliseconds>(told ? kKeepAlive : kAgain, left);
    const Woken woken = co_await s.line_or_change(limit);
    if (woken == Woken::line) break;
    if (woken == Woken::change) continue;
    quiet += limit;
    if (told) proto::status_line(s.out(), "*", proto::Condition::ok, {}, "Still here.");
  }
  if (!base::iequals(s.line_text(), "DONE")) co_return bad("DONE was expected.");
  co_return ok("Done.");
}

}  // namespace imap::commands
