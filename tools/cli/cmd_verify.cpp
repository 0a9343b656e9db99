// congthu verify FILE...: needs no server and no configuration.
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "tools/cli/input.hpp"
#include "tools/cli/inspector.hpp"
#include "tools/cli/program.hpp"
#include "tools/cli/stored_verdict.hpp"
#include "tools/cli/table.hpp"
#include "tools/cli/trust_arguments.hpp"
#include "tools/cli/verify_file.hpp"

namespace cli {
namespace {

using policy::SignatureReport;
using policy::VerifyReport;
using policy::trust::Material;

struct VerifyArguments : TrustArguments {
  std::vector<std::string> files;
  std::string type, inspect, stored, content;
};

std::string texts_of(const policy::Reasons& reasons, base::Lang lang) {
  std::string out;
  for (const policy::Reason& r : reasons) out += (out.empty() ? "" : "; ") + policy::text(r, lang);
  return out;
}

std::string colored(const Console& con, policy::Verdict v) {
  const std::string words = std::string(policy::label(v).in(con.lang));
  if (!use_color(STDOUT_FILENO)) return words;
  const bool good = v == policy::Verdict::valid;
  const bool bad = v == policy::Verdict::invalid || v == policy::Verdict::spoof;
  return (good ? "\033[1;32m" : bad ? "\033[1;31m" : "\033[1;33m") + words + "\033[0m";
}

std::string signer_words(const SignatureReport& s) {
  if (!s.signer) return {};
  std::string out = s.signer->common_name.empty() ? s.signer->subject : s.signer->common_name;
  if (!s.signer->organization.empty()) out += ", " + s.signer->organization;
  for (const std::string& email : s.signer->emails) out += " <" + email + ">";
  return out;
}

Json rows_of(const Console& con, const std::string& file, const VerifyReport& r) {
  Json rows = Json::array();
  const auto row = [&](const SignatureReport* s) {
    const auto word = [](std::string_view v) { return v.empty() ? Json() : Json(v); };
    Json j{{"file", file}, {"verdict", policy::to_string(r.verdict)}};
    j["layer"] = s ? Json(policy::to_string(s->layer)) : Json();
    j["part"] = s ? word(s->part) : Json();
    j["signature_verdict"] = s ? Json(policy::to_string(s->verdict)) : Json();
    j["label"] = s ? Json(policy::label(s->verdict).in(con.lang)) : Json();
    j["signer"] = s ? word(signer_words(*s)) : Json();
    j["anchor"] = s && s->signer ? word(s->signer->anchor) : Json();
    j["anchor_class"] = s ? word(policy::to_string(s->anchor_class)) : Json();
    j["legal_form"] = s ? word(policy::to_string(s->legal_form)) : Json();
    j["reasons"] = texts_of(s ? s->reasons : r.reasons, con.lang);
    rows.push_back(std::move(j));
  };
  for (const SignatureReport& s : r.signatures) row(&s);
  if (r.signatures.empty()) row(nullptr);
  return rows;
}

void show_human(Console& con, const std::string& file, const VerifyReport& r) {
  con.out += printable(file) + ": " + colored(con, r.verdict) + "\n";
  for (const policy::Reason& reason : r.reasons) {
    const bool below = std::any_of(r.signatures.begin(), r.signatures.end(), [&](const SignatureReport& s) { return policy::has(s.reasons, reason.code); });
    if (!below) con.out += "  - " + printable(policy::text(reason, con.lang)) + "\n";
  }
  if (r.signatures.empty()) return;
  const std::vector<Column> columns{{"layer", con.text({"Lớp", "Layer"})},
                                    {"part", con.text({"Phần", "Part"})},
                                    {"label", con.text({"Kết luận", "Verdict"})},
                                    {"signer", con.text({"Người ký", "Signer"})},
                                    {"anchor", con.text({"Gốc tin cậy", "Anchor"})},
                                    {"reasons", con.text({"Lý do", "Reasons"})}};
  con.out += render_table(columns, rows_of(con, file, r), terminal_width(), use_color(STDOUT_FILENO));
}

void show_all(Console& con, const std::vector<std::pair<std::string, VerifyReport>>& reports) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto& [file, report] = reports[i];
    if (con.format == Format::json) {  // one object a line: a single file gives exactly congthu.verify/1
      const Json sorted = Json::parse(policy::to_json(report, con.lang));
      Json j;
      for (const char* key : {"schema", "verdict", "reasons", "signatures", "pending"})
        if (sorted.contains(key)) j[key] = sorted[key];
      j["file"] = file;
      con.out += dump(j) + "\n";
    } else if (con.format == Format::csv) {
      for (Json& row : rows_of(con, file, report)) rows.push_back(std::move(row));
    } else {
      if (i > 0) con.out += "\n";
      show_human(con, file, report);
    }
  }
  if (con.format != Format::csv) return;
  std::vector<Column> columns;
  for (const char* key : {"file", "verdict", "layer", "part", "signature_verdict", "signer", "anchor", "anchor_class", "legal_form", "reasons"})
    columns.push_back({key, key});
  con.out += render_csv(columns, rows);
}

// The file that a signature file signs: --content, else the one that its name names and that lies beside it.
std::optional<std::string> signed_by(const std::string& file, FileType type, const VerifyArguments& a) {
  if (!a.content.empty()) return a.content;
  if (type != FileType::p7m || file == "-") return std::nullopt;
  const std::filesystem::path named = std::filesystem::path(file).replace_extension();
  std::error_code ignored;  // a file that cannot be looked at is not there
  const bool there = named.has_extension() && std::filesystem::is_regular_file(named, ignored);
  return there ? std::optional(named.string()) : std::nullopt;
}

int run(Console& con, const VerifyArguments& a) {
  if (a.files.empty())
    return con.fail(kUsage, con.text({"thiếu tệp cần xác minh", "which file is to be verified?"}), con.text({"congthu verify FILE, hoặc --stored ID", "congthu verify FILE, or --stored ID"}));
  std::optional<FileType> type;
  if (!a.type.empty() && !(type = parse_file_type(a.type)))
    return con.fail(kUsage, con.text({"--type {}: không có loại này", "--type {}: no such type"}, printable(a.type)),
                    con.text({"chọn eml, pdf hoặc p7m", "choose eml, pdf or p7m"}));
  Material material;
  if (const int bad = read_material(con, a, material); bad != kDone) return bad;
  if (const auto usable = policy::trust::make_store(material); !usable)
    return con.fail(kFailed, con.text({"không dùng được chứng thư tin cậy: {}", "the trusted certificates cannot be used: {}"}, usable.error().detail()));
  const auto path = inspect_path(a.inspect);
  if (!path) return no_inspector(con, path.error());
  const auto pool = make_pool(*path, policy::trust::to_json(material));
  std::vector<std::pair<std::string, VerifyReport>> reports;
  int code = kDone;
  for (const std::string& file : a.files) {
    const auto bytes = read_input(file);
    if (!bytes) return cannot_read(con, file, bytes.error());
    const FileType kind = type.value_or(type_of(file, *bytes));
    std::optional<SignedFile> beside;
    if (const auto named = signed_by(file, kind, a)) {
      auto content = read_input(*named);
      if (!content) return cannot_read(con, *named, content.error());
      beside = SignedFile{std::filesystem::path(*named).filename().string(), std::move(*content)};
    }
    auto report = verify_file(*bytes, kind, std::filesystem::path(file).filename().string(), {material, *pool}, beside);
    if (!report) return no_inspector(con, report.error());
    if (report->verdict != policy::Verdict::valid) code = kNegative;
    reports.emplace_back(file, std::move(*report));
  }
  show_all(con, reports);
  return code;
}

}  // namespace

void add_verify(Program& p) {
  auto a = std::make_shared<VerifyArguments>();
  CLI::App* c = p.command(p.app, "verify",
      {"Xác minh chữ ký số của thư (.eml), văn bản (.pdf), tệp CMS (.p7m); không cần máy chủ.",
       "Verify the signatures of mail (.eml), documents (.pdf), CMS files (.p7m); needs no server."},
      {"congthu verify cong-van.pdf --trust vgca.pem --format json\ncongthu verify thu.eml --trust ca/ --crl ca.crl --revocation require\n"
       "cat thu.eml | congthu verify - --type eml --at 2026-11-22T09:00:00+07:00",
       "congthu verify letter.pdf --trust vgca.pem --format json\ncongthu verify mail.eml --trust ca/ --crl ca.crl --revocation require\n"
       "cat mail.eml | congthu verify - --type eml --at 2026-11-22T09:00:00+07:00"},
      [&p, a](Console& con) {
        if (a->stored.empty()) return run(con, *a);
        const bool alone = a->files.empty() && a->trust.empty() && a->crl.empty() && a->ocsp.empty() && a->at.empty();
        return alone ? show_stored_verdict(p, a->stored)
                     : con.fail(kUsage, con.text({"--stored xét lại với dữ liệu đã giữ, nên không đi cùng FILE, --trust, --crl, --ocsp, --at",
                                                  "--stored judges with the data that was kept, so it goes without FILE, --trust, --crl, --ocsp, --at"}));
      });
  c->add_option("FILE", a->files, p.words({"tệp cần xác minh; - là đầu vào chuẩn", "the files; - is standard input"}));
  c->add_option("--stored", a->stored, p.words({"thư đã lưu, theo mã \"message\" trong báo cáo chữ ký: lặp lại kết luận chỉ bằng dữ liệu đã giữ (cần máy chủ)",
                                                "a stored mail, by its \"message\" in the signature records: repeats the verdict from kept data alone (needs the server)"}))
      ->type_name("ID");
  c->add_option("--content", a->content, p.words({"tệp mà chữ ký tách rời (.p7s) ký; mặc định: tệp cùng thư mục có tên đó bỏ đuôi",
                                                  "the file that a detached signature (.p7s) signs; default: the one beside it with its name less the ending"}))
      ->type_name("FILE");
  add_trust_options(p, *c, *a);
  c->add_option("--type", a->type, p.words({"loại của đầu vào chuẩn: eml, pdf, p7m", "what standard input is: eml, pdf, p7m"}))->type_name("TYPE");
  c->add_option("--inspect", a->inspect, p.words({"đường dẫn của congthu-inspect", "path of congthu-inspect"}))->type_name("PATH");
}

}  // namespace cli
