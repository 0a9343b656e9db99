// The one owner of CRLF strictness in SMTP (RFC 5321 2.3.8, 4.1.1.4). Lines and message content end at CR LF and at nothing else;
// a bare CR, a bare LF or a NUL spoils the line or the whole message and the session drops the connection (ATTACKS M1).
// Each framer eats from the front of `in` and keeps what it needs across calls; no input is looked at twice.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace smtp::proto {

// The first CR, LF or NUL in [p, end), or end.
const char* find_break(const char* p, const char* end);

class LineFramer {
 public:
  enum class Event : unsigned char { need_more, line, too_long, bare, flood };
  LineFramer(std::size_t limit, std::size_t auth_limit, std::size_t flood) : limit_(limit), auth_limit_(auth_limit), flood_(flood) {}
  // line: line() holds it without CRLF until the next call. too_long: the line was skipped to its end. bare, flood: give up.
  Event next(std::string_view& in);
  std::string_view line() const { return line_; }
  void set_auth(bool on) { auth_ = on; }  // continuation lines of AUTH; a line that begins with AUTH is long by itself
  bool pending() const { return !partial_.empty() || skipped_ > 0; }
  void reset();

 private:
  Event finish(std::string_view whole);
  Event unfinished(std::string_view in);
  std::size_t limit_of(std::string_view line) const;
  std::size_t limit_, auth_limit_, flood_;
  std::string partial_;     // the beginning of a line whose end has not come
  bool delivered_ = false;  // line() points into partial_, which the next call empties
  std::string_view line_;
  std::size_t skipped_ = 0;
  bool auth_ = false;
};

// Message content by DATA (dot-unstuffed, ends at CRLF.CRLF) or BDAT (counted octets), into one string.
class ContentFramer {
 public:
  enum class State : unsigned char { need_more, done, abandon };  // abandon: more than `discard` octets of a refused message
  void begin(std::uint64_t most, std::uint64_t discard, std::string buffer);
  State data(std::string_view& in);
  void open_chunk(std::uint64_t size) { chunk_ = size; }
  State chunk(std::string_view& in);  // done: this chunk is complete
  void close();                       // after the last chunk: a pending CR is a bare one
  bool bare() const { return bare_; }
  bool too_big() const { return size_ > most_; }
  std::uint64_t size() const { return size_; }  // octets of content so far, kept or not
  std::string take() { return std::move(content_); }
  void refuse() { most_ = 0; size_ = 1; drop(); }  // read away what comes

 private:
  enum class At : unsigned char { line_start, text, cr, dot, dot_cr };
  void keep(const char* from, const char* to);
  const char* step(const char* p, const char* end, const char*& run);
  const char* text(const char* p, const char* end, const char*& run);
  void spoil() { bare_ = true; drop(); }
  void drop() { std::string().swap(content_); }
  std::string content_;
  std::uint64_t most_ = 0, discard_ = 0, size_ = 0, wasted_ = 0, chunk_ = 0;
  At at_ = At::line_start;
  bool bare_ = false;
  bool ended_ = false;
};

}  // namespace smtp::proto
