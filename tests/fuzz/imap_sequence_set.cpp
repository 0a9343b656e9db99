// A set renders to text that parses to an equal set, and resolves to numbers that exist.
#include <cstdlib>

#include "imap/proto/mailbox_view.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace imap::proto;
  if (size < 1) return 0;
  const auto set = SequenceSet::make({reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!set) return 0;
  const auto again = SequenceSet::make(set->str());
  if (!again || !(*again == *set)) std::abort();
  for (const std::uint32_t last : {0u, std::uint32_t(data[0]), UINT32_MAX}) {
    const NumberSet n = set->resolve(last);
    if (n.max() > last || !(again->resolve(last) == n)) std::abort();
  }
  const MailboxView view(NumberSet::of({{1, 5}, {9, 9}, {20, 40}}));
  if (const auto uids = view.resolve_seq(*set); uids && uids->count() != view.to_seqs(*uids).count()) std::abort();
  return 0;
}
