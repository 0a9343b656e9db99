// What `store stats` says about packing and sharing, from a bounded sample: milliseconds, whatever the store holds.
#include <algorithm>

#include "store/store.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

class Sampler {
 public:
  explicit Sampler(const Txn& txn) : txn_(txn), chunks_(txn), cursor_(txn.cursor(Table::blobs)) {}

  // The blob at or after the id that starts with these bytes. False: there is none.
  bool add(std::uint64_t where) {
    Key from;
    from.num(where);
    if (!cursor_.seek(from) || cursor_.key().size() != sizeof(BlobId) + 4) return false;
    const std::string id(cursor_.key().substr(0, sizeof(BlobId)));
    if (id == last_) return true;  // the gap was larger than the step
    last_ = id;
    one_blob(id);
    return true;
  }
  const ContentSample& result() const { return out_; }

 private:
  void one_blob(const std::string& id) {
    constexpr std::uint64_t kMostChunks = 64;  // of one blob
    std::uint64_t plain = 0, packed = 0, sealed = 0, n = 0;
    bool more = true;
    for (; more && n < kMostChunks && cursor_.key().starts_with(id); ++n) {
      const std::string_view stored = cursor_.value();
      const auto codec = std::uint8_t(stored.empty() ? 0 : stored[0]);
      out_.stored_bytes += stored.size();
      std::string key(cursor_.key());
      more = cursor_.next();
      const bool last = !more || !cursor_.key().starts_with(id);
      const std::uint64_t size = last ? plain_size(key, stored) : kChunk;
      plain += size;
      if ((codec & ~kSealed) != 0) packed += size;
      if ((codec & kSealed) != 0) sealed += size;
    }
    ++out_.blobs;
    out_.plain_bytes += plain;
    out_.packed_bytes += packed;
    out_.sealed_bytes += sealed;
    if (shared(id)) out_.shared_bytes += plain;
  }

  std::uint64_t plain_size(std::string_view key, std::string_view stored) {
    try {
      return chunks_.open(Table::blobs, key, stored).size();
    } catch (const Failure&) {  // a locked key or damage: about what is stored; `store check` tells the rest
      return stored.size();
    }
  }

  bool shared(const std::string& id) const {
    Cursor refs = txn_.cursor(Table::refs);
    return refs.seek(id) && refs.key().starts_with(id) && refs.next() && refs.key().starts_with(id);
  }

  const Txn& txn_;
  ChunkReader chunks_;
  Cursor cursor_;
  std::string last_;
  ContentSample out_;
};

}  // namespace

ContentSample sample_content(const Txn& txn, std::uint64_t most_blobs) {
  Sampler sampler(txn);
  const std::uint64_t step = ~std::uint64_t(0) / std::max<std::uint64_t>(most_blobs, 1);
  for (std::uint64_t i = 0; i < most_blobs; ++i)
    if (!sampler.add(i * step)) break;
  return sampler.result();
}

}  // namespace store
