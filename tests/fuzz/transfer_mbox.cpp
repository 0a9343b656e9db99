// Any bytes as an mbox line and as a message body of ours: no crash, and what is quoted comes back.
#include <cstdlib>

#include "tools/transfer/export_writer.hpp"
#include "tools/transfer/mbox_line.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace transfer;
  const std::string_view in(reinterpret_cast<const char*>(data), size);
  (void)parse_from_line(in, 0);
  (void)decode(in);
  bool lf = false;
  const std::string body = mbox_body(in, lf);
  if (mbox_original(body, lf) != in) std::abort();
  return 0;
}
