// The objects of one PDF file, found only through its own cross-reference chain (ISO 32000-2 7.5): the last startxref, tables and
// streams, /Prev. A file that needs repair is refused, because readers repair differently (ATTACKS P7). Views into `bytes`.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "policy/pdf/object.hpp"

namespace policy::pdf {

enum class FileState : unsigned char { good, broken, hybrid, encrypted, too_large };

struct Loaded {
  Object object;
  bool in_file = true;  // false: it came out of an object stream, so its offsets are no offsets of the file
};

class File {
 public:
  explicit File(std::string_view bytes);  // REQUIRES: bytes outlive the File
  FileState state() const { return state_; }
  std::string_view bytes() const { return bytes_; }
  const Object& trailer() const { return trailer_; }  // the newest one
  // The object a reference points to; a direct object is itself. Nothing when it is absent, free or damaged.
  std::optional<Loaded> resolve(const Object& object);
  std::optional<Loaded> load(std::uint32_t number, std::uint32_t generation);

  struct Entry {
    enum class Type : unsigned char { free, offset, packed } type = Type::free;
    std::uint64_t at = 0;          // offset, or number of the object stream
    std::uint32_t generation = 0;  // or index in the object stream
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  struct Section {                              // one table or stream of the chain
    std::size_t begin = 0, end = 0;
    std::vector<std::uint64_t> offsets;         // of the objects that it lists, itself included when it is one
  };
  const std::unordered_map<std::uint32_t, Entry>& entries() const { return entries_; }
  const std::vector<Section>& sections() const { return sections_; }  // newest first
  // The object whose number it is now, of whatever generation; nothing when it is absent, free or damaged.
  std::optional<Loaded> load(std::uint32_t number);
  // Where a cross-reference section begins that is said to begin at `stated`: signing programs in use count a line end too few, and
  // every reader steps over it.
  std::size_t section_start(std::size_t stated) const;
  // Where the object at this offset ends, behind its endobj; nothing when there is no whole one.
  std::optional<std::size_t> object_end(std::size_t at);
  std::optional<std::string> stream_bytes(const Object& reference);  // decoded

 private:
  struct Stream {
    Object dictionary;
    std::string_view raw;
  };
  struct Packed {
    std::string bytes;
    std::size_t first = 0;
    std::vector<std::pair<std::int64_t, std::int64_t>> index;  // object number, offset behind first
  };

  bool read_chain();
  bool read_section(std::size_t at, std::optional<std::size_t>& previous);
  bool read_table(Parser& parser, Object& trailer);
  bool read_xref_stream(std::size_t at, Object& trailer);
  bool read_rows(const std::string& rows, const Object& dictionary);
  bool accept_trailer(const Object& trailer, std::optional<std::size_t>& previous);
  std::optional<Stream> stream_at(std::size_t at, std::int64_t number, bool need_number);
  std::optional<std::string> decoded(const Stream& stream);
  const Packed* packed(std::uint32_t number);

  std::string_view bytes_;
  FileState state_ = FileState::broken;
  Object trailer_;
  bool have_trailer_ = false;
  void list(std::uint32_t number, const Entry& entry);

  std::unordered_map<std::uint32_t, Entry> entries_;
  std::vector<Section> sections_;
  std::map<std::uint32_t, Packed> packed_;
  std::set<std::uint32_t> loading_;  // object streams being opened: a cycle is damage
  std::size_t inflated_ = 0;
};

// FlateDecode with at most `cap` bytes of output, then a PNG predictor (RFC 1950, RFC 2083 6). Nothing when damaged or too large.
std::optional<std::string> inflate_all(std::string_view in, std::size_t cap);
std::optional<std::string> undo_png_predictor(std::string_view in, std::size_t columns);

}  // namespace policy::pdf
