// The bytes of stored rows: fixed big-endian integers (keys, counters), LEB128 varints, length-prefixed strings.
// Writer appends to its own string; Reader never reads past its view: after the first short read ok() is false, every
// later value is zero or empty, and the caller checks ok() once at the end.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace base {

class Writer {
 public:
  template <class T>
    requires std::is_unsigned_v<T>
  Writer& fixed(T v) {  // big-endian, so that keys sort as numbers
    for (int shift = int(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) out_.push_back(char(std::uint8_t(v >> shift)));
    return *this;
  }
  Writer& varint(std::uint64_t v) {
    for (; v >= 0x80; v >>= 7) out_.push_back(char(std::uint8_t(v | 0x80)));
    out_.push_back(char(v));
    return *this;
  }
  Writer& bytes(std::string_view s) { varint(s.size()); out_.append(s); return *this; }
  Writer& raw(std::string_view s) { out_.append(s); return *this; }
  const std::string& str() const { return out_; }
  std::string take() { return std::move(out_); }
  void reserve(std::size_t n) { out_.reserve(n); }

 private:
  std::string out_;
};

class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}
  template <class T>
    requires std::is_unsigned_v<T>
  T fixed() {
    T v = 0;
    for (unsigned char c : raw(sizeof(T))) v = T((std::uint64_t(v) << 8) | c);
    return v;
  }
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view one = raw(1);
      if (one.empty()) return 0;
      const auto byte = std::uint8_t(one[0]);
      v |= std::uint64_t(byte & 0x7f) << shift;
      if (byte < 0x80) return v;
    }
    ok_ = false;
    return 0;
  }
  std::string_view bytes() { return raw(varint()); }  // a view into the input
  std::string_view raw(std::uint64_t n) {
    if (!ok_ || n > in_.size()) { ok_ = false; return {}; }
    const std::string_view v = in_.substr(0, n);
    in_.remove_prefix(n);
    return v;
  }
  std::string_view rest() { return raw(in_.size()); }
  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }

 private:
  std::string_view in_;
  bool ok_ = true;
};

}  // namespace base
