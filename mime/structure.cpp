// The scanner. State: a stack of open parts; each open multipart owns one boundary, looked up by hash, so the cost of a
// line that starts with "--" does not depend on the depth. Every byte is looked at by memchr twice (LF, CR), never copied.
//
// RFC 2046 5.1.1:  delimiter := CRLF "--" boundary;  close-delimiter := delimiter "--";  then transport-padding CRLF.
// The match is exact on the whole line, so one boundary being the prefix of another cannot confuse them; where a line fits
// two open multiparts ("--a--" closes "a" or begins a part of "a--"), the innermost wins.
#include "mime/structure.hpp"

#include <cstring>
#include <list>
#include <unordered_map>

#include "base/ascii.hpp"
#include "mime/charset.hpp"
#include "mime/header.hpp"
#include "mime/params.hpp"

namespace mime {
namespace {

struct Open {
  std::uint32_t part;
  std::uint32_t last_child = kNoPart;
  std::uint64_t lines_at_body = 0;
  const std::string* boundary = nullptr;  // null: leaf, message, or a multipart that was closed already
  std::uint32_t shadowed = kNoPart;       // the outer level with an identical boundary
};

constexpr unsigned kType = 1, kEncoding = 2, kDisposition = 4;  // bits of Scanner::fields_seen_

struct Stop {  // why reading stopped
  enum class Kind { none, delimiter, end } kind = Kind::none;
  std::size_t level = 0;  // of the stack
  bool close = false;
  std::size_t line_start = 0;
  std::size_t next_line = 0;
};

bool identity(std::string_view encoding) { return encoding == "7bit" || encoding == "8bit" || encoding == "binary"; }

class Scanner {
 public:
  Scanner(std::string_view content, const Limits& limits) : in_(content), limits_(limits) {}

  Structure run() {
    std::uint32_t current = add_part(kNoPart);
    for (;;) {
      Stop stop = read_header(current);
      if (stop.kind == Stop::Kind::none) {
        if (enter_body(current)) {
          current = add_part(current);
          continue;
        }
        stop = read_body();
      }
      while (stop.kind == Stop::Kind::delimiter && !starts_part(stop)) stop = read_body();
      if (stop.kind == Stop::Kind::end) break;
      current = add_part(stack_[stop.level].part);
    }
    close_down_to(0, in_.size(), in_.size());
    return std::move(out_);
  }

 private:
  void defect(Defect d) { out_.defects = out_.defects | d; }

  struct Line {
    std::size_t end;   // of its text
    std::size_t next;  // the following line
  };

  Line line_at(std::size_t start) {
    const char* p = in_.data() + start;
    const std::size_t left = in_.size() - start;
    const auto* lf = static_cast<const char*>(std::memchr(p, '\n', left));
    const std::size_t length = lf ? std::size_t(lf - p) : left;
    const bool crlf = lf && length > 0 && lf[-1] == '\r';
    const std::size_t text = crlf ? length - 1 : length;
    if (!seen_bare_ && ((lf && !crlf) || std::memchr(p, '\r', text))) {
      seen_bare_ = true;
      defect(Defect::bare_newline);
    }
    if (lf) ++lines_;
    return {start + text, lf ? start + length + 1 : in_.size()};
  }

  // Does the line [start, end) delimit an open multipart?
  bool match(std::size_t start, const Line& line, Stop& stop) const {
    if (by_boundary_.empty() || line.end - start < 3 || in_[start] != '-' || in_[start + 1] != '-') return false;
    std::string_view key = in_.substr(start + 2, line.end - start - 2);
    while (!key.empty() && (key.back() == ' ' || key.back() == '\t' || key.back() == '\r')) key.remove_suffix(1);
    if (key.empty() || key.size() > longest_ + 2) return false;
    const std::uint32_t whole = level_of(key);
    const std::uint32_t closed = key.ends_with("--") ? level_of(key.substr(0, key.size() - 2)) : kNoPart;
    if (whole == kNoPart && closed == kNoPart) return false;
    stop.close = whole == kNoPart || (closed != kNoPart && closed > whole);
    stop.level = stop.close ? closed : whole;
    stop.kind = Stop::Kind::delimiter;
    stop.line_start = start;
    stop.next_line = line.next;
    return true;
  }

  std::uint32_t level_of(std::string_view boundary) const {
    const auto it = by_boundary_.find(boundary);
    return it == by_boundary_.end() ? kNoPart : it->second;
  }

  Stop read_body() {
    Stop stop;
    while (pos_ < in_.size()) {
      const std::size_t start = pos_;
      const std::uint64_t lines_before = lines_;
      const Line line = line_at(start);
      if (in_[start] == '-' && match(start, line, stop)) {
        lines_ = lines_before;
        return stop;
      }
      pos_ = line.next;
    }
    stop.kind = Stop::Kind::end;
    return stop;
  }

  Stop read_header(std::uint32_t index) {
    const std::size_t start = pos_;
    Stop stop;
    bool ended = false;
    fields_seen_ = 0;
    std::size_t field = start, field_end = start;
    const auto flush = [&] {
      if (field_end > field) on_field(out_.parts[index], in_.substr(field, field_end - field));
      field = field_end = pos_;
    };
    while (pos_ < in_.size()) {
      const std::uint64_t lines_before = lines_;
      const Line line = line_at(pos_);
      if (line.next - start > limits_.max_header_bytes) {
        lines_ = lines_before;
        defect(Defect::header_too_long);
        ended = true;
        break;
      }
      if (line.end == pos_) {
        flush();
        pos_ = line.next;
        ended = true;
        break;
      }
      if (in_[pos_] == '-' && match(pos_, line, stop)) {
        lines_ = lines_before;
        break;
      }
      if (in_[pos_] != ' ' && in_[pos_] != '\t') flush();
      pos_ = field_end = line.next;
    }
    flush();
    if (!ended) defect(Defect::no_header_end);
    Part& part = out_.parts[index];
    part.header = {start, pos_ - start};
    part.body = {pos_, 0};
    stack_.back().lines_at_body = lines_;
    if (!is_ascii(part.header.of(in_))) defect(Defect::eight_bit_header);
    return stop;
  }

  // One whole field, folded lines included. Only Content-* matters here.
  void on_field(Part& part, std::string_view field) {
    if ((field[0] != 'C' && field[0] != 'c') || !base::istarts_with(field, "content-")) return;
    const std::size_t colon = field.find(':');
    if (colon == field.npos) return;
    const std::string name = base::lower_ascii(base::trim(field.substr(8, colon - 8)));
    const std::string_view value = field.substr(colon + 1);
    if (name == "type") {
      if (first(kType)) content_type(part, value);
    } else if (name == "transfer-encoding") {
      if (first(kEncoding)) encoding(part, value);
    } else if (name == "disposition") {
      if (first(kDisposition)) {
        FieldValue v = parse_field_value(value, limits_.max_params);
        part.disposition = v.main.size() > 64 ? std::string("attachment") : std::move(v.main);
        part.disposition_params = std::move(v.params);
        if (v.too_many_params) defect(Defect::too_many_params);
      }
    } else if (std::string* target = plain_field(part, name); target && target->empty()) {
      *target = unfold(value);
    }
  }

  static std::string* plain_field(Part& part, std::string_view name) {
    if (name == "id") return &part.id;
    if (name == "description") return &part.description;
    if (name == "location") return &part.location;
    if (name == "md5") return &part.md5;
    if (name == "language") return &part.language;
    return nullptr;
  }

  bool first(unsigned bit) {  // the first of duplicates counts
    const bool again = (fields_seen_ & bit) != 0;
    if (again && bit != kDisposition) defect(Defect::duplicate_field);
    fields_seen_ |= bit;
    return !again;
  }

  void content_type(Part& part, std::string_view value) {
    FieldValue v = parse_field_value(value, limits_.max_params);
    if (v.too_many_params) defect(Defect::too_many_params);
    const std::size_t slash = v.main.find('/');
    // RFC 2045 5.2: a syntactically invalid field is treated as the default, text/plain.
    if (slash == v.main.npos || slash == 0 || slash + 1 == v.main.size() || v.main.size() > 255) {
      part.type = "text";
      part.subtype = "plain";
    } else {
      part.type = v.main.substr(0, slash);
      part.subtype = v.main.substr(slash + 1);
    }
    part.params = std::move(v.params);
  }

  void encoding(Part& part, std::string_view value) {
    std::size_t pos = skip_cfws(value, 0);
    const std::size_t start = pos;
    while (pos < value.size() && is_token_char(value[pos])) ++pos;
    if (pos > start && pos - start <= 64) part.encoding = base::lower_ascii(value.substr(start, pos - start));
  }

  std::uint32_t add_part(std::uint32_t parent) {
    const auto index = std::uint32_t(out_.parts.size());
    Part& part = out_.parts.emplace_back();
    part.parent = parent;
    part.header.offset = part.body.offset = pos_;
    if (parent != kNoPart) {
      Open& above = stack_.back();  // the parent is on top: everything deeper was closed
      (above.last_child == kNoPart ? out_.parts[parent].first_child : out_.parts[above.last_child].next_sibling) = index;
      above.last_child = index;
      if (out_.parts[parent].is_multipart() && out_.parts[parent].subtype == "digest") {  // RFC 2046 5.1.5
        part.type = "message";
        part.subtype = "rfc822";
      }
    }
    stack_.push_back(Open{index});
    return index;
  }

  // After the header. True when the body is a message whose root part begins here.
  bool enter_body(std::uint32_t index) {
    const Part& part = out_.parts[index];
    const bool message = part.is_message() && identity(part.encoding);
    if (!message && !part.is_multipart()) return false;
    if (stack_.size() >= limits_.max_depth) {
      defect(Defect::too_deep);
      return false;
    }
    if (message) {
      if (out_.parts.size() < limits_.max_parts) return true;
      defect(Defect::too_many_parts);
      return false;
    }
    std::string_view boundary = param(part.params, "boundary");
    while (boundary.ends_with(' ')) boundary.remove_suffix(1);
    if (boundary.empty() || boundary.size() > 1000) {
      defect(Defect::missing_boundary);
      return false;
    }
    const auto level = std::uint32_t(stack_.size() - 1);
    stack_[level].boundary = &boundaries_.emplace_back(boundary);
    const auto [it, fresh] = by_boundary_.try_emplace(*stack_[level].boundary, level);
    if (!fresh) stack_[level].shadowed = std::exchange(it->second, level);
    longest_ = std::max(longest_, boundary.size());
    return false;
  }

  void forget_boundary(Open& open) {
    if (!open.boundary) return;
    const auto it = by_boundary_.find(*open.boundary);
    if (open.shadowed == kNoPart) by_boundary_.erase(it);
    else it->second = open.shadowed;
    open.boundary = nullptr;
  }

  // Acts on a delimiter line; true when a new part begins behind it.
  bool starts_part(const Stop& stop) {
    std::size_t cut = stop.line_start;  // the line end before the delimiter belongs to it
    if (cut > 0 && in_[cut - 1] == '\n') --cut;
    if (cut < stop.line_start && cut > 0 && in_[cut - 1] == '\r') --cut;
    close_down_to(stop.level + 1, cut, stop.line_start);
    pos_ = stop.next_line;
    if (stop.next_line > 0 && in_[stop.next_line - 1] == '\n') ++lines_;
    if (stop.close) {
      forget_boundary(stack_[stop.level]);  // what follows is epilogue
      return false;
    }
    if (out_.parts.size() < limits_.max_parts) return true;
    defect(Defect::too_many_parts);
    return false;
  }

  // Closes every open part above `level`: their bytes end at `cut`; the text before `line_start` holds lines_ line ends.
  void close_down_to(std::size_t level, std::size_t cut, std::size_t line_start) {
    while (stack_.size() > level) {
      Open& open = stack_.back();
      Part& part = out_.parts[open.part];
      if (open.boundary) defect(Defect::unterminated);
      forget_boundary(open);
      if (part.body.offset > cut) {  // nothing behind the header: the empty line was the delimiter's
        part.header.offset = std::min<std::uint64_t>(part.header.offset, cut);
        part.header.size = cut - part.header.offset;
        part.body = {cut, 0};
      } else {
        part.body.size = cut - part.body.offset;
        const std::uint64_t lines = lines_ - open.lines_at_body - (cut < line_start && lines_ > open.lines_at_body ? 1 : 0);
        part.body_lines = std::uint32_t(std::min<std::uint64_t>(lines, 0xffffffff));
      }
      stack_.pop_back();
    }
  }

  std::string_view in_;
  const Limits& limits_;
  Structure out_;
  std::vector<Open> stack_;
  std::list<std::string> boundaries_;  // stable addresses for the views in the map
  std::unordered_map<std::string_view, std::uint32_t> by_boundary_;
  std::size_t longest_ = 0;
  std::size_t pos_ = 0;
  std::uint64_t lines_ = 0;  // line ends before pos_
  unsigned fields_seen_ = 0;
  bool seen_bare_ = false;
};

}  // namespace

Structure scan(std::string_view content, const Limits& limits) { return Scanner(content, limits).run(); }

std::string section_number(const Structure& s, const Part& part) {
  std::string out;
  for (auto index = std::uint32_t(&part - s.parts.data()); s.parts[index].parent != kNoPart; index = s.parts[index].parent) {
    const Part& up = s.parts[s.parts[index].parent];
    std::uint32_t number = 1;
    for (std::uint32_t i = up.first_child; i != index && i != kNoPart; i = s.parts[i].next_sibling) ++number;
    const bool embedded_root = up.is_message();  // a multipart in a message has the message's own number
    if (!embedded_root || !s.parts[index].is_multipart()) out = std::to_string(number) + (out.empty() ? "" : ".") + out;
  }
  return out;
}

std::string_view param(const std::vector<Param>& params, std::string_view lower_name) {
  for (const Param& p : params) {
    if (p.name == lower_name) return p.value;
  }
  return {};
}

}  // namespace mime
