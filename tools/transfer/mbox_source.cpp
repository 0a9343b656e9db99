// The files of an mbox import and the mailboxes that they stand for.
#include "base/ascii.hpp"
#include "tools/transfer/mbox.hpp"

namespace transfer {
namespace {

constexpr std::string_view kNotMail[] = {".msf", ".dat", ".html", ".db", ".sqlite", ".plist", ".json", ".log"};

std::string leaf_name(std::string_view file) {
  for (const std::string_view end : {".mbox", ".mbx", ".sbd"})
    if (base::iends_with(file, end) && file.size() > end.size()) return std::string(file.substr(0, file.size() - end.size()));
  return std::string(file);
}

std::string joined(const std::string& prefix, const std::string& leaf) { return prefix.empty() ? leaf : prefix + "/" + leaf; }

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Result<std::unique_ptr<Source>> MboxSource::open(const std::string& path, MboxOptions options) {
  auto out = std::unique_ptr<MboxSource>(new MboxSource(std::move(options)));
  switch (kind_of(path)) {
    case Kind::missing: return fail(Errc::not_found, path + ": there is no such file");
    case Kind::link: return fail(Errc::denied, path + ": a symbolic link is not followed; name the file itself");
    case Kind::other: return fail(Errc::invalid, path + ": neither a file nor a folder");
    case Kind::directory:
      if (auto collected = out->collect(path, "", 0); !collected) return collected.error();
      if (out->files_.empty()) return fail(Errc::invalid, path + ": holds no mbox file");
      break;
    case Kind::file: {
      std::string name = out->options_.single_name.empty() ? leaf_name(file_name(path)) : out->options_.single_name;
      if (base::iequals(name, "mbox")) name = "INBOX";
      if (auto added = out->add(path, name); !added) return added.error();
      if (out->files_.empty()) return fail(Errc::invalid, path + ": no mbox: it does not begin with \"From \"");
    }
  }
  return std::unique_ptr<Source>(std::move(out));
}

// Files that are no mbox (indexes, filters, passwords of Thunderbird) are passed over.
Result<void> MboxSource::add(const std::string& path, const std::string& mailbox) {
  const auto file = InputFile::open(path);
  if (!file) return problems_.push_back({path, file.error().detail()}), Result<void>();
  if (folders_.size() >= options_.limits.folders) return fail(Errc::limit, path + ": more than " + std::to_string(options_.limits.folders) + " mailboxes");
  const auto head = file->read(0, 5);
  if (!head) return problems_.push_back({path, head.error().detail()}), Result<void>();
  if (!head->empty() && !std::string_view(*head).starts_with("From")) return {};
  folders_.push_back({mailbox, store::SpecialUse::none});
  files_.push_back({path, mailbox, file->size()});
  total_ += file->size();
  return {};
}

Result<void> MboxSource::collect(const std::string& directory, const std::string& prefix, std::size_t depth) {
  if (depth > options_.limits.depth) return fail(Errc::limit, directory + ": more than " + std::to_string(options_.limits.depth) + " folders deep");
  const auto list = entries(directory);
  if (!list) return fail(list.error().code(), directory + ": " + list.error().detail());
  for (const Entry& e : *list) {
    const std::string path = directory + "/" + e.name;
    if (e.name.starts_with('.')) continue;
    if (e.kind == Kind::link || e.kind == Kind::other) {
      problems_.push_back({path, "neither a file nor a folder; symbolic links are not followed"});
    } else if (e.kind == Kind::directory) {
      if (auto below = collect(path, joined(prefix, leaf_name(e.name)), depth + 1); !below) return below;
    } else {
      bool mail = true;
      for (const std::string_view end : kNotMail) mail = mail && !base::iends_with(e.name, end);
      // Apple Mail and our own habit: NAME.mbox/mbox is the mailbox NAME.
      const bool apple = e.name == "mbox" && !prefix.empty();
      if (!mail) continue;
      if (auto added = add(path, apple ? prefix : joined(prefix, leaf_name(e.name))); !added) return added;
    }
  }
  return {};
}

std::optional<Item> MboxSource::open_next() {
  if (reader_) before_ += files_[file_++].size;
  reader_.reset();
  input_.reset();
  if (file_ >= files_.size()) return std::nullopt;
  auto opened = InputFile::open(files_[file_].path);
  if (!opened) {
    Problem p{files_[file_].path, opened.error().detail()};
    before_ += files_[file_++].size;
    return p;
  }
  input_ = std::make_unique<InputFile>(*std::move(opened));
  reader_ = std::make_unique<MboxReader>(*input_, files_[file_].path, options_);
  return std::nullopt;
}

Result<std::optional<Item>> MboxSource::next() {
  if (!problems_.empty()) {
    Item item = std::move(problems_.back());
    problems_.pop_back();
    return std::optional(std::move(item));
  }
  for (;;) {
    if (!reader_) {
      if (auto problem = open_next()) return problem;
      if (!reader_) return std::optional<Item>{};
    }
    auto item = reader_->next();
    if (!item) {  // the rest of this file cannot be read; the others can
      Item problem = Problem{files_[file_].path + ", byte " + std::to_string(reader_->at()), item.error().detail()};
      if (auto also = open_next()) problems_.push_back(std::get<Problem>(*std::move(also)));
      return std::optional(std::move(problem));
    }
    if (!*item) {
      if (auto problem = open_next()) return problem;
      if (!reader_) return item;
      continue;
    }
    if (auto* m = std::get_if<Message>(&**item)) m->mailbox = files_[file_].mailbox;
    if (auto* s = std::get_if<Skipped>(&**item)) s->mailbox = files_[file_].mailbox;
    return item;
  }
}

}  // namespace transfer
