// congthu trust: anchors, intermediates and revocation lists of the site.
#include "base/encoding.hpp"
#include "tools/cli/admin_command.hpp"
#include "tools/cli/input.hpp"

namespace cli {
namespace {

struct TrustArguments {
  std::string file, anchor_class, kind, fingerprint;
  std::vector<std::string> domains, agencies;
  bool any_name = false;
};

constexpr base::Text kTrustExamples{"congthu trust add vgca-g2.pem --class vgca\ncongthu trust add ca-so.pem --class site --domain snv.songla.gov.vn\ncongthu trust list\n"
                               "congthu trust remove 3F2A9C01",
                               "congthu trust add vgca-g2.pem --class vgca\ncongthu trust add own-ca.pem --class site --domain snv.songla.gov.vn\ncongthu trust list\n"
                               "congthu trust remove 3F2A9C01"};
constexpr std::size_t kMaxCertificates = 8u << 20;

int add(Program& p, const TrustArguments& a) {
  const auto bytes = read_input(a.file, kMaxCertificates);
  if (!bytes) return cannot_read(p.con, a.file, bytes.error());
  Json body = Json::object();
  if (bytes->find("-----BEGIN ") != std::string::npos) body["pem"] = *bytes;
  else body["der"] = base::base64_encode(*bytes);
  if (!a.anchor_class.empty()) body["class"] = a.anchor_class;
  if (!a.kind.empty()) body["kind"] = a.kind;
  if (!a.domains.empty()) body["domains"] = a.domains;
  if (!a.agencies.empty()) body["agencies"] = a.agencies;
  if (a.any_name) body["any_name"] = true;
  return change(p, "POST", "/trust", body, a.file);
}

}  // namespace

void add_trust(Program& p) {
  auto a = std::make_shared<TrustArguments>();
  CLI::App* g = p.group("trust", {"Chứng thư gốc tin cậy của đơn vị.", "The certificates that the site trusts."}, kTrustExamples);
  CLI::App* c = p.command(*g, "add", {"Thêm chứng thư hoặc danh sách thu hồi (PEM, DER).", "Add certificates or a revocation list (PEM, DER)."}, kTrustExamples,
                          [&p, a](Console&) { return add(p, *a); });
  c->add_option("FILE", a->file, p.words({"tệp; - là đầu vào chuẩn", "the file; - is standard input"}))->required();
  c->add_option("--class", a->anchor_class, p.words({"vgca (chuyên dùng Chính phủ), public (công cộng), site (của đơn vị)", "vgca (government), public, site (own)"}))->type_name("C");
  c->add_option("--kind", a->kind, p.words({"anchor, intermediate hoặc crl", "anchor, intermediate or crl"}))->type_name("K");
  c->add_option("--domain", a->domains, p.words({"chỉ cho tên miền này; lặp lại được", "only for this domain; repeatable"}))->type_name("D")->expected(1)->take_all();
  c->add_option("--agency", a->agencies, p.words({"chỉ cho cơ quan này; lặp lại được", "only for this agency; repeatable"}))->type_name("N")->expected(1)->take_all();
  c->add_flag("--any-name", a->any_name, p.words({"được bảo đảm cho mọi tên", "may vouch for any name"}));
  p.command(*g, "list", {"Liệt kê.", "List them."}, kTrustExamples, [&p](Console&) {
    return list(p, "/trust", "trust", {"fingerprint", "kind", "class", "subject", "issuer", "not_after", "expired", "domains", "agencies", "any_name"});
  });
  c = p.command(*g, "remove", {"Bỏ theo vân tay (ít nhất 8 chữ số).", "Remove by fingerprint (at least 8 digits)."}, kTrustExamples,
                [&p, a](Console&) { return change(p, "DELETE", "/trust/" + encoded(a->fingerprint), {}, a->fingerprint); });
  c->add_option("FINGERPRINT", a->fingerprint, p.words({"vân tay SHA-256", "SHA-256 fingerprint"}))->required();
}

}  // namespace cli
