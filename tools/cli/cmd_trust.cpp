// congthu trust: anchors, intermediates, revocation lists and OCSP answers of the site.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "tools/cli/admin_command.hpp"
#include "tools/cli/bundle.hpp"
#include "tools/cli/input.hpp"

namespace cli {
namespace {

struct TrustCommand {
  std::string file, anchor_class, kind, fingerprint, output, id;
  std::vector<std::string> domains, agencies, expected;
  bool any_name = false, yes = false;
};

constexpr base::Text kTrustExamples{
    "congthu trust add vgca-g2.pem --class vgca --fingerprint F04BA4B459A7C9A1B971AD9B1CB833E695A80C79AEA63B174B66A70EDFE2FDB8\n"
    "congthu trust add ca-so.pem --class site --domain snv.songla.gov.vn\ncongthu trust import-bundle thu-hoi-tuan-47.tar\n"
    "congthu trust list\ncongthu trust remove 3F2A9C01",
    "congthu trust add vgca-g2.pem --class vgca --fingerprint F04BA4B459A7C9A1B971AD9B1CB833E695A80C79AEA63B174B66A70EDFE2FDB8\n"
    "congthu trust add own-ca.pem --class site --domain snv.songla.gov.vn\ncongthu trust import-bundle revocation-week-47.tar\n"
    "congthu trust list\ncongthu trust remove 3F2A9C01"};
constexpr std::size_t kMaxTrustFile = 64u << 20;
constexpr std::size_t kBundleRequest = 8u << 20;  // of base64 in one request

std::string localized(const Console& con, const Json& texts) {
  const char* lang = con.lang == base::Lang::vi ? "vi" : "en";
  return texts.is_object() ? texts.value(lang, "") : std::string();
}

std::string value_of(const Json& row, const char* key) {
  const auto found = row.find(key);
  return found == row.end() || found->is_null() ? std::string() : printable(cell_text(*found));
}

// "F04B A4B4 ...": to be compared with paper by eye.
std::string in_groups(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 4) out += (i > 0 ? " " : "") + hex.substr(i, 4);
  return out;
}

std::string described(const Console& con, const Json& row) {
  std::string out;
  const auto line = [&](base::Text title, const std::string& value) {
    if (!value.empty()) out += "  " + con.text(title) + ": " + value + "\n";
  };
  line({"Loại", "Kind"}, value_of(row, "kind") + (value_of(row, "class").empty() ? "" : " / " + value_of(row, "class")));
  line({"Chủ thể", "Subject"}, value_of(row, "subject"));
  line({"Nơi cấp", "Issuer"}, value_of(row, "issuer"));
  line({"Hiệu lực", "Validity"}, value_of(row, "not_before") + " – " + value_of(row, "not_after"));
  line({"Chỉ cho tên miền", "Only for domains"}, value_of(row, "domains"));
  line({"Chỉ cho cơ quan", "Only for agencies"}, value_of(row, "agencies"));
  line({"SHA-256", "SHA-256"}, in_groups(value_of(row, "fingerprint")));
  line({"Nhận ra", "Recognised"}, value_of(row, "well_known"));
  line({"CHÚ Ý", "WARNING"}, localized(con, row.value("warning", Json())));
  return out;
}

std::string typed_line(int tty) {
  std::string out;
  char c = 0;
  while (out.size() < 256 && ::read(tty, &c, 1) == 1 && c != '\n') out += c;
  std::erase_if(out, [](char x) { return x == ' ' || x == ':' || x == '\r'; });
  return base::lower_ascii(out);
}

// Shows each anchor and asks for the first digits of its fingerprint: a "y" is typed without reading. False: declined.
bool confirmed(Console& con, const Json& objects) {
  constexpr std::size_t kDigits = 8;
  const int tty = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (tty < 0) return false;
  bool yes = true;
  for (const Json& row : objects) {
    con.note("\n" + described(con, row));
    if (row.value("kind", "") != "anchor") continue;
    con.note(con.text({"Đối chiếu vân tay với nguồn tin cậy, rồi gõ {} chữ số đầu để xác nhận (Enter: thôi):",
                       "Compare the fingerprint with a source you trust, then type its first {} digits to confirm (Enter: leave it):"}, kDigits));
    const std::string wanted = base::lower_ascii(value_of(row, "fingerprint").substr(0, kDigits));
    yes = yes && !wanted.empty() && typed_line(tty) == wanted;
    if (!yes) break;
  }
  ::close(tty);
  return yes;
}

int told_pending(Program& p, const Json& reply) {
  if (p.con.format != Format::table || !reply.value("pending", Json()).is_string()) return kDone;
  p.con.line({"chờ người thứ hai xác nhận: congthu trust approve {}", "waits for a second person: congthu trust approve {}"}, reply["pending"].get<std::string>());
  return kDone;
}

Json add_body(const TrustCommand& a, const std::string& bytes) {
  Json body = Json::object();
  if (bytes.find("-----BEGIN ") != std::string::npos) body["pem"] = bytes;
  else body["der"] = base::base64_encode(bytes);
  if (!a.anchor_class.empty()) body["class"] = a.anchor_class;
  if (!a.kind.empty()) body["kind"] = a.kind;
  if (!a.domains.empty()) body["domains"] = a.domains;
  if (!a.agencies.empty()) body["agencies"] = a.agencies;
  if (a.any_name) body["any_name"] = true;
  if (!a.expected.empty()) body["expect"] = a.expected;
  return body;
}

int add(Program& p, const TrustCommand& a) {
  const auto bytes = read_input(a.file, kMaxTrustFile);
  if (!bytes) return cannot_read(p.con, a.file, bytes.error());
  Json body = add_body(a, *bytes);
  Backend backend(p.con, p.config);
  backend.about(a.file);
  if (!a.yes && a.expected.empty() && a.file != "-" && is_terminal(STDIN_FILENO) && is_terminal(STDERR_FILENO)) {
    body["check"] = true;
    const auto seen = backend.call("POST", "/trust", dump(body));
    if (!seen) return backend.code();
    if (!confirmed(p.con, seen->value("objects", Json::array())))
      return p.con.fail(kFailed, p.con.text({"chưa xác nhận vân tay, không thêm gì", "the fingerprint was not confirmed, nothing was added"}),
                        p.con.text({"trong kịch bản, dùng --fingerprint HEX hoặc --yes", "in scripts use --fingerprint HEX, or --yes"}));
    body.erase("check");
  }
  const auto reply = backend.call("POST", "/trust", dump(body));
  if (!reply) return backend.code();
  if (p.con.format != Format::table) return show_object(p.con, *reply), kDone;
  if (reply->value("changed", true)) p.con.line({"đã xong: {}", "done: {}"}, printable(a.file));
  else p.con.line({"không có gì thay đổi: {}", "nothing had to change: {}"}, printable(a.file));
  for (const Json& row : reply->value("objects", Json::array())) p.con.out += described(p.con, row);
  return told_pending(p, *reply);
}

int remove(Program& p, const TrustCommand& a) {
  Backend backend(p.con, p.config);
  backend.about(a.fingerprint);
  const auto reply = backend.call("DELETE", "/trust/" + encoded(a.fingerprint));
  if (!reply) return backend.code();
  if (p.con.format != Format::table) return show_object(p.con, *reply), kDone;
  p.con.line({"đã xong: {}", "done: {}"}, printable(a.fingerprint));
  return told_pending(p, *reply);
}

int trust_list(Program& p) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", "/trust");
  if (!reply) return backend.code();
  Json rows = reply->value("trust", Json::array());
  const std::map<std::string, base::Text> states{{"current", {"còn hạn", "current"}}, {"expiring", {"SẮP HẾT HẠN", "ENDS SOON"}}, {"expired", {"ĐÃ HẾT HẠN", "HAS ENDED"}},
                                                 {"not_yet", {"chưa có hiệu lực", "not yet"}}, {"unknown", {"chưa rõ", "unknown"}}};
  if (p.con.format == Format::table)
    for (Json& row : rows) {
      const auto state = states.find(row.value("state", ""));
      if (state != states.end()) row["state"] = p.con.text(state->second);
      row["any_name"] = row.value("any_name", false) ? p.con.text({"có", "yes"}) : p.con.text({"không", "no"});
      row["fingerprint"] = row.value("fingerprint", "").substr(0, 16);
      if (row.value("well_known", Json()).is_string()) row["subject"] = row["well_known"];
    }
  show(p.con, titled(p.con, {"fingerprint", "kind", "class", "subject", "issuer", "not_after", "state", "days_left", "domains", "agencies", "any_name"}), rows, *reply);
  return kDone;
}

std::map<std::string, std::size_t> add_objects(const std::vector<BundleObject>& objects, Backend& backend, Json& rows, bool& changed) {
  std::map<std::string, std::size_t> counts;
  for (std::size_t next = 0; next < objects.size();) {
    Json body = {{"objects", Json::array()}};
    const std::size_t first = next;
    for (std::size_t size = 0; next < objects.size() && (next == first || size < kBundleRequest) && next - first < 1000; ++next) {
      body["objects"].push_back(base::base64_encode(objects[next].der));
      size += body["objects"].back().get_ref<const std::string&>().size();
    }
    const auto reply = backend.call("POST", "/trust/bundle", dump(body));
    if (!reply) return counts;
    changed = changed || reply->value("changed", false);
    const Json states = reply->value("objects", Json::array());
    for (std::size_t i = 0; i < states.size() && first + i < next; ++i) {
      Json row = {{"file", objects[first + i].name}};
      row.update(states[i]);
      ++counts[row.value("state", "")];
      rows.push_back(std::move(row));
    }
  }
  return counts;
}

int import_bundle(Program& p, const TrustCommand& a) {
  const auto objects = read_bundle(a.file);
  if (!objects) return cannot_read(p.con, a.file, objects.error());
  Backend backend(p.con, p.config);
  backend.about(a.file);
  Json rows = Json::array();
  bool changed = false;
  const auto counts = add_objects(*objects, backend, rows, changed);
  if (backend.code() != kDone) return backend.code();
  Json whole = {{"schema", "congthu.trust_bundle/1"}, {"changed", changed}, {"objects", rows}};
  show(p.con, titled(p.con, {"file", "kind", "subject", "issuer", "not_after", "state", "text"}), rows, whole);
  if (const auto bad = counts.find("unreadable"); bad != counts.end())
    return p.con.note(p.con.text({"{} tệp hoặc phần không đọc được, còn lại đã xét", "{} objects could not be read, the others were taken"}, bad->second)), kNegative;
  return kDone;
}

int export_all(Program& p, const TrustCommand& a) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", "/trust?der=true");
  if (!reply) return backend.code();
  std::string out;
  for (const Json& row : reply->value("trust", Json::array())) {
    const std::string kind = row.value("kind", "");
    if (!a.kind.empty() && kind != a.kind) continue;
    const auto der = base::base64_decode(row.value("der", ""));
    if (!der) return p.con.fail(kFailed, p.con.text({"dòng {} hỏng", "row {} is broken"}, value_of(row, "fingerprint")));
    const char* label = kind == "crl" ? "X509 CRL" : kind == "ocsp" ? "OCSP RESPONSE" : "CERTIFICATE";
    for (const auto& [title, key] : {std::pair{"kind", "kind"}, std::pair{"class", "class"}, std::pair{"subject", "subject"}, std::pair{"issuer", "issuer"},
                                     std::pair{"not after", "not_after"}, std::pair{"domains", "domains"}, std::pair{"agencies", "agencies"}, std::pair{"SHA-256", "fingerprint"}})
      if (const std::string value = value_of(row, key); !value.empty()) out += "# " + std::string(title) + ": " + value + "\n";
    const std::string base64 = base::base64_encode(*der);
    out += "-----BEGIN " + std::string(label) + "-----\n";
    for (std::size_t i = 0; i < base64.size(); i += 64) out += base64.substr(i, 64) + "\n";
    out += "-----END " + std::string(label) + "-----\n\n";
  }
  if (a.output.empty()) return p.con.out += out, kDone;
  if (const auto written = write_output(a.output, out); !written)
    return p.con.fail(kFailed, p.con.text({"không ghi được {}: {}", "cannot write {}: {}"}, printable(a.output), written.error().detail()));
  p.con.note(p.con.text({"đã ghi {}", "wrote {}"}, printable(a.output)));
  return kDone;
}

void add_second_person(Program& p, CLI::App& g, const std::shared_ptr<TrustCommand>& a) {
  p.command(g, "pending", {"Thay đổi đang chờ người thứ hai xác nhận.", "Changes that wait for a second person."}, kTrustExamples,
            [&p](Console&) { return list(p, "/trust/pending", "pending", {"id", "at", "who", "what", "target", "detail"}); });
  CLI::App* c = p.command(g, "approve", {"Xác nhận một thay đổi do người khác yêu cầu.", "Confirm a change that somebody else asked for."}, kTrustExamples,
                          [&p, a](Console&) { return change(p, "POST", "/trust/pending/" + encoded(a->id) + "/approve", {}, a->id); });
  c->add_option("ID", a->id, p.words({"mã của thay đổi", "the change's id"}))->required();
  c = p.command(g, "reject", {"Bỏ một thay đổi đang chờ.", "Drop a change that waits."}, kTrustExamples,
                [&p, a](Console&) { return change(p, "DELETE", "/trust/pending/" + encoded(a->id), {}, a->id); });
  c->add_option("ID", a->id, p.words({"mã của thay đổi", "the change's id"}))->required();
}

void add_bundles(Program& p, CLI::App& g, const std::shared_ptr<TrustCommand>& a) {
  CLI::App* c = p.command(g, "import-bundle", {"Nạp chứng thư cấp dưới, danh sách thu hồi, trả lời OCSP từ thư mục, tệp tar, zip, PEM.",
                                               "Take sub-CA certificates, revocation lists and OCSP answers from a folder, tar, zip or PEM."}, kTrustExamples,
                          [&p, a](Console&) { return import_bundle(p, *a); });
  c->add_option("PATH", a->file, p.words({"thư mục hoặc tệp", "the folder or file"}))->required();
  c = p.command(g, "export", {"Xuất tất cả dạng PEM, để lưu hoặc nạp nơi khác.", "Write everything as PEM, to keep or to import elsewhere."}, kTrustExamples,
                [&p, a](Console&) { return export_all(p, *a); });
  c->add_option("-o,--output", a->output, p.words({"ghi vào tệp này, thay tệp cũ", "write to this file, replacing an old one"}))->type_name("FILE");
  c->add_option("--kind", a->kind, p.words({"chỉ anchor, intermediate, crl hoặc ocsp", "only anchor, intermediate, crl or ocsp"}))->type_name("K");
}

}  // namespace

void add_trust(Program& p) {
  auto a = std::make_shared<TrustCommand>();
  CLI::App* g = p.group("trust", {"Chứng thư gốc tin cậy của đơn vị.", "The certificates that the site trusts."}, kTrustExamples);
  CLI::App* c = p.command(*g, "add", {"Thêm chứng thư hoặc danh sách thu hồi (PEM, DER).", "Add certificates or a revocation list (PEM, DER)."}, kTrustExamples,
                          [&p, a](Console&) { return add(p, *a); });
  c->add_option("FILE", a->file, p.words({"tệp; - là đầu vào chuẩn", "the file; - is standard input"}))->required();
  c->add_option("--class", a->anchor_class, p.words({"vgca (chuyên dùng Chính phủ), public (công cộng), site (của đơn vị)", "vgca (government), public, site (own)"}))->type_name("C");
  c->add_option("--kind", a->kind, p.words({"anchor, intermediate, crl hoặc ocsp (mặc định: theo tệp)", "anchor, intermediate, crl or ocsp (default: what the file holds)"}))->type_name("K");
  c->add_option("--domain", a->domains, p.words({"chỉ cho tên miền này; lặp lại được", "only for this domain; repeatable"}))->type_name("D")->expected(1)->take_all();
  c->add_option("--agency", a->agencies, p.words({"chỉ cho cơ quan này; lặp lại được", "only for this agency; repeatable"}))->type_name("N")->expected(1)->take_all();
  c->add_flag("--any-name", a->any_name, p.words({"được bảo đảm cho mọi tên", "may vouch for any name"}));
  c->add_option("--fingerprint", a->expected, p.words({"vân tay SHA-256 phải có; khác thì không thêm; lặp lại được", "the SHA-256 fingerprint it must have, else nothing is added; repeatable"}))
      ->type_name("HEX")->expected(1)->take_all();
  c->add_flag("--yes", a->yes, p.words({"không hỏi lại vân tay", "do not ask for the fingerprint"}));
  p.command(*g, "list", {"Liệt kê.", "List them."}, kTrustExamples, [&p](Console&) { return trust_list(p); });
  c = p.command(*g, "remove", {"Bỏ theo vân tay (ít nhất 8 chữ số).", "Remove by fingerprint (at least 8 digits)."}, kTrustExamples,
                [&p, a](Console&) { return remove(p, *a); });
  c->add_option("FINGERPRINT", a->fingerprint, p.words({"vân tay SHA-256", "SHA-256 fingerprint"}))->required();
  add_bundles(p, *g, a);
  add_second_person(p, *g, a);
}

}  // namespace cli
