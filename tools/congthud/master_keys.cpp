#include "tools/congthud/master_keys.hpp"

namespace tools {
namespace {

base::Result<void> load(const char* setting, const std::string& where, std::shared_ptr<const store::MasterKey>& out) {
  if (where.empty()) return {};
  auto key = store::open_master_key(where);
  if (!key) return base::fail(key.error().code(), std::string("encryption.") + setting + ": " + key.error().detail());
  out = *std::move(key);
  return {};
}

}  // namespace

base::Result<void> load_master_keys(const base::EncryptionConfig& config, store::Options& options) {
  if (auto loaded = load("master_key", config.master_key, options.master); !loaded) return loaded;
  return load("previous_master_key", config.previous_master_key, options.previous_master);
}

}  // namespace tools
