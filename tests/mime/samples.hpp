// Mails that several tests share.
#pragma once
#include <string_view>

namespace samples {

// A mail with alternatives, an embedded multipart message and a PDF: parts 1, 1.1, 1.2, 2 (2.1, 2.2), 3.
inline constexpr std::string_view kMixed =
    "Date: Sun, 22 Nov 2026 09:15:00 +0700\r\nFrom: =?UTF-8?B?VsSDbiB0aMaw?= <van.thu@songla.gov.vn>\r\n"
    "To: \"T\xe1\xbb\x95ng h\xe1\xbb\xa3p\" <tong.hop@suoivang.gov.vn>, nhom: a@x.vn, b@x.vn;\r\nCc: c@x.vn (C)\r\n"
    "Subject: =?UTF-8?Q?B=C3=A1o_c?=\r\n =?UTF-8?Q?=C3=A1o?= \"q\" \\\r\nMessage-ID: <m1@songla.gov.vn>\r\n"
    "In-Reply-To: <r2@songla.gov.vn>\r\nReferences: <r1@songla.gov.vn>\r\n <r2@songla.gov.vn>\r\nX-Note: one\r\nx-note: two\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\npreamble\r\n--out\r\n"
    "Content-Type: multipart/alternative; boundary=alt\r\n\r\n--alt\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nK=C3=ADnh g=E1=BB=ADi qu=C3=BD =\r\nc=C6=A1 quan\r\n> quoted\r\n--alt\r\n"
    "Content-Type: text/html; charset=utf-8\r\n\r\n<p>K\xc3\xadnh</p>\r\n--alt--\r\n--out\r\nContent-Type: message/rfc822\r\n\r\n"
    "Subject: inner\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\nfirst\r\n--in\r\n"
    "Content-Type: text/html\r\n\r\n<b>second</b>\r\n--in--\r\n--out\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\n"
    "Content-Disposition: attachment; filename*=utf-8''t%E1%BB%9D.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--out--\r\nepilogue\r\n";

}  // namespace samples
