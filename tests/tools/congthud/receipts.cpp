// Receipts of a running server: made with the mail's own commit, time-stamped by an authority that first fails.
#include <atomic>

#include "base/crypto.hpp"
#include "policy/receipt/receipt.hpp"
#include "tests/support/timestamp.hpp"
#include "tests/tools/congthud/live.hpp"

using namespace tools::test;

namespace {

// An authority on a loopback port: the first exchange ends with 503, later ones with a token.
class Authority {
 public:
  Authority() : identity_(::test::make_certificate(::test::tsa_spec())) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(port_ = free_port());
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    BOOST_REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0 && ::listen(listener_, 8) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~Authority() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/tsa"; }
  int asked() const { return asked_; }

 private:
  void serve() {
    for (int fd; (fd = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(fd)) {
      const timeval limit{5, 0};
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      const std::string body = request(fd);
      const bool ready = ++asked_ > 1 && !body.empty();
      const std::string answer = ready ? ::test::answer_timestamp(body, identity_) : "";
      const std::string all = std::string(ready ? "HTTP/1.1 200 OK" : "HTTP/1.1 503 Busy") + "\r\nContent-Type: application/timestamp-reply\r\nContent-Length: " +
                              std::to_string(answer.size()) + "\r\nConnection: close\r\n\r\n" + answer;
      (void)::send(fd, all.data(), all.size(), MSG_NOSIGNAL);
    }
  }
  static std::string request(int fd) {
    std::string in;
    char chunk[4096];
    for (;;) {
      const std::size_t end = in.find("\r\n\r\n"), field = in.find("Content-Length: ");
      if (end != std::string::npos && field != std::string::npos) {
        const std::size_t size = std::stoul(in.substr(field + 16));
        if (in.size() >= end + 4 + size) return in.substr(end + 4, size);
      }
      const ssize_t n = ::recv(fd, chunk, sizeof chunk, 0);
      if (n <= 0) return {};
      in.append(chunk, std::size_t(n));
    }
  }

  ::test::Identity identity_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> asked_{0};
  std::thread thread_;
};

struct ReceiptOffice {  // a site whose server signs receipts
  Authority authority;
  Live live{[this](const Site& site) {
    ::test::CertSpec spec;
    spec.san.clear();
    spec.key = "p256";
    const auto server = ::test::make_certificate(spec);
    std::ofstream(site.directory + "/receipt.pem") << server.certificate;
    std::ofstream(site.directory + "/receipt-key.pem") << server.key;
    std::filesystem::permissions(site.directory + "/receipt-key.pem", std::filesystem::perms::owner_read);
    const std::string text = Site::replace(site.text(), "data_dir = \"data\"", "data_dir = \"data\"\nthreads = 2");
    std::ofstream(site.file()) << Site::replace(text, "[receipt] ", "[receipt]\nkey = \"receipt-key.pem\"\ncertificate = \"receipt.pem\"\ntsa = \"" +
                                                                        authority.url() + "\"\n#");
  }};
  Json receipts(const std::string& filter = {}) const { return live.get("/receipts" + filter); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(congthud_receipts, ReceiptOffice)

BOOST_AUTO_TEST_CASE(accepted_mail_has_a_receipt_and_refused_mail_has_none) {
  const std::string mail = "From: x@ngoai.vn\r\nTo: an@songla.gov.vn\r\nMessage-ID: <r1@ngoai.vn>\r\nSubject: Xin chao\r\n\r\nNoi dung.\r\n";
  const std::string forged = "Authentication-Results: mail.songla.gov.vn; smime=pass\r\n" + mail;
  BOOST_TEST(live.deliver("an@songla.gov.vn", forged).starts_with("250 "));
  BOOST_TEST(live.deliver("nobody@songla.gov.vn", mail).starts_with("550 "));
  const Json all = receipts("?message_id=" "r1%40ngoai.vn");
  BOOST_TEST_REQUIRE(all.at("receipts").size() == 1u);
  const Json one = all["receipts"][0];
  BOOST_TEST(one.at("sender") == "x@ngoai.vn");
  BOOST_TEST(one.at("recipients").at(0) == "an@songla.gov.vn");
  BOOST_TEST(one.at("channel") == "inbound");
  BOOST_TEST(one.at("received_sha256") == base::hex_encode(base::view(base::sha256(forged))));
  BOOST_TEST(one.at("stored_sha256") == base::hex_encode(base::view(base::sha256(mail))));
  BOOST_TEST(receipts("?address=AN%40songla.gov.vn").at("total") == 1);
  BOOST_TEST(receipts("?address=khac%40songla.gov.vn").at("total") == 0);
  BOOST_TEST(receipts("?from=2020-01-01&to=2020-12-31").at("total") == 0);
  BOOST_TEST(live.admin("GET", "/receipts?limit=0").status == 400);
  BOOST_TEST(live.admin("GET", "/receipts/zz").status == 400);
  BOOST_TEST(live.admin("GET", "/receipts/00000000000000000000000000000000").status == 404);

  // The authority fails once; the receipt waits for it and is whole meanwhile.
  const std::string id = one.at("id");
  Json shown;
  for (int i = 0; i < 600; ++i) {
    shown = live.get("/receipts/" + id);
    if (shown.at("timestamp") == true) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  BOOST_TEST(shown.at("timestamp") == true);
  BOOST_TEST(authority.asked() == 2);
  const auto cms = base::base64_decode(shown.at("signed").get<std::string>());
  BOOST_REQUIRE(cms);
  const auto inside = policy::receipt::statement_of(*cms);
  BOOST_REQUIRE(inside);
  BOOST_TEST(inside->id == id);
  BOOST_TEST(inside->message_id == "<r1@ngoai.vn>");
  BOOST_TEST(live.admin("GET", "/metrics").body.find("congthu_receipts_stamped_total 1") != std::string::npos);
  const std::string lines = live.admin("POST", "/store/check").body;
  const Json check = Json::parse(lines.substr(lines.rfind("{\"schema\"")), nullptr, false);
  BOOST_TEST(check.at("ok") == true);
}

BOOST_AUTO_TEST_SUITE_END()
