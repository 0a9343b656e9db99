#include "tools/report/xlsx.hpp"

#include <unistd.h>
#include <xlsxwriter.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/unicode.hpp"
#include "tools/report/chart.hpp"

namespace report {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostRows = 1'048'576 - 10;    // of a sheet
constexpr std::size_t kMostText = 32'000;            // bytes: a cell holds 32,767 characters
constexpr double kWidest = 60;

struct Formats {
  lxw_format *title = nullptr, *head = nullptr, *share = nullptr, *number = nullptr, *wrapped = nullptr;
};

std::string phrase(const Report& r, base::Text t) { return std::string(t.in(r.lang)); }

std::string cut(std::string text) {
  if (text.size() <= kMostText) return text;
  std::size_t end = kMostText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

class Book {
 public:
  // `by_pages`: rows are not kept in memory, and no two rows share a text.
  Book(const Report& r, const std::string& path, bool by_pages = false) : r_(r) {
    lxw_workbook_options options{};
    options.constant_memory = by_pages ? LXW_TRUE : LXW_FALSE;
    book_ = workbook_new_opt(path.c_str(), &options);
    if (book_ == nullptr) return;
    f_.title = workbook_add_format(book_);
    format_set_bold(f_.title);
    format_set_font_size(f_.title, 14);
    f_.head = workbook_add_format(book_);
    format_set_bold(f_.head);
    format_set_text_wrap(f_.head);
    format_set_bg_color(f_.head, 0xE6ECF0);
    format_set_border(f_.head, LXW_BORDER_THIN);
    f_.share = workbook_add_format(book_);
    format_set_num_format(f_.share, "0.0%");
    f_.number = workbook_add_format(book_);
    format_set_num_format(f_.number, "#,##0");
    f_.wrapped = workbook_add_format(book_);
    format_set_text_wrap(f_.wrapped);
    format_set_align(f_.wrapped, LXW_ALIGN_VERTICAL_TOP);
  }
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;
  ~Book() {
    if (book_ != nullptr) lxw_workbook_free(book_);
  }

  bool made() const { return book_ != nullptr; }
  base::Result<void> write() {
    if (book_ == nullptr) return base::fail(base::Errc::internal, "no workbook could be made");
    begin_figures();
    add_figures(r_.rows);
    return close();
  }

  void begin_figures() {
    sheet_ = sheet({"Số liệu", "Figures"});
    text(sheet_, 0, 0, r_.title, f_.title);
    text(sheet_, 1, 0, phrase(r_, {"Từ ", "From "}) + r_.from + phrase(r_, {" đến ", " to "}) + r_.to + phrase(r_, {", số liệu lúc ", ", as of "}) + r_.as_of);
    for (std::size_t c = 0; c < r_.shown.size(); ++c) {
      text(sheet_, kHead, c, r_.shown[c].title, f_.head);
      widths_.push_back(double(base::display_width(r_.shown[c].title)));
    }
  }

  bool add_figures(const Json& rows) {
    if (rows_ + rows.size() > kMostRows) return false;
    for (const Json& row : rows) {
      ++rows_;
      for (std::size_t c = 0; c < r_.shown.size(); ++c) widths_[c] = std::max(widths_[c], put(sheet_, kHead + rows_, c, r_.shown[c], row));
    }
    return true;
  }

  base::Result<void> close() {
    end_figures();
    sums();
    formulas();
    lxw_workbook* book = std::exchange(book_, nullptr);  // closing frees it, whatever comes of it
    const lxw_error error = workbook_close(book);
    if (error != LXW_NO_ERROR) return base::fail(base::Errc::io, std::string("the workbook: ") + lxw_strerror(error));
    return {};
  }

 private:
  lxw_worksheet* sheet(base::Text name) { return workbook_add_worksheet(book_, phrase(r_, name).c_str()); }
  static void text(lxw_worksheet* s, std::size_t row, std::size_t column, const std::string& value, lxw_format* format = nullptr) {
    worksheet_write_string(s, lxw_row_t(row), lxw_col_t(column), cut(value).c_str(), format);
  }

  void end_figures() {
    lxw_worksheet* const s = sheet_;
    for (std::size_t c = 0; c < widths_.size(); ++c) worksheet_set_column(s, lxw_col_t(c), lxw_col_t(c), std::min(kWidest, widths_[c] + 3), nullptr);
    worksheet_freeze_panes(s, lxw_row_t(kHead + 1), 0);
    if (rows_ > 0 && !r_.shown.empty()) worksheet_autofilter(s, lxw_row_t(kHead), 0, lxw_row_t(kHead + rows_), lxw_col_t(r_.shown.size() - 1));
    worksheet_set_landscape(s);
    worksheet_set_paper(s, 9);  // A4
    worksheet_fit_to_pages(s, 1, 0);
    worksheet_repeat_rows(s, lxw_row_t(kHead), lxw_row_t(kHead));
  }

  // How wide it is, in characters.
  double put(lxw_worksheet* s, std::size_t row, std::size_t at, const Column& c, const Json& values) {
    const auto found = values.find(c.key);
    if (found != values.end() && found->is_number()) {
      worksheet_write_number(s, lxw_row_t(row), lxw_col_t(at), found->get<double>(), c.share ? f_.share : f_.number);
      return 10;
    }
    const std::string shown = cell(r_, c, values);
    text(s, row, at, shown);
    return double(base::display_width(shown));
  }

  // Charts draw ranges of cells: the sums stand on a sheet of their own.
  void sums() {
    lxw_worksheet* s = nullptr;
    std::size_t row = 0;
    for (const Chart& chart : r_.charts) {
      const Pivot p = make_pivot(r_, chart);
      if (p.categories.empty() || p.largest <= 0) continue;
      if (s == nullptr) s = sheet({"Biểu đồ", "Charts"});
      text(s, row, 0, p.title, f_.title);
      const std::size_t head = row + 1;
      for (std::size_t n = 0; n < p.series.size(); ++n) text(s, head, n + 1, p.series[n], f_.head);
      for (std::size_t c = 0; c < p.categories.size(); ++c) {
        text(s, head + 1 + c, 0, p.categories[c]);
        for (std::size_t n = 0; n < p.series.size(); ++n)
          worksheet_write_number(s, lxw_row_t(head + 1 + c), lxw_col_t(n + 1), p.values[c][n], f_.number);
      }
      draw(s, p, head);
      row = std::max(head + p.categories.size() + 2, row + 22);
    }
    if (s != nullptr) worksheet_set_column(s, 0, 0, 34, nullptr);
  }

  void draw(lxw_worksheet* s, const Pivot& p, std::size_t head) {
    lxw_chart* chart = workbook_add_chart(book_, LXW_CHART_BAR_STACKED);
    const std::string name = phrase(r_, {"Biểu đồ", "Charts"});
    const auto first = lxw_row_t(head + 1), last = lxw_row_t(head + p.categories.size());
    for (std::size_t n = 0; n < p.series.size(); ++n) {
      const auto column = lxw_col_t(n + 1);
      lxw_chart_series* series = chart_add_series(chart, nullptr, nullptr);
      chart_series_set_categories(series, name.c_str(), first, 0, last, 0);
      chart_series_set_values(series, name.c_str(), first, column, last, column);
      chart_series_set_name_range(series, name.c_str(), lxw_row_t(head), column);
      lxw_chart_fill fill{};
      fill.color = lxw_color_t(std::strtoul(colour(p, n).c_str() + 1, nullptr, 16));
      chart_series_set_fill(series, &fill);
    }
    chart_axis_set_reverse(chart->y_axis);  // the first category on top, as in the table
    chart_title_set_name(chart, cut(p.title).c_str());
    worksheet_insert_chart(s, lxw_row_t(head - 1), lxw_col_t(p.series.size() + 2), chart);
  }

  void formulas() {
    lxw_worksheet* s = sheet({"Cách tính", "How counted"});
    std::size_t row = 0;
    for (const auto& [title, value] : r_.totals) {
      text(s, row, 0, title);
      text(s, row++, 1, value);
    }
    if (row > 0) ++row;
    for (const Column& c : r_.shown) {
      if (c.formula.empty()) continue;
      text(s, row, 0, c.title);
      text(s, row++, 1, c.formula, f_.wrapped);
    }
    for (const std::string& note : r_.notes) text(s, ++row, 0, note);
    worksheet_set_column(s, 0, 0, 30, nullptr);
    worksheet_set_column(s, 1, 1, 90, nullptr);
  }

  static constexpr std::size_t kHead = 3;

  const Report& r_;
  lxw_workbook* book_ = nullptr;
  lxw_worksheet* sheet_ = nullptr;
  std::vector<double> widths_;
  std::size_t rows_ = 0;
  Formats f_;
};

// A directory of its own, so that nobody else can put a file in the way of ours.
struct Scratch {
  std::string path;
  Scratch() : path((fs::temp_directory_path() / "congthu-report-XXXXXX").string()) {
    if (::mkdtemp(path.data()) == nullptr) path.clear();
  }
  ~Scratch() {
    std::error_code ignored;  // nothing is left to do about it
    if (!path.empty()) fs::remove_all(path, ignored);
  }
};

}  // namespace

base::Result<std::string> to_xlsx(const Report& r) {
  if (r.rows.size() > kMostRows) return base::fail(base::Errc::limit, "more rows than a sheet holds: use CSV");
  const Scratch scratch;
  if (scratch.path.empty()) return base::fail(base::Errc::io, "no temporary directory can be made");
  const std::string file = scratch.path + "/report.xlsx";
  if (auto written = Book(r, file).write(); !written) return written.error();
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || bytes.empty()) return base::fail(base::Errc::io, "the workbook cannot be read back");
  return bytes;
}

struct XlsxPages::Parts {
  Report head;
  Scratch scratch;
  std::optional<Book> book;
};

XlsxPages::XlsxPages(Report head) : parts_(std::make_unique<Parts>()) {
  parts_->head = std::move(head);
  if (!parts_->scratch.path.empty()) parts_->book.emplace(parts_->head, parts_->scratch.path + "/report.xlsx", true);
  if (!parts_->book || !parts_->book->made()) return;
  parts_->book->begin_figures();
  parts_->book->add_figures(parts_->head.rows);
  parts_->head.rows = Json::array();
}
XlsxPages::~XlsxPages() = default;

base::Result<void> XlsxPages::add(const Report& page) {
  if (!parts_->book || !parts_->book->made()) return base::fail(base::Errc::io, "no temporary workbook can be made");
  if (!parts_->book->add_figures(page.rows)) return base::fail(base::Errc::limit, "more rows than a sheet holds: use CSV");
  return {};
}

base::Result<void> XlsxPages::finish(std::vector<std::pair<std::string, std::string>> totals, const std::function<bool(std::string_view)>& take) {
  if (!parts_->book || !parts_->book->made()) return base::fail(base::Errc::io, "no temporary workbook can be made");
  parts_->head.totals = std::move(totals);
  if (auto closed = parts_->book->close(); !closed) return closed;
  std::ifstream in(parts_->scratch.path + "/report.xlsx", std::ios::binary);
  std::string piece(256 * 1024, '\0');
  while (in.read(piece.data(), std::streamsize(piece.size())) || in.gcount() > 0)
    if (!take(std::string_view(piece).substr(0, std::size_t(in.gcount())))) return {};
  if (in.bad()) return base::fail(base::Errc::io, "the workbook cannot be read back");
  return {};
}

}  // namespace report
