#include "tools/transfer/mbox.hpp"

#include <charconv>

#include "base/ascii.hpp"

namespace transfer {
namespace {

std::string_view without_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

constexpr std::size_t kMaxField = 256 * 1024;  // one folded header field

}  // namespace

struct MboxReader::Draft {
  std::uint64_t offset = 0;  // of its from-line
  Message message;
  StatusFields status;
  std::optional<std::uint64_t> length;
  std::string field;         // the field being read, folded lines joined as they stand
  std::uint64_t size = 0;    // also of what is not kept
  bool too_large = false;
  bool internal = false;     // the first message of an mbox of c-client, where it keeps its own data

  void append(std::string_view bytes, std::uint64_t most) {
    size += bytes.size();
    if (size > most) {
      too_large = true;
      message.bytes.clear();
    } else if (!too_large) {
      message.bytes += bytes;
    }
  }
};

Problem MboxReader::problem(std::uint64_t offset, std::string what) const { return {path_ + ", byte " + std::to_string(offset), std::move(what)}; }

// The first from-line may be any line that begins with "From ": programs disagree about its date most of all.
Result<bool> MboxReader::find_first() {
  began_ = true;
  for (;;) {
    const auto line = lines_.next();
    if (!line) return line.error();
    if (!*line) return false;
    const std::string_view text = without_end((*line)->text);
    if (text.empty()) continue;
    if (!text.starts_with("From ") && !is_bare_from_line(text)) return fail(Errc::invalid, path_ + ": no mbox: it does not begin with \"From \"");
    pending_ = parse_from_line(text, options_.zone).value_or(FromLine{});
    pending_at_ = (*line)->offset;
    return true;
  }
}

Result<bool> MboxReader::is_separator(const Lines::Line& line, bool after_empty, FromLine& from) {
  if (!after_empty || !line.starts || !line.text.starts_with("From")) return false;
  const std::string_view text = without_end(line.text);
  if (const auto parsed = parse_from_line(text, options_.zone)) {
    from = *parsed;
    return true;
  }
  if (!is_bare_from_line(text)) return false;
  const auto ahead = file_.read(line.offset + line.text.size(), 1000);
  if (!ahead) return ahead.error();
  if (!is_header_line(std::string_view(*ahead).substr(0, ahead->find('\n')))) return false;
  from = {};
  return true;
}

Result<void> MboxReader::take_field(Draft& d) {
  if (d.field.empty()) return {};
  const std::string_view field = d.field;
  const std::size_t colon = field.find(':');
  const std::string_view name = colon == std::string_view::npos ? std::string_view{} : base::trim(field.substr(0, colon));
  const std::string_view value = colon == std::string_view::npos ? std::string_view{} : base::trim(field.substr(colon + 1));
  if (base::iequals(name, "Content-Length")) {
    std::uint64_t n = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
    if (error == std::errc{} && end == value.data() + value.size()) d.length = n;
  }
  if (base::iequals(name, "Subject") && value.find("FOLDER INTERNAL DATA") != std::string_view::npos) d.internal = true;
  if (!d.status.take(name, value)) d.append(field, options_.limits.message);
  d.field.clear();
  return {};
}

// Ends after the empty line, which is part of the message, or before what cannot be header.
Result<void> MboxReader::read_header(Draft& d) {
  for (;;) {
    const std::uint64_t before = lines_.at();
    const auto line = lines_.next();
    if (!line) return line.error();
    const bool end = !*line;
    const std::string_view raw = end ? std::string_view{} : (*line)->text;
    const std::string_view text = without_end(raw);
    const bool folded = !text.empty() && (text[0] == ' ' || text[0] == '\t') && !d.field.empty();
    const bool piece = !end && !(*line)->starts;
    if (folded || piece) {
      d.field += raw;
      if (d.field.size() > kMaxField) {
        d.append(d.field, options_.limits.message);
        d.field.clear();
      }
      continue;
    }
    if (auto taken = take_field(d); !taken) return taken;
    if (end) return {};
    if (text.empty()) return d.append(raw, options_.limits.message), Result<void>();
    if (text.starts_with(">From ")) continue;  // an envelope of an earlier hop, quoted into the header; no field
    if (!is_header_line(text)) {  // a body without an empty line before it
      lines_.seek(before);
      return {};
    }
    d.field = raw;
  }
}

// Whether the file ends at `offset` or a message begins there, empty lines between them or not.
Result<bool> MboxReader::ends_at(std::uint64_t offset) {
  if (offset > file_.size()) return false;
  auto ahead = file_.read(offset, 1200);
  if (!ahead) return ahead.error();
  std::string_view rest = *ahead;
  while (rest.starts_with('\n') || rest.starts_with("\r\n")) rest.remove_prefix(rest[0] == '\n' ? 1 : 2);
  if (rest.empty()) return ahead->size() < 1200;
  const std::string_view text = without_end(rest.substr(0, rest.find('\n')));
  if (rest.data() == ahead->data() && offset > 0) {
    const auto last = file_.read(offset - 1, 1);
    if (!last) return last.error();
    if (*last != "\n") return false;
  }
  return parse_from_line(text, 0).has_value() || is_bare_from_line(text);
}

Result<bool> MboxReader::body_by_length(Draft& d) {
  if (!d.length || *d.length > file_.size()) return false;
  const std::uint64_t start = lines_.at(), end = start + *d.length;
  const auto fits = ends_at(end);
  if (!fits) return fits.error();
  if (!*fits) return false;
  if (d.size + *d.length > options_.limits.message) {
    d.too_large = true;
    d.size += *d.length;
  } else {
    auto body = file_.read(start, std::size_t(*d.length));
    if (!body) return body.error();
    // mboxcl counts and quotes, mboxcl2 only counts: nothing in the file tells which, so quoting is undone on demand only.
    if (options_.quoting.value_or(MboxQuoting::none) == MboxQuoting::none) d.append(*body, options_.limits.message);
    else
      for (const std::string_view line : base::split(*body, '\n')) {
        d.append(unquoted(line, *options_.quoting), options_.limits.message);
        if (line.data() + line.size() != body->data() + body->size()) d.append("\n", options_.limits.message);
      }
  }
  lines_.seek(end);
  return true;
}

Result<void> MboxReader::body_by_lines(Draft& d) {
  const MboxQuoting quoting = options_.quoting.value_or(MboxQuoting::rd);
  bool after_empty = d.message.bytes.empty() || d.message.bytes.ends_with("\n\n") || d.message.bytes.ends_with("\n\r\n");
  std::string empty;  // an empty line may be the one before the next from-line, which is no part of the message
  for (;;) {
    const auto line = lines_.next();
    if (!line) return line.error();
    if (!*line) return {};
    FromLine from;
    const auto separator = is_separator(**line, after_empty, from);
    if (!separator) return separator.error();
    if (*separator) {
      pending_ = from;
      pending_at_ = (*line)->offset;
      return {};
    }
    d.append(empty, options_.limits.message);
    empty.clear();
    after_empty = (*line)->starts && without_end((*line)->text).empty();
    if (after_empty) empty = (*line)->text;
    else d.append((*line)->starts ? unquoted((*line)->text, quoting) : (*line)->text, options_.limits.message);
  }
}

std::optional<Item> MboxReader::finish(Draft& d) {
  if (d.too_large)
    return problem(d.offset, std::to_string(d.size) + " bytes; messages of at most " + std::to_string(options_.limits.message) + " are taken (store.max_message_size)");
  if (d.internal && d.status.flags == 0 && d.offset == 0) return Skipped{{}, 1};
  if (d.status.expunged) return Skipped{{}, 1};
  Message& m = d.message;
  if (base::trim(m.bytes).empty()) return problem(d.offset, "an empty message");
  make_crlf(m.bytes);
  m.flags = d.status.flags;
  for (const std::string& keyword : d.status.keywords) add_keyword(m, keyword);
  if (m.date == base::Time{}) {
    m.date = date_in(m.bytes).value_or(file_.modified());
    m.tz_minutes = std::int16_t(base::kVietnamOffset);
  }
  m.origin = path_ + ", byte " + std::to_string(d.offset);
  return std::move(m);
}

Result<std::optional<Item>> MboxReader::next() {
  if (!began_) {
    const auto found = find_first();
    if (!found) return found.error();
  }
  // After a body by its length: empty lines, then the next from-line.
  while (!pending_) {
    const auto line = lines_.next();
    if (!line) return line.error();
    if (!*line) return std::optional<Item>{};
    const std::string_view text = without_end((*line)->text);
    if (text.empty()) continue;
    pending_ = parse_from_line(text, options_.zone).value_or(FromLine{});
    pending_at_ = (*line)->offset;
  }
  Draft d;
  d.offset = pending_at_;
  d.message.date = pending_->date.value_or(base::Time{});
  d.message.tz_minutes = pending_->tz_minutes;
  pending_.reset();
  if (auto read = read_header(d); !read) return read.error();
  auto by_length = body_by_length(d);
  if (!by_length) return by_length.error();
  if (!*by_length)
    if (auto read = body_by_lines(d); !read) return read.error();
  return finish(d);
}

}  // namespace transfer
