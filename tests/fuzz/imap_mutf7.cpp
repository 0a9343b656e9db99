// What decodes encodes to the same bytes; a name that is taken is stable under another round.
#include <cstdlib>

#include "base/unicode.hpp"
#include "imap/proto/mailbox_name.hpp"
#include "imap/proto/mutf7.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace imap::proto;
  const std::string_view in(reinterpret_cast<const char*>(data), size);
  if (const auto text = decode_mutf7(in)) {
    if (encode_mutf7(*text) != in || !base::valid_utf8(*text)) std::abort();
  }
  if (base::valid_utf8(in) && in.find('\0') == in.npos) {
    const auto back = decode_mutf7(encode_mutf7(in));
    if (back && *back != in) std::abort();
  }
  if (const auto name = MailboxName::make(in)) {
    const auto again = MailboxName::from_wire(encode_mutf7(name->str()), false);
    if (!again || !(*again == *name)) std::abort();
  }
  return 0;
}
