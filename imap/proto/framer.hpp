// Cuts the bytes of a client into commands: lines, literals (RFC 9051 4.3, LITERAL+/- of RFC 7888, literal8 of RFC 3516). The one
// owner of CRLF strictness and of what may be answered before a literal is sent. No I/O; one framer per connection.
//
//   read into prepare(), commit(n)   (or feed(bytes)), then next() until need_more.
//
// Small literals stay inline in the command's text. A message literal of APPEND (every literal but the mailbox name's) goes to
// a buffer of its own, read in place; the text keeps only its "{n}\r\n". Memory is taken as bytes arrive, never as promised.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imap::proto {

struct FramerLimits {
  std::size_t max_line = 65536;                  // of one line, CRLF included
  std::size_t max_literal = 65536;               // of one inline literal
  std::size_t max_command = 262144;              // text with inline literals
  std::uint64_t max_message = 50u << 20;         // APPENDLIMIT; 0 while not authenticated
  std::uint64_t max_messages_total = 100u << 20; // of one APPEND (RFC 3502)
  std::uint64_t max_nonsync = UINT64_MAX;        // 4096 where only LITERAL- is offered
  static FramerLimits pre_auth() { return {8192, 8192, 16384, 0, 0, 8192}; }
  static FramerLimits authenticated(std::uint64_t append_limit);
};

struct Frame {
  enum class Kind : unsigned char {
    need_more,
    command,       // text, messages
    continuation,  // send "+ " now. text so far; for_message: parse(text) may already say no, then refuse()
    // The command was dropped, the stream is in step; answer tagged:
    bad,           // BAD: NUL
    too_big,       // NO [TOOBIG] (message) or NO [LIMIT] (other literal); nothing was read of it
    // The stream cannot be trusted any more: send BYE and close. next() gives this again.
    close,
  };
  Kind kind = Kind::need_more;
  std::string_view text;              // valid until the next call of prepare, feed or next
  std::vector<std::string> messages;  // APPEND's literals in order
  bool for_message = false;
  std::string_view why;               // static text for bad, too_big and close
};

class Framer {
 public:
  explicit Framer(FramerLimits limits = FramerLimits::pre_auth()) : limits_(limits) {}
  void set_limits(FramerLimits limits) { limits_ = limits; }  // between commands

  // Where to read to: never empty; the inside of a message literal while one is being received.
  std::span<char> prepare();
  void commit(std::size_t n);  // REQUIRES: n <= the size of the last prepare()
  void feed(std::string_view bytes);

  Frame next();
  // One line as it is, for the answers to AUTHENTICATE and for DONE of IDLE: no literals. REQUIRES: between commands.
  Frame next_line();
  // After a continuation frame, instead of sending "+ ": the command is dropped, its literal will not come.
  void refuse();
  // Bytes that came and are not yet given out. After STARTTLS is accepted this must be 0, else close (ATTACKS I3).
  std::size_t buffered() const { return end_ - scan_; }
  bool between_commands() const { return begin_ == scan_ && !receiving_ && literal_left_ == 0; }

 private:
  struct Literal { std::uint64_t size = 0; bool sync = true, binary = false, overflow = false; std::size_t at = 0; };
  static bool ends_in_literal(std::string_view line, Literal& lit);
  bool take_line(std::string_view& line, Frame& frame);
  bool take_inline_literal();
  bool take_message();
  bool start_literal(const Literal& lit, std::string_view line, Frame& frame);
  bool is_message_literal(const Literal& lit) const;
  void store_in_message(std::string_view bytes);
  void drop_command();
  std::string_view text_until(std::size_t end) const { return {buf_.get() + begin_, end - begin_}; }
  Frame closed(std::string_view why);

  FramerLimits limits_;
  std::unique_ptr<char[]> buf_;
  std::size_t cap_ = 0;
  std::size_t begin_ = 0;       // of the command
  std::size_t line_ = 0;        // of the line being scanned
  std::size_t scan_ = 0;        // first byte not taken yet
  std::size_t end_ = 0;
  std::size_t searched_ = 0;    // no LF before this: a slow sender costs no rescans
  std::uint64_t literal_left_ = 0;
  std::uint64_t message_left_ = 0;
  std::uint64_t messages_total_ = 0;
  std::size_t prepared_in_message_ = 0;
  bool receiving_ = false;      // a message literal
  bool nul_allowed_ = false;
  bool nul_seen_ = false;
  std::vector<std::string> messages_;
  std::string_view closed_why_;
};

}  // namespace imap::proto
