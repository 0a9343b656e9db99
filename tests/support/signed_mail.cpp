#include "tests/support/signed_mail.hpp"

namespace test {

std::string header_of(const MailSpec& mail) {
  std::string h;
  if (!mail.from.empty()) h += "From: " + mail.from + "\r\n";
  return h + "To: " + mail.to + "\r\nSubject: " + mail.subject +
         "\r\nDate: Sun, 22 Nov 2026 09:00:00 +0700\r\nMessage-ID: <1@songla.gov.vn>\r\nMIME-Version: 1.0\r\n";
}

std::string entity_of(const MailSpec& mail) {
  const std::string text = "Content-Type: text/plain; charset=utf-8\r\n\r\n" + mail.text;
  if (mail.attachment.empty()) return text;
  return "Content-Type: multipart/mixed; boundary=\"inner\"\r\n\r\n--inner\r\n" + text + "\r\n--inner\r\nContent-Type: " + mail.attachment_type +
         "; name=\"" + mail.attachment_name + "\"\r\nContent-Disposition: attachment; filename=\"" + mail.attachment_name +
         "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64_lines(mail.attachment) + "\r\n--inner--\r\n";
}

std::string plain_mail(const MailSpec& mail) { return header_of(mail) + entity_of(mail); }

std::string multipart_signed(const std::string& header, const std::string& entity, const std::string& p7s) {
  return header +
         "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"outer\"\r\n\r\n--outer\r\n" +
         entity + "\r\n--outer\r\nContent-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\n"
                  "Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n" +
         base64_lines(p7s) + "\r\n--outer--\r\n";
}

std::string signed_mail(const MailSpec& mail, const std::vector<Identity>& signers, const CmsSpec& spec) {
  const std::string entity = entity_of(mail);
  return multipart_signed(header_of(mail), entity, sign_cms(entity, signers, spec));
}

std::string pkcs7_mail(const std::string& header, const std::string& cms, const std::string& smime_type) {
  return header + "Content-Type: application/pkcs7-mime; smime-type=" + smime_type +
         "; name=\"smime.p7m\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64_lines(cms);
}

std::string opaque_mail(const MailSpec& mail, const std::vector<Identity>& signers, CmsSpec spec) {
  spec.detached = false;
  return pkcs7_mail(header_of(mail), sign_cms(entity_of(mail), signers, spec));
}

}  // namespace test
