// CAPABILITY, ID, ENABLE, NAMESPACE, LOGOUT, STARTTLS: what client and server tell each other about themselves.
#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "imap/capabilities.hpp"
#include "imap/commands/commands.hpp"

namespace imap::commands {

Task<Reply> capability(Session& s) {
  s.out().raw("* CAPABILITY ").raw(capability_text(s)).crlf();
  co_return ok("Done.");
}

// RFC 2971: the server's name and nothing that helps an attacker; the client's goes to the log, for support.
Task<Reply> id(Session& s, const proto::Id& c) {
  std::string_view name, version;
  for (const auto& [field, value] : c.params) {
    if (!value) continue;
    if (base::iequals(field, "name")) name = *value;
    if (base::iequals(field, "version")) version = *value;
  }
  if (!name.empty()) base::log_info("imap_id", {{"conn", s.peer().id}, {"name", name}, {"version", version}});
  const std::array<std::pair<std::string_view, std::string_view>, 1> fields{{{"name", "Cong Thu"}}};
  proto::id(s.out(), fields);
  co_return ok("Done.");
}

// RFC 9051 6.3.1: "If the ENABLE command ... lists an extension that the server does not support, it MUST be ignored".
Task<Reply> enable(Session& s, const proto::Enable& c) {
  std::vector<std::string_view> done;
  const auto name = [&](std::string_view what) {
    if (std::find(done.begin(), done.end(), what) == done.end()) done.push_back(what);
  };
  for (const std::string& wanted : c.names) {
    if (wanted == "IMAP4REV2") s.enable_rev2(), name("IMAP4rev2");
    else if (wanted == "UTF8=ACCEPT") s.enable_utf8(), name("UTF8=ACCEPT");
    else if (wanted == "CONDSTORE") s.enable_condstore(), name("CONDSTORE");
  }
  proto::enabled(s.out(), done);
  co_return ok("Done.");
}

Task<Reply> name_space(Session& s) {
  proto::name_space(s.out(), "", std::nullopt, std::nullopt);
  co_return ok("Done.");
}

Task<Reply> logout(Session& s) {
  s.unselect();
  s.say_bye("Goodbye.");
  co_return ok("Logged out.");
}

// RFC 9051 6.2.1. Nothing that came before the handshake may be taken for what came after it (CVE-2011-0411).
Task<Reply> start_tls(Session& s) {
  if (s.peer().tls) co_return bad("TLS is active already.");
  if (!s.settings().tls) co_return no("No certificate is configured.", "UNAVAILABLE");
  if (s.pipelined()) {
    base::log_warn("imap_starttls_injection", {{"conn", s.peer().id}, {"peer", s.peer().address}});
    s.say_bye("Commands came together with STARTTLS.");
    co_return bad("Nothing may follow STARTTLS before the handshake.");
  }
  s.request_tls();
  co_return ok("Begin TLS negotiation now.");
}

}  // namespace imap::commands
