// The immutable bytes of a message, cut and packed by the thread that received them, so that the writer only copies.
// Large part bodies are blobs of their own (one document in a thousand different mails is stored once); the rest is one
// residual, inline in the message's own row while it is small. Thread rule: immutable after make_content(); form() may be asked
// by several threads.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "mime/range.hpp"
#include "store/chunk.hpp"
#include "store/types.hpp"

namespace store {

inline constexpr std::size_t kMinBlobPart = 16 * 1024;  // smaller part bodies are not cut out

class Content {
 public:
  struct Piece {  // a blob, once it has an id
    std::string_view bytes;
    std::vector<Packed> chunks;
  };
  struct Form {  // what is stored for one holder of keys
    DataKeyPtr key;           // null: nothing is sealed
    std::vector<BlobId> ids;  // of the pieces
    std::string extents;      // encoded
    std::vector<std::vector<std::string>> sealed;  // of each piece the payloads of its chunks; empty without a key
  };
  std::uint64_t size() const { return bytes_.size(); }
  std::string_view bytes() const { return bytes_; }              // as received
  const Packed* inlined() const { return inlined_.plain.empty() ? nullptr : &inlined_; }
  const std::vector<Piece>& pieces() const { return pieces_; }
  std::uint64_t stored_bytes() const;                            // of all pieces and the inline bytes
  const Form& form(const DataKeyPtr& key) const;                 // hashes and seals everything when asked first

  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;

 private:
  friend std::shared_ptr<const Content> make_content(std::string, const std::vector<mime::ByteRange>&, std::vector<std::string>);
  static constexpr std::size_t kInline = std::size_t(-1);
  struct Cut {
    std::size_t piece = kInline;
    std::uint64_t offset = 0, size = 0;
  };
  Content() = default;
  std::size_t add_piece(std::string_view bytes);
  void add_rest(std::uint64_t from, std::uint64_t to, bool copy);
  void place_rest(std::string_view residual);
  void add_texts();
  std::string bytes_, residual_;
  std::vector<std::string> texts_;
  Packed inlined_;
  std::vector<Piece> pieces_;
  std::vector<Cut> cuts_;
  mutable std::mutex mutex_;
  mutable std::map<KeyId, std::unique_ptr<const Form>> forms_;  // KeyId 0: of no key
};

// `cuts`: bodies of leaf parts, in any order; those that are small, overlap or lie outside are not cut.
// `texts`: what was extracted from attachments, for the index. Each becomes a blob that an extent of size 0 names: no byte of the
// message, but copied, shared, held and destroyed with it. Read by Snapshot::texts().
std::shared_ptr<const Content> make_content(std::string bytes, const std::vector<mime::ByteRange>& cuts = {}, std::vector<std::string> texts = {});

std::string encode_extents(const std::vector<Extent>& extents);
[[nodiscard]] Result<std::vector<Extent>> decode_extents(std::string_view encoded);

}  // namespace store
