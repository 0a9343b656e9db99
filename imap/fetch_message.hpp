// One message's FETCH response (RFC 9051 7.5.2), from the stored summary and byte ranges: nothing is parsed here.
// A FetchPlan is made once a command; a MessageWriter lives for one message and stops before every large body, so that the
// caller can end its transaction and flush between windows (STYLE.md: none is held across a network write).
// Pure: it sees a store::MessageView and a function that reads bytes. Thread rule: values of one session.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "imap/flag_names.hpp"
#include "imap/proto/render.hpp"
#include "mime/summary.hpp"
#include "store/function_ref.hpp"
#include "store/types.hpp"

namespace imap {

inline constexpr std::uint64_t kInlineBody = 64 * 1024;  // bodies up to this are copied at once

class FetchPlan {
 public:
  struct Options {
    bool uid = false;       // UID FETCH: the answer names the UID whether asked or not (RFC 9051 6.4.9)
    bool mod_seq = false;   // CHANGEDSINCE was given: MODSEQ is added (RFC 7162 3.1.4.1)
  };
  FetchPlan(const std::vector<proto::FetchItem>& items, Options options);
  FetchPlan(FetchPlan&&) = default;
  FetchPlan(const FetchPlan&) = delete;  // fields_ holds views of names_

  const std::vector<proto::FetchItem>& items() const { return items_; }
  const std::vector<std::string_view>& fields(std::size_t item) const { return fields_[item]; }  // lower case
  bool needs_detail() const { return needs_detail_; }  // false: hot rows answer it
  bool needs_summary() const { return needs_summary_; }
  bool sets_seen() const { return sets_seen_; }
  bool shows_flags() const { return shows_flags_; }
  bool decodes() const { return decodes_; }  // BINARY or BINARY.SIZE

 private:
  void add(proto::FetchItem item);
  std::vector<proto::FetchItem> items_;
  std::vector<std::string> names_;
  std::vector<std::vector<std::string_view>> fields_;
  bool needs_detail_ = false, needs_summary_ = false, sets_seen_ = false, shows_flags_ = false, decodes_ = false;
};

// Gives the bytes [range) of prefix + content in pieces.
using ByteReader = store::FunctionRef<base::Result<void>(mime::ByteRange, store::FunctionRef<bool(std::string_view)>)>;

struct FetchContext {
  store::AccountId account{};
  const FlagNames& flags;
};

struct FetchSource {
  const store::MessageView& message;
  ByteReader read;
};

// A body too large to be copied at once: `count` octets after `skip` octets of what the range of the message holds (decoded, when
// `encoding` says so). The head of its literal stands in the output already.
struct LargeBody {
  mime::ByteRange range;
  mime::Encoding encoding = mime::Encoding::identity;
  std::uint64_t skip = 0, count = 0;
};

// Appends exactly `count` octets over as many calls as it takes; each reads about `window` octets. Holds no view of the store.
class BodyStream {
 public:
  explicit BodyStream(const LargeBody& body) : left_(body), decoder_(body.encoding) {}
  [[nodiscard]] base::Result<void> write(proto::Out& out, ByteReader read, std::uint64_t window = kInlineBody);
  bool done() const { return left_.count == 0; }

 private:
  void take(proto::Out& out, std::string_view bytes);
  LargeBody left_;
  std::uint64_t at_ = 0;  // read of range
  mime::Decoder decoder_;
  std::string decoded_;
};

class MessageWriter {
 public:
  // `with_flags`: \Seen was just set, so FLAGS are told though not asked for (RFC 9051 6.4.5).
  MessageWriter(const FetchPlan& plan, const FetchContext& context, proto::Out& out, std::uint32_t seq, bool with_flags = false)
      : plan_(plan), context_(context), out_(out), seq_(seq), with_flags_(with_flags && !plan.shows_flags()) {}

  // Writes items until a large body (its octets are the caller's to send, then step() again) or until the response is complete.
  // Errors: corrupt (stored data). Errc::unsupported, with nothing written: a BINARY part that cannot be decoded (UNKNOWN-CTE).
  [[nodiscard]] base::Result<std::optional<LargeBody>> step(const FetchSource& source);
  bool done() const { return done_; }
  bool started() const { return writer_.has_value(); }  // something was written: an error now breaks the response

 private:
  base::Result<std::optional<LargeBody>> item(const proto::FetchItem& wanted, std::size_t index, const FetchSource& source);
  base::Result<std::optional<LargeBody>> body(const proto::FetchItem& wanted, std::size_t index, const FetchSource& source);
  base::Result<std::optional<LargeBody>> binary(const proto::FetchItem& wanted, const FetchSource& source);
  base::Result<void> header_fields(const proto::FetchItem& wanted, std::size_t index, const mime::ByteRange& header, bool root,
                                   const FetchSource& source);
  base::Result<std::optional<LargeBody>> raw_body(const proto::FetchItem& wanted, mime::ByteRange range, const FetchSource& source);
  base::Result<void> check_encodings(const FetchSource& source) const;
  void plain(const proto::FetchItem& wanted, const store::MessageView& m);

  const FetchPlan& plan_;
  FetchContext context_;
  proto::Out& out_;
  std::uint32_t seq_;
  bool with_flags_;
  bool done_ = false;
  std::size_t next_ = 0;
  std::optional<proto::FetchWriter> writer_;
  std::optional<mime::SummaryView> summary_;  // of this step only
};

}  // namespace imap
