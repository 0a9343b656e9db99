#include "store/types.hpp"

#include "base/ascii.hpp"
#include "base/unicode.hpp"

namespace store {

bool is_derived_keyword(std::string_view name) {
  for (const DerivedName& d : kDerivedNames)
    if (base::iequals(d.name, name)) return true;
  return false;
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

namespace {

// C0, DEL, C1 (U+0080..9F), U+2028/2029 and the bidirectional controls, which make a name look like another.
bool has_control(std::string_view s) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (c < 0x20 || c == 0x7f) return true;
    if (c == 0xc2 && i + 1 < s.size() && static_cast<unsigned char>(s[i + 1]) < 0xa0) return true;
    if (c != 0xe2 || i + 2 >= s.size()) continue;
    const auto b = static_cast<unsigned char>(s[i + 1]), d = static_cast<unsigned char>(s[i + 2]);
    if (b == 0x80 && d >= 0xa8 && d <= 0xae) return true;
    if (b == 0x81 && d >= 0xa6 && d <= 0xa9) return true;
  }
  return false;
}

}  // namespace

Result<std::string> canonical_mailbox_name(std::string_view given) {
  const auto bad = [](const char* why) { return base::fail(base::Errc::invalid, std::string("mailbox name: ") + why); };
  if (given.empty()) return bad("empty");
  if (given.size() > kMaxMailboxName) return bad("longer than 1000 bytes");
  if (!base::valid_utf8(given)) return bad("not UTF-8");
  std::string name = base::nfc(given);
  if (name.size() > kMaxMailboxName) return bad("longer than 1000 bytes");
  if (has_control(name)) return bad("control character");
  bool first = true;
  for (const std::string_view level : base::split(name, '/')) {
    if (level.empty()) return bad("empty level");
    if (level.size() > kMaxMailboxLevel) return bad("a level is longer than 255 bytes");
    if (level == "." || level == "..") return bad("a level is a dot name");
    // RFC 9051 5.1: INBOX means the same in any case; as a first level too, or "inbox/x" and "INBOX/x" would be twins.
    if (first && base::iequals(level, "INBOX")) name.replace(0, 5, "INBOX");
    first = false;
  }
  return name;
}

}  // namespace store
