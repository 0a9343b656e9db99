// The master keys that the configuration names, into the options of a store. Used by congthud and by congthu without a server.
#pragma once
#include "base/config.hpp"
#include "store/store.hpp"

namespace tools {

// Errors name the setting; unavailable, not_found, denied, invalid as store::open_master_key gives them.
base::Result<void> load_master_keys(const base::EncryptionConfig& config, store::Options& options);

}  // namespace tools
