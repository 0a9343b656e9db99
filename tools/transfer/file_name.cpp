#include "tools/transfer/file_name.hpp"

#include "base/ascii.hpp"
#include "base/unicode.hpp"

namespace transfer {
namespace {

constexpr std::size_t kMaxLevel = 180;

bool is_device(std::string_view level) {  // Windows takes "nul.txt" for NUL too
  const std::string_view stem = level.substr(0, level.find('.'));
  for (const std::string_view name : {"CON", "PRN", "AUX", "NUL"})
    if (base::iequals(stem, name)) return true;
  return stem.size() == 4 && base::is_digit(stem[3]) && (base::istarts_with(stem, "COM") || base::istarts_with(stem, "LPT"));
}

}  // namespace

std::string safe_level(std::string_view level) {
  std::string out = base::nfc(level);
  for (char& c : out)
    if (base::is_control(c) || std::string_view("\\/:*?\"<>|").find(c) != std::string_view::npos) c = '_';
  std::size_t size = std::min(out.size(), kMaxLevel);
  while (size < out.size() && size > 0 && (static_cast<unsigned char>(out[size]) & 0xc0) == 0x80) --size;
  out.resize(size);
  while (!out.empty() && (out.back() == ' ' || out.back() == '.')) out.pop_back();
  if (out.empty() || out.front() == '.' || out.front() == ' ' || is_device(out)) out.insert(0, "_");
  // A folder of this name must not stand where the file of another mailbox or message does.
  if (base::iends_with(out, ".mbox") || base::iends_with(out, ".eml")) out += "_";
  return out;
}

std::string PathNames::path_of(std::string_view mailbox, std::string_view suffix) {
  std::string stem;
  for (const std::string_view level : base::split(mailbox, '/')) stem += (stem.empty() ? "" : "/") + safe_level(level);
  std::string out = stem + std::string(suffix);
  for (int n = 2; !taken_.insert(base::fold_case(out)).second; ++n) out = stem + " (" + std::to_string(n) + ")" + std::string(suffix);
  return out;
}

}  // namespace transfer
