#include "tools/transfer/eml.hpp"

#include "base/ascii.hpp"

namespace transfer {
namespace {

bool is_mail(std::string_view name) { return base::iends_with(name, ".eml") || base::iends_with(name, ".emlx") || base::iends_with(name, ".mht"); }

// Apple Mail: the message's length in a line of its own, the message, then a property list.
std::optional<std::string> out_of_emlx(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  std::uint64_t length = 0;
  if (end == std::string_view::npos || end > 20) return std::nullopt;
  for (const char c : base::trim(bytes.substr(0, end))) {
    if (!base::is_digit(c)) return std::nullopt;
    length = length * 10 + std::uint64_t(c - '0');
  }
  if (length > bytes.size() - end - 1) return std::nullopt;
  return std::string(bytes.substr(end + 1, std::size_t(length)));
}

}  // namespace

Result<std::unique_ptr<Source>> EmlSource::open(const std::string& path, EmlOptions options) {
  auto out = std::unique_ptr<EmlSource>(new EmlSource(std::move(options)));
  const Kind kind = kind_of(path);
  if (kind == Kind::missing) return fail(Errc::not_found, path + ": there is no such file");
  if (kind == Kind::link) return fail(Errc::denied, path + ": a symbolic link is not followed; name the file itself");
  if (kind == Kind::other) return fail(Errc::invalid, path + ": neither a file nor a folder");
  if (kind == Kind::file) {
    const auto file = InputFile::open(path);
    if (!file) return fail(file.error().code(), path + ": " + file.error().detail());
    out->folders_.push_back({out->options_.top, store::SpecialUse::none});
    out->files_.push_back({path, out->options_.top, file->size()});
    out->total_ = file->size();
  } else {
    if (auto collected = out->collect(path, out->options_.top, 0); !collected) return collected.error();
    if (out->files_.empty() && out->problems_.empty()) return fail(Errc::invalid, path + ": holds no .eml file");
  }
  return std::unique_ptr<Source>(std::move(out));
}

Result<void> EmlSource::collect(const std::string& directory, const std::string& mailbox, std::size_t depth) {
  if (depth > options_.limits.depth) return fail(Errc::limit, directory + ": more than " + std::to_string(options_.limits.depth) + " folders deep");
  const auto list = entries(directory);
  if (!list) return fail(list.error().code(), directory + ": " + list.error().detail());
  if (folders_.size() >= options_.limits.folders) return fail(Errc::limit, directory + ": more than " + std::to_string(options_.limits.folders) + " folders");
  const std::size_t before = files_.size();
  for (const Entry& e : *list) {
    const std::string path = directory + "/" + e.name;
    if (e.name.starts_with('.') || (e.kind == Kind::file && !is_mail(e.name))) continue;
    if (e.kind == Kind::link || e.kind == Kind::other) {
      problems_.push_back({path, "not a regular file; symbolic links are not followed"});
    } else if (e.kind == Kind::file) {
      files_.push_back({path, mailbox, e.size});
      total_ += e.size;
    }
  }
  if (depth > 0 || files_.size() > before) folders_.push_back({mailbox, store::SpecialUse::none});
  for (const Entry& e : *list) {
    if (e.kind != Kind::directory || e.name.starts_with('.')) continue;
    const std::string below = depth == 0 && mailbox == "INBOX" ? e.name : mailbox + "/" + e.name;
    if (auto collected = collect(directory + "/" + e.name, below, depth + 1); !collected) return collected;
  }
  return {};
}

Result<std::optional<Item>> EmlSource::next() {
  if (!problems_.empty()) {
    Item item = std::move(problems_.back());
    problems_.pop_back();
    return std::optional(std::move(item));
  }
  if (at_ >= files_.size()) return std::optional<Item>{};
  const File& file = files_[at_++];
  done_ += file.size;
  Message m;
  auto bytes = read_file(file.path, options_.limits.message, &m.date);
  if (!bytes) {
    const bool large = bytes.error().code() == Errc::limit;
    return std::optional<Item>(Problem{file.path, bytes.error().detail() + (large ? " (store.max_message_size)" : "")});
  }
  if (base::iends_with(file.path, ".emlx")) {
    auto inner = out_of_emlx(*bytes);
    if (!inner) return std::optional<Item>(Problem{file.path, "no .emlx: its first line does not say how long the message is"});
    bytes = *std::move(inner);
  }
  if (base::trim(*bytes).empty()) return std::optional<Item>(Problem{file.path, "an empty message"});
  m.bytes = *std::move(bytes);
  make_crlf(m.bytes);
  m.mailbox = file.mailbox;
  m.flags = options_.flags;
  if (const auto own = date_in(m.bytes)) m.date = *own;
  if (m.date <= base::Time{}) m.date = base::Time(std::chrono::seconds(1));
  m.origin = file.path;
  return std::optional<Item>(std::move(m));
}

}  // namespace transfer
