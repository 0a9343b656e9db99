// The immutable bytes of a message, cut and hashed by the thread that received them, so that the writer only copies.
// Large part bodies are blobs of their own (one document in a thousand different mails is stored once); the rest is one
// residual, inline in the message's own row while it is small. Thread rule: immutable after make_content().
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mime/range.hpp"
#include "store/types.hpp"

namespace store {

inline constexpr std::size_t kMinBlobPart = 16 * 1024;  // smaller part bodies are not cut out
inline constexpr std::size_t kMaxInline = 8176;         // with LMDB's 16-byte page header: two pages exactly
inline constexpr std::size_t kChunk = 65520;            // sixteen pages exactly

class Content {
 public:
  struct Blob {
    BlobId id{};
    std::string_view bytes;
  };
  std::uint64_t size() const { return bytes_.size(); }
  std::string_view bytes() const { return bytes_; }        // as received
  std::string_view inlined() const { return inlined_; }    // empty when there is none
  const std::vector<Blob>& blobs() const { return blobs_; }  // distinct ids
  const std::vector<Extent>& extents() const { return extents_; }
  std::uint64_t text_bytes() const { return text_bytes_; }

  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;

 private:
  friend std::shared_ptr<const Content> make_content(std::string, const std::vector<mime::ByteRange>&, std::vector<std::string>);
  Content() = default;
  void add_text(std::string_view text);
  std::string bytes_, residual_;
  std::vector<std::string> texts_;
  std::uint64_t text_bytes_ = 0;
  std::string_view inlined_;
  std::vector<Blob> blobs_;
  std::vector<Extent> extents_;
};

// `cuts`: bodies of leaf parts, in any order; those that are small, overlap or lie outside are not cut.
// `texts`: what was extracted from attachments, for the index. Each becomes a blob that an extent of size 0 names: no byte of the
// message, but copied, shared, held and destroyed with it. Read by Snapshot::texts().
std::shared_ptr<const Content> make_content(std::string bytes, const std::vector<mime::ByteRange>& cuts = {}, std::vector<std::string> texts = {});

std::string encode_extents(const std::vector<Extent>& extents);
[[nodiscard]] Result<std::vector<Extent>> decode_extents(std::string_view encoded);

}  // namespace store
