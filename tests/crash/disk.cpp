#include "disk.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace crash {
namespace {

void write_sector(std::string& content, const Disk::Change& c, std::size_t begin, std::size_t end) {
  if (content.size() < c.offset + end) content.resize(c.offset + end);
  content.replace(c.offset + begin, end - begin, c.bytes, begin, end - begin);
}

// Sectors are those of the disk, so the first and the last piece of a write may be shorter.
template <class F>
void each_sector(const Disk::Change& c, F f) {
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < c.bytes.size(); ++number) {
    const std::size_t end = std::min(c.bytes.size(), begin + kSector - std::size_t((c.offset + begin) % kSector));
    f(number, begin, end);
    begin = end;
  }
}

}  // namespace

std::vector<DiaryEntry> read_diary(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<DiaryEntry> out;
  for (Header h; in.read(reinterpret_cast<char*>(&h), sizeof h);) {
    DiaryEntry e{h, std::string(h.size, '\0')};
    if (!in.read(e.bytes.data(), std::streamsize(h.size))) throw std::runtime_error(path + " ends within an entry");
    out.push_back(std::move(e));
  }
  if (out.empty()) throw std::runtime_error(path + " is empty or missing");
  return out;
}

void Disk::settle(std::uint32_t file, Change::State state) {
  File& f = files_[file];
  for (Change& c : f.changes)
    if (c.state == Change::State::open) c.state = state;
  std::size_t sure = 0;
  for (; sure < f.changes.size() && f.changes[sure].state == Change::State::sure; ++sure) {
    const Change& c = f.changes[sure];
    if (c.truncate) f.base.resize(c.offset);
    else write_sector(f.base, c, 0, c.bytes.size());
  }
  f.changes.erase(f.changes.begin(), f.changes.begin() + std::ptrdiff_t(sure));
  if (state == Change::State::sure) sure_names_ = names_.size();
}

void Disk::begin(const DiaryEntry& e) {
  const Header& h = e.header;
  switch (h.entry) {
    case Entry::write: files_[h.file].changes.push_back({h.file, h.offset, e.bytes}); break;
    case Entry::truncate: files_[h.file].changes.push_back({h.file, h.offset, {}, true}); break;
    case Entry::sync: case Entry::sync_failed: case Entry::sync_directory: case Entry::mark: break;
    default: names_.push_back(e);
  }
}

void Disk::end(const DiaryEntry& e) {
  const Header& h = e.header;
  if (h.entry == Entry::write && h.synced != 0)
    files_[h.file].changes.back().state = h.synced == 1 ? Change::State::sure : Change::State::limbo;
  else if (h.entry == Entry::sync) settle(h.file, Change::State::sure);
  else if (h.entry == Entry::sync_failed) settle(h.file, Change::State::limbo);
  else if (h.entry == Entry::sync_directory) sure_names_ = names_.size();
}

std::vector<const Disk::Change*> Disk::unsure() const {
  std::vector<const Change*> out;
  for (const auto& [number, file] : files_)
    for (const Change& c : file.changes)
      if (c.state != Change::State::sure) out.push_back(&c);
  return out;
}

std::map<std::string, std::string> Disk::image(const Keep& keep, std::size_t names) const {
  std::map<std::string, std::uint32_t> paths;  // 0 = a directory, with a slash at its end
  for (std::size_t i = 0; i < sure_names_ + names; ++i) {
    const DiaryEntry& e = names_[i];
    switch (e.header.entry) {
      case Entry::create: paths[e.bytes] = e.header.file; break;
      case Entry::make_directory: paths[e.bytes + "/"] = 0; break;
      case Entry::unlink: paths.erase(e.bytes); break;
      case Entry::remove_directory: paths.erase(e.bytes + "/"); break;
      case Entry::rename: {
        const std::size_t cut = e.bytes.find('\0');
        const std::string from = e.bytes.substr(0, cut), to = e.bytes.substr(cut + 1);
        std::map<std::string, std::uint32_t> moved;
        for (auto it = paths.begin(); it != paths.end();) {
          const bool below = it->first == from || it->first.starts_with(from + "/");
          if (below) moved[to + it->first.substr(from.size())] = it->second;
          it = below ? paths.erase(it) : std::next(it);
        }
        for (auto& [path, number] : moved) paths[path] = number;
        break;
      }
      default: break;
    }
  }
  std::map<std::string, std::string> out;
  for (const auto& [path, number] : paths) {
    std::string& content = out[path];
    if (number == 0) continue;
    const auto file = files_.find(number);
    if (file == files_.end()) continue;
    content = file->second.base;
    for (const Change& c : file->second.changes) {
      const bool sure = c.state == Change::State::sure;
      if (c.truncate && (sure || keep(c, 0))) content.resize(c.offset);
      each_sector(c, [&](std::size_t sector, std::size_t begin, std::size_t end) {
        if (sure || keep(c, sector)) write_sector(content, c, begin, end);
      });
    }
  }
  return out;
}

void write_image(const std::map<std::string, std::string>& image, const std::string& directory) {
  namespace fs = std::filesystem;
  fs::remove_all(directory);
  fs::create_directories(directory);
  for (const auto& [path, content] : image) {
    const fs::path at = fs::path(directory) / path;
    if (path.ends_with('/')) {
      fs::create_directories(at);
      continue;
    }
    fs::create_directories(at.parent_path());
    std::ofstream out(at, std::ios::binary);
    if (!out.write(content.data(), std::streamsize(content.size())) || !out.flush()) throw std::runtime_error("cannot write " + at.string());
  }
}

}  // namespace crash
