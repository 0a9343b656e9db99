#include "imap/proto/framer.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "imap/proto/chars.hpp"
#include "imap/proto/tag.hpp"

namespace imap::proto {
namespace {
constexpr std::size_t kReadSize = 16384;
constexpr std::size_t kMessageStep = 262144;   // resized (and so zeroed) in steps that stay in the cache
constexpr std::size_t kTrusted = 1u << 20;     // reserved on the client's word; the rest once this much has come

bool has(std::string_view s, char c) { return !s.empty() && std::memchr(s.data(), c, s.size()) != nullptr; }
}  // namespace

FramerLimits FramerLimits::authenticated(std::uint64_t append_limit) {
  FramerLimits l;
  l.max_message = append_limit;
  l.max_messages_total = append_limit > UINT64_MAX / 2 ? append_limit : append_limit * 2;
  return l;
}

std::span<char> Framer::prepare() {
  prepared_in_message_ = 0;
  if (receiving_ && message_left_ > 0 && scan_ == end_) {
    std::string& m = messages_.back();
    if (m.size() >= kTrusted && m.capacity() - m.size() < message_left_) m.reserve(m.size() + message_left_);
    prepared_in_message_ = std::size_t(std::min<std::uint64_t>(message_left_, kMessageStep));
    const std::size_t old = m.size();
    m.resize(old + prepared_in_message_);
    return {m.data() + old, prepared_in_message_};
  }
  if (begin_ == end_) begin_ = line_ = scan_ = searched_ = end_ = 0;
  if (cap_ - end_ < kReadSize / 4 && begin_ > 0) {
    std::memmove(buf_.get(), buf_.get() + begin_, end_ - begin_);
    line_ -= begin_, scan_ -= begin_, end_ -= begin_, searched_ -= std::min(searched_, begin_);
    begin_ = 0;
  }
  if (cap_ - end_ < kReadSize / 4) {
    cap_ = std::max(cap_ * 2, kReadSize);
    auto bigger = std::make_unique_for_overwrite<char[]>(cap_);
    if (end_ > 0) std::memcpy(bigger.get(), buf_.get(), end_);
    buf_ = std::move(bigger);
  }
  return {buf_.get() + end_, cap_ - end_};
}

void Framer::commit(std::size_t n) {
  if (prepared_in_message_ == 0) {
    end_ += n;
    return;
  }
  std::string& m = messages_.back();
  m.resize(m.size() - (prepared_in_message_ - n));
  prepared_in_message_ = 0;
  message_left_ -= n;
  if (!nul_allowed_ && !nul_seen_) nul_seen_ = has(std::string_view(m).substr(m.size() - n), '\0');
}

void Framer::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::span<char> room = prepare();
    const std::size_t n = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), n);
    commit(n);
    bytes.remove_prefix(n);
  }
}

Frame Framer::closed(std::string_view why) {
  closed_why_ = why;
  Frame f;
  f.kind = Frame::Kind::close;
  f.why = why;
  return f;
}

void Framer::drop_command() {
  begin_ = line_ = searched_ = scan_;
  literal_left_ = message_left_ = messages_total_ = 0;
  receiving_ = nul_seen_ = nul_allowed_ = false;
  messages_.clear();
}

// A synchronising literal is refused: the client waits, so nothing may have come behind it. What did come would be read as
// commands though the sender may mean it as literal (ATTACKS I1, I2).
void Framer::refuse() {
  if (buffered() > 0) closed_why_ = "literal was sent before it was asked for";
  drop_command();
}

// "{" number64 ["+"] "}" at the end of a line. A line that ends so inside an open quoted string is taken as a literal too: a client
// that thinks so would send the bytes, and they must never be read as commands (ATTACKS I2).
bool Framer::ends_in_literal(std::string_view line, Literal& lit) {
  if (line.empty() || line.back() != '}') return false;
  std::size_t i = line.size() - 1;
  if (i > 0 && line[i - 1] == '+') lit.sync = false, --i;
  const std::size_t digits_end = i;
  while (i > 0 && is_digit(line[i - 1])) --i;
  if (i == digits_end || i == 0 || line[i - 1] != '{') return false;
  const auto r = std::from_chars(line.data() + i, line.data() + digits_end, lit.size);
  lit.overflow = r.ec != std::errc() || (lit.size >> 63) != 0;
  lit.at = i - 1;
  lit.binary = lit.at > 0 && line[lit.at - 1] == '~';
  if (lit.binary) --lit.at;
  return true;
}

// Every literal of "tag SP APPEND SP ..." is a message, but for the mailbox name right behind the word.
bool Framer::is_message_literal(const Literal& lit) const {
  const std::string_view head = text_until(line_ + lit.at);
  const std::size_t space = head.find(' ');
  if (space == std::string_view::npos || !same_word(head.substr(space + 1, 7), "APPEND ")) return false;
  return head.size() > space + 8;
}

// True when a whole line is at hand: without its CRLF; scan_ stands behind it. False: frame says what to do.
bool Framer::take_line(std::string_view& line, Frame& frame) {
  searched_ = std::max(searched_, scan_);
  const char* lf = end_ > searched_ ? static_cast<const char*>(std::memchr(buf_.get() + searched_, '\n', end_ - searched_)) : nullptr;
  const std::size_t stop = lf ? std::size_t(lf - buf_.get()) + 1 : end_;
  if (stop - line_ > limits_.max_line) return frame = closed("line is too long"), false;
  if (stop - begin_ > limits_.max_command) return frame = closed("command is too long"), false;
  searched_ = stop;
  if (!lf) return false;
  line = std::string_view(buf_.get() + line_, stop - line_ - 1);
  if (line.empty() || line.back() != '\r') return frame = closed("bare LF"), false;
  line.remove_suffix(1);
  if (has(line, '\r')) return frame = closed("bare CR"), false;
  if (has(line, '\0')) nul_seen_ = true;
  scan_ = stop;
  return true;
}

bool Framer::take_inline_literal() {
  const std::size_t n = std::size_t(std::min<std::uint64_t>(literal_left_, end_ - scan_));
  if (has({buf_.get() + scan_, n}, '\0')) nul_seen_ = true;
  scan_ += n;
  literal_left_ -= n;
  line_ = searched_ = scan_;
  return literal_left_ == 0;
}

void Framer::store_in_message(std::string_view bytes) {
  if (!nul_allowed_ && !nul_seen_) nul_seen_ = has(bytes, '\0');
  messages_.back().append(bytes);
  message_left_ -= bytes.size();
}

// Message bytes that came in one read with text: moved out, and the short head of the command moved up over their place.
bool Framer::take_message() {
  const std::size_t n = std::size_t(std::min<std::uint64_t>(message_left_, end_ - scan_));
  if (n > 0) {
    store_in_message({buf_.get() + scan_, n});
    std::memmove(buf_.get() + begin_ + n, buf_.get() + begin_, scan_ - begin_);
    begin_ += n;
    scan_ += n;
  }
  line_ = searched_ = scan_;
  if (message_left_ > 0) return false;
  receiving_ = false;
  return true;
}

// False: frame is the answer (continuation or refusal). True: go on reading.
bool Framer::start_literal(const Literal& lit, std::string_view line, Frame& frame) {
  const bool message = is_message_literal(lit);
  const std::uint64_t cap = message ? std::min(limits_.max_message, limits_.max_messages_total - messages_total_)
                                    : std::min<std::uint64_t>(limits_.max_literal, limits_.max_command - std::min(limits_.max_command, scan_ - begin_));
  const bool big = lit.overflow || lit.size > cap || (!lit.sync && lit.size > limits_.max_nonsync);
  // RFC 7888 5: of a non-synchronising literal that is too big the bytes are already on their way; never resync inside them.
  if (big && !lit.sync) return frame = closed("literal is too big"), false;
  frame.text = {line.data() - (line_ - begin_), line.size() + (line_ - begin_)};
  frame.for_message = message;
  if (big || (nul_seen_ && lit.sync)) {
    frame.kind = big ? Frame::Kind::too_big : Frame::Kind::bad;
    frame.why = big ? "literal is too big" : "NUL in command";
    refuse();
    return false;
  }
  line_ = searched_ = scan_;
  if (message) {
    receiving_ = true;
    nul_allowed_ = lit.binary;
    message_left_ = lit.size;
    messages_total_ += lit.size;
    messages_.emplace_back();
    messages_.back().reserve(std::size_t(std::min<std::uint64_t>(lit.size, kTrusted)));
  } else {
    literal_left_ = lit.size;
  }
  if (!lit.sync) return true;
  frame.kind = Frame::Kind::continuation;
  frame.text = text_until(scan_);
  return false;
}

Frame Framer::next() {
  if (!closed_why_.empty()) return closed(closed_why_);
  for (;;) {
    Frame frame;
    if (receiving_ && !take_message()) return frame;
    if (literal_left_ > 0 && !take_inline_literal()) return frame;
    std::string_view line;
    if (!take_line(line, frame)) return frame;
    Literal lit;
    if (ends_in_literal(line, lit)) {
      if (!start_literal(lit, line, frame)) return frame;
      continue;
    }
    frame.kind = nul_seen_ ? Frame::Kind::bad : Frame::Kind::command;
    if (nul_seen_) frame.why = "NUL in command";
    frame.text = text_until(scan_ - 2);
    frame.messages = std::move(messages_);
    drop_command();
    return frame;
  }
}

Frame Framer::next_line() {
  if (!closed_why_.empty()) return closed(closed_why_);
  Frame frame;
  std::string_view line;
  if (!take_line(line, frame)) return frame;
  frame.kind = nul_seen_ ? Frame::Kind::bad : Frame::Kind::command;
  if (nul_seen_) frame.why = "NUL in line";
  frame.text = line;
  drop_command();
  return frame;
}

}  // namespace imap::proto
