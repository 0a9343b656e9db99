// Makes what judges mail out of the configuration and the directory: trust store, free-provider list, rules with their modes.
// Called at start and on every reload or trust change; the caller swaps the result into Ingest and the inspection pool.
#pragma once
#include "base/config.hpp"
#include "policy/trust/material.hpp"
#include "tools/congthud/ingest.hpp"

namespace tools {

struct LoadedPolicy {
  std::shared_ptr<const PolicyState> state;
  std::string judging;  // policy::trust::to_json(Material), for the inspection workers
};

// Errors name the file or row that is wrong. `exchange`: instead of the configuration's policy files.
[[nodiscard]] base::Result<LoadedPolicy> load_policy(const store::Snapshot& snapshot, const base::Config& config, const policy::Site& site,
                                                     const policy::rules::ExchangePolicies* exchange = nullptr);

}  // namespace tools
