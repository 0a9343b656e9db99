#include "tools/transfer/imap_frame.hpp"

#include <charconv>

namespace transfer {
namespace {

// The number of "{N}" (or "{N+}" of a strange server, or "~{N}" of BINARY) at the end of a line.
std::optional<std::uint64_t> literal_at_end(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  if (digits.ends_with('+')) digits.remove_suffix(1);
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return n;
}

}  // namespace

Result<bool> ImapFramer::take_line() {
  const std::size_t end = buffer_.find('\n', std::max(used_, searched_));
  const std::size_t have = (end == std::string::npos ? buffer_.size() : end) - used_;
  if (frame_.text.size() + have > limits_.line) return fail(Errc::limit, "the server sent a line of more than " + std::to_string(limits_.line) + " bytes");
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    return false;
  }
  std::string_view line(buffer_.data() + used_, end - used_);
  used_ = end + 1;
  searched_ = 0;
  if (line.ends_with('\r')) line.remove_suffix(1);
  frame_.text += line;
  const auto size = literal_at_end(line);
  if (!size) return true;
  frame_.text += "\r\n";
  if (frame_.literals.size() >= limits_.literals) return fail(Errc::limit, "the server sent more than " + std::to_string(limits_.literals) + " literals in one response");
  if (*size > limits_.drained) return fail(Errc::limit, "the server announced a literal of " + std::to_string(*size) + " bytes");
  frame_.literals.push_back({{}, *size, *size > limits_.literal});
  wanted_ = *size;
  in_literal_ = true;
  return false;
}

bool ImapFramer::take_literal() {
  const std::size_t have = std::size_t(std::min<std::uint64_t>(wanted_, buffer_.size() - used_));
  ImapLiteral& l = frame_.literals.back();
  if (!l.dropped) l.bytes.append(buffer_, used_, have);
  used_ += have;
  wanted_ -= have;
  if (wanted_ > 0) return false;
  in_literal_ = false;
  return true;
}

Result<std::optional<ImapFrame>> ImapFramer::next() {
  for (;;) {
    if (in_literal_ && !take_literal()) break;
    const std::size_t literals = frame_.literals.size();
    const auto whole = take_line();
    if (!whole) return whole.error();
    if (*whole) {
      std::optional<ImapFrame> out = std::exchange(frame_, {});
      if (used_ == buffer_.size()) buffer_.clear(), used_ = 0;
      return out;
    }
    if (frame_.literals.size() == literals) break;  // no whole line yet
  }
  buffer_.erase(0, used_);
  searched_ -= std::min(searched_, used_);
  used_ = 0;
  return std::optional<ImapFrame>{};
}

}  // namespace transfer
