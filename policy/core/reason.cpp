#include "policy/core/reason.hpp"

#include <algorithm>
#include <array>

namespace policy {
namespace {

struct Row {
  Code code;
  std::string_view name;
  Verdict verdict;
  base::Text text;
};
constexpr Verdict V = Verdict::valid, U = Verdict::unsigned_, W = Verdict::weak, I = Verdict::indeterminate, S = Verdict::spoof,
                  X = Verdict::invalid;

constexpr std::array<Row, std::size_t(Code::kCount)> kRows{{
    {Code::verified, "verified", V, {"chữ ký số hợp lệ", "the signature is valid"}},
    {Code::no_revocation_source, "no_revocation_source", V,
     {"chứng thư không nêu nguồn tra cứu thu hồi", "the certificate names no revocation source"}},
    {Code::revocation_off, "revocation_off", V, {"không kiểm tra thu hồi theo cấu hình", "revocation was not checked, as configured"}},
    {Code::headers_unprotected, "headers_unprotected", V,
     {"tiêu đề, người nhận và ngày của thư không được chữ ký bảo vệ", "subject, recipients and date are not covered by the signature"}},
    {Code::signing_time_shifted, "signing_time_shifted", V,
     {"thời điểm ký do người ký khai lệch 7 giờ (giờ Việt Nam ghi như UTC)",
      "the claimed signing time is 7 hours off (Vietnam time marked as UTC)"}},
    {Code::signer_not_sender, "signer_not_sender", V, {"người cùng ký không phải người gửi", "a further signer who is not the sender"}},
    {Code::certified, "certified", V, {"tài liệu được chứng nhận (DocMDP)", "the document is certified (DocMDP)"}},
    {Code::form_filling, "form_filling", V, {"đã điền biểu mẫu được phép sau khi ký", "permitted form filling after signing"}},
    {Code::document_timestamp, "document_timestamp", V, {"có dấu thời gian của tài liệu", "a document time-stamp was added"}},
    {Code::document_evidence, "document_evidence", V, {"có bổ sung bằng chứng xác thực (DSS)", "validation evidence (DSS) was added"}},
    {Code::further_signature, "further_signature", V, {"có thêm chữ ký tin cậy sau chữ ký này", "a further trusted signature was added"}},
    {Code::pades_level, "pades_level", V, {"mức PAdES của chữ ký", "the signature's PAdES level"}},
    {Code::covers_earlier_revision, "covers_earlier_revision", V,
     {"chữ ký bao trùm toàn bộ phiên bản của nó", "the signature covers the whole of its own revision"}},
    {Code::incoming_stamp_signature, "incoming_stamp_signature", V,
     {"có chữ ký số của dấu đến (cơ quan nhận)", "the receiving agency signed its incoming stamp"}},
    {Code::legal_person_missing, "legal_person_missing", V,
     {"thiếu chữ ký số của người có thẩm quyền trước chữ ký của cơ quan", "no signature of the authorised person before the agency's"}},
    {Code::legal_agency_missing, "legal_agency_missing", V, {"thiếu chữ ký số của cơ quan", "no signature of the agency"}},
    {Code::legal_order, "legal_order", V, {"cơ quan ký trước người có thẩm quyền", "the agency signed before the authorised person"}},
    {Code::legal_issuer_differs, "legal_issuer_differs", V,
     {"chứng thư của cơ quan khác cơ quan ban hành ghi trên văn bản", "the agency's certificate is not of the issuer that the document prints"}},
    {Code::legal_issuer_unknown, "legal_issuer_unknown", V,
     {"không đọc được cơ quan ban hành trên văn bản", "the issuer printed in the document cannot be read"}},
    {Code::legal_date_before, "legal_date_before", V, {"cơ quan ký trước ngày ghi trên văn bản", "the agency signed before the document's date"}},
    {Code::legal_date_late, "legal_date_late", V,
     {"cơ quan ký sau ngày ghi trên văn bản hơn 30 ngày", "the agency signed more than 30 days after the document's date"}},
    {Code::timestamp_verified, "timestamp_verified", V,
     {"thời điểm ký được dấu thời gian tin cậy chứng minh", "a trusted time-stamp proves the time of signing"}},
    {Code::timestamp_not_counted, "timestamp_not_counted", V,
     {"dấu thời gian không dùng được nên không xét theo nó", "a time-stamp does not hold and is not used"}},
    {Code::revoked_after_timestamp, "revoked_after_timestamp", V,
     {"chứng thư bị thu hồi sau thời điểm ký đã được chứng minh", "a certificate was revoked after the proven time of signing"}},
    {Code::headers_protected, "headers_protected", V, {"chữ ký bảo vệ cả tiêu đề của thư", "the signature covers the mail's header fields"}},
    {Code::header_differs, "header_differs", V,
     {"tiêu đề ngoài khác tiêu đề được ký", "a header field outside differs from the signed one"}},
    {Code::content_encrypted, "content_encrypted", V,
     {"nội dung được ký là bản mã, để nguyên không kiểm tra bên trong", "what is signed is encrypted and was not looked into"}},
    {Code::nested_signature, "nested_signature", V, {"bên trong còn một lớp chữ ký", "a further layer of signatures inside"}},
    {Code::certificate_nonconforming, "certificate_nonconforming", V,
     {"chứng thư chưa đúng quy định về trình bày, không ảnh hưởng hiệu lực", "a certificate departs from the profile in a way that decides nothing"}},

    {Code::not_signed, "not_signed", U, {"không có chữ ký số", "there is no signature"}},
    {Code::certificates_only, "certificates_only", U, {"chỉ có chứng thư, không có chữ ký", "certificates only, nobody signed"}},
    {Code::encrypted, "encrypted", U, {"thư được mã hóa, để nguyên không kiểm tra", "the mail is encrypted and passed untouched"}},
    {Code::openpgp_not_judged, "openpgp_not_judged", U, {"chữ ký OpenPGP không được kiểm tra", "OpenPGP signatures are not judged"}},
    {Code::signed_attachment_only, "signed_attachment_only", U,
     {"thư không ký, chỉ thư đính kèm có chữ ký", "the mail is not signed, only an attached mail is"}},

    {Code::weak_digest, "weak_digest", W, {"thuật toán băm yếu (SHA-1, MD5)", "weak digest (SHA-1, MD5)"}},
    {Code::weak_key, "weak_key", W, {"khóa của người ký quá ngắn hoặc lỗi thời", "the signer's key is too short or out of date"}},
    {Code::weak_chain, "weak_chain", W, {"chứng thư cấp trên dùng khóa hoặc hàm băm yếu", "a CA certificate uses a weak key or digest"}},
    {Code::weak_subfilter, "weak_subfilter", W, {"dạng chữ ký PDF cũ adbe.pkcs7.sha1", "the old PDF format adbe.pkcs7.sha1"}},

    {Code::untrusted_issuer, "untrusted_issuer", I,
     {"không nối được tới chứng thư gốc tin cậy", "no path to a trusted anchor"}},
    {Code::signer_certificate_missing, "signer_certificate_missing", I,
     {"thiếu chứng thư của người ký", "the signer's certificate is missing"}},
    {Code::revocation_unavailable, "revocation_unavailable", I,
     {"chưa có dữ liệu thu hồi của chứng thư", "revocation data is missing"}},
    {Code::revocation_stale, "revocation_stale", I, {"dữ liệu thu hồi đã cũ hoặc không dùng được", "revocation data is stale or unusable"}},
    {Code::expired, "expired", I,
     {"chứng thư hết hạn tại thời điểm xét và không có dấu thời gian tin cậy",
      "a certificate had expired at the judging time and there is no trusted time-stamp"}},
    {Code::not_yet_valid, "not_yet_valid", I, {"chứng thư chưa có hiệu lực tại thời điểm xét", "a certificate was not yet valid"}},
    {Code::limit_exceeded, "limit_exceeded", I, {"vượt giới hạn xử lý", "a processing limit was exceeded"}},
    {Code::unsupported_algorithm, "unsupported_algorithm", I, {"thuật toán không được hỗ trợ", "unsupported algorithm"}},
    {Code::unparsable_container, "unparsable_container", I, {"không đọc được cấu trúc tệp", "the file's structure cannot be read"}},
    {Code::header_not_at_start, "header_not_at_start", I, {"tệp PDF không bắt đầu bằng %PDF-", "the PDF header is not at offset 0"}},
    {Code::repaired_xref, "repaired_xref", I,
     {"bảng tham chiếu của PDF hỏng, không sửa để xác thực", "the PDF cross-reference is broken and is not repaired for verification"}},
    {Code::hybrid_xref, "hybrid_xref", I, {"PDF có hai bảng tham chiếu khác nhau", "hybrid-reference PDF"}},
    {Code::encrypted_document, "encrypted_document", I, {"tài liệu PDF được mã hóa", "the PDF is encrypted"}},
    {Code::revision_unreadable, "revision_unreadable", I,
     {"không đọc được trọn phiên bản đã ký để so với phiên bản sau", "the signed revision cannot be read whole, to compare later ones with it"}},
    {Code::further_signature_unverified, "further_signature_unverified", I,
     {"chữ ký thêm sau chưa kiểm chứng được", "a signature that was added later could not be verified"}},
    {Code::unsupported_subfilter, "unsupported_subfilter", I, {"dạng chữ ký PDF không được hỗ trợ", "unsupported PDF signature format"}},
    {Code::signed_file_missing, "signed_file_missing", I,
     {"không thấy tệp mà chữ ký tách rời này ký", "the file that this detached signature signs is not there"}},
    {Code::signed_file_ambiguous, "signed_file_ambiguous", I,
     {"có nhiều tệp có thể là tệp được ký", "several files could be the one that is signed"}},
    {Code::xml_signature_not_verified, "xml_signature_not_verified", I,
     {"có chữ ký XML dạng chưa kiểm tra được", "an XML signature of a form that is not verified"}},

    {Code::from_mismatch, "from_mismatch", S, {"người ký không phải địa chỉ ở From", "From is not the signer"}},
    {Code::from_missing, "from_missing", S, {"thiếu hoặc không đọc được From", "From is missing or unreadable"}},
    {Code::from_several, "from_several", S, {"có nhiều From hoặc nhiều địa chỉ người gửi", "several From fields or mailboxes"}},
    {Code::partially_signed, "partially_signed", S, {"chữ ký chỉ bao trùm một phần thư", "only a part of the mail is signed"}},
    {Code::anchor_not_allowed, "anchor_not_allowed", S,
     {"tổ chức chứng thực này không được chứng nhận tên miền đó", "this anchor may not vouch for that domain"}},
    {Code::name_unusable, "name_unusable", S, {"tên trong chứng thư gây nhầm lẫn hoặc chứa ký tự điều khiển", "a name in the certificate is deceptive or holds control characters"}},
    {Code::certificate_without_address, "certificate_without_address", S,
     {"chứng thư không ghi địa chỉ thư nào", "the certificate names no mail address"}},
    {Code::display_name_address, "display_name_address", S,
     {"tên hiển thị mang một địa chỉ khác", "the display name shows another address"}},
    {Code::signed_file_differs, "signed_file_differs", S,
     {"tệp bên cạnh không phải nội dung được ký", "the file beside the signature is not what it signs"}},
    {Code::package_partly_signed, "package_partly_signed", S,
     {"chữ ký không bao trùm toàn bộ tài liệu", "the signature does not cover the whole document"}},

    {Code::signature_value_bad, "signature_value_bad", X, {"giá trị chữ ký sai", "the signature value is wrong"}},
    {Code::digest_mismatch, "digest_mismatch", X, {"nội dung đã bị thay đổi sau khi ký", "the content was changed after signing"}},
    {Code::signed_attributes_missing, "signed_attributes_missing", X, {"thiếu thuộc tính được ký", "signed attributes are missing"}},
    {Code::signed_attributes_malformed, "signed_attributes_malformed", X, {"thuộc tính được ký sai quy định", "signed attributes are malformed"}},
    {Code::content_in_detached, "content_in_detached", X, {"chữ ký tách rời lại mang nội dung riêng", "a detached signature carries its own content"}},
    {Code::malformed_cms, "malformed_cms", X, {"dữ liệu chữ ký hỏng", "the signature data is malformed"}},
    {Code::malformed_multipart_signed, "malformed_multipart_signed", X, {"thư ký số sai cấu trúc", "malformed multipart/signed"}},
    {Code::revoked, "revoked", X, {"chứng thư đã bị thu hồi", "a certificate was revoked"}},
    {Code::issuer_forged, "issuer_forged", X, {"giả mạo tổ chức chứng thực tin cậy", "forges a trusted issuer"}},
    {Code::path_invalid, "path_invalid", X, {"đường dẫn chứng thực sai quy định", "the certification path breaks the rules"}},
    {Code::wrong_key_usage, "wrong_key_usage", X, {"chứng thư không dùng để ký", "the certificate is not for signing"}},
    {Code::wrong_purpose, "wrong_purpose", X, {"chứng thư không dùng cho mục đích này", "the certificate is for another purpose"}},
    {Code::signing_certificate_mismatch, "signing_certificate_mismatch", X,
     {"chứng thư khác với chứng thư được ký kèm", "not the certificate that the signature names"}},
    {Code::algorithm_protection_mismatch, "algorithm_protection_mismatch", X,
     {"thuật toán khác với thuật toán được bảo vệ", "not the algorithms that the signature protects"}},
    {Code::several_signers, "several_signers", X, {"một chữ ký PDF có nhiều người ký", "one PDF signature with several signers"}},
    {Code::byte_range_bad, "byte_range_bad", X, {"vùng được ký (ByteRange) sai", "wrong ByteRange"}},
    {Code::contents_bad, "contents_bad", X, {"giá trị chữ ký PDF thiếu hoặc hỏng", "the PDF signature's Contents is missing or broken"}},
    {Code::changed_after_signing, "changed_after_signing", X, {"tệp bị thay đổi sau khi ký", "the file was changed after signing"}},
    {Code::certification_misplaced, "certification_misplaced", X,
     {"chữ ký chứng nhận (DocMDP) không phải là chữ ký đầu tiên", "a certification (DocMDP) that is not the first signature"}},
    {Code::hidden_signature, "hidden_signature", X, {"có chữ ký nhưng không thuộc trường chữ ký nào", "a signature that no field holds"}},
    {Code::signature_field_unparsable, "signature_field_unparsable", X, {"trường chữ ký không đọc được", "the signature field cannot be read"}},
    {Code::malformed_xml_signature, "malformed_xml_signature", X, {"chữ ký XML hỏng hoặc sai quy định", "the XML signature is malformed"}},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i)
    if (std::size_t(kRows[i].code) != i) return false;
  return true;
}
static_assert(in_order(), "the table follows enum Code");

const Row& row(Code c) { return kRows[std::size_t(c)]; }

}  // namespace

std::string_view name(Code code) { return row(code).name; }
base::Text text(Code code) { return row(code).text; }
Verdict verdict_of(Code code) { return row(code).verdict; }

std::optional<Code> parse_code(std::string_view s) {
  const auto it = std::find_if(kRows.begin(), kRows.end(), [s](const Row& r) { return r.name == s; });
  return it == kRows.end() ? std::nullopt : std::optional(it->code);
}

std::string text(const Reason& reason, base::Lang lang) {
  std::string out(text(reason.code).in(lang));
  if (!reason.detail.empty()) out.append(": ").append(reason.detail);
  return out;
}

Verdict verdict_of(const Reasons& reasons) {
  Verdict v = Verdict::valid;
  for (const Reason& r : reasons) v = worse(v, verdict_of(r.code));
  return v;
}

bool has(const Reasons& reasons, Code code) {
  return std::any_of(reasons.begin(), reasons.end(), [code](const Reason& r) { return r.code == code; });
}

void add(Reasons& reasons, Code code, std::string detail) {
  Reason r{code, std::move(detail)};
  if (std::find(reasons.begin(), reasons.end(), r) == reasons.end()) reasons.push_back(std::move(r));
}

}  // namespace policy
