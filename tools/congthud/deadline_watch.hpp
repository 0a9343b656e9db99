// Judges what only time can judge (registers/deadlines.hpp) by the rules that run now, for the moment at which each thing was done, and
// records it like any other finding, so that `report policy` shows it. In mode enforce the one who is bound gets a mail, too; nothing is
// ever refused (CONTRACT 3). Called by the thread of ReadWatch, or by tests.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "policy/pipeline/record.hpp"
#include "store/store.hpp"
#include "tools/congthud/ingest.hpp"
#include "tools/registers/deadlines.hpp"

namespace tools {

class DeadlineWatch {
 public:
  DeadlineWatch(store::Store& store, const Ingest& ingest, const base::Clock& clock, std::string hostname, std::function<void()> queue_changed)
      : store_(store), ingest_(ingest), clock_(clock), hostname_(std::move(hostname)), queue_changed_(std::move(queue_changed)) {}
  base::Result<void> run_once();  // all that is due

 private:
  struct Found {  // about one who is bound
    policy::Record record;
    std::string domain, key;
  };
  base::Result<void> judge(const registers::Deadline& deadline);
  std::vector<Found> judge_row(const registers::Deadline& deadline, const registers::Json& row, const PolicyState& state, std::string& outcome) const;
  std::vector<Found> judge_meeting(const registers::Json& row, const PolicyState& state) const;
  base::Result<void> tell(const std::vector<Found>& found);

  store::Store& store_;
  const Ingest& ingest_;
  const base::Clock& clock_;
  const std::string hostname_;
  std::function<void()> queue_changed_;
};

}  // namespace tools
