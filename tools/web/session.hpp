// Who is signed in to the page. A session is a random token in a cookie; only its SHA-256 is kept. It ends by sign-out, when it was not
// used for a while, after a day at most, and when the account's password is another one. Bounded: the oldest makes room. Thread-safe.
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace web {

struct SessionLimits {
  base::Millis idle = std::chrono::minutes(30), longest = std::chrono::hours(12);
  std::size_t most = 1000;
};

struct Session {
  std::string account;     // address
  std::string credential;  // digest of the password's record: what it was when he signed in (admin::Login)
  std::string csrf;        // stands in each form
  base::Time began{}, used{};
};

class Sessions {
 public:
  Sessions(const base::Clock& clock, SessionLimits limits) : clock_(clock), limits_(limits) {}
  std::string begin(std::string account, std::string credential);  // the token
  std::optional<Session> find(std::string_view token);             // and counts as use
  void end(std::string_view token);
  std::size_t size() const;

 private:
  bool over(const Session& session, base::Time now) const { return now - session.used > limits_.idle || now - session.began > limits_.longest || session.began > now; }

  const base::Clock& clock_;
  const SessionLimits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, Session, std::less<>> by_digest_;
};

}  // namespace web
