#include "mime/summary.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/codec.hpp"
#include "mime/header.hpp"
#include "mime/summary_codec.hpp"

namespace mime {
namespace {

std::string encode_parts(const std::vector<SummaryPart>& parts) {
  base::Writer w;
  for (const SummaryPart& p : parts) {
    const auto common = std::find(kCommonTypes.begin(), kCommonTypes.end(), p.type) - kCommonTypes.begin();
    const std::uint64_t from = p.parent == kNoPart ? 0 : parts[p.parent].body.offset;
    w.varint(p.parent == kNoPart ? 0 : std::uint64_t(p.parent) + 1);
    w.fixed(std::uint8_t(unsigned(p.multipart) | unsigned(p.message) << 1 | unsigned(p.encoding) << 2 | unsigned(common) << 4));
    w.varint(p.header.offset - from).varint(p.header.size).varint(p.body.size);
    if (std::size_t(common) == kCommonTypes.size()) w.bytes(p.type);
  }
  return w.take();
}

std::string encode_fields(const std::vector<FieldPlace>& fields) {
  base::Writer w;
  for (const FieldPlace& f : fields) w.fixed(f.hash).varint(f.size);
  return w.take();
}

std::string encode_extension(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& ranges) {
  // Rendered children first: the list of a nested structure is in order of its ends, and ranges never overlap.
  base::Writer w;
  std::uint32_t at = 0;
  for (const auto& [start, length] : ranges) {
    w.varint(start - at).varint(length);
    at = start + length;
  }
  return w.take();
}

bool wanted(std::string_view name, std::span<const std::string_view> lower_names) {
  return std::any_of(lower_names.begin(), lower_names.end(), [&](std::string_view n) { return base::iequals(n, name); });
}

// One part of the table while a path is followed.
struct Walker {
  const std::vector<SummaryPart>& parts;

  std::optional<std::size_t> child(std::size_t parent, std::uint32_t number) const {
    for (std::size_t i = parent + 1; i < parts.size(); ++i) {
      if (parts[i].parent == parent && --number == 0) return i;
    }
    return std::nullopt;
  }
};

}  // namespace

std::string encode(const Summary& s) {
  base::Writer w;
  w.reserve(s.envelope.size() + s.body_structure.size() + s.preview.size() + 512);
  w.fixed(kSummaryVersion).fixed(std::uint64_t(s.sent)).fixed(s.message_id).fixed(std::uint16_t(s.defects));
  w.varint(s.attachments).varint(s.parts.size());
  w.bytes(s.envelope).bytes(s.body_structure).bytes(encode_extension(s.extension)).bytes(encode_parts(s.parts));
  w.bytes(encode_fields(s.fields)).bytes(s.subject).bytes(s.from).bytes(s.from_address).bytes(s.preview);
  base::Writer refs;
  for (std::uint64_t r : s.references) refs.fixed(r);
  return w.bytes(refs.str()).take();
}

base::Result<SummaryView> SummaryView::open(std::string_view bytes) {
  base::Reader r(bytes);
  SummaryView v;
  if (r.fixed<std::uint8_t>() != kSummaryVersion) return base::fail(base::Errc::corrupt, "summary version is unknown");
  v.sent_ = std::int64_t(r.fixed<std::uint64_t>());
  v.message_id_ = r.fixed<std::uint64_t>();
  v.defects_ = Defect(r.fixed<std::uint16_t>());
  v.attachments_ = std::uint32_t(r.varint());
  v.part_count_ = r.varint();
  for (std::string_view* section : {&v.envelope_, &v.body_structure_, &v.extension_, &v.parts_, &v.fields_, &v.subject_, &v.from_,
                                    &v.from_address_, &v.preview_, &v.references_}) {
    *section = r.bytes();
  }
  if (!r.ok() || !r.at_end()) return base::fail(base::Errc::corrupt, "summary is cut off");
  return v;
}

std::string SummaryView::body() const {
  std::string out;
  out.reserve(body_structure_.size());
  base::Reader r(extension_);
  std::string_view left = body_structure_;
  while (r.ok() && !r.at_end()) {
    const std::uint64_t keep = r.varint(), skip = r.varint();
    if (!r.ok() || keep > left.size() || skip > left.size() - keep) break;
    out.append(left.substr(0, keep));
    left.remove_prefix(keep + skip);
  }
  return out.append(left);
}

std::vector<std::uint64_t> SummaryView::references() const {
  std::vector<std::uint64_t> out;
  base::Reader r(references_);
  while (r.ok() && !r.at_end()) out.push_back(r.fixed<std::uint64_t>());
  return out;
}

std::vector<SummaryPart> SummaryView::parts() const {
  std::vector<SummaryPart> out;
  out.reserve(std::min(part_count_, parts_.size() / 5));
  base::Reader r(parts_);
  while (r.ok() && !r.at_end()) {
    SummaryPart p;
    const std::uint64_t parent = r.varint();
    const auto flags = r.fixed<std::uint8_t>();
    p.header.offset = r.varint();
    p.header.size = r.varint();
    p.body.size = r.varint();
    if (parent > out.size() || (parent == 0) != out.empty()) break;
    if (parent > 0) {
      p.parent = std::uint32_t(parent - 1);
      p.header.offset += out[p.parent].body.offset;
    }
    p.body.offset = p.header.end();
    p.multipart = flags & 1;
    p.message = flags & 2;
    p.encoding = Encoding((flags >> 2) & 3);
    p.type = (flags >> 4) < 15 ? kCommonTypes[flags >> 4] : r.bytes();
    if (r.ok()) out.push_back(std::move(p));
  }
  return out;
}

// Numbering (RFC 9051 6.4.5.1): parts of a multipart count from 1; anything else has one part 1, itself; below a
// message/rfc822 part the numbers are those of the embedded message.
std::optional<PartView> SummaryView::section(std::span<const std::uint32_t> path) const {
  const std::vector<SummaryPart> all = parts();
  if (all.empty()) return std::nullopt;
  const Walker walker{all};
  std::size_t part = 0, container = 0;
  bool open = true;  // may another number follow?
  for (std::uint32_t number : path) {
    if (!open || number == 0) return std::nullopt;
    std::optional<std::size_t> next = container;
    if (all[container].multipart) next = walker.child(container, number);
    else if (number != 1) next.reset();
    if (!next) return std::nullopt;
    part = *next;
    const bool embedded = all[part].message && part + 1 < all.size();  // a damaged row may end at a message
    container = embedded ? part + 1 : part;  // pre-order: the embedded root follows its message
    open = embedded || all[part].multipart;
  }
  const SummaryPart& p = all[part];
  PartView v;
  v.header = p.header;
  v.body = p.body;
  v.whole = {p.header.offset, p.body.end() - p.header.offset};
  v.is_multipart = p.multipart;
  v.encoding = p.encoding;
  const auto common = std::find(kCommonTypes.begin(), kCommonTypes.end(), p.type);
  // The spelled-out type lies in the row itself; find it there so that the view outlives this function.
  const std::size_t at = common == kCommonTypes.end() ? parts_.find(p.type) : std::string_view::npos;
  v.type = common != kCommonTypes.end() ? *common : at != parts_.npos ? parts_.substr(at, p.type.size()) : std::string_view();
  if (path.empty() || p.message) {
    const SummaryPart& root = path.empty() ? all[0] : all[std::min(part + 1, all.size() - 1)];
    v.is_message = true;
    v.message_header = root.header;
    v.message_text = root.body;
  }
  return v;
}

std::vector<ByteRange> SummaryView::header_fields(std::string_view header, std::span<const std::string_view> lower_names, bool except) const {
  std::vector<std::uint16_t> hashes;
  for (std::string_view n : lower_names) hashes.push_back(name_hash(n));
  std::vector<ByteRange> out;
  base::Reader r(fields_);
  std::uint64_t at = 0;
  while (r.ok() && !r.at_end()) {
    const auto hash = r.fixed<std::uint16_t>();
    const ByteRange range{at, r.varint()};
    at = range.end();
    if (!r.ok() || range.size > header.size() || range.offset > header.size() - range.size) break;
    if (hash == 0) continue;
    bool match = std::find(hashes.begin(), hashes.end(), hash) != hashes.end();
    if (match) {  // 16 bits collide; the name decides
      const std::string_view field = range.of(header);
      match = wanted(base::trim(field.substr(0, field.find(':'))), lower_names);
    }
    if (match != except) out.push_back(range);
  }
  return out;
}

std::vector<ByteRange> select_fields(std::string_view block, std::span<const std::string_view> lower_names, bool except) {
  std::vector<ByteRange> out;
  HeaderReader reader(block);
  for (auto f = reader.next(); f; f = reader.next()) {
    if (wanted(f->name, lower_names) != except) out.push_back(f->range);
  }
  return out;
}

}  // namespace mime
