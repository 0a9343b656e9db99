// congthu document find NUMBER, congthu document match FILE: a document among those that are registered.
#include <filesystem>

#include "base/crypto.hpp"
#include "policy/inspect/classify_file.hpp"
#include "tools/cli/admin_command.hpp"
#include "tools/cli/cmd_register.hpp"
#include "tools/cli/input.hpp"
#include "tools/cli/inspector.hpp"
#include "tools/cli/register_rows.hpp"
#include "tools/registers/keys.hpp"
#include "tools/registers/row.hpp"

namespace cli {
namespace {

struct DocumentArguments {
  std::string number, file, inspect, at, url;
};

constexpr base::Text kDocumentExamples{"congthu document find 204/KH-UBND\ncongthu document match ke-hoach.pdf\ncongthu document published vp/out/2026/17 --at 2026-11-23T08:00:00+07:00",
                                       "congthu document find 204/KH-UBND\ncongthu document match plan.pdf\ncongthu document published vp/out/2026/17 --at 2026-11-23T08:00:00+07:00"};

int find_document(Program& p, const DocumentArguments& a) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", "/documents?number=" + encoded(a.number));
  if (!reply) return backend.code();
  show_register_rows(p.con, *reply);
  return kDone;
}

// A row is named as it is; a number must lead to one outgoing row.
int publish_document(Program& p, const DocumentArguments& a) {
  Console& con = p.con;
  std::string row = registers::parse_place(a.number) ? a.number : std::string();
  if (row.empty()) {
    Backend backend(con, p.config);
    const auto reply = backend.call("GET", "/documents?number=" + encoded(a.number));
    if (!reply) return backend.code();
    std::vector<std::string> rows;
    for (const Json& d : reply->value("documents", Json::array()))
      if (registers::text(d, "direction") == "out" && !d.value("void", false)) rows.push_back(registers::text(d, "id"));
    if (rows.size() != 1)
      return con.fail(kFailed, con.text({"số này không dẫn đến đúng một văn bản đi", "the number does not lead to exactly one outgoing document"}),
                      con.text({"nêu dòng trong sổ, ví dụ vp/out/2026/17; congthu document find cho biết dòng", "name the row of the register, for example vp/out/2026/17; congthu document find tells it"}));
    row = rows.front();
  }
  Json body = {{"at", a.at}};
  if (!a.url.empty()) body["url"] = a.url;
  return change(p, "POST", "/registers/" + encoded(row) + "/published", body, row);
}

// What the classifier says of the file, and its words, as the server reads an attachment.
std::optional<Json> candidate_of(Console& con, const DocumentArguments& a, int& code) {
  const auto bytes = read_input(a.file);
  if (!bytes) return code = cannot_read(con, a.file, bytes.error()), std::nullopt;
  const auto path = inspect_path(a.inspect);
  if (!path) return code = no_inspector(con, path.error()), std::nullopt;
  const auto pool = make_pool(*path, "{}");
  const std::string name = std::filesystem::path(a.file).filename().string();
  const auto facts = policy::inspect::classify_file(*bytes, {}, name, *pool);
  if (!facts) return code = no_inspector(con, facts.error()), std::nullopt;
  std::string words;
  for (const auto& f : *facts) words += f.facts.text;
  const auto documents = policy::inspect::documents_of(*facts);
  return Json{{"digest", base::sha256_hex(*bytes)}, {"text_digest", registers::text_digest(words)},
              {"documents", Json::parse(policy::document::to_json(documents)).at("documents")}};
}

struct Outcome {
  std::string_view how;
  base::Text text;
};
constexpr Outcome kOutcomes[] = {{"same_bytes", {"đúng tệp đã vào sổ, từng byte", "the very file that is registered, byte for byte"}},
                                 {"same_text", {"cùng nội dung chữ, tệp khác", "the same words in another file"}},
                                 {"differs", {"KHÁC bản đã vào sổ", "DIFFERS from what is registered"}}};

Json match_rows(const Console& con, const Json& reply) {
  Json rows = Json::array();
  for (const Json& m : reply.value("matches", Json::array())) {
    const Json document = m.value("document", Json::object());
    Json row = {{"id", document.value("id", "")}, {"match", m.value("match", "")}, {"number", document.value("number", Json())}, {"issuer", document.value("issuer", Json())},
                {"verdict", document.value("verdict", "")}, {"fields", m.value("fields", Json::array())}};
    if (con.format == Format::table) {
      for (const Outcome& o : kOutcomes)
        if (o.how == row["match"]) row["match"] = o.text.in(con.lang);
      if (!m.value("original", true)) row["match"] = row["match"].get<std::string>() + con.text({" (không phải bản vào sổ đầu tiên)", " (not the file first registered)"});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

int match_document(Program& p, const DocumentArguments& a) {
  Console& con = p.con;
  int code = kDone;
  const auto candidate = candidate_of(con, a, code);
  if (!candidate) return code;
  Backend backend(con, p.config);
  const auto reply = backend.call("POST", "/documents/match", dump(*candidate));
  if (!reply) return backend.code();
  const Json rows = match_rows(con, *reply);
  const auto column = [&](const char* key, base::Text title) { return Column{key, con.text(title), false}; };
  if (con.format == Format::table && rows.empty()) con.line({"không có trong sổ nào: {}", "in no register: {}"}, printable(a.file));
  else show(con, {column("id", {"Dòng", "Row"}), column("match", {"So sánh", "Comparison"}), column("number", {"Số, ký hiệu", "Number"}), column("issuer", {"Cơ quan ban hành", "Issuer"}),
                  column("verdict", {"Chữ ký số", "Signature"}), column("fields", {"Khác ở", "Differs in"})}, rows, *reply);
  for (const Json& m : reply->value("matches", Json::array()))
    if (m.value("match", "") != "differs" && m.value("original", false)) return kDone;
  return kNegative;
}

}  // namespace

void add_document(Program& p) {
  auto a = std::make_shared<DocumentArguments>();
  CLI::App* g = p.group("document", {"Tìm và đối chiếu văn bản đã vào sổ.", "Find and compare documents that are registered."}, kDocumentExamples);
  CLI::App* c = p.command(*g, "find", {"Tìm theo số, ký hiệu.", "Find by number and symbol."}, kDocumentExamples, [&p, a](Console&) { return find_document(p, *a); });
  c->add_option("NUMBER", a->number, p.words({"số, ký hiệu, ví dụ 204/KH-UBND", "number and symbol, for example 204/KH-UBND"}))->required();
  c = p.command(*g, "match", {"Đối chiếu tệp với bản đã vào sổ; khác hoặc không có thì mã thoát 1.", "Compare a file with what is registered; exit 1 when it differs or is not there."},
                kDocumentExamples, [&p, a](Console&) { return match_document(p, *a); });
  c->add_option("FILE", a->file, p.words({"tệp văn bản; - là đầu vào chuẩn", "the document; - is standard input"}))->required();
  c->add_option("--inspect", a->inspect, p.words({"đường dẫn của congthu-inspect", "path of congthu-inspect"}))->type_name("PATH");
  c = p.command(*g, "published", {"Ghi lúc văn bản đi (lịch làm việc) lên trang thông tin điện tử.", "Enter when an outgoing document (a work schedule) was put on the website."},
                kDocumentExamples, [&p, a](Console&) { return publish_document(p, *a); });
  c->add_option("ROW", a->number, p.words({"dòng trong sổ (vp/out/2026/17) hoặc số, ký hiệu", "row of the register (vp/out/2026/17) or number and symbol"}))->required();
  c->add_option("--at", a->at, p.words({"lúc lên trang, ví dụ 2026-11-23T08:00:00+07:00", "when, for example 2026-11-23T08:00:00+07:00"}))->required()->type_name("TIME");
  c->add_option("--url", a->url, p.words({"địa chỉ trên trang", "where it is"}))->type_name("URL");
}

}  // namespace cli
