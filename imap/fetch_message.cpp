#include "imap/fetch_message.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "imap/object_id.hpp"

namespace imap {
namespace {

using Kind = proto::FetchItem::Kind;
using SectionKind = proto::Section::Kind;
using mime::ByteRange;
using Large = std::optional<LargeBody>;

// Kept between messages, so that header fields and small parts cost no allocation. Their size is bounded: a header by
// mime::Limits, a part by kInlineBody and one piece of the reader.
thread_local std::string scratch;

base::Result<std::string_view> read_into_scratch(ByteRange range, ByteReader read) {
  scratch.clear();
  auto done = read(range, [](std::string_view piece) { scratch.append(piece); return true; });
  if (!done) return done.error();
  return std::string_view(scratch);
}

ByteRange clip(std::uint64_t size, const std::optional<proto::Partial>& partial) {
  if (!partial) return {0, size};
  const std::uint64_t from = std::min(partial->offset, size);
  return {from, std::min(partial->count, size - from)};
}

bool ends_in_empty_line(std::string_view header) { return header == "\r\n" || header.ends_with("\r\n\r\n"); }

struct Section {
  ByteRange range;  // of the message: prefix + content
  mime::Encoding encoding = mime::Encoding::identity;
  bool root = false;
};

// RFC 9051 6.4.5.1. Nothing when the message has no such part, or the part no header of its own.
std::optional<Section> locate(const mime::SummaryView& summary, const store::DetailView& d, const proto::Section& s, SectionKind kind) {
  const std::uint64_t prefix = d.prefix.size();
  const auto part = summary.section(s.path);
  if (!part) return std::nullopt;
  const auto moved = [&](ByteRange r) { return ByteRange{r.offset + prefix, r.size}; };
  if (s.path.empty()) {
    const ByteRange header{0, prefix + part->message_header.size};
    if (kind == SectionKind::all) return Section{{0, d.size()}, {}, true};
    if (kind == SectionKind::text) return Section{moved(part->message_text), {}, true};
    return Section{header, {}, true};
  }
  switch (kind) {
    case SectionKind::all: return Section{moved(part->body), part->encoding};
    case SectionKind::mime: return Section{moved(part->header)};
    default: break;
  }
  if (!part->is_message) return std::nullopt;
  return Section{moved(kind == SectionKind::text ? part->message_text : part->message_header)};
}

SectionKind section_kind(const proto::FetchItem& item) {
  if (item.kind == Kind::rfc822_header) return SectionKind::header;
  if (item.kind == Kind::rfc822_text) return SectionKind::text;
  if (item.kind == Kind::rfc822) return SectionKind::all;
  return item.section.kind;
}

bool is_body(Kind kind) {
  return kind == Kind::rfc822 || kind == Kind::rfc822_header || kind == Kind::rfc822_text || kind == Kind::body_section;
}

}  // namespace

FetchPlan::FetchPlan(const std::vector<proto::FetchItem>& items, Options options) {
  std::size_t fields = 0;
  for (const proto::FetchItem& i : items) fields += i.section.fields.size();
  names_.reserve(fields);  // fields_ holds views of it
  const auto asked = [&](Kind kind) { return std::any_of(items.begin(), items.end(), [&](const auto& i) { return i.kind == kind; }); };
  proto::FetchItem extra;
  extra.kind = Kind::uid;
  if (options.uid && !asked(Kind::uid)) add(extra);
  for (const proto::FetchItem& i : items)
    if (std::find(items_.begin(), items_.end(), i) == items_.end()) add(i);
  extra.kind = Kind::mod_seq;
  if (options.mod_seq && !asked(Kind::mod_seq)) add(extra);
}

void FetchPlan::add(proto::FetchItem item) {
  const Kind kind = item.kind;
  const bool binary = kind == Kind::binary || kind == Kind::binary_size;
  const bool text = kind == Kind::envelope || kind == Kind::body || kind == Kind::body_structure || kind == Kind::preview;
  needs_summary_ = needs_summary_ || binary || text || is_body(kind);
  needs_detail_ = needs_summary_;
  sets_seen_ = sets_seen_ || item.sets_seen();
  shows_flags_ = shows_flags_ || kind == Kind::flags;
  decodes_ = decodes_ || binary;
  auto& views = fields_.emplace_back();
  for (const std::string& f : item.section.fields) views.emplace_back(names_.emplace_back(base::lower_ascii(f)));
  items_.push_back(std::move(item));
}

base::Result<Large> MessageWriter::step(const FetchSource& source) {
  if (plan_.needs_summary()) {
    auto opened = mime::SummaryView::open(source.message.detail.summary);
    if (!opened) return opened.error();
    summary_ = *opened;
  }
  if (!writer_) {
    if (plan_.decodes()) {
      if (auto ok = check_encodings(source); !ok) return ok.error();
    }
    writer_.emplace(out_, seq_);
    if (with_flags_) {
      FlagNames::Buffer buffer;
      writer_->flags(context_.flags.names(source.message.hot, buffer));
    }
  }
  while (next_ < plan_.items().size()) {
    const std::size_t index = next_++;
    auto large = item(plan_.items()[index], index, source);
    if (!large || *large) return large;
  }
  writer_->end();
  done_ = true;
  return Large();
}

base::Result<Large> MessageWriter::item(const proto::FetchItem& wanted, std::size_t index, const FetchSource& source) {
  if (is_body(wanted.kind)) return body(wanted, index, source);
  if (wanted.kind == Kind::binary || wanted.kind == Kind::binary_size) return binary(wanted, source);
  plain(wanted, source.message);
  return Large();
}

void MessageWriter::plain(const proto::FetchItem& wanted, const store::MessageView& m) {
  FlagNames::Buffer buffer;
  switch (wanted.kind) {
    case Kind::flags: writer_->flags(context_.flags.names(m.hot, buffer)); break;
    case Kind::uid: writer_->uid(m.uid); break;
    case Kind::internal_date: writer_->internal_date(m.hot.internal_date, m.hot.tz_minutes); break;
    case Kind::rfc822_size: writer_->size(m.hot.size); break;
    case Kind::envelope: writer_->envelope(summary_->envelope()); break;
    case Kind::body: writer_->body(summary_->body()); break;
    case Kind::body_structure: writer_->body_structure(summary_->body_structure()); break;
    case Kind::mod_seq: writer_->mod_seq(m.hot.modseq); break;
    case Kind::email_id: writer_->email_id(email_id(context_.account, m.hot.email)); break;
    case Kind::thread_id: writer_->thread_id(thread_id(context_.account, m.hot.thread)); break;
    case Kind::save_date: writer_->save_date(std::nullopt); break;  // RFC 8514: the mailbox does not keep it
    case Kind::preview: writer_->preview(summary_->preview()); break;
    default: break;  // bodies: item()
  }
}

base::Result<Large> MessageWriter::body(const proto::FetchItem& wanted, std::size_t index, const FetchSource& source) {
  const SectionKind kind = section_kind(wanted);
  const auto section = locate(*summary_, source.message.detail, wanted.section, kind);
  if (!section) {
    writer_->no_data(wanted);
    return Large();
  }
  if (kind != SectionKind::header_fields && kind != SectionKind::header_fields_not) return raw_body(wanted, section->range, source);
  auto done = header_fields(wanted, index, section->range, section->root, source);
  if (!done) return done.error();
  return Large();
}

base::Result<Large> MessageWriter::raw_body(const proto::FetchItem& wanted, ByteRange range, const FetchSource& source) {
  const ByteRange part = clip(range.size, wanted.partial);
  writer_->data_head(wanted, part.size);
  if (part.size > kInlineBody) return Large(LargeBody{{range.offset + part.offset, part.size}, {}, 0, part.size});
  std::uint64_t given = 0;
  auto done = source.read({range.offset + part.offset, part.size}, [&](std::string_view piece) {
    out_.raw(piece);
    given += piece.size();
    return true;
  });
  if (!done) return done.error();
  if (given != part.size) return base::fail(base::Errc::corrupt, "a stored range reaches past its message");
  return Large();
}

base::Result<void> MessageWriter::header_fields(const proto::FetchItem& wanted, std::size_t index, const ByteRange& header, bool root,
                                                const FetchSource& source) {
  auto bytes = read_into_scratch(header, source.read);
  if (!bytes) return bytes.error();
  const bool except = wanted.section.kind == SectionKind::header_fields_not;
  const auto& names = plan_.fields(index);
  const std::size_t prefix = root ? std::min(source.message.detail.prefix.size(), bytes->size()) : 0;
  std::vector<ByteRange> found;
  if (prefix > 0) found = mime::select_fields(bytes->substr(0, prefix), names, except);
  const std::string_view own = bytes->substr(prefix);
  for (ByteRange r : root ? summary_->header_fields(own, names, except) : mime::select_fields(own, names, except))
    found.push_back({r.offset + prefix, r.size});
  // RFC 9051 6.4.5.1: "Subsetting does not exclude the [RFC5322] delimiting blank line between the header and the body; the
  // blank line is included in all header fetches, except in the case of a message that has no body and no blank line."
  const std::string_view blank = ends_in_empty_line(*bytes) ? "\r\n" : "";
  std::uint64_t size = blank.size();
  for (const ByteRange& r : found) size += r.size;
  const ByteRange part = clip(size, wanted.partial);
  writer_->data_head(wanted, part.size);
  std::uint64_t at = 0;
  const auto put = [&](std::string_view piece) {
    const std::uint64_t from = std::max(part.offset, at), to = std::min(part.end(), at + piece.size());
    if (from < to) out_.raw(piece.substr(from - at, to - from));
    at += piece.size();
  };
  for (const ByteRange& r : found) put(r.of(*bytes));
  put(blank);
  return {};
}

base::Result<void> MessageWriter::check_encodings(const FetchSource& source) const {
  for (const proto::FetchItem& i : plan_.items()) {
    if (i.kind != Kind::binary && i.kind != Kind::binary_size) continue;
    const auto section = locate(*summary_, source.message.detail, i.section, SectionKind::all);
    // RFC 9051 6.4.5: "If the server does not know how to decode the section's CTE, it MUST fail the request".
    if (section && section->encoding == mime::Encoding::unknown) return base::fail(base::Errc::unsupported, "unknown transfer encoding");
  }
  return {};
}

base::Result<Large> MessageWriter::binary(const proto::FetchItem& wanted, const FetchSource& source) {
  const auto section = locate(*summary_, source.message.detail, wanted.section, SectionKind::all);
  const bool only_size = wanted.kind == Kind::binary_size;
  if (!section) {
    if (only_size) writer_->binary_size(wanted, 0);
    else writer_->no_data(wanted);
    return Large();
  }
  std::uint64_t size = section->range.size;
  scratch.clear();
  if (section->encoding == mime::Encoding::identity) {
    if (only_size) return writer_->binary_size(wanted, size), Large();
    const ByteRange part = clip(size, wanted.partial);
    const ByteRange bytes{section->range.offset + part.offset, part.size};
    if (part.size > kInlineBody) {
      writer_->data_head(wanted, part.size, true);
      return Large(LargeBody{bytes, {}, 0, part.size});
    }
    auto read = read_into_scratch(bytes, source.read);
    if (!read) return read.error();
    writer_->data(wanted, *read);
    return Large();
  }
  // Its size is only known once it is decoded: counted here, kept while it is small, decoded again in windows when it is not.
  mime::Decoder decoder(section->encoding);
  std::string decoded;
  size = 0;
  const auto keep = [&] {
    size += decoded.size();
    if (size <= kInlineBody) scratch.append(decoded);
    decoded.clear();
  };
  auto read = source.read(section->range, [&](std::string_view piece) {
    decoder.feed(piece, decoded);
    keep();
    return true;
  });
  if (!read) return read.error();
  decoder.finish(decoded);
  keep();
  if (only_size) return writer_->binary_size(wanted, size), Large();
  const ByteRange part = clip(size, wanted.partial);
  if (size <= kInlineBody) {
    writer_->data(wanted, part.of(scratch));
    return Large();
  }
  writer_->data_head(wanted, part.size, true);
  if (part.size == 0) return Large();
  return Large(LargeBody{section->range, section->encoding, part.offset, part.size});
}

void BodyStream::take(proto::Out& out, std::string_view bytes) {
  const std::uint64_t skip = std::min<std::uint64_t>(left_.skip, bytes.size());
  left_.skip -= skip;
  bytes.remove_prefix(skip);
  bytes = bytes.substr(0, left_.count);
  out.raw(bytes);
  left_.count -= bytes.size();
}

base::Result<void> BodyStream::write(proto::Out& out, ByteReader read, std::uint64_t window) {
  const ByteRange now{left_.range.offset + at_, std::min(window, left_.range.size - at_)};
  const bool plain = left_.encoding == mime::Encoding::identity;
  std::uint64_t given = 0;
  auto done = read(now, [&](std::string_view piece) {
    given += piece.size();
    if (plain) return take(out, piece), !this->done();
    decoder_.feed(piece, decoded_);
    take(out, decoded_);
    decoded_.clear();
    return !this->done();
  });
  if (!done) return done.error();
  at_ += given;
  if (at_ == left_.range.size && !plain) {
    decoder_.finish(decoded_);
    take(out, decoded_);
    decoded_.clear();
  }
  const bool ended = given == 0 || at_ == left_.range.size;
  if (ended && left_.count > 0) return base::fail(base::Errc::corrupt, "a stored body is shorter than its row says");
  return {};
}

}  // namespace imap
