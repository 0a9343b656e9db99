// What is judged only when a time has come: a meeting (were its papers there a day before?), a schedule on the website, an urgent document.
// A row of `documents` says when; tools/congthud/deadline_watch looks at what is due and writes what it finds into `decisions`, in one
// commit with the mark that it was judged. Keys as in README.md.
#pragma once
#include <string>
#include <vector>

#include "store/store.hpp"
#include "tools/registers/row.hpp"

namespace registers {

// meeting: to be judged; meeting_end: its row goes; schedule, urgent: a register row.
enum class DeadlineKind : char { meeting = 'm', meeting_end = 'x', schedule = 's', urgent = 'u' };

struct Deadline {
  base::Time at{};
  DeadlineKind kind{};
  std::string row;  // key
};
std::string deadline_key(const Deadline& deadline);
std::vector<Deadline> deadlines_due(const store::Snapshot& snapshot, base::Time now, std::size_t most);

// Key of a row of `decisions` that can be written again: the same time and words give the same key.
std::string decision_key(base::Time at, std::string_view words);

// Puts what was found about a deadline and takes the deadline away. `before`: the row as it was judged; when it is another one by now
// nothing is written and it comes again. What an earlier judgement of the row wrote goes.
struct Settled {
  Deadline deadline;
  std::string before;
  std::vector<store::Put> decisions;
  std::string outcome;  // of a schedule: met, violated, not_asked; shown with the row
  base::Time now{};
};
store::RecordRule settle(Settled settled);

}  // namespace registers
