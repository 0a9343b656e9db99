// What a signature verdict hung on, kept with the mail; and judging it again: when late revocation data comes, when trust has changed
// (`signature recheck`), or offline with the kept data alone (`verify --stored`). Any thread; judging blocks (inspection workers).
#pragma once
#include "store/store.hpp"
#include "tools/admin/evidence_rows.hpp"
#include "tools/congthud/ingest.hpp"

namespace tools {

// Adds to `message` the rows of a mail that carries signatures. `at`: the judging time. `first_row`: where the records of this mail begin in its puts.
void add_judgement(const store::Store& store, const PolicyState& state, const policy::Context& context, const policy::ContentFacts& facts,
                   std::string_view digest, base::Time at, std::size_t first_row, store::SubmitMessage& message);

class Judgements {
 public:
  Judgements(store::Store& store, const policy::Site& site, const Ingest& ingest, const base::Clock& clock)
      : store_(store), site_(site), ingest_(ingest), clock_(clock) {}

  struct Again {
    bool gone = false;     // no copy is left, or nothing was ever kept: nothing to judge
    bool waiting = false;  // it still misses data
    bool changed = false;  // verdict or keywords
    std::string before, after;  // verdict words of the mail
    std::vector<policy::RevocationSource> wanted;
  };
  // Judges with what is known now and writes what came of it: keywords of every copy, its rows in `signatures`, evidence, audit.
  // `final`: it waits no longer, whatever is missing. `who`, `what`: for the audit. `dry`: nothing is written.
  [[nodiscard]] base::Result<Again> again(std::string_view digest, bool final, const std::string& who, const std::string& what, bool dry = false);

  // The report of a stored mail from the data kept with it and nothing else; mail and attachments.
  struct Repeated {
    base::Time at{}, decided{};
    policy::VerifyReport mail;
    std::vector<std::pair<std::string, policy::VerifyReport>> attachments;  // file name
    std::size_t objects = 0, missing = 0;  // of the kept data
  };
  [[nodiscard]] base::Result<Repeated> repeat(std::string_view digest);

 private:
  struct Found {
    admin::Judgement judgement;
    std::string content;
    std::vector<store::Location> copies;
  };
  base::Result<std::optional<Found>> find(std::string_view digest) const;
  base::Result<void> write(std::string_view digest, const Found& found, std::string audit, store::DerivedBits bits,
                           std::vector<store::Put> puts, store::RecordRule registers);

  store::Store& store_;
  const policy::Site& site_;
  const Ingest& ingest_;
  const base::Clock& clock_;
};

}  // namespace tools
