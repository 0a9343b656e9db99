#include "mime/build.hpp"

#include <gmime/gmime.h>

#include <mutex>

#include "base/ascii.hpp"
#include "base/handle.hpp"
#include "mime/charset.hpp"

namespace mime {
namespace {

template <class T>
using Object = base::Handle<T, g_object_unref>;  // adopt: transfer full only

bool safe(std::string_view s) { return s.find_first_of(std::string_view("\r\n\0", 3)) == s.npos; }

bool safe(const Outgoing& m) {
  bool ok = safe(m.from_name) && safe(m.from_address) && safe(m.subject) && safe(m.date) && safe(m.message_id) && safe(m.in_reply_to);
  for (const auto& [name, address] : m.to) ok = ok && safe(name) && safe(address) && !address.empty();
  for (const auto& [name, value] : m.fields) ok = ok && safe(name) && safe(value) && name.find_first_of(": ") == name.npos && !name.empty();
  for (const Attachment& a : m.attachments) ok = ok && safe(a.file_name) && safe(a.type);
  return ok && !m.from_address.empty() && !m.to.empty();
}

Object<GMimeObject> part(const char* type, const char* subtype, std::string_view bytes, GMimeContentEncoding encoding, bool utf8) {
  Object<GMimePart> p(g_mime_part_new_with_type(type, subtype));
  Object<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  Object<GMimeDataWrapper> content(g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(p.get(), content.get());
  g_mime_part_set_content_encoding(p.get(), encoding);
  if (utf8) g_mime_object_set_content_type_parameter(GMIME_OBJECT(p.get()), "charset", "utf-8");
  return Object<GMimeObject>(GMIME_OBJECT(p.release()));
}

std::string with_lf(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (char c : s) {
    if (c != '\r' && c != '\0') out.push_back(c);
  }
  return out;
}

Object<GMimeObject> text_part(std::string_view text) {
  const std::string lf = to_utf8(with_lf(text), "utf-8");
  bool long_line = false;
  std::size_t line = 0;
  for (char c : lf) long_line = long_line || (line = c == '\n' ? 0 : line + 1) > 78;
  const bool plain = is_ascii(lf) && !long_line;
  return part("text", "plain", lf, plain ? GMIME_CONTENT_ENCODING_7BIT : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, true);
}

Object<GMimeObject> attachment_part(const Attachment& a) {
  const std::size_t slash = a.type.find('/');
  const bool typed = slash != a.type.npos && slash > 0 && slash + 1 < a.type.size();
  const std::string type = typed ? a.type.substr(0, slash) : "application", subtype = typed ? a.type.substr(slash + 1) : "octet-stream";
  Object<GMimeObject> p = part(type.c_str(), subtype.c_str(), a.bytes, GMIME_CONTENT_ENCODING_BASE64, false);
  g_mime_object_set_disposition(p.get(), "attachment");
  g_mime_part_set_filename(GMIME_PART(p.get()), a.file_name.c_str());
  return p;
}

void add_header(GMimeMessage* m, const char* name, const std::string& value) {
  if (!value.empty()) g_mime_object_set_header(GMIME_OBJECT(m), name, value.c_str(), "utf-8");
}

// GMime's own boundary is random; a fixed one, made unique by the message id, keeps the output deterministic.
void set_boundary(GMimeMultipart* m, std::string_view seed) {
  std::string boundary = "=_congthu_";
  for (char c : seed.substr(0, 40)) boundary.push_back(base::is_alnum(c) ? c : '_');
  g_mime_multipart_set_boundary(m, boundary.c_str());
}

base::Result<std::string> finish(const Outgoing& m, GMimeObject* body) {
  Object<GMimeMessage> message(g_mime_message_new(FALSE));
  add_header(message.get(), "Date", m.date);
  g_mime_message_add_mailbox(message.get(), GMIME_ADDRESS_TYPE_FROM, m.from_name.empty() ? nullptr : m.from_name.c_str(), m.from_address.c_str());
  for (const auto& [name, address] : m.to) {
    g_mime_message_add_mailbox(message.get(), GMIME_ADDRESS_TYPE_TO, name.empty() ? nullptr : name.c_str(), address.c_str());
  }
  g_mime_message_set_subject(message.get(), m.subject.c_str(), "utf-8");
  if (!m.message_id.empty()) g_mime_message_set_message_id(message.get(), m.message_id.c_str());
  if (!m.in_reply_to.empty()) add_header(message.get(), "In-Reply-To", "<" + m.in_reply_to + ">");
  for (const auto& [name, value] : m.fields) add_header(message.get(), name.c_str(), value);
  add_header(message.get(), "MIME-Version", "1.0");
  g_mime_message_set_mime_part(message.get(), body);

  Object<GMimeStream> memory(g_mime_stream_mem_new());
  GMimeFormatOptions* format = g_mime_format_options_new();
  g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
  const ssize_t written = g_mime_object_write_to_stream(GMIME_OBJECT(message.get()), format, memory.get());
  g_mime_format_options_free(format);
  if (written < 0) return base::fail(base::Errc::internal, "GMime could not write the message");
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
  std::string out(reinterpret_cast<const char*>(bytes->data), bytes->len);
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

void field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(name).append(": ");
  for (char c : value) out.push_back(base::is_control(c) ? ' ' : c);  // a remote reply must not add fields
  out.push_back('\n');
}

// RFC 3464 2.1: per-message fields, then per recipient, groups separated by an empty line.
std::string status_text(const Report& r) {
  std::string out;
  field(out, "Original-Envelope-Id", r.envelope_id);
  field(out, "Reporting-MTA", "dns; " + r.reporting_mta);
  field(out, "Arrival-Date", r.arrival_date);
  for (const ReportRecipient& to : r.recipients) {
    out.push_back('\n');
    field(out, "Original-Recipient", to.original_recipient);
    // RFC 6533 3: an address beyond ASCII has the type utf-8.
    field(out, "Final-Recipient", (is_ascii(to.final_recipient) ? "rfc822; " : "utf-8; ") + to.final_recipient);
    field(out, "Action", to.action);
    field(out, "Status", to.status);
    if (!to.remote_mta.empty()) field(out, "Remote-MTA", "dns; " + to.remote_mta);
    if (!to.diagnostic.empty()) field(out, "Diagnostic-Code", "smtp; " + to.diagnostic);
  }
  return out;
}

}  // namespace

void init() {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
}

base::Result<std::string> build_message(const Outgoing& m) {
  if (!safe(m)) return base::fail(base::Errc::invalid, "a header value is missing or holds a line break");
  init();
  Object<GMimeObject> text = text_part(m.text);
  if (m.attachments.empty()) return finish(m, text.get());
  Object<GMimeMultipart> mixed(g_mime_multipart_new_with_subtype("mixed"));
  set_boundary(mixed.get(), m.message_id);
  g_mime_multipart_add(mixed.get(), text.get());
  for (const Attachment& a : m.attachments) g_mime_multipart_add(mixed.get(), attachment_part(a).get());
  return finish(m, GMIME_OBJECT(mixed.get()));
}

base::Result<std::string> build_report(const Report& r) {
  if (!safe(r.message)) return base::fail(base::Errc::invalid, "a header value is missing or holds a line break");
  if (r.recipients.empty()) return base::fail(base::Errc::invalid, "a report needs a recipient");
  init();
  Object<GMimeMultipart> report(g_mime_multipart_new_with_subtype("report"));
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(report.get()), "report-type", "delivery-status");
  set_boundary(report.get(), r.message.message_id);
  g_mime_multipart_add(report.get(), text_part(r.message.text).get());
  const std::string status = status_text(r);
  const bool ascii = is_ascii(status);
  // RFC 6533 4: message/global-delivery-status when it holds UTF-8; encoded so that the report stays 7-bit.
  g_mime_multipart_add(report.get(), part("message", ascii ? "delivery-status" : "global-delivery-status", status,
                                          ascii ? GMIME_CONTENT_ENCODING_7BIT : GMIME_CONTENT_ENCODING_BASE64, false).get());
  if (!r.original_header.empty()) {
    const std::string header = with_lf(r.original_header);
    const auto encoding = is_ascii(header) ? GMIME_CONTENT_ENCODING_7BIT : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
    g_mime_multipart_add(report.get(), part("text", "rfc822-headers", header, encoding, false).get());
  }
  return finish(r.message, GMIME_OBJECT(report.get()));
}

}  // namespace mime
