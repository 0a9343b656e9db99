// The zip of a DOCX or ODT, read from memory with limits. Inside the sandbox only.
#pragma once
#include <zip.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/handle.hpp"
#include "tools/inspect/extract.hpp"

namespace tools::inspect {

class Archive {
 public:
  Archive(std::string_view bytes, const ExtractLimits& limits);
  const std::string& reason() const { return reason_; }  // empty, or why nothing (more) can be read: damaged, encrypted, bomb, too_many_entries
  bool has(const char* name) const;
  std::vector<std::string> names(std::string_view prefix, std::string_view suffix, std::size_t most) const;
  std::string read(const char* name);  // empty and a reason when it cannot be read

 private:
  base::Handle<zip_t, zip_discard> zip_;
  std::uint64_t packed_, left_, used_ = 0;
  std::uint32_t ratio_;
  std::string reason_;
};

}  // namespace tools::inspect
