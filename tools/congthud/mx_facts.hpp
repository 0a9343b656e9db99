// Whether a domain's mail is kept by a free provider, by the hosts of its MX records: evidence for the rule `free-provider`, never a
// reason to refuse. Asked on the judging pool, before the rules run; bounded in time, in questions at once and in memory. What DNS does
// not say in time is unknown, and known for the next mail. Thread-safe.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace tools {

struct MxFact {
  std::string host, provider;  // provider empty: none that is known
};

class MxFacts {
 public:
  using Answer = std::function<void(base::Result<std::vector<std::string>> hosts)>;  // in the order of their preference; any thread, once
  using Ask = std::function<void(std::string domain, Answer answer)>;
  struct Limits {
    std::chrono::milliseconds wait{250};  // for one domain that is not known yet
    std::size_t waiting = 4;  // with more questions open nobody waits: a dead DNS must not slow the mail down
    std::size_t asked = 64, kept = 10'000;
    std::chrono::hours fresh{6};
    std::chrono::minutes unknown{10};  // until it is asked again
  };
  MxFacts(const base::Clock& clock, Ask ask, Limits limits) : clock_(clock), ask_(std::move(ask)), limits_(limits), state_(std::make_shared<State>()) {}

  // nullopt: unknown.
  std::optional<MxFact> look(std::string_view domain);

 private:
  struct Known {
    std::optional<MxFact> fact;
    base::Time until{};
    bool pending = false;
  };
  struct State {  // an answer may come when we are gone
    std::mutex mutex;
    std::condition_variable answered;
    std::map<std::string, Known, std::less<>> known;
    std::size_t asked = 0;
  };
  static void take(State& state, const std::string& domain, base::Time now, const Limits& limits, const base::Result<std::vector<std::string>>& hosts);

  const base::Clock& clock_;
  const Ask ask_;
  const Limits limits_;
  std::shared_ptr<State> state_;
};

}  // namespace tools
