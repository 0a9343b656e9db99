#include "mime/header.hpp"

#include "base/ascii.hpp"

namespace mime {

std::optional<HeaderField> HeaderReader::next() {
  while (pos_ < block_.size()) {
    const std::size_t start = pos_;
    if (block_[start] == '\n' || (block_[start] == '\r' && start + 1 < block_.size() && block_[start + 1] == '\n')) {
      pos_ = block_.size();  // the empty line
      return std::nullopt;
    }
    do {  // the line and its continuations
      const std::size_t lf = block_.find('\n', pos_);
      pos_ = lf == block_.npos ? block_.size() : lf + 1;
    } while (pos_ < block_.size() && (block_[pos_] == ' ' || block_[pos_] == '\t'));
    const std::string_view field = block_.substr(start, pos_ - start);
    const std::size_t colon = field.find(':');
    if (colon == field.npos || colon == 0) continue;
    const std::string_view name = base::trim(field.substr(0, colon));
    if (name.empty() || name.find_first_of(" \t\r\n") != name.npos) continue;
    return HeaderField{name, field.substr(colon + 1), {start, pos_ - start}};
  }
  return std::nullopt;
}

std::optional<HeaderField> find(std::string_view block, std::string_view name) {
  HeaderReader reader(block);
  std::optional<HeaderField> f = reader.next();
  while (f && !base::iequals(f->name, name)) f = reader.next();
  return f;
}

std::size_t count(std::string_view block, std::string_view name) {
  HeaderReader reader(block);
  std::size_t n = 0;
  for (auto f = reader.next(); f; f = reader.next()) n += base::iequals(f->name, name);
  return n;
}

std::string unfold(std::string_view raw_value) {
  std::string out;
  out.reserve(raw_value.size());
  for (char c : raw_value) {
    if (c != '\r' && c != '\n' && c != '\0') out.push_back(c);
  }
  const std::string_view trimmed = base::trim(out);
  return trimmed.size() == out.size() ? out : std::string(trimmed);
}

}  // namespace mime
