#include "store/backup_reader.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/encoding.hpp"

namespace store::backups {
namespace {

using base::Errc;
using base::fail;

std::string checked(const std::string& directory) {
  (void)read_marker(Names{directory});
  return directory;
}

}  // namespace

Generation::Generation(const std::string& directory, std::optional<std::uint32_t> number)
    : names_{checked(directory)}, lock_(directory, false), manifest_(read_manifest(names_, pick(number))), packs_(names_) {
  if (manifest_.store_format > kFormat)
    throw Failure(fail(Errc::unsupported, names_.manifest(manifest_.generation) + ": the store has format " + std::to_string(manifest_.store_format) +
                                              ", this program knows up to " + std::to_string(kFormat) + ": use the newer program"));
  packs_.load(manifest_.packs);
}

std::uint32_t Generation::pick(std::optional<std::uint32_t> number) const {
  const auto all = generations(names_);
  if (all.empty()) throw Failure(fail(Errc::not_found, names_.directory + " holds no finished backup"));
  if (!number) return all.back();
  if (!std::binary_search(all.begin(), all.end(), *number))
    throw Failure(fail(Errc::not_found, names_.directory + " has no generation " + std::to_string(*number) + "; there are " + std::to_string(all.front()) + " to " + std::to_string(all.back())));
  return *number;
}

const TableStream* Generation::stream(Table table) const {
  for (const TableStream& t : manifest_.tables)
    if (t.table == table_name(table)) return &t;
  return nullptr;
}

void Generation::for_each_row(Table table, std::string_view prefix, Row f) const {
  const TableStream* t = stream(table);
  if (t == nullptr) return;
  // The last segment that starts at or before the prefix may still hold its first rows.
  auto at = std::upper_bound(t->segments.begin(), t->segments.end(), prefix, [](std::string_view p, const SegmentRef& s) { return p < s.first_key; });
  if (at != t->segments.begin()) --at;
  for (; at != t->segments.end(); ++at) {
    if (at->first_key.substr(0, prefix.size()) > prefix) return;
    const std::string bytes = packs_.need(Kind::segment, at->id);
    for (base::Reader r(bytes); !r.at_end();) {
      const std::string_view key = r.bytes(), value = r.bytes();
      if (!r.ok()) throw Failure(fail(Errc::corrupt, names_.directory + ": rows that break their grammar in segment " + base::hex_encode(base::view(at->id))));
      if (key.starts_with(prefix) && !f(key, value)) return;
    }
  }
}

const std::string& Generation::segment(const base::Digest& id) const {
  if (held_.empty() || held_id_ != id) {
    held_ = packs_.need(Kind::segment, id);
    held_id_ = id;
  }
  return held_;
}

std::optional<std::string> Generation::get(Table table, std::string_view wanted) const {
  const TableStream* t = stream(table);
  if (t == nullptr) return std::nullopt;
  const auto after = std::upper_bound(t->segments.begin(), t->segments.end(), wanted, [](std::string_view p, const SegmentRef& s) { return p < s.first_key; });
  if (after == t->segments.begin()) return std::nullopt;
  const std::string& bytes = segment((after - 1)->id);
  for (base::Reader r(bytes); !r.at_end() && r.ok();) {
    const std::string_view key = r.bytes(), value = r.bytes();
    if (r.ok() && key == wanted) return std::string(value);
  }
  return std::nullopt;
}

void Generation::for_each_chunk(const BlobId& id, FunctionRef<void(std::uint32_t, std::string_view)> f) const {
  const std::string bytes = packs_.need(Kind::blob, id);
  base::Reader r(bytes);
  for (std::uint32_t n = 0; !r.at_end(); ++n) {
    const std::string_view chunk = r.raw(r.fixed<std::uint32_t>());
    if (!r.ok()) throw Failure(fail(Errc::corrupt, names_.directory + ": chunks that break their grammar in blob " + base::hex_encode(base::view(id))));
    f(n, chunk);
  }
}

void Generation::check_names() const {
  const auto missing = [&](const char* what, const base::Digest& id) {
    throw Failure(fail(Errc::corrupt, names_.manifest(manifest_.generation) + ": no pack has the " + what + " " + base::hex_encode(base::view(id))));
  };
  for (const TableStream& t : manifest_.tables)
    for (const SegmentRef& s : t.segments)
      if (!packs_.has(Kind::segment, s.id)) missing("rows", s.id);
  BlobId last{};
  for_each_row(Table::refs, "", [&](std::string_view key, std::string_view) {
    if (key.starts_with(base::view(last))) return true;
    std::copy_n(key.data(), last.size(), reinterpret_cast<char*>(last.data()));
    const std::string known = "missing_blob " + base::hex_encode(base::view(last));
    if (!has_blob(last) && std::find(manifest_.findings.begin(), manifest_.findings.end(), known) == manifest_.findings.end()) missing("content", last);
    return true;
  });
}

}  // namespace store::backups
