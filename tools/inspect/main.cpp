// congthu-inspect: opens one untrusted document after another inside a sandbox and says what it found.
// Started by policy::inspect::InspectPool with a socket as fd 0 and nothing else; see policy/inspect/frame.hpp for the frames.
#include <fcntl.h>
#include <iconv.h>
#include <libxml/parser.h>
#include <sys/stat.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/unicode.hpp"
#include "policy/document/lines.hpp"
#include "policy/inspect/frame.hpp"
#include "tools/inspect/extract.hpp"
#include "tools/inspect/ocr.hpp"
#include "tools/inspect/sandbox.hpp"
#include "tools/inspect/signatures.hpp"

namespace {
using Json = nlohmann::json;
using policy::inspect::Frame;
using policy::inspect::kForever;

struct Settings {
  tools::inspect::ExtractLimits limits;
  tools::inspect::OcrLimits ocr;
  std::uint32_t memory_mib = 768, index_text = 1u << 20, max_bytes = 64u << 20;
};

Settings settings_of(const Json& hello) {
  Settings s;
  const Json l = hello.value("limits", Json::object());
  s.memory_mib = l.value("memory_mib", s.memory_mib);
  s.index_text = l.value("text", s.index_text);
  s.max_bytes = l.value("bytes", s.max_bytes);
  s.limits.pages = l.value("pages", s.limits.pages);
  s.limits.seconds = l.value("cpu_seconds", s.limits.seconds);
  s.ocr.pages = l.value("ocr_pages", s.ocr.pages);
  s.ocr.seconds = l.value("ocr_seconds", s.ocr.seconds);
  return s;
}

// Libraries open tables at first use; afterwards nothing can be opened. A small PDF and a small XML walk the same paths.
void warm_up() {
  static const iconv_t keep_utf16 = ::iconv_open("UTF-16", "UTF-8");  // poppler converts through these: keep them loaded
  static const iconv_t keep_utf8 = ::iconv_open("UTF-8", "UTF-16");
  (void)keep_utf16;
  (void)keep_utf8;
  (void)base::upper("ế");
  (void)base::nfc("e\xCC\x82\xCC\x81");
  xmlInitParser();
  const char* pdf =
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
      "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
      "4 0 obj<</Length 36>>stream\nBT /F 12 Tf 20 20 Td (warm) Tj ET    \nendstream endobj\n"
      "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n";
  (void)tools::inspect::extract(pdf, {});
  (void)tools::inspect::extract("PK\x03\x04 no archive", {});
}

std::string index_text(const policy::document::Text& text, std::size_t cap) {
  std::string out;
  for (const std::string& page : text.pages) {
    if (!out.empty()) out += '\f';
    out += policy::document::readable(page);
    if (out.size() > cap) break;
  }
  if (out.size() > cap) {
    out.resize(cap);
    while (!out.empty() && (std::uint8_t(out.back()) & 0xC0) == 0x80) out.pop_back();
    if (!out.empty() && std::uint8_t(out.back()) >= 0xC0) out.pop_back();
  }
  return out;
}

using tools::inspect::Extracted;

// Text and fields of one document, and its own signatures.
Json facts_of(std::string_view bytes, const Json& in, const Settings& settings, const tools::inspect::SignatureJudge& judge, Extracted& found) {
  const bool xml = tools::inspect::is_xml(bytes, in.value("type", ""), in.value("name", ""));
  // The tags of an XML file are no text, and what it says is no document that people read.
  if (xml) found.format = "xml";
  else found = tools::inspect::extract(bytes, settings.limits);
  if (settings.ocr.pages > 0 && !found.has_text_layer) tools::inspect::read_pictures(bytes, settings.ocr, found);
  found.text.source = in.value("name", "");
  const auto classified = policy::document::classify(found.text);
  const Json documents = Json::parse(policy::document::to_json(classified));
  Json out = {{"format", found.format}, {"documents", documents["documents"]}, {"pages", found.text.page_count},
              {"has_text_layer", found.has_text_layer}, {"scanned", found.text.scanned ? Json(*found.text.scanned) : Json(nullptr)}, {"reason", found.reason}, {"warnings", found.warnings}};
  judge.add(found.format, bytes, classified, in, out);
  if (found.format != "pdf") judge.add_xml(bytes, xml, settings.limits, in, out);
  return out;
}

// The file of a signature: its own signatures, then those of the document inside.
Json signature_facts(std::string_view blob, const Json& in, const Settings& settings, const tools::inspect::SignatureJudge& judge, Extracted& found) {
  Json own = Json::object();
  const auto inside = judge.add_file(blob, in, own);
  if (!inside) return own;
  Json out = facts_of(*inside, in, settings, judge, found);
  for (Json& one : out["signatures"]) own["signatures"].push_back(std::move(one));
  if (out.contains("until")) own["until"] = own.contains("until") ? std::min(own["until"], out["until"]) : out["until"];
  out.update(own);
  return out;
}

Frame answer(const Frame& request, const Settings& settings, const tools::inspect::SignatureJudge& judge) {
  Json in = Json::parse(request.json, nullptr, false);
  if (!in.is_object()) in = Json::object();
  if (!in.contains("signature") || !in["signature"].is_object()) in.erase("signature");
  tools::inspect::limit_cpu(settings.limits.seconds + (settings.ocr.pages > 0 ? settings.ocr.seconds : 0));
  Json out = Json::object();
  std::string blob;
  if (in.value("what", "") == "document") {
    Extracted found;
    out = in.contains("signature") ? signature_facts(request.blob, in, settings, judge, found) : facts_of(request.blob, in, settings, judge, found);
    blob = index_text(found.text, settings.index_text);
  } else if (in.contains("signature")) {
    judge.verify_cms(in, request.blob, out);
  } else {
    blob = judge.verify_mails(in, request.blob, out);
  }
  out["id"] = in.value("id", 0ull);
  return {out.dump(-1, ' ', false, Json::error_handler_t::replace), std::move(blob)};
}

int refuse(const base::Error& why) {
  (void)policy::inspect::write_frame(0, Json{{"ready", false}, {"error", why.detail()}}.dump(), {}, kForever);
  return 1;
}

int serve() {
  const auto hello = policy::inspect::read_frame(0, kForever);
  if (!hello) return 1;
  const Json config = Json::parse(hello->json, nullptr, false);
  if (!config.is_object() || config.value("schema", "") != "congthu.inspect/1") return 1;
  const Settings settings = settings_of(config);
  const auto judge = tools::inspect::SignatureJudge::make(hello->blob);
  if (!judge) return refuse(judge.error());
  warm_up();
  if (settings.ocr.pages > 0) (void)tools::inspect::load_ocr();  // what it cannot read then says ocr_unavailable
  const auto inside = tools::inspect::enter_sandbox(settings.memory_mib);
  if (!inside) return refuse(inside.error());
  if (!policy::inspect::write_frame(0, Json{{"ready", true}, {"sandbox", *inside}}.dump(), {}, kForever)) return 1;
  for (;;) {
    const auto request = policy::inspect::read_frame(0, kForever, settings.max_bytes);
    if (!request) {
      tools::inspect::unload_ocr();
      return request.error().detail() == "closed" ? 0 : 1;
    }
    const Frame reply = answer(*request, settings, *judge);
    if (!policy::inspect::write_frame(0, reply.json, reply.blob, kForever)) return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--self-test") == 0) return tools::inspect::self_test();
  struct stat st {};
  if (argc != 1 || ::fstat(0, &st) != 0 || !S_ISSOCK(st.st_mode)) {
    std::fputs("congthu-inspect is started by congthud with a socket as standard input. --self-test tries the sandbox.\n", stderr);
    return 2;
  }
  std::setlocale(LC_ALL, "C.UTF-8");
  return serve();
}
