#include "policy/smime/revocation_values.hpp"

namespace policy::smime {
namespace {

using namespace std::string_view_literals;
constexpr std::string_view kOcspFormat = "\x2b\x06\x01\x05\x05\x07\x10\x02"sv;                     // 1.3.6.1.5.5.7.16.2, id-ri-ocsp-response
constexpr std::string_view kRevocationValues = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x18"sv;   // 1.2.840.113549.1.9.16.2.24
constexpr std::string_view kRevocationArchival = "\x2a\x86\x48\x86\xf7\x2f\x01\x01\x08"sv;         // 1.2.840.113583.1.1.8
constexpr std::size_t kMaxSeen = 64;  // values looked at in one list

// Both attributes have one form: SEQUENCE { [0] SEQUENCE OF CRL, [1] SEQUENCE OF OCSP answers, [2] other }, all optional.
template <class Crl, class Answer>
void read_lists(const RawAttribute& a, const Crl& crl, const Answer& answer) {
  std::string_view value = a.value;
  const auto whole = take(value, kSequence);
  if (!whole) return;
  std::string_view in = whole->content;
  while (const auto tagged = take(in)) {
    std::string_view inner = tagged->content;
    const auto list = take(inner, kSequence);
    std::string_view rest = list ? list->content : std::string_view();
    for (std::size_t n = 0; n < kMaxSeen && !rest.empty(); ++n) {
      const auto one = take(rest);
      if (!one) return;
      if (tagged->tag == kContext0) crl(one->whole);
      if (tagged->tag == kContext1) answer(one->whole);
    }
  }
}

void collect_attribute(const RawAttribute& a, trust::Evidence& out) {
  const auto crl = [&out](std::string_view der) { out.add_crl(der); };
  if (a.oid == kRevocationValues) read_lists(a, crl, [&out](std::string_view der) { out.add_basic_ocsp(der); });
  if (a.oid == kRevocationArchival) read_lists(a, crl, [&out](std::string_view der) { out.add_ocsp(der); });
}

}  // namespace

void collect_revocation(const CmsShape& shape, trust::Evidence& out) {
  std::string_view in = shape.revocation;
  for (std::size_t n = 0; n < kMaxSeen && !in.empty(); ++n) {
    const auto one = take(in);
    if (!one) return;
    if (one->tag == kSequence) out.add_crl(one->whole);
    if (one->tag != kContext1) continue;
    std::string_view other = one->content;
    if (const auto format = take(other, kOid); format && format->content == kOcspFormat) out.add_ocsp(other);
  }
}

void collect_revocation(const RawSigner& signer, trust::Evidence& out) {
  for (const RawAttribute& a : signer.attributes) collect_attribute(a, out);
  for (const RawAttribute& a : signer.unsigned_attributes) collect_attribute(a, out);
}

}  // namespace policy::smime
