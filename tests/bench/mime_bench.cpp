// bench_mime: throughput of the scanner on large bodies, and the CPU cost of scan + summary + encode of a usual 4 KB mail.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>

#include "mime/structure.hpp"
#include "mime/summary.hpp"

namespace {

std::string big_mail(std::size_t bytes) {
  std::string mail = "From: a@songla.gov.vn\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n--b1\r\n"
                     "Content-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  while (mail.size() < bytes) mail += "JVBERi0xLjcKJeLjz9MKMSAwIG9iago8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PgplbmRv\r\n";
  return mail + "--b1--\r\n";
}

std::string usual_mail() {
  std::string mail =
      "Return-Path: <van.thu@songla.gov.vn>\r\nReceived: from mx1.songla.gov.vn (mx1.songla.gov.vn [192.0.2.7])\r\n"
      "\tby mx.suoivang.gov.vn with ESMTPS id 4Fz1; Sun, 22 Nov 2026 09:15:00 +0700\r\n"
      "Date: Sun, 22 Nov 2026 09:14:58 +0700\r\nFrom: =?UTF-8?B?VsSDbiB0aMawIFPhu58gVsOtIGThu6U=?= <van.thu@songla.gov.vn>\r\n"
      "To: =?UTF-8?Q?Ph=C3=B2ng_T=E1=BB=95ng_h=E1=BB=A3p?= <tong.hop@suoivang.gov.vn>, ke.hoach@suoivang.gov.vn\r\n"
      "Subject: =?UTF-8?B?VuG7gSB2aeG7h2MgdHJp4buDbiBraGFpIGvhur8gaG/huqFjaCBuxINtIDIwMjY=?=\r\n"
      "Message-ID: <20261122091458.1234@songla.gov.vn>\r\nReferences: <a1@songla.gov.vn> <a2@songla.gov.vn>\r\n"
      "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"----=_Part_1_2\"\r\n\r\n"
      "------=_Part_1_2\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
  for (int i = 0; i < 16; ++i) mail += "K\xc3\xadnh g\xe1\xbb\xadi qu\xc3\xbd c\xc6\xa1 quan, xin g\xe1\xbb\xadi k\xc3\xa8m v\xc4\x83n b\xe1\xba\xa3n.\r\n";
  mail += "------=_Part_1_2\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<html><body>\r\n";
  while (mail.size() < 4000) mail += "<p>K\xc3\xadnh g\xe1\xbb\xadi qu\xc3\xbd c\xc6\xa1 quan, xin g\xe1\xbb\xadi k\xc3\xa8m v\xc4\x83n b\xe1\xba\xa3n.</p>\r\n";
  return mail + "</body></html>\r\n------=_Part_1_2--\r\n";
}

template <class Work>
double seconds(Work&& work) {
  const std::clock_t start = std::clock();  // CPU time: holds on a busy machine
  work();
  return double(std::clock() - start) / CLOCKS_PER_SEC;
}

}  // namespace

int main() {
  const std::string big = big_mail(std::size_t(64) << 20);
  std::size_t parts = 0;
  double best = 1e9;
  for (int i = 0; i < 8; ++i) best = std::min(best, seconds([&] { parts += mime::scan(big).parts.size(); }));
  std::printf("scan: %.0f MB/s of a %zu MB body\n", double(big.size()) / 1e6 / best, big.size() >> 20);

  const std::string mail = usual_mail();
  constexpr int kRounds = 20000;
  std::size_t bytes = 0;
  const double scan_only = seconds([&] { for (int i = 0; i < kRounds; ++i) parts += mime::scan(mail).parts.size(); });
  const double all = seconds([&] {
    for (int i = 0; i < kRounds; ++i) bytes = mime::encode(mime::make_summary(mail, mime::scan(mail))).size();
  });
  std::printf("usual mail of %zu bytes: scan %.2f us, scan + summary + encode %.2f us, summary %zu bytes (%zu parts seen)\n",
              mail.size(), scan_only / kRounds * 1e6, all / kRounds * 1e6, bytes, parts);
  return 0;
}
