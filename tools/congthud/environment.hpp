// What a server asks of the operating system at start: rights, readiness, who is in the way.
#pragma once
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace tools {

// Becomes this user with its groups, for good. Empty, or the user we are: nothing. Errc::not_found, denied.
[[nodiscard]] base::Result<void> drop_privileges(const std::string& user);
// Gives a path to the user before privileges go; does nothing unless we are root and a user is named.
[[nodiscard]] base::Result<void> hand_over(const std::string& path, const std::string& user);

void notify_ready();  // READY=1 to $NOTIFY_SOCKET, when there is one (sd_notify(3))

std::string user_name(unsigned uid);           // "root"; the number when it has no name
std::string own_directory();                   // of this program's file
// "nginx (pid 812)": who listens on this TCP port, as far as /proc tells us; empty when it does not.
std::string port_owner(std::uint16_t port);

}  // namespace tools
