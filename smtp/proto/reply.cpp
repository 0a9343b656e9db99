#include "smtp/proto/reply.hpp"
#include <array>
#include <charconv>
#include "smtp/proto/chars.hpp"

namespace smtp::proto {

std::string Enhanced::to_string() const {
  if (!present()) return {};
  return std::to_string(klass) + '.' + std::to_string(subject) + '.' + std::to_string(detail);
}

// RFC 2034 4: status-code = class "." subject "." detail; class 2, 4 or 5; the others 1*3digit.
Enhanced parse_enhanced(std::string_view text, std::size_t* used) {
  if (used) *used = 0;
  std::array<std::uint16_t, 3> part{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at]) && at - begin < 3) part[i] = std::uint16_t(part[i] * 10 + (text[at++] - '0'));
    if (at == begin) return {};
    if (i < 2 && (at >= text.size() || text[at++] != '.')) return {};
  }
  if (part[0] != 2 && part[0] != 4 && part[0] != 5) return {};
  if (at < text.size() && text[at] != ' ') return {};
  if (used) *used = at + (at < text.size() ? 1 : 0);
  return {std::uint8_t(part[0]), part[1], part[2]};
}

std::string safe_text(std::string_view text, Charset charset, std::size_t most) {
  std::string out;
  out.reserve(std::min(text.size(), most));
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t n = utf8_length(text.substr(i));
    const bool ascii = n == 1 && is_printable(text[i]);
    const bool wide = n > 1 && charset == Charset::utf8 && !is_unsafe_utf8(text.substr(i, n));
    const std::size_t step = n ? n : 1;
    if (out.size() + (wide ? n : 1) > most) break;
    if (ascii || wide) out.append(text.substr(i, n));
    else out.push_back('?');
    i += step;
  }
  return out;
}

void append_wire(std::string& out, const Reply& reply, Charset charset) {
  const std::string code = std::to_string(reply.code);
  const std::string enhanced = reply.enhanced.to_string();
  const std::size_t count = reply.lines.empty() ? 1 : reply.lines.size();
  for (std::size_t i = 0; i < count; ++i) {
    out.append(code).push_back(i + 1 < count ? '-' : ' ');
    if (!enhanced.empty()) out.append(enhanced).push_back(' ');
    if (!reply.lines.empty()) out.append(safe_text(reply.lines[i], charset));
    out.append("\r\n");
  }
}

std::string to_wire(const Reply& reply, Charset charset) {
  std::string out;
  append_wire(out, reply, charset);
  return out;
}

// RFC 5321 4.2: Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP [ textstring ] ] CRLF
base::Result<bool> ReplyParser::line(std::string_view line) {
  bytes_ += line.size() + 2;
  if (bytes_ > 32768 || reply_.lines.size() >= 128) return base::fail(base::Errc::limit, "reply too long");
  const bool digits = line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) && is_digit(line[2]);
  if (!digits || (line.size() > 3 && line[3] != ' ' && line[3] != '-')) {
    return base::fail(base::Errc::invalid, "not a reply: " + safe_text(line, Charset::ascii, 100));
  }
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (started_ && code != reply_.code) return base::fail(base::Errc::invalid, "reply lines with different codes");
  std::string_view text = line.size() > 4 ? line.substr(4) : std::string_view{};
  std::size_t used = 0;
  const Enhanced e = parse_enhanced(text, &used);
  // RFC 2034 4: the class of the enhanced code agrees with the reply code; one that does not is plain text.
  if (e.present() && e.klass == code / 100) {
    if (!started_) reply_.enhanced = e;
    text.remove_prefix(used);
  }
  reply_.code = code;
  started_ = true;
  reply_.lines.push_back(safe_text(text, Charset::utf8, 1000));
  return line.size() == 3 || line[3] == ' ';
}

Reply ReplyParser::take() {
  Reply done = std::move(reply_);
  reply_ = Reply{};
  bytes_ = 0;
  started_ = false;
  return done;
}

}  // namespace smtp::proto
