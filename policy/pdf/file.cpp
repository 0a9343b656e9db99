#include "policy/pdf/file.hpp"

#include <array>

namespace policy::pdf {
namespace {

constexpr std::size_t kMaxSections = 512;
constexpr std::size_t kMaxEntries = 2000000;
constexpr std::size_t kMaxInflated = 64u << 20;  // ATTACKS P11, all streams of one file together
constexpr std::size_t kMaxRatio = 1100;          // deflate cannot do better than 1032:1

std::int64_t number_at(const Object& dictionary, std::string_view key, std::int64_t otherwise) {
  const Object* o = dictionary.get(key);
  return o && o->kind == Kind::integer ? o->number : otherwise;
}

bool is_blank(char c) { return c == ' ' || c == '\r' || c == '\n'; }

// "nnnnnnnnnn ggggg n" and two bytes of line end: 20 bytes exactly (ISO 32000-2 7.5.4).
std::optional<std::pair<std::uint64_t, std::uint32_t>> table_row(std::string_view row) {
  std::uint64_t at = 0;
  std::uint32_t generation = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 10) continue;
    if (row[i] < '0' || row[i] > '9') return std::nullopt;
    if (i < 10) at = at * 10 + std::uint64_t(row[i] - '0');
    else generation = generation * 10 + std::uint32_t(row[i] - '0');
  }
  const bool shape = row[10] == ' ' && row[16] == ' ' && (row[17] == 'n' || row[17] == 'f') && is_blank(row[18]) && is_blank(row[19]);
  return shape ? std::optional(std::pair(at, generation)) : std::nullopt;
}

}  // namespace

File::File(std::string_view bytes) : bytes_(bytes) {
  if (read_chain()) state_ = FileState::good;
}

bool File::read_chain() {
  const std::size_t last = bytes_.rfind("startxref");
  if (last == std::string_view::npos) return false;
  Parser parser(bytes_, last + 9);
  const auto start = parser.integer();
  if (!start) return false;
  std::set<std::size_t> seen;
  std::optional<std::size_t> next = std::size_t(*start);
  while (next) {
    if (!seen.insert(*next).second || seen.size() > kMaxSections) return false;
    std::optional<std::size_t> previous;
    if (!read_section(*next, previous)) return false;
    next = previous;
  }
  return state_ == FileState::broken;  // still the first state: nothing was found that forbids judging
}

std::size_t File::section_start(std::size_t stated) const {
  constexpr std::size_t kMostBlanks = 4;
  std::size_t at = stated;
  while (at < bytes_.size() && at < stated + kMostBlanks && is_blank(bytes_[at])) ++at;
  return at;
}

bool File::read_section(std::size_t at, std::optional<std::size_t>& previous) {
  if (at >= bytes_.size()) return false;
  at = section_start(at);
  Parser parser(bytes_, at);
  Object trailer;
  sections_.push_back({at, 0, {}});
  const bool table = bytes_.substr(at, 4) == "xref" && parser.keyword("xref");
  if (table ? !read_table(parser, trailer) : !read_xref_stream(at, trailer)) return false;
  const auto end = table ? std::optional(parser.pos()) : object_end(at);
  if (!end) return false;
  sections_.back().end = *end;
  return accept_trailer(trailer, previous);
}

bool File::accept_trailer(const Object& trailer, std::optional<std::size_t>& previous) {
  if (trailer.get("XRefStm")) return state_ = FileState::hybrid, false;
  if (trailer.get("Encrypt")) return state_ = FileState::encrypted, false;
  if (trailer.duplicate_keys) return false;
  if (const Object* prev = trailer.get("Prev")) {
    if (prev->kind != Kind::integer || prev->number < 0) return false;
    previous = std::size_t(prev->number);
  }
  if (!have_trailer_) trailer_ = trailer;
  have_trailer_ = true;
  return true;
}

bool File::read_table(Parser& parser, Object& trailer) {
  while (!parser.keyword("trailer")) {
    const auto first = parser.integer();
    const auto count = parser.integer();
    if (!first || !count || *first > 0x7fffffff || entries_.size() + std::size_t(*count) > kMaxEntries) return false;
    parser.skip_space();
    for (std::int64_t i = 0; i < *count; ++i) {
      if (bytes_.size() - parser.pos() < 20) return false;
      const std::string_view row = bytes_.substr(parser.pos(), 20);
      const auto parsed = table_row(row);
      if (!parsed) return false;
      const auto type = row[17] == 'n' ? Entry::Type::offset : Entry::Type::free;
      list(std::uint32_t(*first + i), Entry{type, parsed->first, parsed->second});
      parser.seek(parser.pos() + 20);
    }
  }
  auto dictionary = parser.object();
  if (!dictionary || dictionary->kind != Kind::dictionary) return false;
  trailer = std::move(*dictionary);
  return true;
}

bool File::read_xref_stream(std::size_t at, Object& trailer) {
  auto stream = stream_at(at, 0, false);
  if (!stream) return false;
  const Object* type = stream->dictionary.get("Type");
  if (!type || !type->is_name("XRef")) return false;
  const auto rows = decoded(*stream);
  if (!rows || !read_rows(*rows, stream->dictionary)) return false;
  trailer = std::move(stream->dictionary);
  return true;
}

bool File::read_rows(const std::string& rows, const Object& dictionary) {
  const Object* w = dictionary.get("W");
  if (!w || w->kind != Kind::array || w->items.size() != 3) return false;
  std::array<std::size_t, 3> width{};
  for (std::size_t i = 0; i < 3; ++i) {
    if (w->items[i].kind != Kind::integer || w->items[i].number < 0 || w->items[i].number > 8) return false;
    width[i] = std::size_t(w->items[i].number);
  }
  const std::size_t row_size = width[0] + width[1] + width[2];
  std::vector<std::int64_t> index{0, number_at(dictionary, "Size", 0)};
  if (const Object* stated = dictionary.get("Index")) {
    index.clear();
    for (const Object& o : stated->items) index.push_back(o.kind == Kind::integer ? o.number : -1);
  }
  if (row_size == 0 || index.size() % 2 != 0) return false;
  std::size_t pos = 0;
  for (std::size_t s = 0; s < index.size(); s += 2) {
    const std::int64_t first = index[s], count = index[s + 1];
    if (first < 0 || count < 0 || first > 0x7fffffff || std::size_t(count) > (rows.size() - pos) / row_size) return false;
    if (entries_.size() + std::size_t(count) > kMaxEntries) return false;
    for (std::int64_t i = 0; i < count; ++i) {
      std::array<std::uint64_t, 3> field{width[0] == 0 ? 1u : 0u, 0, 0};  // ISO 32000-2 table 17: type defaults to 1
      for (std::size_t f = 0; f < 3; ++f)
        for (std::size_t b = 0; b < width[f]; ++b) field[f] = (field[f] << 8) | static_cast<unsigned char>(rows[pos++]);
      if (field[0] > 2) continue;
      list(std::uint32_t(first + i), Entry{Entry::Type(field[0]), field[1], std::uint32_t(field[2])});
    }
  }
  return true;
}

// The newest section comes first and wins.
void File::list(std::uint32_t number, const Entry& entry) {
  if (entry.type == Entry::Type::offset) sections_.back().offsets.push_back(entry.at);
  entries_.try_emplace(number, entry);
}

std::optional<std::size_t> File::object_end(std::size_t at) {
  Parser parser(bytes_, at);
  if (!parser.integer() || !parser.integer() || !parser.keyword("obj")) return std::nullopt;
  const auto object = parser.object();
  if (!object) return std::nullopt;
  if (object->kind == Kind::dictionary) {
    Parser ahead = parser;
    if (ahead.keyword("stream")) {
      const auto stream = stream_at(at, 0, false);
      if (!stream) return std::nullopt;
      parser.seek(std::size_t(stream->raw.data() - bytes_.data()) + stream->raw.size());
      if (!parser.keyword("endstream")) return std::nullopt;
    }
  }
  return parser.keyword("endobj") ? std::optional(parser.pos()) : std::nullopt;
}

std::optional<std::string> File::stream_bytes(const Object& reference) {
  if (reference.kind != Kind::reference) return std::nullopt;
  const auto entry = entries_.find(std::uint32_t(reference.number));
  if (entry == entries_.end() || entry->second.type != Entry::Type::offset || entry->second.generation != reference.generation) return std::nullopt;
  const auto stream = stream_at(std::size_t(entry->second.at), reference.number, true);
  return stream ? decoded(*stream) : std::nullopt;
}

std::optional<Loaded> File::load(std::uint32_t number) {
  const auto it = entries_.find(number);
  if (it == entries_.end()) return std::nullopt;
  return load(number, it->second.type == Entry::Type::offset ? it->second.generation : 0);
}

std::optional<File::Stream> File::stream_at(std::size_t at, std::int64_t number, bool need_number) {
  if (at >= bytes_.size()) return std::nullopt;
  Parser parser(bytes_, at);
  const auto found = parser.integer();
  const auto generation = parser.integer();
  if (!found || !generation || (need_number && *found != number) || !parser.keyword("obj")) return std::nullopt;
  auto dictionary = parser.object();
  if (!dictionary || dictionary->kind != Kind::dictionary || dictionary->duplicate_keys || !parser.keyword("stream")) return std::nullopt;
  std::size_t begin = parser.pos();
  if (bytes_.substr(begin, 2) == "\r\n") begin += 2;
  else if (bytes_.substr(begin, 1) == "\n") begin += 1;
  else return std::nullopt;
  const Object* stated = dictionary->get("Length");
  if (!stated) return std::nullopt;
  const auto length = resolve(*stated);
  if (!length || length->object.kind != Kind::integer || length->object.number < 0) return std::nullopt;
  const auto size = std::size_t(length->object.number);
  if (size > bytes_.size() - begin) return std::nullopt;
  Parser after(bytes_, begin + size);
  if (!after.keyword("endstream")) return std::nullopt;
  return Stream{std::move(*dictionary), bytes_.substr(begin, size)};
}

std::optional<std::string> File::decoded(const Stream& stream) {
  const Object* filter = stream.dictionary.get("Filter");
  if (filter && filter->kind == Kind::array && filter->items.size() == 1) filter = &filter->items[0];
  if (!filter) return std::string(stream.raw);
  if (!filter->is_name("FlateDecode")) return std::nullopt;
  const std::size_t cap = std::min(kMaxInflated - inflated_, stream.raw.size() * kMaxRatio + 4096);
  auto out = inflate_all(stream.raw, cap);
  if (!out) return std::nullopt;
  inflated_ += out->size();
  const Object* parameters = stream.dictionary.get("DecodeParms");
  if (parameters && parameters->kind == Kind::array && parameters->items.size() == 1) parameters = &parameters->items[0];
  const std::int64_t predictor = parameters ? number_at(*parameters, "Predictor", 1) : 1;
  if (predictor == 1) return out;
  if (predictor < 10 || number_at(*parameters, "Colors", 1) != 1 || number_at(*parameters, "BitsPerComponent", 8) != 8) return std::nullopt;
  const std::int64_t columns = number_at(*parameters, "Columns", 1);
  return columns > 0 ? undo_png_predictor(*out, std::size_t(columns)) : std::nullopt;
}

const File::Packed* File::packed(std::uint32_t number) {
  if (const auto it = packed_.find(number); it != packed_.end()) return &it->second;
  const auto entry = entries_.find(number);
  if (entry == entries_.end() || entry->second.type != Entry::Type::offset || !loading_.insert(number).second) return nullptr;
  const auto stream = stream_at(std::size_t(entry->second.at), number, true);
  const auto bytes = stream ? decoded(*stream) : std::nullopt;
  loading_.erase(number);
  if (!bytes) return nullptr;
  Packed out;
  const std::int64_t n = number_at(stream->dictionary, "N", -1), first = number_at(stream->dictionary, "First", -1);
  if (n < 0 || first < 0 || std::size_t(first) > bytes->size() || std::size_t(n) > bytes->size()) return nullptr;
  Parser parser(*bytes);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto object = parser.integer();
    const auto offset = parser.integer();
    if (!object || !offset) return nullptr;
    out.index.emplace_back(*object, *offset);
  }
  out.bytes = *bytes;
  out.first = std::size_t(first);
  return &packed_.emplace(number, std::move(out)).first->second;
}

std::optional<Loaded> File::load(std::uint32_t number, std::uint32_t generation) {
  const auto it = entries_.find(number);
  if (it == entries_.end() || it->second.type == Entry::Type::free) return std::nullopt;
  const Entry entry = it->second;
  if (entry.type == Entry::Type::offset) {
    if (entry.at >= bytes_.size() || entry.generation != generation) return std::nullopt;
    Parser parser(bytes_, std::size_t(entry.at));
    const auto found = parser.integer();
    const auto found_generation = parser.integer();
    if (!found || *found != number || !found_generation || *found_generation != generation || !parser.keyword("obj")) return std::nullopt;
    auto object = parser.object();
    if (!object || !(parser.keyword("endobj") || parser.keyword("stream"))) return std::nullopt;
    return Loaded{std::move(*object), true};
  }
  const Packed* box = packed(std::uint32_t(entry.at));
  if (!box || generation != 0 || entry.generation >= box->index.size() || box->index[entry.generation].first != number) return std::nullopt;
  const std::uint64_t at = box->first + std::uint64_t(box->index[entry.generation].second);
  if (at >= box->bytes.size()) return std::nullopt;
  Parser parser(box->bytes, std::size_t(at));
  auto object = parser.object();
  return object ? std::optional(Loaded{std::move(*object), false}) : std::nullopt;
}

std::optional<Loaded> File::resolve(const Object& object) {
  if (object.kind != Kind::reference) return Loaded{object, true};
  auto loaded = load(std::uint32_t(object.number), object.generation);
  // ISO 32000-2 7.3.10: an indirect object that is itself a reference does not occur; following it would allow cycles.
  if (loaded && loaded->object.kind == Kind::reference) return std::nullopt;
  return loaded;
}

}  // namespace policy::pdf
