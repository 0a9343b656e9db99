#include "policy/pdf/dss.hpp"

namespace policy::pdf {
namespace {

constexpr std::size_t kMaxEvidence = 64;  // of each kind

template <class F>
std::size_t for_each_piece(File& file, const Object& store, const char* key, const F& f) {
  const Object* entry = store.get(key);
  const auto list = entry ? file.resolve(*entry) : std::nullopt;
  if (!list || list->object.kind != Kind::array) return 0;
  std::size_t seen = 0;
  for (const Object& item : list->object.items) {
    if (seen == kMaxEvidence) break;
    const auto bytes = file.stream_bytes(item);
    if (bytes && f(*bytes)) ++seen;
  }
  return seen;
}

}  // namespace

bool read_dss(File& file, trust::Evidence& out) {
  const Object* root = file.trailer().get("Root");
  const auto catalog = root ? file.resolve(*root) : std::nullopt;
  const Object* entry = catalog ? catalog->object.get("DSS") : nullptr;
  const auto store = entry ? file.resolve(*entry) : std::nullopt;
  if (!store || store->object.kind != Kind::dictionary) return false;
  for_each_piece(file, store->object, "Certs", [&](const std::string& der) { return out.add_certificate(der); });
  const std::size_t crls = for_each_piece(file, store->object, "CRLs", [&](const std::string& der) { return out.add_crl(der); });
  const std::size_t answers = for_each_piece(file, store->object, "OCSPs", [&](const std::string& der) { return out.add_ocsp(der); });
  return crls + answers > 0;
}

}  // namespace policy::pdf
