// Any bytes of a server through framer and parsers: no crash, bounded work, the same whatever the pieces.
#include <algorithm>
#include <cstdlib>

#include "tools/transfer/imap_response.hpp"

namespace {
std::size_t run(std::string_view in, std::size_t step) {
  transfer::ImapLimits limits;
  limits.line = 4096;
  limits.literal = 512;
  limits.drained = 8192;
  transfer::ImapFramer framer(limits);
  std::size_t frames = 0;
  for (; !in.empty(); in.remove_prefix(std::min(step, in.size()))) {
    framer.feed(in.substr(0, step));
    for (;;) {
      auto frame = framer.next();
      if (!frame) return frames;
      if (!*frame) break;
      ++frames;
      auto r = transfer::parse_response(**std::move(frame));
      if (!r) continue;
      if (const auto listed = transfer::parse_list(*r); listed && listed->name.size() > 3 * listed->wire_name.size()) std::abort();
      (void)transfer::parse_fetch(*std::move(r));
    }
  }
  return frames;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view in(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (run(in, std::size_t(data[0]) + 1) != run(in, 1)) std::abort();
  return 0;
}
