#include "store/types.hpp"

#include "base/ascii.hpp"

namespace store {

bool is_derived_keyword(std::string_view name) {
  for (const DerivedName& d : kDerivedNames)
    if (base::iequals(d.name, name)) return true;
  return false;
}

std::string_view use_name(SpecialUse use) {
  switch (use) {
    case SpecialUse::drafts: return "\\Drafts";
    case SpecialUse::sent: return "\\Sent";
    case SpecialUse::junk: return "\\Junk";
    case SpecialUse::trash: return "\\Trash";
    case SpecialUse::archive: return "\\Archive";
    case SpecialUse::none:
    case SpecialUse::inbox: break;
  }
  return {};
}

ThreadKey thread_key(std::string_view message_id) {
  const base::Digest digest = base::sha256(message_id);
  ThreadKey key;
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

std::vector<UidRange> to_ranges(const std::vector<Uid>& sorted) {
  std::vector<UidRange> out;
  for (const Uid uid : sorted) {
    if (!out.empty() && raw(out.back().last) + 1 == raw(uid)) out.back().last = uid;
    else out.push_back({uid, uid});
  }
  return out;
}

}  // namespace store
