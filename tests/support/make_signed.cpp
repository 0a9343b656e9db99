// make_signed: signed samples for shell tests and the demo.
//   make_signed pki DIR [ADDRESS]                          root.pem sub.pem user.pem user.key root.crl sub.crl
//   make_signed sign-mail DIR FROM SUBJECT [ATTACHMENT]    a signed mail on stdout (FROM and SUBJECT are field values)
//   make_signed sign-opaque DIR FROM SUBJECT [ATTACHMENT]
//   make_signed plain-mail FROM SUBJECT [ATTACHMENT]
//   make_signed pdf [NUMBER [STAMP]]                       an unsigned official letter on stdout; STAMP as "MẬT", "KHẨN"
//   make_signed sign-pdf DIR [FILE]                        FILE (or such a letter) signed, on stdout
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "tests/support/signed_mail.hpp"
#include "tests/support/signed_pdf.hpp"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf())) throw std::runtime_error("cannot read " + path.string());
  return std::move(bytes).str();
}

void write(const fs::path& path, const std::string& bytes) {
  if (!(std::ofstream(path, std::ios::binary) << bytes)) throw std::runtime_error("cannot write " + path.string());
}

void pki(const fs::path& dir, const std::string& address) {
  const base::Time now = base::system_clock().now();  // these are used by live servers, whose clock is the real one
  auto around = [now](test::CertSpec s) {
    s.not_before = now - 24h * 30;
    s.not_after = now + 24h * 700;
    return s;
  };
  const test::Identity root = test::make_certificate(around(test::ca_spec("Ví dụ Root CA")));
  const test::Identity sub = test::make_certificate(around(test::ca_spec("Ví dụ Sub CA")), &root);
  test::CertSpec person = around({});
  person.san = "email:" + address;
  const test::Identity user = test::make_certificate(person, &sub);
  fs::create_directories(dir);
  write(dir / "root.pem", root.certificate);
  write(dir / "sub.pem", sub.certificate);
  write(dir / "user.pem", user.certificate);
  write(dir / "user.key", user.key);
  write(dir / "root.crl", test::make_crl(root, {}, now - 24h, now + 24h * 60));
  write(dir / "sub.crl", test::make_crl(sub, {}, now - 24h, now + 24h * 60));
}

test::Identity user_of(const fs::path& dir) { return {read(dir / "user.pem"), read(dir / "user.key")}; }

test::MailSpec mail_of(const std::vector<std::string>& args) {  // FROM SUBJECT [ATTACHMENT]
  test::MailSpec m;
  m.from = args.at(0);
  m.subject = args.at(1);
  if (args.size() > 2) {
    m.attachment = read(args[2]);
    m.attachment_name = fs::path(args[2]).filename().string();
  }
  return m;
}

std::string run(const std::string& command, std::vector<std::string> args) {
  if (command == "pdf") {
    std::vector<test::PdfLine> lines = test::official_letter(args.empty() ? "12/SVD-VP" : args[0]);
    if (args.size() > 1) lines.push_back({130, 715, 14, args[1]});  // where NĐ 30/2020 puts boxes 10a and 10b
    return test::build_pdf(lines);
  }
  if (command == "plain-mail") return test::plain_mail(mail_of(args));
  const fs::path dir = args.at(0);
  args.erase(args.begin());
  if (command == "pki") return pki(dir, args.empty() ? "nguyen.van.an@songla.gov.vn" : args[0]), std::string();
  test::CmsSpec cms;
  cms.extra_certificates = {read(dir / "sub.pem")};
  if (command == "sign-mail") return test::signed_mail(mail_of(args), {user_of(dir)}, cms);
  if (command == "sign-opaque") return test::opaque_mail(mail_of(args), {user_of(dir)}, cms);
  if (command != "sign-pdf") throw std::out_of_range("unknown command");
  test::PdfSignSpec spec;
  spec.cms = cms;
  return test::sign_pdf(args.empty() ? test::build_pdf(test::official_letter()) : read(args[0]), user_of(dir), spec);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) throw std::out_of_range("no command");
  std::cout << run(argv[1], std::vector<std::string>(argv + 2, argv + argc));
  return 0;
} catch (const std::out_of_range& e) {
  std::cerr << "make_signed: " << e.what() << "; usage: make_signed pki|sign-mail|sign-opaque|plain-mail|pdf|sign-pdf ARGS\n";
  return 2;
} catch (const std::exception& e) {
  std::cerr << "make_signed: " << e.what() << "\n";
  return 4;
}
