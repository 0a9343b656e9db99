#include "policy/trust/well_known.hpp"

#include <array>

#include "base/unicode.hpp"

namespace policy::trust {
namespace {

constexpr std::array<WellKnown, 7> kKnown{{
    {"F04BA4B459A7C9A1B971AD9B1CB833E695A80C79AEA63B174B66A70EDFE2FDB8", "RootCA chuyên dùng Chính phủ G2", "RootCA chuyên dùng Chính phủ G2",
     AnchorClass::vgca},
    {"D8CAB7A4AEF92E6BB2509D7C61CEE7B44F3731B2D21074963530277B366FAE4B", "CA phục vụ các cơ quan Nhà nước G2", "CA phục vụ các cơ quan Nhà nước G2",
     AnchorClass::vgca},
    {"E4B402E3CB4CACC0A20D21FA49BCE76BEB4EB47BA7FFB7A8F71C554DBE561A81", "CA phục vụ các cơ quan Đảng G2", "CA phục vụ các cơ quan Đảng G2",
     AnchorClass::vgca},
    {"F7BC89054CEC7F12730D7B8CD3EB7955B163835087E5EB873EDFB584763B3F90", "Cơ quan chứng thực số chuyên dùng Chính phủ (RootCA G1)",
     "Co quan chung thuc so chuyen dung Chinh phu (RootCA)", AnchorClass::vgca},
    {"75E969C07BA35C29C72BBC1BFB880F20F3891A619B00B77EB02CA6160736A1FE", "Cơ quan chứng thực số Chính phủ (G1)",
     "Co quan chung thuc so Chinh phu", AnchorClass::vgca},
    {"BAC8BF609AB420A8EE1780D74F4DE5C7F7184959D2A7375B0A75E4C29F0908E7", "Vietnam National Root CA", "Vietnam National Root CA", AnchorClass::public_},
    {"7D6BA5245317F9ED5D8BC765A4634D26AC6340D36B9F584DF3B52D9C4A81A306", "VNPT-CA SHA2", "VNPT-CA SHA2", AnchorClass::public_},
}};

}  // namespace

std::optional<WellKnown> well_known(std::string_view fingerprint) {
  for (const WellKnown& k : kKnown)
    if (k.fingerprint == fingerprint) return k;
  return std::nullopt;
}

std::optional<WellKnown> namesake(std::string_view common_name, std::string_view fingerprint) {
  const std::string folded = base::fold_search(common_name);
  if (folded.empty()) return std::nullopt;
  for (const WellKnown& k : kKnown)
    if (k.fingerprint != fingerprint && (base::fold_search(k.common_name) == folded || base::fold_search(k.name) == folded)) return k;
  return std::nullopt;
}

}  // namespace policy::trust
