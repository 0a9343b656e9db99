#include "store/content.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "store/keys.hpp"

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

std::vector<std::string> sealed_chunks(const DataKey& key, const BlobId& id, const Content::Piece& piece) {
  std::vector<std::string> out;
  for (const Packed& chunk : piece.chunks) {
    Key row;
    row.blob(id).num(std::uint32_t(out.size()));
    stored_content(&key, Table::blobs, row, chunk, out.emplace_back());
  }
  return out;
}

}  // namespace

std::size_t Content::add_piece(std::string_view bytes) {
  Piece& piece = pieces_.emplace_back();
  piece.bytes = bytes;
  for (std::size_t at = 0; at < bytes.size(); at += kChunk) piece.chunks.push_back(pack(bytes.substr(at, kChunk), bytes.size()));
  return pieces_.size() - 1;
}

// Where the residual goes is known when all of it is: until then its cuts count as inline.
void Content::add_rest(std::uint64_t from, std::uint64_t to, bool copy) {
  if (from == to) return;
  cuts_.push_back({kInline, copy ? residual_.size() : from, to - from});
  if (copy) residual_.append(bytes_, from, to - from);
}

void Content::place_rest(std::string_view residual) {
  if (residual.size() <= kMaxInline) {
    inlined_ = pack(residual, residual.size());
    return;
  }
  const std::size_t piece = add_piece(residual);
  for (Cut& cut : cuts_)
    if (cut.piece == kInline) cut.piece = piece;
}

void Content::add_texts() {
  for (auto text = texts_.begin(); text != texts_.end(); ++text)
    if (!text->empty() && std::find(texts_.begin(), text, *text) == text) cuts_.push_back({add_piece(*text), 0, 0});
}

std::shared_ptr<const Content> make_content(std::string bytes, const std::vector<mime::ByteRange>& given, std::vector<std::string> texts) {
  std::shared_ptr<Content> c(new Content);
  c->texts_ = std::move(texts);
  c->bytes_ = std::move(bytes);
  const std::string_view all = c->bytes_;
  const std::vector<mime::ByteRange> cuts = usable(given, all.size());
  std::uint64_t at = 0;
  for (const mime::ByteRange& cut : cuts) {
    c->add_rest(at, cut.offset, true);
    c->cuts_.push_back({c->add_piece(cut.of(all)), 0, cut.size});
    at = cut.end();
  }
  c->add_rest(at, all.size(), !cuts.empty());
  c->place_rest(cuts.empty() ? all : std::string_view(c->residual_));
  c->add_texts();
  return c;
}

std::uint64_t Content::stored_bytes() const {
  std::uint64_t sum = inlined_.plain.empty() ? 0 : inlined_.stored_size();
  for (const Piece& piece : pieces_)
    for (const Packed& chunk : piece.chunks) sum += chunk.stored_size();
  return sum;
}

const Content::Form& Content::form(const DataKeyPtr& key) const {
  const std::lock_guard lock(mutex_);
  auto& place = forms_[key ? key->id() : KeyId{}];
  if (place) return *place;
  auto form = std::make_unique<Form>();
  form->key = key;
  for (const Piece& piece : pieces_) {
    const BlobId id = blob_id(key.get(), piece.bytes);
    form->ids.push_back(id);
    if (key) form->sealed.push_back(sealed_chunks(*key, id, piece));
  }
  std::vector<Extent> extents;
  for (const Cut& cut : cuts_) {
    if (cut.piece == kInline) extents.push_back({true, {}, cut.offset, cut.size});
    else extents.push_back({false, form->ids[cut.piece], cut.offset, cut.size});
  }
  form->extents = encode_extents(extents);
  place = std::move(form);
  return *place;
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
