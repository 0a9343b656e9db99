#include "tools/cli/verify_file.hpp"

#include "base/ascii.hpp"
#include "base/unicode.hpp"
#include "policy/pipeline/examine.hpp"
#include "policy/smime/signature_file.hpp"

namespace cli {
namespace {

using policy::Code;
using policy::SignatureReport;
using policy::VerifyReport;

std::string section_of(const mime::Structure& s, const mime::Part& part) {
  const std::string number = mime::section_number(s, part);
  return number.empty() ? "1" : number;  // the text of a mail of one part
}

// Mail saved with this system's line ends: what was signed had CRLF (RFC 8551 3.1.1). A file with a single CR is taken as it is.
std::string with_network_line_ends(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 32);
  for (const char c : bytes) out.append(c == '\n' ? "\r\n" : std::string_view(&c, 1));
  return out;
}

VerifyReport verify_mail(std::string_view bytes, const Judge& judge) {
  const mime::Structure structure = mime::scan(bytes);
  policy::ExamineOptions options;
  options.times.at = judge.material.at.value_or(base::system_clock().now());
  policy::ContentFacts facts = policy::examine(bytes, structure, judge.inspector, options);
  VerifyReport report = std::move(facts.smime);
  // What an opaque signature wraps has part numbers of its own, so there only the name tells which attachment is meant.
  const bool opaque = structure.root().type == "application" && structure.root().subtype.ends_with("pkcs7-mime");
  for (policy::AttachmentFacts& a : facts.attachments) {
    for (SignatureReport& s : a.signatures) {
      const std::string section = opaque || a.part >= structure.parts.size() ? std::string() : section_of(structure, structure.parts[a.part]);
      s.part = section + (section.empty() || a.file_name.empty() ? "" : " ") + a.file_name;
      report.signatures.push_back(std::move(s));
    }
  }
  return report;
}

VerifyReport not_readable(const std::string& why) {
  VerifyReport report;
  policy::add(report.reasons, Code::unparsable_container, why);
  report.verdict = policy::verdict_of(report.reasons);
  return report;
}

base::Result<VerifyReport> verify_document(std::string_view bytes, std::string_view name, const Judge& judge) {
  const auto facts = judge.inspector.inspect(bytes, "application/octet-stream", name);
  if (!facts) return facts.error();
  if (!facts->signatures_checked) {
    const std::string why = !facts->reason.empty() ? facts->reason : facts->format.empty() ? "not_pdf" : "format_" + facts->format;
    return not_readable(why);
  }
  const std::string verdict = facts->verdict.empty() ? "unsigned" : facts->verdict;
  auto report = policy::parse_verify_report("{\"schema\":\"congthu.verify/1\",\"verdict\":\"" + verdict +
                                            "\",\"reasons\":[],\"signatures\":" + facts->signatures + "}");
  if (!report) return report.error();
  for (const SignatureReport& s : report->signatures)
    for (const policy::Reason& r : s.reasons) policy::add(report->reasons, r.code, r.detail);
  if (report->signatures.empty()) policy::add(report->reasons, Code::not_signed);
  return std::move(*report);
}

}  // namespace

std::optional<FileType> parse_file_type(std::string_view word) {
  if (word.starts_with('.')) word.remove_prefix(1);
  if (base::iequals(word, "eml")) return FileType::eml;
  if (base::iequals(word, "pdf")) return FileType::pdf;
  if (base::iequals(word, "p7m") || base::iequals(word, "p7s") || base::iequals(word, "sig")) return FileType::p7m;
  return std::nullopt;
}

FileType type_of(std::string_view name, std::string_view bytes) {
  // A CMS may hold a PDF from its first bytes on.
  const bool der = bytes.starts_with("\x30\x80") || bytes.starts_with("\x30\x81") || bytes.starts_with("\x30\x82") || bytes.starts_with("\x30\x83") ||
                   bytes.starts_with("\x30\x84");
  if (der && !base::iends_with(name, ".pdf")) return FileType::p7m;
  if (bytes.substr(0, 1024).find("%PDF-") != std::string_view::npos && !base::iends_with(name, ".eml")) return FileType::pdf;
  if (bytes.starts_with("\x30") || bytes.starts_with("-----BEGIN ")) return FileType::p7m;
  const std::size_t dot = name.rfind('.');
  const auto by_name = dot == std::string_view::npos ? std::nullopt : parse_file_type(name.substr(dot));
  // A mail saved as smime.p7m begins with its header; a CMS never begins with a letter.
  if (by_name == FileType::p7m && base::istarts_with(bytes, "content-type:")) return FileType::eml;
  if (base::iends_with(name, ".docx") || bytes.starts_with("PK\x03\x04")) return FileType::pdf;  // a document: the worker says what it is
  if (base::iends_with(name, ".xml") || bytes.starts_with("<?xml") || bytes.starts_with("\xEF\xBB\xBF<?xml")) return FileType::pdf;
  return by_name.value_or(FileType::eml);
}

base::Result<VerifyReport> verify_file(std::string_view bytes, FileType type, std::string_view name, const Judge& judge,
                                       const std::optional<SignedFile>& beside) {
  if (type == FileType::pdf) return verify_document(bytes, name, judge);
  if (type == FileType::eml) return bytes.find('\r') == bytes.npos ? verify_mail(with_network_line_ends(bytes), judge) : verify_mail(bytes, judge);
  const policy::inspect::InspectPool::SignatureFile signature{bytes, beside ? std::optional<std::string_view>(beside->bytes) : std::nullopt, !base::iends_with(name, ".sig")};
  auto report = judge.inspector.verify_cms(signature, {judge.material.at.value_or(base::system_clock().now()), std::nullopt});
  if (report && beside)
    for (SignatureReport& s : report->signatures) s.covers = beside->name;
  return report;
}

}  // namespace cli
