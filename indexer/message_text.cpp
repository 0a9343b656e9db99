#include "indexer/message_text.hpp"

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "mime/header.hpp"
#include "mime/search_text.hpp"

namespace indexer {
namespace {

void add_fields(MessageText& out, std::string_view block) {
  mime::HeaderReader reader(block);
  for (auto field = reader.next(); field; field = reader.next()) {
    const std::string value = mime::decode_text(field->raw_value);
    out.header.append(field->name).append(": ").append(value).push_back('\n');
    if (base::iequals(field->name, "subject")) out.subject.append(value).push_back('\n');
  }
}

void add_content(MessageText& out, std::string_view content, const mime::Structure& structure) {
  mime::SearchText text = mime::search_text(content, structure, kMaxBody);
  out.from = std::move(text.from);
  out.to = text.to + ' ' + text.cc + ' ' + text.bcc;
  out.body = std::move(text.body);
  out.body.append("\n").append(text.file_names);
  out.has_attachment = !text.file_names.empty();
  out.cut = out.cut || text.cut;
}

void log_damage(store::AccountId account, const store::MessageView& m, const base::Error& error) {
  base::log_error("index_unreadable_message", {{"account", raw(account)}, {"mailbox", raw(m.mailbox)}, {"uid", raw(m.uid)}, {"error", error}});
}

}  // namespace

MessageText read_text(const store::Snapshot& snapshot, store::AccountId account, const store::MessageView& m) {
  MessageText out;
  auto bytes = snapshot.read_all(account, m);
  if (!bytes) {
    log_damage(account, m, bytes.error());
    out.cut = true;
    return out;
  }
  const std::string_view content = std::string_view(*bytes).substr(m.detail.prefix.size());
  const mime::Structure structure = mime::scan(content);
  // Trace fields and the root header are one block for readers: the prefix ends with CRLF.
  add_fields(out, m.detail.prefix);
  add_fields(out, structure.root().header.of(content));
  add_content(out, content, structure);
  auto texts = snapshot.texts(m, kMaxAttachments);
  if (!texts) log_damage(account, m, texts.error());
  out.cut = out.cut || !texts || texts->cut;
  if (texts) out.attachments = std::move(texts->texts);
  return out;
}

}  // namespace indexer
