#include "tools/cli/register_export.hpp"

#include <filesystem>

#include "base/clock.hpp"
#include "tools/cli/admin_command.hpp"
#include "tools/cli/input.hpp"
#include "tools/cli/progress.hpp"
#include "tools/cli/register_rows.hpp"
#include "tools/cli/report_output.hpp"
#include "tools/registers/book.hpp"
#include "tools/report/csv.hpp"
#include "tools/report/xlsx.hpp"

namespace cli {
namespace {

constexpr std::uint64_t kMostDrawn = 20'000;  // rows of what has to be laid out as a whole: a table, HTML, PDF
constexpr base::Text kReading{"đọc sổ", "reading the register"};

// The register in book order, page after page.
class Pages {
 public:
  Pages(Program& p, std::string query) : backend_(p.con, p.config), bar_(p.con), query_(std::move(query)) {}

  // Rows of the next page; nothing: at the end, or failed() says so.
  std::optional<Json> next() {
    if (end_) return std::nullopt;
    const std::string target = "/registers/export" + query_ + (query_.empty() ? "?" : "&") + "order=book" + (before_.empty() ? "" : "&before=" + encoded(before_));
    auto reply = backend_.call("POST", target);
    if (!reply) return failed_ = end_ = true, std::nullopt;
    at_most_ = reply->value("at_most", at_most_);
    end_ = !(*reply)["next"].is_string();
    if (!end_) before_ = (*reply)["next"].get<std::string>();
    Json rows = std::move((*reply)["documents"]);
    rows_ += rows.size();
    bar_.update(kReading, rows_, std::max(rows_, at_most_));
    return rows;
  }
  bool failed() const { return failed_; }
  int code() const { return backend_.code(); }
  std::uint64_t rows() const { return rows_; }
  Backend& backend() { return backend_; }
  void clear_bar() { bar_.clear(); }

 private:
  Backend backend_;
  ProgressBar bar_;
  std::string query_, before_;
  std::uint64_t rows_ = 0, at_most_ = 0;
  bool end_ = false, failed_ = false;
};

int cannot_write(Program& p, const base::Error& error) {
  return p.con.fail(kFailed, p.con.text({"không ghi được {}: {}", "cannot write {}: {}"}, printable(p.output.empty() ? "-" : p.output), error.detail()));
}

int finished(Program& p, OutputFile& file, std::uint64_t rows) {
  if (auto done = file.finish(); !done) return cannot_write(p, done.error());
  if (!p.output.empty()) p.con.note(p.con.text({"đã ghi {}: {} dòng", "wrote {}: {} rows"}, printable(p.output), std::to_string(rows)));
  return kDone;
}

// The book's rows as JSON text, by and by: what is before the rows, and what is behind them.
std::string json_head(Json book) {
  book.erase("rows");
  book.erase("totals");
  std::string out = dump(book);
  out.back() = ',';
  return out + "\"rows\":[";
}

using Book = std::function<Json(const Json& rows)>;

int stream_csv(Program& p, Pages& pages, const Book& book) {
  OutputFile file(p.output);
  bool first = true;
  while (auto rows = pages.next()) {
    Json drawn = book(*rows);
    registers::blank_cells(drawn);
    const auto made = report::make_report(drawn, p.con.lang);
    if (!made) return p.con.fail(kFailed, made.error().detail());
    if (auto written = file.write(first ? report::to_csv(*made) : report::csv_rows(*made)); !written) return cannot_write(p, written.error());
    first = false;
  }
  return pages.failed() ? pages.code() : finished(p, file, pages.rows());
}

int stream_json(Program& p, Pages& pages, const Book& book) {
  OutputFile file(p.output);
  std::string piece = json_head(book(Json::array()));
  bool first = true;
  while (auto rows = pages.next()) {
    const Json made = book(*rows);
    for (const Json& row : made["rows"]) {
      piece += (first ? "\n" : ",\n") + dump(row);
      first = false;
    }
    if (auto written = file.write(piece); !written) return cannot_write(p, written.error());
    piece.clear();
  }
  if (pages.failed()) return pages.code();
  if (auto written = file.write("],\"totals\":{\"documents\":" + std::to_string(pages.rows()) + "}}\n"); !written) return cannot_write(p, written.error());
  return finished(p, file, pages.rows());
}

int stream_xlsx(Program& p, Pages& pages, const Book& book) {
  std::optional<report::XlsxPages> workbook;
  report::Report last;
  while (auto rows = pages.next()) {
    Json drawn = book(*rows);
    registers::blank_cells(drawn);
    auto made = report::make_report(drawn, p.con.lang);
    if (!made) return p.con.fail(kFailed, made.error().detail());
    if (!workbook) {
      last = *made;
      last.rows = Json::array();
      workbook.emplace(*std::move(made));
    } else if (auto added = workbook->add(*made); !added) {
      return p.con.fail(kFailed, p.con.text({"không lập được bảng tính: {}", "the workbook cannot be made: {}"}, added.error().detail()));
    }
  }
  if (pages.failed()) return pages.code();
  OutputFile file(p.output);
  std::optional<base::Error> error;
  const auto done = workbook->finish({{p.con.text({"Số văn bản", "Documents"}), std::to_string(pages.rows())}}, [&](std::string_view piece) {
    if (auto written = file.write(piece); !written) error = written.error();
    return !error;
  });
  if (error) return cannot_write(p, *error);
  if (!done) return p.con.fail(kFailed, p.con.text({"không lập được bảng tính: {}", "the workbook cannot be made: {}"}, done.error().detail()));
  return finished(p, file, pages.rows());
}

int draw_whole(Program& p, Pages& pages, const RegisterExport& what) {
  Json all = Json::array();
  while (auto rows = pages.next()) {
    for (Json& row : *rows) all.push_back(std::move(row));
    if (all.size() > kMostDrawn)
      return p.con.fail(kUsage, p.con.text({"hơn {} dòng: dạng này không chứa được", "more than {} rows: too many for this form"}, std::to_string(kMostDrawn)),
                        p.con.text({"chọn --direction cùng --format csv, json hoặc xlsx, hoặc kỳ ngắn hơn", "choose --direction with --format csv, json or xlsx, or a shorter period"}));
  }
  if (pages.failed()) return pages.code();
  pages.clear_bar();
  return write_book(p, what.direction, what.agency, what.from, what.to, std::move(all));
}

// "svd/out/2026/5" -> "svd-out-2026-5.xml"; agencies' codes are names of folders as little as anything else from outside.
std::string file_name(std::string id) {
  for (char& c : id)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_')) c = '-';
  return id + ".xml";
}

}  // namespace

int export_register(Program& p, const RegisterExport& what) {
  if (!can_show_report(p)) return kUsage;
  const auto direction = registers::direction_of(what.direction);
  const bool streams = p.con.format == Format::csv || p.con.format == Format::json || p.con.format == Format::xlsx;
  if (!direction && p.con.format != Format::csv && p.con.format != Format::json && p.con.format != Format::table)
    return p.con.fail(kUsage, p.con.text({"mỗi sổ một tệp: sổ đến hay sổ đi?", "one register a file: incoming or outgoing?"}), p.con.text({"thêm --direction in hoặc out", "add --direction in or out"}));
  Pages pages(p, what.query);
  if (!direction || !streams) return draw_whole(p, pages, what);
  const std::string now = base::rfc3339(base::system_clock().now());
  const Book book = [&](const Json& rows) { return registers::book_report({*direction, what.agency, what.from, what.to, now}, rows); };
  if (p.con.format == Format::csv) return stream_csv(p, pages, book);
  return p.con.format == Format::json ? stream_json(p, pages, book) : stream_xlsx(p, pages, book);
}

int export_edxml(Program& p, const RegisterExport& what, const std::string& folder) {
  if (what.direction == "in") return p.con.fail(kUsage, p.con.text({"chỉ văn bản đi có tiêu đề edXML", "only outgoing documents have an edXML header"}));
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return p.con.fail(kFailed, p.con.text({"không tạo được thư mục {}: {}", "cannot make the folder {}: {}"}, printable(folder), error.message()));
  Pages pages(p, what.query);
  std::uint64_t made = 0, there = 0;
  std::vector<std::string> without;
  while (auto rows = pages.next())
    for (const Json& row : *rows) {
      if (registers::text(row, "direction") != "out") continue;
      const std::string id = registers::text(row, "id"), path = (std::filesystem::path(folder) / file_name(id)).string();
      if (std::filesystem::exists(path, error)) {
        ++there;
        continue;
      }
      if (registers::text(row, "number").empty() || registers::text(row, "date").empty() || registers::text(row, "title").empty() || row.value("void", false)) {
        without.push_back(id);
        continue;
      }
      const auto reply = pages.backend().call("GET", "/registers/" + encoded(id) + "/edxml");
      if (!reply) return pages.code();
      if (auto written = write_output(path, registers::text(*reply, "xml")); !written)
        return p.con.fail(kFailed, p.con.text({"không ghi được {}: {}", "cannot write {}: {}"}, printable(path), written.error().detail()));
      ++made;
    }
  if (pages.failed()) return pages.code();
  pages.clear_bar();
  p.con.line({"{} tệp mới trong {}, {} đã có, {} văn bản không đủ số, ngày, trích yếu", "{} new files in {}, {} were there, {} documents without number, date or title"}, std::to_string(made), printable(folder),
             std::to_string(there), std::to_string(without.size()));
  for (std::size_t n = 0; n < std::min<std::size_t>(without.size(), 20); ++n) p.con.line({"  {}", "  {}"}, without[n]);
  return kDone;
}

}  // namespace cli
