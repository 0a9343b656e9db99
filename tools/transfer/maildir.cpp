#include "tools/transfer/maildir.hpp"

#include <charconv>

#include "base/ascii.hpp"
#include "base/unicode.hpp"
#include "imap/proto/mutf7.hpp"

namespace transfer {
namespace {

bool is_maildir(const std::string& path) { return kind_of(path + "/cur") == Kind::directory || kind_of(path + "/new") == Kind::directory; }

// dovecot-keywords: lines of "NUMBER NAME".
std::vector<std::string> keywords_of(const std::string& path) {
  std::vector<std::string> out(26);
  const auto text = read_file(path + "/dovecot-keywords", 64 * 1024);
  if (!text) return out;  // most Maildirs have none
  for (const std::string_view line : base::split(*text, '\n')) {
    const std::size_t space = line.find(' ');
    std::size_t number = out.size();
    if (space == std::string_view::npos) continue;
    std::from_chars(line.data(), line.data() + space, number);
    if (number < out.size()) out[number] = std::string(base::trim(line.substr(space + 1)));
  }
  return out;
}

}  // namespace

void apply_maildir_flags(std::string_view file_name, const std::vector<std::string>& keywords, Message& m) {
  std::size_t at = std::string_view::npos;
  for (const std::string_view mark : {":2,", ";2,", "!2,"})
    if (const std::size_t found = file_name.rfind(mark); found != std::string_view::npos && at == std::string_view::npos) at = found + 3;
  if (at == std::string_view::npos) return;
  for (const char c : file_name.substr(at)) {
    if (c == 'D') m.flags |= store::kDraft;
    if (c == 'F') m.flags |= store::kFlagged;
    if (c == 'R') m.flags |= store::kAnswered;
    if (c == 'S') m.flags |= store::kSeen;
    if (c == 'T') m.flags |= store::kDeleted;
    if (c == 'P') add_keyword(m, "$Forwarded");
    if (c >= 'a' && c <= 'z' && std::size_t(c - 'a') < keywords.size()) add_keyword(m, keywords[std::size_t(c - 'a')]);
    if (c == ',') break;
  }
}

Result<std::string> maildir_folder_name(std::string_view directory) {
  std::string out;
  for (const std::string_view level : base::split(directory.starts_with('.') ? directory.substr(1) : directory, '.')) {
    auto name = imap::proto::decode_mutf7(level);
    if (!name && (base::is_ascii(level) || !base::valid_utf8(level)))
      return fail(Errc::invalid, "the folder's name is neither modified UTF-7 nor UTF-8");
    out += (out.empty() ? "" : "/") + (name ? *name : std::string(level));
  }
  return out;
}

Result<std::unique_ptr<Source>> MaildirSource::open(const std::string& path, MaildirOptions options) {
  if (kind_of(path) == Kind::missing) return fail(Errc::not_found, path + ": there is no such folder");
  if (kind_of(path) != Kind::directory) return fail(Errc::invalid, path + ": not a folder; a Maildir holds the folders cur and new");
  auto out = std::unique_ptr<MaildirSource>(new MaildirSource(options));
  if (auto collected = out->collect(path, "INBOX", 0); !collected) return collected.error();
  if (out->boxes_.empty()) return fail(Errc::invalid, path + ": no Maildir: neither it nor a folder below it holds cur and new");
  return std::unique_ptr<Source>(std::move(out));
}

Result<void> MaildirSource::add_box(const std::string& directory, const std::string& mailbox) {
  if (boxes_.size() >= options_.limits.folders) return fail(Errc::limit, directory + ": more than " + std::to_string(options_.limits.folders) + " folders");
  const std::size_t box = boxes_.size();
  boxes_.push_back({directory, mailbox, keywords_of(directory)});
  folders_.push_back({mailbox, store::SpecialUse::none});
  for (const std::string part : {"cur", "new"}) {
    if (kind_of(directory + "/" + part) != Kind::directory) continue;
    const auto list = entries(directory + "/" + part);
    if (!list) return fail(list.error().code(), directory + "/" + part + ": " + list.error().detail());
    for (const Entry& e : *list) {
      if (e.name.starts_with('.')) continue;
      if (e.kind != Kind::file) {
        left_out(directory + "/" + part + "/" + e.name, "not a regular file; symbolic links are not followed");
        continue;
      }
      files_.push_back({box, part + "/" + e.name, e.size});
      total_ += e.size;
    }
  }
  return {};
}

Result<void> MaildirSource::collect(const std::string& directory, const std::string& mailbox, std::size_t depth) {
  if (depth > options_.limits.depth) return fail(Errc::limit, directory + ": more than " + std::to_string(options_.limits.depth) + " folders deep");
  if (is_maildir(directory))
    if (auto added = add_box(directory, mailbox); !added) return added;
  const auto list = entries(directory);
  if (!list) return fail(list.error().code(), directory + ": " + list.error().detail());
  for (const Entry& e : *list) {
    const std::string path = directory + "/" + e.name;
    if (e.kind == Kind::link && is_maildir(path)) left_out(path, "a symbolic link is not followed");
    if (e.kind != Kind::directory || e.name == "cur" || e.name == "new" || e.name == "tmp") continue;
    const bool plus = e.name.starts_with('.');
    if (plus && !is_maildir(path)) continue;  // .Trash-1000 and the like
    // As directories: each level is one name, which may hold a dot.
    const auto name = plus ? maildir_folder_name(e.name) : imap::proto::decode_mutf7(e.name);
    if (!name && (plus || !base::valid_utf8(e.name))) {
      left_out(path, name.error().detail());
      continue;
    }
    const std::string leaf = name ? *name : e.name;
    if (auto below = collect(path, mailbox == "INBOX" ? leaf : mailbox + "/" + leaf, depth + 1); !below) return below;
  }
  return {};
}

Item MaildirSource::read(const File& file) const {
  const Box& box = boxes_[file.box];
  const std::string path = box.path + "/" + file.name;
  Message m;
  auto bytes = read_file(path, options_.limits.message, &m.date);
  if (!bytes) {
    const bool large = bytes.error().code() == Errc::limit;
    return Problem{path, bytes.error().detail() + (large ? " (store.max_message_size)" : "")};
  }
  if (bytes->starts_with("\x1f\x8b") || bytes->starts_with("\x28\xb5\x2f\xfd") || bytes->starts_with("BZh"))
    return Problem{path, "compressed (Dovecot's zlib plugin); unpack it before the import"};
  if (base::trim(*bytes).empty()) return Problem{path, "an empty message"};
  m.bytes = *std::move(bytes);
  make_crlf(m.bytes);
  m.mailbox = box.mailbox;
  apply_maildir_flags(file.name, box.keywords, m);
  if (m.date <= base::Time{}) m.date = date_in(m.bytes).value_or(base::Time(std::chrono::seconds(1)));
  m.origin = path;
  return m;
}

Result<std::optional<Item>> MaildirSource::next() {
  if (!problems_.empty()) {
    Item item = std::move(problems_.back());
    problems_.pop_back();
    return std::optional(std::move(item));
  }
  if (at_ >= files_.size()) return std::optional<Item>{};
  const File& file = files_[at_++];
  done_ += file.size;
  return std::optional(read(file));
}

}  // namespace transfer
