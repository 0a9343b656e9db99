#include "base/ascii.hpp"
#include "base/sasl/sasl.hpp"

namespace sasl {

base::Result<Client> Client::make(std::string_view offered, std::string user, std::string password) {
  if (user.find('\0') != std::string::npos || password.find('\0') != std::string::npos) {
    return base::fail(base::Errc::invalid, "sasl: NUL in user or password");  // PLAIN's separator
  }
  bool login = false;
  for (std::string_view name : base::split(offered, ' ')) {
    if (base::iequals(name, "PLAIN")) return Client(true, std::move(user), std::move(password));
    login = login || base::iequals(name, "LOGIN");
  }
  if (login) return Client(false, std::move(user), std::move(password));
  return base::fail(base::Errc::unsupported, "sasl: the server offers neither PLAIN nor LOGIN");
}

Client::Client(bool plain, std::string user, std::string password)
    : plain_(plain), user_(std::move(user)), password_(std::move(password)) {}

std::string_view Client::mechanism() const { return plain_ ? "PLAIN" : "LOGIN"; }

std::optional<std::string> Client::initial() const {
  if (!plain_) return std::nullopt;
  std::string out(1, '\0');
  ((out += user_) += '\0') += password_;
  return out;
}

base::Result<std::string> Client::answer(std::string_view challenge) {
  const unsigned number = answers_++;
  // A server that ignores the initial response asks for it once, with an empty challenge.
  if (plain_ && number == 0 && challenge.empty()) return *initial();
  if (!plain_ && number == 0) return user_;
  if (!plain_ && number == 1) return password_;
  return base::fail(base::Errc::invalid, "sasl: unexpected challenge");
}

}  // namespace sasl
