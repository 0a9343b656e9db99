#include "tools/transfer/export_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "tools/transfer/flag_words.hpp"
#include "tools/transfer/mbox_line.hpp"

namespace transfer {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::string dump(const Json& j) { return j.dump(-1, ' ', false, Json::error_handler_t::replace); }

Result<void> make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  if (error) return fail(Errc::io, path.string() + ": " + error.message());
  return {};
}

}  // namespace

// A new file, private; hashes what it writes.
class ExportWriter::File {
 public:
  static Result<std::unique_ptr<File>> create(const std::string& path) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return fail(errno == EEXIST ? Errc::exists : Errc::io, path + ": " + std::strerror(errno));
    auto out = std::make_unique<File>();
    out->fd_ = fd;
    out->path_ = path;
    return out;
  }
  File() = default;
  File(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  Result<void> write(std::string_view bytes) {
    hash_.update(bytes);
    size_ += bytes.size();
    buffer_ += bytes;
    return buffer_.size() < (1u << 18) ? Result<void>() : flush();
  }
  Result<void> close() {
    if (auto flushed = flush(); !flushed) return flushed;
    if (::close(std::exchange(fd_, -1)) != 0) return error();
    return {};
  }
  std::uint64_t size() const { return size_; }
  std::string digest() { return base::hex_encode(base::view(hash_.finish())); }

 private:
  base::Error error() const { return fail(errno == ENOSPC || errno == EDQUOT ? Errc::limit : Errc::io, path_ + ": " + std::strerror(errno)); }
  Result<void> flush() {
    for (std::string_view rest = buffer_; !rest.empty();) {
      const ssize_t n = ::write(fd_, rest.data(), rest.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return error();
      rest.remove_prefix(std::size_t(n));
    }
    buffer_.clear();
    return {};
  }
  int fd_ = -1;
  std::string path_, buffer_;
  base::Sha256 hash_;
  std::uint64_t size_ = 0;
};

ExportWriter::~ExportWriter() = default;

Result<std::unique_ptr<ExportWriter>> ExportWriter::create(const std::string& directory, ExportInfo info, const std::vector<ExportMailbox>& mailboxes) {
  std::error_code error;
  if (fs::exists(directory, error) && (!fs::is_directory(directory, error) || !fs::is_empty(directory, error)))
    return fail(Errc::exists, directory + ": is there and not an empty folder; an export overwrites nothing");
  auto out = std::unique_ptr<ExportWriter>(new ExportWriter());
  out->directory_ = directory;
  out->info_ = std::move(info);
  if (auto started = out->start(mailboxes); !started) return started.error();
  return out;
}

Result<void> ExportWriter::start(const std::vector<ExportMailbox>& mailboxes) {
  if (auto made = make_directories(fs::path(directory_) / "mail"); !made) return made;
  auto file = File::create(directory_ + "/manifest.json.part");
  if (!file) return file.error();
  manifest_ = *std::move(file);
  const bool mbox = info_.format == ExportFormat::mbox;
  PathNames names;
  Json list = Json::array();
  for (const ExportMailbox& m : mailboxes) {
    const std::string path = "mail/" + names.path_of(m.name, mbox ? ".mbox" : "");
    paths_[m.name] = path;
    list.push_back({{"name", m.name}, {"special", m.special.empty() ? Json(nullptr) : Json(m.special)}, {"uid_validity", m.uid_validity}, {"path", path}});
    if (auto made = make_directories(fs::path(directory_) / (mbox ? fs::path(path).parent_path() : fs::path(path))); !made) return made;
  }
  Json head = {{"schema", "congthu.export/1"}, {"format", mbox ? "mboxrd" : "eml"}, {"account", info_.account}, {"exported", info_.at},
               {"program", "congthu " + info_.version}, {"store", info_.incarnation}, {"mailboxes", std::move(list)}};
  std::string text = dump(head);
  text.pop_back();
  return manifest_->write(text + ",\n\"messages\":[");
}

std::string ExportWriter::entry_start(const BatchMessage& m, const std::string& file) {
  Json keywords = Json::array(), verdicts = Json::array();
  for (const std::string_view k : m.keywords) (store::is_derived_keyword(k) ? verdicts : keywords).push_back(k);
  const Json entry = {{"file", file}, {"mailbox", m.mailbox}, {"uid", m.uid}, {"date", base::rfc3339(m.date, m.tz_minutes)}, {"flags", flag_words(m.flags)},
                      {"keywords", std::move(keywords)}, {"verdicts", std::move(verdicts)}, {"size", m.bytes.size()},
                      {"sha256", base::hex_encode(base::view(base::sha256(m.bytes)))}};
  std::string text = (messages_ == 0 ? "\n" : ",\n") + dump(entry);
  text.pop_back();
  return text;
}

Result<void> ExportWriter::add(const BatchMessage& m) {
  const auto path = paths_.find(m.mailbox);
  if (path == paths_.end()) return fail(Errc::invalid, "no such mailbox in this export: " + std::string(m.mailbox));
  auto added = info_.format == ExportFormat::mbox ? add_mbox(m, path->second) : add_eml(m, path->second);
  if (!added) return added;
  ++messages_;
  bytes_ += m.bytes.size();
  return {};
}

Result<void> ExportWriter::add_eml(const BatchMessage& m, const std::string& path) {
  std::string number = std::to_string(m.uid);
  number.insert(0, 10 - std::min<std::size_t>(10, number.size()), '0');
  const std::string name = path + "/" + number + ".eml";
  auto file = File::create(directory_ + "/" + name);
  if (!file) return file.error();
  if (auto written = (*file)->write(m.bytes); !written) return written;
  if (auto closed = (*file)->close(); !closed) return closed;
  return manifest_->write(entry_start(m, name) + "}");
}

Result<void> ExportWriter::close_mbox() {
  if (!mbox_) return {};
  if (auto closed = mbox_->close(); !closed) return closed;
  files_ += (files_.empty() ? "\n" : ",\n") + dump(Json{{"file", mbox_path_}, {"size", mbox_->size()}, {"sha256", mbox_->digest()}});
  mbox_.reset();
  return {};
}

Result<void> ExportWriter::add_mbox(const BatchMessage& m, const std::string& path) {
  if (!mbox_ || mbox_path_ != path) {
    if (auto closed = close_mbox(); !closed) return closed;
    auto file = File::create(directory_ + "/" + path);
    if (!file) return file.error();
    mbox_ = *std::move(file);
    mbox_path_ = path;
  }
  bool lf = false;
  const std::string head = mbox_head(m), body = mbox_body(m.bytes, lf);
  const Json place = {{"offset", mbox_->size()}, {"added", head.size()}, {"length", head.size() + body.size()}, {"lf", lf}};
  if (auto written = mbox_->write(head + body + (body.ends_with('\n') ? "\n" : "\n\n")); !written) return written;
  return manifest_->write(entry_start(m, path) + "," + dump(place).substr(1));
}

Result<void> ExportWriter::finish(const base::SigningKey& key) {
  if (auto closed = close_mbox(); !closed) return closed;
  const std::string end = "\n],\n\"files\":[" + files_ + (files_.empty() ? "" : "\n") + "],\n\"count\":" + std::to_string(messages_) + ",\"bytes\":" + std::to_string(bytes_) + "}\n";
  if (auto written = manifest_->write(end); !written) return written;
  if (auto closed = manifest_->close(); !closed) return closed;
  auto manifest = read_file(directory_ + "/manifest.json.part", kMaxManifest);
  if (!manifest) return fail(manifest.error().code(), directory_ + "/manifest.json.part: " + manifest.error().detail());
  const std::pair<const char*, std::string> beside[] = {{"/manifest.sig", key.sign(*manifest)}, {"/manifest.pub", key.public_key().pem()}};
  for (const auto& [name, bytes] : beside) {
    auto file = File::create(directory_ + name);
    if (!file) return file.error();
    if (auto written = (*file)->write(bytes); !written) return written;
    if (auto closed = (*file)->close(); !closed) return closed;
  }
  if (::rename((directory_ + "/manifest.json.part").c_str(), (directory_ + "/manifest.json").c_str()) != 0)
    return fail(Errc::io, directory_ + "/manifest.json: " + std::strerror(errno));
  const int fd = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::syncfs(fd) == 0;  // one call for many small files
  const int why = errno;
  if (fd >= 0) ::close(fd);
  if (!synced) return fail(Errc::io, directory_ + ": " + std::strerror(why));
  return {};
}

}  // namespace transfer
