// Any bytes as a document of any format, and its text through the classifier: no crash, within the limits.
#include <cstdint>
#include <cstdlib>

#include "policy/document/document.hpp"
#include "policy/document/lines.hpp"
#include "tools/inspect/extract.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tools::inspect::ExtractLimits limits;
  limits.total_bytes = 4u << 20;
  limits.text_bytes = 1u << 20;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto found = tools::inspect::extract(bytes, limits);
  for (const std::string& page : found.text.pages) {
    if (page.size() > 4 * limits.text_bytes) std::abort();
    (void)policy::document::readable(page);
  }
  (void)policy::document::classify(found.text);
  return 0;
}
