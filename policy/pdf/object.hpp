// PDF objects (ISO 32000-2 7.3) read strictly, each with the raw bytes it came from, so that coverage is judged over the file
// and not over somebody's idea of it. No repair: what is out of grammar is no object. Depth and count are limited.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace policy::pdf {

enum class Kind : unsigned char { null, boolean, integer, real, name, string, hex_string, array, dictionary, reference };

struct Object {
  Kind kind = Kind::null;
  std::size_t begin = 0, end = 0;   // raw bytes [begin, end) in what was parsed
  std::int64_t number = 0;          // integer; object number of a reference; 1 for true
  std::uint32_t generation = 0;
  std::string text;                 // decoded name or string
  std::vector<Object> items;        // of an array; of a dictionary its values, in the order of `keys`
  std::vector<std::string> keys;
  bool duplicate_keys = false;

  const Object* get(std::string_view key) const;  // of a dictionary; null objects count as absent
  bool is_name(std::string_view s) const { return kind == Kind::name && text == s; }
};

class Parser {
 public:
  explicit Parser(std::string_view in, std::size_t pos = 0) : in_(in), pos_(pos) {}
  std::optional<Object> object();
  std::optional<std::int64_t> integer();       // an unsigned decimal
  bool keyword(std::string_view word);         // skips white space, then this word and no longer one
  void skip_space();                           // and comments
  std::size_t pos() const { return pos_; }
  void seek(std::size_t pos) { pos_ = pos; }

 private:
  std::optional<Object> value(int depth);
  bool name(Object& out);
  bool literal(Object& out);
  bool hex(Object& out);
  bool array(Object& out, int depth);
  bool dictionary(Object& out, int depth);
  bool number(Object& out);
  bool at(std::string_view s) const { return in_.substr(pos_, s.size()) == s; }

  std::string_view in_;
  std::size_t pos_;
  std::size_t count_ = 0;
};

}  // namespace policy::pdf
