#include "store/backup_packs.hpp"

#include <fcntl.h>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/codec.hpp"
#include "base/encoding.hpp"
#include "base/handle.hpp"

namespace store::backups {
namespace {

using base::Errc;
using base::fail;

constexpr std::string_view kPackMagic = "CTPACK1\n", kIndexMagic = "CTINDX1\n";
constexpr std::size_t kEntry = 1 + 32 + 8 + 8 + 32, kIndexHead = 8 + 8 + 8;

[[noreturn]] void damaged(const std::string& file, const std::string& what) { throw Failure(fail(Errc::corrupt, file + ": " + what)); }

class Input {
 public:
  explicit Input(const std::string& path) : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0 && errno == ENOENT) throw Failure(fail(Errc::corrupt, path + " is missing"));
    if (fd_ < 0) throw Failure(fail(Errc::io, path + ": " + std::strerror(errno)));
  }
  ~Input() { ::close(fd_); }
  Input(const Input&) = delete;
  std::string read(std::uint64_t offset, std::uint64_t size) const {
    std::string out(size, '\0');
    std::size_t at = 0;
    while (at < out.size()) {
      const ssize_t n = ::pread(fd_, out.data() + at, out.size() - at, off_t(offset + at));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw Failure(fail(Errc::io, "read " + path_ + ": " + std::strerror(errno)));
      if (n == 0) damaged(path_, "cut short: it ends within an object at byte " + std::to_string(offset + at));
      at += std::size_t(n);
    }
    return out;
  }
  std::uint64_t size() const {
    struct stat s;
    if (::fstat(fd_, &s) != 0) throw Failure(fail(Errc::io, path_ + ": " + std::strerror(errno)));
    return std::uint64_t(s.st_size);
  }

 private:
  std::string path_;
  int fd_;
};

base::Digest digest_of(std::string_view bytes) {
  base::Digest d;
  std::copy_n(bytes.data(), d.size(), reinterpret_cast<char*>(d.data()));
  return d;
}

Object decode(std::string_view entry, std::uint32_t pack) {
  base::Reader r(entry);
  Object o;
  o.kind = Kind(r.fixed<std::uint8_t>());
  o.id = digest_of(r.raw(32));
  o.offset = r.fixed<std::uint64_t>();
  o.size = r.fixed<std::uint64_t>();
  o.sha = digest_of(r.raw(32));
  o.pack = pack;
  return o;
}

}  // namespace

std::string Packs::read_index(std::uint32_t number) const {
  const std::string file = names_.index(number);
  std::string bytes;
  try {
    bytes = read_whole(file);
  } catch (const Failure& f) {
    if (f.error().code() != Errc::not_found) throw;
    damaged(file, "is missing");
  }
  if (bytes.size() < kIndexHead + 32 || !bytes.starts_with(kIndexMagic)) damaged(file, "cut short, or not the index of a pack");
  const std::string_view body = std::string_view(bytes).substr(0, bytes.size() - 32);
  if (base::view(base::sha256(body)) != std::string_view(bytes).substr(body.size())) damaged(file, "cut short or damaged: its digest differs");
  bytes.resize(body.size());
  base::Reader r(std::string_view(bytes).substr(16));
  if (r.fixed<std::uint64_t>() != (bytes.size() - kIndexHead) / kEntry || (bytes.size() - kIndexHead) % kEntry != 0) damaged(file, "has not as many entries as it says");
  return bytes;
}

void Packs::take(std::uint32_t number, const std::string& index) {
  base::Reader head(std::string_view(index).substr(8));
  const auto size = head.fixed<std::uint64_t>();
  const Input pack(names_.pack(number));
  if (pack.size() != size) damaged(names_.pack(number), "has " + std::to_string(pack.size()) + " bytes, its index says " + std::to_string(size));
  if (pack.read(0, kPackMagic.size()) != kPackMagic) damaged(names_.pack(number), "not a pack, or damaged");
  packs_[number] = {number, size, base::sha256(index)};
  std::uint32_t nth = 0;
  for (std::size_t at = kIndexHead; at < index.size(); at += kEntry, ++nth)
    entries_.push_back({digest_of(std::string_view(index).substr(at + 1, 32)), Kind(std::uint8_t(index[at])), number, nth});
}

void Packs::load(const std::vector<PackRef>& packs) {
  for (const PackRef& p : packs) {
    const std::string index = read_index(p.number);
    if (base::sha256(index) != p.index) damaged(names_.index(p.number), "is not the index that the manifest names");
    take(p.number, index);
    if (packs_[p.number].size != p.size) damaged(names_.pack(p.number), "is not as long as the manifest says");
  }
  std::sort(entries_.begin(), entries_.end());
}

std::vector<std::string> Packs::load_all() {
  std::vector<std::string> problems;
  const base::Handle<DIR, ::closedir> dir(::opendir(names_.packs().c_str()));
  if (!dir) throw Failure(fail(Errc::io, names_.packs() + ": " + std::strerror(errno)));
  while (const dirent* entry = ::readdir(dir.get())) {
    unsigned n = 0;
    int end = 0;
    if (std::sscanf(entry->d_name, "%u.index%n", &n, &end) == 1 && end > 0 && entry->d_name[end] == '\0') {
      last_ = std::max(last_, n);
      try {
        take(n, read_index(n));
      } catch (const Failure& f) {
        if (f.error().code() != Errc::corrupt) throw;
        problems.push_back(f.error().detail());
      }
    }
  }
  std::sort(entries_.begin(), entries_.end());
  return problems;
}

void Packs::add(std::uint32_t number) {
  last_ = std::max(last_, number);
  take(number, read_index(number));
  std::sort(entries_.begin(), entries_.end());
}

const Packs::Entry* Packs::locate(Kind kind, const base::Digest& id) const {
  const Entry wanted{id, kind, 0, 0};
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), wanted);
  return found != entries_.end() && found->kind == kind && found->id == id ? &*found : nullptr;
}

Object Packs::object(const Entry& e) const {
  const Input index(names_.index(e.pack));
  return decode(index.read(kIndexHead + std::uint64_t(e.nth) * kEntry, kEntry), e.pack);
}

std::optional<Object> Packs::find(Kind kind, const base::Digest& id) const {
  const Entry* e = locate(kind, id);
  if (e == nullptr) return std::nullopt;
  return object(*e);
}

std::optional<std::uint32_t> Packs::pack_of(Kind kind, const base::Digest& id) const {
  const Entry* e = locate(kind, id);
  if (e == nullptr) return std::nullopt;
  return e->pack;
}

std::string Packs::read(const Object& o) const {
  const std::string file = names_.pack(o.pack);
  const Input pack(file);
  const PackRef& known = packs_.at(o.pack);
  if (o.offset > known.size || o.size > known.size - o.offset) damaged(file, "an object that lies outside of it");
  std::string bytes = pack.read(o.offset, o.size);
  if (base::sha256(bytes) != o.sha) damaged(file, "damaged at bytes " + std::to_string(o.offset) + " to " + std::to_string(o.offset + o.size) + ": the digest differs");
  return bytes;
}

std::string Packs::need(Kind kind, const base::Digest& id) const {
  const auto o = find(kind, id);
  if (!o) throw Failure(fail(Errc::corrupt, names_.directory + ": no pack has the " + (kind == Kind::blob ? "content " : "rows ") + base::hex_encode(base::view(id))));
  return read(*o);
}

void Packs::for_each_object(std::uint32_t pack, const std::function<void(const Object&)>& f) const {
  const std::string index = read_index(pack);
  for (std::size_t at = kIndexHead; at < index.size(); at += kEntry) f(decode(std::string_view(index).substr(at, kEntry), pack));
}

// --- writing ------------------------------------------------------------------------------------------------------------------

void PackWriter::open() {
  number_ = ++last_;
  file_ = std::make_unique<File>(names_.pack(number_));
  file_->write(kPackMagic);
}

void PackWriter::begin(Kind kind, const base::Digest& id) {
  if (file_ && file_->size() >= kFull) finish();
  if (!file_) open();
  current_ = {kind, id, number_, file_->size(), 0, {}};
}

void PackWriter::write(std::string_view bytes) {
  sha_.update(bytes);
  file_->write(bytes);
}

void PackWriter::end() {
  current_.size = file_->size() - current_.offset;
  current_.sha = sha_.finish();
  total_ += current_.size;
  objects_.push_back(current_);
}

void PackWriter::cancel() {
  (void)sha_.finish();
  file_->truncate(current_.offset);
}

void PackWriter::finish() {
  if (!file_) return;
  file_->sync();
  base::Writer w;
  w.raw(kIndexMagic).fixed(file_->size()).fixed(std::uint64_t(objects_.size()));
  for (const Object& o : objects_) w.fixed(std::uint8_t(o.kind)).raw(base::view(o.id)).fixed(o.offset).fixed(o.size).raw(base::view(o.sha));
  std::string index = w.take();
  index.append(base::view(base::sha256(index)));
  sync_directory(names_.packs());
  write_whole(names_.index(number_), index);
  finished_.push_back(number_);
  file_.reset();
  objects_.clear();
}

}  // namespace store::backups
