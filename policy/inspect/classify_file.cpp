#include "policy/inspect/classify_file.hpp"

#include "base/ascii.hpp"
#include "mime/decode.hpp"
#include "mime/structure.hpp"

namespace policy::inspect {
namespace {
constexpr std::size_t kMaxParts = 200;

// A mail begins with a field of RFC 5322 3.6 or a trace field; a document never does.
bool looks_mail(std::string_view s) {
  for (std::string_view f : {"Return-Path:", "Received:", "From:", "Date:", "Message-ID:", "MIME-Version:", "Delivered-To:", "Subject:", "To:", "DKIM-Signature:", "Content-Type:"})
    if (base::istarts_with(s, f)) return true;
  return false;
}

bool is_body(const mime::Part& p) { return p.type == "text" && p.disposition != "attachment" && mime::file_name(p).empty(); }
}  // namespace

base::Result<std::vector<FileFacts>> classify_file(std::string_view bytes, std::string_view kind, std::string_view name, InspectPool& pool) {
  std::vector<FileFacts> out;
  const auto add = [&](std::string_view content, std::string_view type, std::string source) -> base::Result<> {
    base::Result<Facts> facts = pool.inspect(content, type, source);
    if (!facts) return facts.error();
    for (auto& d : facts->documents) d.source = source;
    out.push_back({std::move(source), std::move(*facts)});
    return {};
  };
  if (kind != "eml" && !(kind.empty() && looks_mail(bytes))) {
    if (auto r = add(bytes, kind, std::string(name)); !r) return r.error();
    return out;
  }
  const mime::Structure structure = mime::scan(bytes);
  for (std::size_t i = 0; i < structure.parts.size() && out.size() < kMaxParts; ++i) {
    const mime::Part& p = structure.parts[i];
    if (p.is_multipart() || p.is_message()) continue;
    const bool body = is_body(p);
    const std::string file = mime::file_name(p);
    const std::string content = body ? mime::decoded_text(p, bytes) : mime::decode(bytes.substr(p.body.offset, p.body.size), mime::encoding_of(p.encoding));
    if (content.empty()) continue;
    const std::string source = body ? "body" : file.empty() ? "part " + std::to_string(i) : file;
    if (auto r = add(body && p.subtype == "html" ? mime::html_to_text(content) : content, p.type + "/" + p.subtype, source); !r) return r.error();
  }
  return out;
}

std::vector<document::Document> documents_of(const std::vector<FileFacts>& files) {
  std::vector<document::Document> out;
  for (const FileFacts& f : files) out.insert(out.end(), f.facts.documents.begin(), f.facts.documents.end());
  return out;
}

}  // namespace policy::inspect
