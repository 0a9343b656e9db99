#include "imap/search_facts.hpp"

#include "base/ascii.hpp"
#include "mime/header.hpp"
#include "mime/search_text.hpp"
#include "mime/summary.hpp"

namespace imap {
namespace {

void must(const base::Result<void>& read) {
  if (!read) throw store::Failure(read.error());
}

}  // namespace

std::string_view StoredFacts::header() {
  if (header_) return *header_;
  header_.emplace();
  std::uint64_t size = message_.detail.prefix.size();
  if (const auto summary = mime::SummaryView::open(message_.detail.summary)) {
    if (const auto root = summary->section({})) size += root->message_header.size;
  }
  must(snapshot_.read(account_, message_, {0, size}, [&](std::string_view piece) { header_->append(piece); return true; }));
  return *header_;
}

bool StoredFacts::any_field(std::string_view lower_name, const std::function<bool(std::string_view)>& f) {
  mime::HeaderReader reader(header());
  for (auto field = reader.next(); field; field = reader.next())
    if (base::iequals(field->name, lower_name) && f(field->raw_value)) return true;
  return false;
}

Needle::Haystack& StoredFacts::header_text() {
  if (header_folded_) return *header_folded_;
  mime::HeaderReader reader(header());
  for (auto field = reader.next(); field; field = reader.next()) {
    header_decoded_.append(field->name).append(": ").append(mime::decode_text(field->raw_value)).push_back('\n');
  }
  return header_folded_.emplace(header_decoded_);
}

Needle::Haystack& StoredFacts::body_text() {
  if (body_folded_) return *body_folded_;
  std::string content;
  content.reserve(message_.detail.content_size);
  must(snapshot_.read(account_, message_, {message_.detail.prefix.size(), message_.detail.content_size},
                      [&](std::string_view piece) { content.append(piece); return true; }));
  mime::SearchText text = mime::search_text(content, mime::scan(content), kMaxText);
  body_decoded_ = std::move(text.body);
  body_decoded_.append("\n").append(text.file_names);
  // What was read from PDF and Office attachments at ingest: found here too while the index is behind.
  const auto documents = snapshot_.texts(message_, kMaxText);
  if (!documents) throw store::Failure(documents.error());
  for (const std::string& document : documents->texts) body_decoded_.append("\n").append(document);
  return body_folded_.emplace(body_decoded_);
}

}  // namespace imap
