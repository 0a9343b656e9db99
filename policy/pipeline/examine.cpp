#include "policy/pipeline/examine.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "mime/decode.hpp"
#include "mime/document_part.hpp"
#include "mime/header.hpp"
#include "policy/smime/attached_signature.hpp"

namespace policy {
namespace {

// The worker's answer carries the array of CONTRACT 1 only; the reader of the core takes the whole report.
std::vector<SignatureReport> signatures_of(const inspect::Facts& facts) {
  if (!facts.signatures_checked) return {};
  const std::string verdict = facts.verdict.empty() ? "unsigned" : facts.verdict;
  auto report = parse_verify_report("{\"schema\":\"congthu.verify/1\",\"verdict\":\"" + verdict +
                                    "\",\"reasons\":[],\"signatures\":" + facts.signatures + "}");
  return report ? std::move(report->signatures) : std::vector<SignatureReport>{};
}

SignatureReport not_judged(const std::string& name, const std::string& why) {
  SignatureReport r;
  r.layer = Layer::pdf;
  r.part = name;
  r.verdict = Verdict::indeterminate;
  add(r.reasons, Code::unparsable_container, why);
  return r;
}

std::string hex_digest(std::string_view bytes) { return base::hex_encode(base::view(base::sha256(bytes))); }

std::optional<inspect::InspectPool::Times> times_of(const ExamineOptions& options) {
  return options.past ? std::optional(options.times) : std::nullopt;
}

void take(base::Result<inspect::Facts> facts, AttachmentFacts& a) {
  if (!facts) {
    a.reason = "inspection_unavailable";
    a.signatures = {not_judged(a.file_name, a.reason)};
    return;
  }
  a.documents = std::move(facts->documents);
  a.scanned = facts->scanned;
  a.text = std::move(facts->text);
  a.reason = facts->reason;
  a.signatures = signatures_of(*facts);
  if (!facts->signatures_checked && !a.reason.empty()) a.signatures = {not_judged(a.file_name, a.reason)};
}

AttachmentFacts inspect_part(const mime::Part& part, std::string_view body, std::uint32_t index, inspect::InspectPool& inspector,
                             const ExamineOptions& options) {
  AttachmentFacts a;
  a.part = index;
  a.file_name = mime::file_name(part);
  const std::string bytes = mime::decode(body, mime::encoding_of(part.encoding), options.max_document + 1);
  a.digest = hex_digest(bytes);
  if (bytes.size() > options.max_document) {
    a.reason = "too_large";
    a.signatures = {not_judged(a.file_name, a.reason)};
    return a;
  }
  take(inspector.inspect(bytes, part.type + "/" + part.subtype, a.file_name, times_of(options)), a);
  return a;
}

SignatureReport without_file(Code why, std::string detail = {}) {
  SignatureReport r;
  add(r.reasons, why, std::move(detail));
  r.verdict = verdict_of(why);
  return r;
}

// A signature file is judged with the one file that it names.
AttachmentFacts inspect_signature(const mime::Structure& s, std::string_view content, const smime::AttachedSignature& found,
                                  inspect::InspectPool& inspector, const ExamineOptions& options) {
  const mime::Part& part = s.parts[found.part];
  AttachmentFacts a;
  a.part = found.part;
  a.file_name = mime::file_name(part);
  const auto own = smime::attached_bytes(part, content);
  a.digest = hex_digest(own ? *own : std::string_view(part.body.of(content)));
  std::optional<std::string> beside;
  if (found.signs != mime::kNoPart) beside = smime::attached_bytes(s.parts[found.signs], content);
  if (beside) a.covers = hex_digest(*beside);
  if (found.ambiguous) return a.signatures = {without_file(Code::signed_file_ambiguous)}, a;
  if (!own || (found.signs != mime::kNoPart && !beside))
    return a.signatures = {without_file(Code::unparsable_container, "transfer encoding")}, a;
  if (own->size() + (beside ? beside->size() : 0) > options.max_document) {
    a.reason = "too_large";
    return a.signatures = {without_file(Code::limit_exceeded, a.reason)}, a;
  }
  inspect::InspectPool::SignatureFile file{*own, std::nullopt, found.form == smime::SignatureForm::cms};
  if (beside) file.beside = *beside;
  take(inspector.inspect(file, a.file_name, times_of(options)), a);
  if (beside)
    for (SignatureReport& r : a.signatures)
      if (r.layer == Layer::smime) r.covers = mime::file_name(s.parts[found.signs]);
  return a;
}

// Most mail holds no CMS and costs no exchange with a worker.
smime::SmimeResult verify_mail(std::string_view content, const mime::Structure& structure, inspect::InspectPool& inspector,
                               const inspect::InspectPool::Times& times) {
  smime::SmimeResult out;
  if (auto report = smime::report_without_cms(structure)) return out.report = *std::move(report), out;
  auto judged = inspector.verify_mails(std::span(&content, 1), times);
  if (judged) return std::move(judged->front());
  add(out.report.reasons, Code::unparsable_container, "inspection_unavailable");
  out.report.verdict = verdict_of(out.report.reasons);
  return out;
}

void addresses(std::string_view header, ContentFacts& facts) {
  mime::HeaderReader reader(header);
  while (const auto field = reader.next()) {
    std::vector<mime::Mailbox>* to = nullptr;
    if (base::iequals(field->name, "From")) {
      ++facts.from_fields;
      to = &facts.from;
    } else if (base::iequals(field->name, "Sender")) {
      to = &facts.sender;
    } else if (base::iequals(field->name, "Reply-To")) {
      to = &facts.reply_to;
    }
    if (to == nullptr) continue;
    auto list = mime::parse_addresses(field->raw_value, 100);
    std::move(list.mailboxes.begin(), list.mailboxes.end(), std::back_inserter(*to));
  }
}

void inspect_parts(std::string_view content, const mime::Structure& structure, inspect::InspectPool& inspector,
                   const ExamineOptions& options, std::vector<AttachmentFacts>& out) {
  const auto signatures = smime::attached_signatures(content, structure);
  auto signature = signatures.begin();
  for (std::uint32_t i = 0; i < structure.parts.size(); ++i) {
    const mime::Part& part = structure.parts[i];
    const bool is_signature = signature != signatures.end() && signature->part == i;
    if (!is_signature && !mime::may_be_document(part, content)) continue;
    if (out.size() < options.max_attachments) {
      out.push_back(is_signature ? inspect_signature(structure, content, *signature++, inspector, options)
                                 : inspect_part(part, part.body.of(content), i, inspector, options));
      continue;
    }
    if (is_signature) ++signature;
    AttachmentFacts skipped;
    skipped.part = i;
    skipped.file_name = mime::file_name(part);
    skipped.reason = "too_many_attachments";
    skipped.signatures = {not_judged(skipped.file_name, skipped.reason)};
    out.push_back(std::move(skipped));
  }
}

}  // namespace

ContentFacts examine(std::string_view content, const mime::Structure& structure, inspect::InspectPool& inspector, const ExamineOptions& options) {
  ContentFacts facts;
  facts.content = content;
  facts.structure = &structure;
  addresses(structure.root().header.of(content), facts);
  smime::SmimeResult smime = verify_mail(content, structure, inspector, options.times);
  facts.smime = std::move(smime.report);
  inspect_parts(content, structure, inspector, options, facts.attachments);
  // What an opaque signature wraps is what the reader sees, so it is inspected like everything else.
  if (smime.opaque) inspect_parts(*smime.opaque, mime::scan(*smime.opaque), inspector, options, facts.attachments);
  return facts;
}

std::string authentication_results(std::string_view authserv_id, const VerifyReport& smime) {
  std::string field = "Authentication-Results: ";
  field.append(authserv_id).append(";\r\n\t").append(auth_results_clause(smime)).append("\r\n");
  return field;
}

}  // namespace policy
