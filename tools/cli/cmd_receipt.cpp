// congthu receipt list | show | verify: the server's signed receipts of accepted mail.
#include <filesystem>
#include <fstream>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "policy/receipt/receipt.hpp"
#include "policy/smime/signature_file.hpp"
#include "tools/cli/admin_command.hpp"
#include "tools/cli/input.hpp"
#include "tools/cli/trust_arguments.hpp"

namespace cli {
namespace {

struct ReceiptArguments : TrustArguments {
  std::string from, to, address, message_id, digest, limit, id, out, file, message;
};

constexpr base::Text kReceiptExamples{
    "congthu receipt list --from 2026-11-01 --to 2026-11-30 --address van.thu@songla.gov.vn\ncongthu receipt show 18b2c3d4 --out bien-nhan.p7m\n"
    "congthu receipt verify bien-nhan.p7m --message thu.eml --trust ca.pem",
    "congthu receipt list --from 2026-11-01 --to 2026-11-30 --address clerk@songla.gov.vn\ncongthu receipt show 18b2c3d4 --out receipt.p7m\n"
    "congthu receipt verify receipt.p7m --message mail.eml --trust ca.pem"};

int list_receipts(Program& p, const ReceiptArguments& a) {
  std::string target = "/receipts";
  for (const auto& [name, value] : {std::pair{"from", &a.from}, std::pair{"to", &a.to}, std::pair{"address", &a.address},
                                    std::pair{"message_id", &a.message_id}, std::pair{"digest", &a.digest}, std::pair{"limit", &a.limit}})
    if (!value->empty()) target += std::string(target.find('?') == std::string::npos ? "?" : "&") + name + "=" + encoded(*value);
  return list(p, target, "receipts", {"id", "accepted", "channel", "sender", "recipients", "message_id", "size", "timestamp"});
}

int show_receipt(Program& p, const ReceiptArguments& a) {
  Console& con = p.con;
  Backend backend(con, p.config);
  auto reply = backend.call("GET", "/receipts/" + encoded(a.id));
  if (!reply) return backend.code();
  const auto cms = base::base64_decode(reply->value("signed", std::string()));
  if (!a.out.empty()) {
    if (!cms) return con.fail(kFailed, con.text({"biên nhận của máy chủ không đọc được", "the server's receipt cannot be read"}));
    if (std::filesystem::exists(a.out)) return con.fail(kFailed, con.text({"{}: đã có, không ghi đè", "{}: is there and is not overwritten"}, printable(a.out)));
    std::ofstream file(a.out, std::ios::binary);
    file << *cms;
    if (!file.flush()) return con.fail(kFailed, con.text({"{}: không ghi được", "{}: cannot be written"}, printable(a.out)));
  }
  if (con.format == Format::table) reply->erase("signed");
  show_object(con, *reply);
  return kDone;
}

// What the message on disk must be: its bytes as they were sent, or as they are stored here.
std::string matched(const std::string& message, const policy::receipt::Receipt& r) {
  const std::string digest = base::hex_encode(base::view(base::sha256(message)));
  return digest == r.received_sha256 ? "received" : digest == r.stored_sha256 ? "stored" : "";
}

int verify_receipt(Program& p, const ReceiptArguments& a) {
  Console& con = p.con;
  policy::trust::Material material;
  if (const int bad = read_material(con, a, material); bad != kDone) return bad;
  const auto trust = policy::trust::make_store(material);
  if (!trust) return con.fail(kFailed, con.text({"không dùng được chứng thư tin cậy: {}", "the trusted certificates cannot be used: {}"}, trust.error().detail()));
  const auto bytes = read_input(a.file);
  if (!bytes) return cannot_read(con, a.file, bytes.error());
  policy::smime::Options how;
  how.at = *material.at;
  how.revocation = material.revocation;
  const auto judged = policy::smime::verify_signature_file(*bytes, std::nullopt, policy::smime::SignatureForm::cms, *trust, how);
  const auto receipt = policy::receipt::parse_receipt(judged.content.value_or(""));
  Json out{{"schema", "congthu.receipt_verdict/1"}, {"verdict", policy::to_string(judged.report.verdict)}};
  std::string signer, reasons;
  for (const auto& s : judged.report.signatures) {
    if (s.signer) signer = s.signer->common_name.empty() ? s.signer->subject : s.signer->common_name;
    if (s.signing_time_proven) out["timestamp"] = base::rfc3339(*s.signing_time_proven);
    for (const policy::Reason& r : s.reasons) reasons += (reasons.empty() ? "" : "; ") + policy::text(r, con.lang);
  }
  out["signer"] = signer;
  out["reasons"] = reasons;
  bool good = judged.report.verdict == policy::Verdict::valid && receipt;
  if (receipt) {
    const Json statement = Json::parse(policy::receipt::to_json(*receipt));
    for (const auto& [key, value] : statement.items())
      if (key != "schema") out[key] = value;
  } else {
    out["reasons"] = reasons + (reasons.empty() ? "" : "; ") + con.text({"nội dung không phải biên nhận của Công Thư", "what is signed is no receipt of Công Thư"});
  }
  if (receipt && !a.message.empty()) {
    const auto message = read_input(a.message);
    if (!message) return cannot_read(con, a.message, message.error());
    const std::string which = matched(*message, *receipt);
    out["message"] = which.empty() ? "differs" : which;
    good = good && !which.empty();
  }
  show_object(con, out);
  return good ? kDone : kNegative;
}

}  // namespace

void add_receipt(Program& p) {
  auto a = std::make_shared<ReceiptArguments>();
  CLI::App* g = p.group("receipt", {"Biên nhận có chữ ký của máy chủ về thư đã nhận.", "The server's signed receipts of accepted mail."}, kReceiptExamples);
  CLI::App* l = p.command(*g, "list", {"Liệt kê, mới nhất trước.", "List them, the newest first."}, kReceiptExamples, [&p, a](Console&) { return list_receipts(p, *a); });
  l->add_option("--from", a->from, p.words({"từ ngày", "from this day on"}))->type_name("DATE");
  l->add_option("--to", a->to, p.words({"đến hết ngày", "to the end of this day"}))->type_name("DATE");
  l->add_option("--address", a->address, p.words({"người gửi hoặc người nhận", "a sender or recipient"}))->type_name("ADDRESS");
  l->add_option("--message-id", a->message_id, p.words({"Message-ID của thư", "the mail's Message-ID"}))->type_name("ID");
  l->add_option("--digest", a->digest, p.words({"SHA-256 của thư, hoặc phần đầu", "the mail's SHA-256, or its first digits"}))->type_name("HEX");
  l->add_option("--limit", a->limit, p.words({"nhiều nhất bao nhiêu (mặc định 100)", "how many at most (default 100)"}))->type_name("N");
  CLI::App* s = p.command(*g, "show", {"Xem một biên nhận; ghi ra tệp .p7m.", "Show one; write it to a .p7m file."}, kReceiptExamples, [&p, a](Console&) { return show_receipt(p, *a); });
  s->add_option("ID", a->id, p.words({"mã biên nhận, ít nhất 8 chữ số", "the receipt's id, at least 8 digits"}))->required();
  s->add_option("--out", a->out, p.words({"ghi biên nhận đã ký vào tệp này", "write the signed receipt to this file"}))->type_name("FILE");
  CLI::App* v = p.command(*g, "verify", {"Xác minh một biên nhận; không cần máy chủ.", "Verify a receipt; needs no server."}, kReceiptExamples,
                          [&p, a](Console&) { return verify_receipt(p, *a); });
  v->add_option("FILE", a->file, p.words({"biên nhận (.p7m); - là đầu vào chuẩn", "the receipt (.p7m); - is standard input"}))->required();
  v->add_option("--message", a->message, p.words({"thư mà biên nhận phải nói đến", "the mail that it must be about"}))->type_name("FILE");
  add_trust_options(p, *v, *a);
}

}  // namespace cli
