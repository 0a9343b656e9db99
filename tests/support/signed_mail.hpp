// Mail for tests: signed detached (multipart/signed), opaque (application/pkcs7-mime), wrapped. Lines end in CRLF.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/pki.hpp"

namespace test {

struct MailSpec {
  std::string from = "Nguyễn Văn An <nguyen.van.an@songla.gov.vn>";  // the field's value; empty = no From field
  std::string to = "le.thi.binh@songla.gov.vn";
  std::string subject = "Cong van so 12/SVD-VP";
  std::string text = "Kinh gui cac don vi, xin gui cong van kem theo.\r\n";
  std::string attachment;                                  // bytes; empty = none
  std::string attachment_name = "cong-van.pdf";
  std::string attachment_type = "application/pdf";
};

std::string header_of(const MailSpec& mail);   // without Content-Type and without the empty line
std::string entity_of(const MailSpec& mail);   // the MIME entity that is signed
std::string plain_mail(const MailSpec& mail);
std::string multipart_signed(const std::string& header, const std::string& entity, const std::string& p7s);
std::string signed_mail(const MailSpec& mail, const std::vector<Identity>& signers, const CmsSpec& spec = {});
std::string pkcs7_mail(const std::string& header, const std::string& cms, const std::string& smime_type = "signed-data");
std::string opaque_mail(const MailSpec& mail, const std::vector<Identity>& signers, CmsSpec spec = {});

}  // namespace test
