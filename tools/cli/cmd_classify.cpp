// congthu classify FILE...: what documents say about themselves. Needs no server.
#include <filesystem>

#include "base/ascii.hpp"
#include "policy/inspect/classify_file.hpp"
#include "tools/cli/input.hpp"
#include "tools/cli/inspector.hpp"
#include "tools/cli/program.hpp"
#include "tools/cli/table.hpp"

namespace cli {
namespace {

struct ClassifyArguments {
  std::vector<std::string> files;
  std::string type, inspect;
  bool ocr = false;
};

constexpr std::string_view kTypes[] = {"eml", "pdf", "docx", "doc", "odt", "rtf", "txt", "jpg", "jpeg", "png", "tif", "tiff"};

std::string kind_of(const std::string& file, const std::string& type) {
  std::string word = base::lower_ascii(type.empty() ? std::filesystem::path(file).extension().string() : type);
  if (word.starts_with('.')) word.erase(0, 1);
  for (const std::string_view known : kTypes)
    if (word == known) return word;
  return {};
}

// Why a file gave no text, in words; the code goes with it.
std::string why_unread(Console& con, const std::string& code) {
  struct Word {
    std::string_view code;
    base::Text text;
  };
  static constexpr Word kWords[] = {{"encrypted", {"tệp có mật khẩu; cần bản không khóa", "the file is protected by a password; an open copy is needed"}},
                                    {"damaged", {"tệp hỏng; đề nghị gửi lại", "the file is damaged; ask for it again"}},
                                    {"image_only", {"tệp chỉ có ảnh, không có lớp chữ; thử --ocr", "the file holds pictures only, no text layer; try --ocr"}},
                                    {"ocr_unavailable", {"tệp chỉ có ảnh, và máy này không có tesseract", "the file holds pictures only, and tesseract is not installed here"}},
                                    {"ocr_time_limit", {"đọc ảnh quá lâu; mới đọc được một phần", "reading the pictures took too long; only a part was read"}},
                                    {"empty", {"tệp trống", "the file is empty"}},
                                    {"bomb", {"tệp nén phình quá giới hạn", "the packed file grows beyond the limits"}},
                                    {"too_many_pages", {"quá nhiều trang", "too many pages"}},
                                    {"time_limit", {"đọc quá lâu", "reading took too long"}},
                                    {"xml_doctype", {"tệp có khai báo XML bị cấm", "the file has an XML declaration that is not permitted"}},
                                    {"unsupported_zip", {"tệp nén không phải văn bản", "an archive, not a document"}},
                                    {"unsupported_binary", {"không phải tệp văn bản", "not a document file"}}};
  for (const Word& w : kWords)
    if (code == w.code) return con.text(w.text) + " (" + code + ")";
  return code;
}

// `unread`: files that gave no document, each with the reason.
void show_documents(Console& con, const std::vector<policy::document::Document>& documents, const Json& unread) {
  Json whole = Json::parse(policy::document::to_json(documents));
  whole["unread"] = unread;
  const bool people = con.format == Format::table;
  const auto column = [&](const char* key, base::Text title) { return Column{key, con.text(title)}; };
  std::vector<Column> columns{column("source", {"Nguồn", "Source"}), column("doc_class", {"Lớp", "Class"}), column("kind", {"Loại", "Kind"}),
                              column("number", {"Số, ký hiệu", "Number"}), column("issuer", {"Cơ quan ban hành", "Issuer"}),
                              column("date", {"Ngày", "Date"}), column("title", {"Trích yếu", "Title"}),
                              column("signer", {"Người ký", "Signer"}), column("urgency", {"Độ khẩn", "Urgency"}),
                              column("secrecy", {"Độ mật", "Secrecy"})};
  if (!people)
    for (const char* key : {"kind_abbrev", "symbol", "place", "signer_authority", "confidence"}) columns.push_back({key, key});
  if (people && documents.empty()) return con.line({"(không thấy văn bản nào)", "(no document was found)"});
  show(con, columns, whole.at("documents"), whole);
}

int run(Console& con, const ClassifyArguments& a) {
  if (!a.type.empty() && kind_of({}, a.type).empty())
    return con.fail(kUsage, con.text({"--type {}: không có loại này", "--type {}: no such type"}, printable(a.type)),
                    con.text({"chọn eml, pdf, docx, doc, odt, rtf, txt, jpg, png hoặc tiff", "choose eml, pdf, docx, doc, odt, rtf, txt, jpg, png or tiff"}));
  const auto path = inspect_path(a.inspect);
  if (!path) return no_inspector(con, path.error());
  const auto pool = make_pool(*path, "{}", a.ocr);
  std::vector<policy::document::Document> documents;
  std::vector<std::string> unread;
  Json reasons = Json::array();
  for (const std::string& file : a.files) {
    const auto bytes = read_input(file);
    if (!bytes) return cannot_read(con, file, bytes.error());
    const std::string name = std::filesystem::path(file).filename().string();
    const auto facts = policy::inspect::classify_file(*bytes, kind_of(file, a.type), name, *pool);
    if (!facts) return no_inspector(con, facts.error());
    for (const auto& one : *facts)
      if (!one.facts.reason.empty() && (one.facts.documents.empty() || one.facts.reason == "ocr_time_limit")) {
        unread.push_back(one.source + ": " + why_unread(con, one.facts.reason));
        reasons.push_back({{"source", one.source}, {"reason", one.facts.reason}});
      }
    for (auto& d : policy::inspect::documents_of(*facts)) {
      if (a.files.size() > 1 && d.source != name) d.source.insert(0, name + ": ");
      documents.push_back(std::move(d));
    }
  }
  show_documents(con, documents, reasons);
  for (const std::string& u : unread)
    con.note("congthu: " + con.text({"không đọc được chữ trong {}", "no text could be read from {}"}, printable(u)));
  return kDone;
}

}  // namespace

void add_classify(Program& p) {
  auto a = std::make_shared<ClassifyArguments>();
  CLI::App* c = p.command(p.app, "classify",
      {"Đọc loại, số, ký hiệu, ngày, cơ quan, người ký của văn bản (.eml .pdf .docx .doc .odt .rtf .txt); không cần máy chủ.",
       "Read kind, number, date, issuer, signer of documents (.eml .pdf .docx .doc .odt .rtf .txt); needs no server."},
      {"congthu classify cong-van.pdf --format json\ncongthu classify ban-quet.pdf --ocr\ncongthu classify thu-den/*.eml --format csv > van-ban.csv\ncat van-ban.txt | congthu classify - --type txt",
       "congthu classify letter.pdf --format json\ncongthu classify scan.pdf --ocr\ncongthu classify inbox/*.eml --format csv > documents.csv\ncat letter.txt | congthu classify - --type txt"},
      [a](Console& con) { return run(con, *a); });
  c->add_option("FILE", a->files, p.words({"tệp cần đọc; - là đầu vào chuẩn", "the files; - is standard input"}))->required();
  c->add_option("--type", a->type, p.words({"loại của đầu vào: eml, pdf, docx, doc, odt, rtf, txt", "what the input is: eml, pdf, docx, doc, odt, rtf, txt"}))->type_name("TYPE");
  c->add_flag("--ocr", a->ocr, p.words({"đọc cả bản quét (hai trang đầu, hai trang cuối; khoảng một giây một trang)", "read scans, too (the first two pages and the last two; about a second a page)"}));
  c->add_option("--inspect", a->inspect, p.words({"đường dẫn của congthu-inspect", "path of congthu-inspect"}))->type_name("PATH");
}

}  // namespace cli
