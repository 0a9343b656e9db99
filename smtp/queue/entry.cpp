#include "smtp/queue/entry.hpp"

#include <map>

#include "base/ascii.hpp"
#include "base/codec.hpp"

namespace smtp::queue {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kUtf8 = 1, kHeld = 2, kWarned = 4;

void put(base::Writer& w, const Target& t) {
  const proto::RecipientResult& r = t.result;
  w.bytes(r.address).varint(std::uint64_t(r.fate)).varint(t.notify_never).varint(std::uint64_t(r.code));
  w.varint(r.enhanced.klass).varint(r.enhanced.subject).varint(r.enhanced.detail).bytes(r.text);
}

Target target(base::Reader& r) {
  Target t;
  t.result.address = r.bytes();
  const std::uint64_t fate = r.varint();
  t.result.fate = fate <= std::uint64_t(proto::Fate::permanent) ? proto::Fate(fate) : proto::Fate::pending;
  t.notify_never = r.varint() != 0;
  t.result.code = int(r.varint() % 1000);
  t.result.enhanced.klass = std::uint8_t(r.varint());
  t.result.enhanced.subject = std::uint16_t(r.varint());
  t.result.enhanced.detail = std::uint16_t(r.varint());
  t.result.text = r.bytes();
  return t;
}

}  // namespace

std::string encode(const Entry& e) {
  base::Writer w;
  w.varint(kVersion).varint((e.smtputf8 ? kUtf8 : 0) | (e.held ? kHeld : 0) | (e.warned ? kWarned : 0));
  w.bytes(e.sender).bytes(e.domain).bytes(e.envid).varint(e.attempts).bytes(e.last_host).varint(e.targets.size());
  for (const Target& t : e.targets) put(w, t);
  return w.take();
}

base::Result<Entry> decode(std::string_view bytes) {
  base::Reader r(bytes);
  if (r.varint() != kVersion) return base::fail(base::Errc::corrupt, "queue entry of an unknown version");
  const std::uint64_t flags = r.varint();
  Entry e;
  e.smtputf8 = flags & kUtf8;
  e.held = flags & kHeld;
  e.warned = flags & kWarned;
  e.sender = r.bytes();
  e.domain = r.bytes();
  e.envid = r.bytes();
  e.attempts = r.varint();
  e.last_host = r.bytes();
  for (std::uint64_t n = r.varint(); n > 0 && r.ok(); --n) e.targets.push_back(target(r));
  if (!r.ok() || !r.at_end()) return base::fail(base::Errc::corrupt, "queue entry is damaged");
  return e;
}

std::string domain_of(std::string_view address) {
  const std::size_t at = address.rfind('@');
  return at == std::string_view::npos ? std::string() : base::lower_ascii(address.substr(at + 1));
}

std::vector<store::Outbound> outbound_for(const Envelope& envelope, base::Time due) {
  std::map<std::string, Entry> by_domain;
  for (const Recipient& r : envelope.recipients) {
    if (r.local) continue;
    Entry& e = by_domain[domain_of(r.address)];
    Target t;
    t.result.address = r.address;
    t.notify_never = r.notify.never;
    e.targets.push_back(std::move(t));
  }
  std::vector<store::Outbound> out;
  for (auto& [domain, e] : by_domain) {
    e.domain = domain;
    e.sender = envelope.sender;
    e.smtputf8 = envelope.smtputf8;
    out.push_back({encode(e), due, envelope.prefix});
  }
  return out;
}

}  // namespace smtp::queue
