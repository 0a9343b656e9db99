// A decision as it is recorded (table `decisions`), so that a report can explain it later and a dry run can be compared with it.
// Of refused mail only this is kept: never a body, never a subject.
#pragma once
#include <string>
#include <string_view>

#include "policy/pipeline/context.hpp"
#include "policy/pipeline/decision.hpp"

namespace policy {

struct Record {
  base::Time at{};
  Stage stage = Stage::content;
  Channel channel = Channel::inbound;
  Action action = Action::accept;
  std::string client_address, login, sender, agency;
  std::vector<std::string> recipients;  // at most 20; recipient_count says how many there were
  std::size_t recipient_count = 0;
  std::vector<Finding> findings;  // texts and rule ids are views of the program's own tables
};

std::string_view to_string(Channel channel);

Record make_record(Stage stage, const Context& context, const Decision& decision, const Site& site);

// JSON congthu.decision/1: {"at","stage","channel","action","login","sender","agency","recipients","findings":[{"rule","mode",
// "action","subject","text":{"vi","en"},"evidence":{...}}]}.
std::string to_json(const Record& record);

}  // namespace policy
