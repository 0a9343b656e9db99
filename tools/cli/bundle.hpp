// Reads a trust bundle (trust import-bundle): a folder, an archive (tar, also compressed, or zip), or one file; in them PEM, DER and
// .p7b of certificates, CRLs and OCSP answers. What a file is decides its content, not its name.
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"

namespace cli {

struct BundleObject {
  std::string name;  // the file it came from, within the bundle
  std::string der;   // one object, or bytes that are none: the handler says so
};

// Errc::not_found, io; limit: more than 512 MiB or 100,000 objects; invalid: a private key is in it, the archive is damaged.
[[nodiscard]] base::Result<std::vector<BundleObject>> read_bundle(const std::string& path);

}  // namespace cli
