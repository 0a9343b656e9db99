// Any bytes through framer and parser: no crash, bounded work; what parses keeps its tag and its messages.
#include <algorithm>
#include <cstdlib>

#include "imap/proto/framer.hpp"
#include "imap/proto/parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace imap::proto;
  if (size < 2) return 0;
  Framer framer(FramerLimits::authenticated(4096));
  Limits limits;
  limits.utf8 = (data[0] & 1) != 0;
  const std::size_t step = std::size_t(data[1]) + 1;
  std::string_view in(reinterpret_cast<const char*>(data) + 2, size - 2);
  for (; !in.empty(); in.remove_prefix(std::min(step, in.size()))) {
    framer.feed(in.substr(0, step));
    for (;;) {
      const Frame f = framer.next();
      if (f.kind == Frame::Kind::need_more) break;
      if (f.kind == Frame::Kind::close) return 0;
      const auto r = parse(f.text, limits);
      if (r && r->tag.str() != tag_of(f.text)) std::abort();
      const auto* append = r ? std::get_if<Append>(&r->command) : nullptr;
      if (append && f.kind == Frame::Kind::command && append->messages.size() != f.messages.size()) std::abort();
    }
  }
  return 0;
}
