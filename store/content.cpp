#include "store/content.hpp"

#include <algorithm>

#include "base/codec.hpp"

namespace store {
namespace {

std::vector<mime::ByteRange> usable(std::vector<mime::ByteRange> cuts, std::uint64_t size) {
  std::erase_if(cuts, [&](const mime::ByteRange& c) { return c.size < kMinBlobPart || c.offset > size || c.size > size - c.offset; });
  std::sort(cuts.begin(), cuts.end(), [](auto& a, auto& b) { return a.offset < b.offset; });
  std::vector<mime::ByteRange> kept;
  for (const mime::ByteRange& c : cuts)
    if (kept.empty() || c.offset >= kept.back().end()) kept.push_back(c);
  return kept;
}

}  // namespace

void Content::add_text(std::string_view text) {
  if (text.empty()) return;
  const BlobId id = base::sha256(text);
  const auto same = [&](const Extent& e) { return e.size == 0 && e.id == id; };
  if (std::any_of(extents_.begin(), extents_.end(), same)) return;
  extents_.push_back({false, id, 0, 0});
  text_bytes_ += text.size();
  if (std::none_of(blobs_.begin(), blobs_.end(), [&](const auto& b) { return b.id == id; })) blobs_.push_back({id, text});
}

std::shared_ptr<const Content> make_content(std::string bytes, const std::vector<mime::ByteRange>& given, std::vector<std::string> texts) {
  std::shared_ptr<Content> c(new Content);
  c->texts_ = std::move(texts);
  c->bytes_ = std::move(bytes);
  const std::string_view all = c->bytes_;
  const std::vector<mime::ByteRange> cuts = usable(given, all.size());
  const auto rest = [&](std::uint64_t from, std::uint64_t to) {
    if (from == to) return;
    c->extents_.push_back({true, {}, c->residual_.size(), to - from});
    if (!cuts.empty()) c->residual_.append(all.substr(from, to - from));
  };
  std::uint64_t at = 0;
  for (const mime::ByteRange& cut : cuts) {
    rest(at, cut.offset);
    const BlobId id = base::sha256(cut.of(all));
    c->extents_.push_back({false, id, 0, cut.size});
    const bool seen = std::any_of(c->blobs_.begin(), c->blobs_.end(), [&](const auto& b) { return b.id == id; });
    if (!seen) c->blobs_.push_back({id, cut.of(all)});
    at = cut.end();
  }
  rest(at, all.size());
  const std::string_view residual = cuts.empty() ? all : std::string_view(c->residual_);
  if (residual.size() <= kMaxInline) {
    c->inlined_ = residual;
  } else {
    const BlobId id = base::sha256(residual);
    for (Extent& e : c->extents_)
      if (e.inlined) e.inlined = false, e.id = id;
    const bool seen = std::any_of(c->blobs_.begin(), c->blobs_.end(), [&](const auto& b) { return b.id == id; });
    if (!seen) c->blobs_.push_back({id, residual});
  }
  for (const std::string& text : c->texts_) c->add_text(text);
  return c;
}

std::string encode_extents(const std::vector<Extent>& extents) {
  std::vector<BlobId> ids;
  base::Writer body;
  for (const Extent& e : extents) {
    std::size_t index = 0;  // 0 = inline, n = ids[n - 1]
    if (!e.inlined) {
      const auto found = std::find(ids.begin(), ids.end(), e.id);
      index = std::size_t(found - ids.begin()) + 1;
      if (found == ids.end()) ids.push_back(e.id);
    }
    body.varint(index).varint(e.offset).varint(e.size);
  }
  base::Writer w;
  w.varint(ids.size());
  for (const BlobId& id : ids) w.raw(base::view(id));
  w.varint(extents.size()).raw(body.str());
  return w.take();
}

Result<std::vector<Extent>> decode_extents(std::string_view encoded) {
  const auto bad = [] { return base::fail(base::Errc::corrupt, "extents of a message"); };
  base::Reader r(encoded);
  const std::uint64_t count = r.varint();
  if (!r.ok() || count > encoded.size() / sizeof(BlobId)) return bad();
  const std::string_view ids = r.raw(count * sizeof(BlobId));
  const std::uint64_t n = r.varint();
  if (!r.ok() || n > encoded.size()) return bad();
  std::vector<Extent> out(n);
  for (Extent& e : out) {
    const std::uint64_t index = r.varint();
    e.offset = r.varint();
    e.size = r.varint();
    if (!r.ok() || index > count) return bad();
    e.inlined = index == 0;
    if (!e.inlined) std::copy_n(ids.data() + (index - 1) * sizeof(BlobId), sizeof(BlobId), reinterpret_cast<char*>(e.id.data()));
  }
  if (!r.at_end()) return bad();
  return out;
}

}  // namespace store
