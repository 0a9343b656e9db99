// The mechanisms behind Server::make(). Only sasl includes this.
#pragma once
#include <memory>

#include "base/sasl/sasl.hpp"

namespace sasl {

std::unique_ptr<Server> make_plain(ServerOptions options);
std::unique_ptr<Server> make_login(ServerOptions options);
std::unique_ptr<Server> make_scram_sha256(ServerOptions options);

// A hash that no password matches, of the same cost as a real one: what an unknown user's password is checked against.
std::string fake_argon2(const base::PasswordCost& cost);

}  // namespace sasl
