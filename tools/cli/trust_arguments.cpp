#include "tools/cli/trust_arguments.hpp"

#include <filesystem>

#include "tools/cli/input.hpp"

namespace cli {
namespace {

using policy::trust::Material;

enum class Wanted : unsigned char { anchors, crls, ocsp };

constexpr base::Text kNotOfKind[] = {{"{}: không phải chứng thư", "{}: no certificate"},
                                     {"{}: không phải danh sách thu hồi (CRL)", "{}: no revocation list (CRL)"},
                                     {"{}: không phải câu trả lời OCSP", "{}: no OCSP answer"}};

// Every certificate of --trust is an anchor that may vouch for any name (CONTRACT 1); a CRL or OCSP answer found there is taken as one.
int add_trust_file(Console& con, const std::string& path, Wanted wanted, Material& material) {
  const auto files = policy::trust::read_files(path);
  if (!files) return cannot_read(con, path, std::filesystem::exists(path) ? files.error() : base::fail(base::Errc::not_found, ""));
  for (const std::string& bytes : *files) {
    policy::trust::TrustStore probe;
    if (wanted == Wanted::anchors && probe.add_anchors(bytes, policy::AnchorClass::site).has_value()) {
      Material::Anchor anchor;
      anchor.bytes = bytes;
      anchor.rule.any_name = true;
      material.anchors.push_back(std::move(anchor));
    } else if (wanted != Wanted::ocsp && probe.add_crls(bytes).has_value()) {
      material.crls.push_back(bytes);
    } else if (wanted != Wanted::crls && probe.add_ocsp(bytes).has_value()) {
      material.ocsp.push_back(bytes);
    } else {
      return con.fail(kFailed, con.text(kNotOfKind[std::size_t(wanted)], printable(path)), con.text({"cần PEM hoặc DER", "PEM or DER is needed"}));
    }
  }
  return kDone;
}

}  // namespace

int read_material(Console& con, const TrustArguments& a, Material& material) {
  if (a.revocation == "require") material.revocation = policy::trust::Revocation::require;
  else if (a.revocation == "off") material.revocation = policy::trust::Revocation::off;
  else if (a.revocation != "prefer")
    return con.fail(kUsage, con.text({"--revocation {}: không có cách này", "--revocation {}: no such way"}, printable(a.revocation)),
                    con.text({"chọn require, prefer hoặc off", "choose require, prefer or off"}));
  if (!a.at.empty()) {
    const auto at = base::parse_rfc3339(a.at);
    if (!at) return con.fail(kUsage, con.text({"--at {}: không phải thời điểm RFC 3339", "--at {}: not an RFC 3339 time"}, printable(a.at)),
                             con.text({"ví dụ: --at 2026-11-22T09:00:00+07:00", "for example: --at 2026-11-22T09:00:00+07:00"}));
    material.at = *at;
  } else {
    material.at = base::system_clock().now();  // one moment for all files and attachments
  }
  for (const auto& [paths, wanted] : {std::pair{&a.trust, Wanted::anchors}, std::pair{&a.crl, Wanted::crls}, std::pair{&a.ocsp, Wanted::ocsp}})
    for (const std::string& path : *paths)
      if (const int bad = add_trust_file(con, path, wanted, material); bad != kDone) return bad;
  return kDone;
}

void add_trust_options(Program& p, CLI::App& c, TrustArguments& a) {
  c.add_option("--trust", a.trust, p.words({"chứng thư gốc tin cậy: tệp hoặc thư mục, lặp lại được", "trust anchors: a file or a directory, repeatable"}))
      ->type_name("PATH")->expected(1)->take_all();
  c.add_option("--crl", a.crl, p.words({"danh sách thu hồi, lặp lại được", "a revocation list, repeatable"}))->type_name("FILE")->expected(1)->take_all();
  c.add_option("--ocsp", a.ocsp, p.words({"câu trả lời OCSP (DER), lặp lại được", "an OCSP answer (DER), repeatable"}))->type_name("FILE")->expected(1)->take_all();
  c.add_option("--revocation", a.revocation, p.words({"kiểm tra thu hồi: require, prefer (mặc định), off", "revocation: require, prefer (default), off"}))
      ->type_name("HOW");
  c.add_option("--at", a.at, p.words({"thời điểm xét (RFC 3339), mặc định bây giờ", "judging time (RFC 3339), default now"}))->type_name("TIME");
}

}  // namespace cli
