#include <boost/test/unit_test.hpp>

#include "base/encoding.hpp"
#include "base/sasl/sasl.hpp"

using namespace sasl;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

constexpr base::PasswordCost kFew{64, 1, 1};

std::unique_ptr<Server> server(std::string_view mechanism) {
  ServerOptions o;
  o.secret = "server secret";
  o.cost = kFew;
  return std::move(Server::make(mechanism, std::move(o)).value());
}

template <class T>
T is(const Step& step) {
  BOOST_REQUIRE_MESSAGE(std::holds_alternative<T>(step), "another step: " << step.index());
  return std::get<T>(step);
}

void fails(const Step& step, Reason reason) {
  BOOST_TEST(to_string(is<Failed>(step).reason) == to_string(reason));
}

const Credential& pencil() {
  static const Credential c = make_credential("pencil", kFew).value();
  return c;
}

// RFC 7677 3: user "user", password "pencil", this salt, i=4096.
Credential rfc_credential() {
  Credential c;
  c.salt = base::base64_decode("W22ZaJ0SNY7soEsUEjb6gQ==").value();
  c.iterations = 4096;
  derive_scram(c, "pencil");
  return c;
}

constexpr std::string_view kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view kClientFinal =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

std::unique_ptr<Server> rfc_server() {
  ServerOptions o;
  o.secret = "s";
  o.nonce_text = std::string(kServerNonce);
  return std::move(Server::make("scram-sha-256", std::move(o)).value());
}

// A client that follows RFC 5802 itself, to talk to real credentials. Gives the server's last step.
Step scram_login(Server& s, const std::string& user, const std::string& password, std::optional<Credential> found) {
  const std::string bare = "n=" + user + ",r=abc";
  is<NeedCredential>(s.start("n,," + bare));
  const std::string first = is<Challenge>(s.on_credential(std::move(found))).data;
  const std::size_t salt_at = first.find(",s=");
  const std::size_t iterations_at = first.rfind(",i=");
  Credential mine;
  mine.salt = base::base64_decode(first.substr(salt_at + 3, iterations_at - salt_at - 3)).value();
  mine.iterations = unsigned(std::stoul(first.substr(iterations_at + 3)));
  const base::Digest salted = base::pbkdf2_sha256(password, mine.salt, mine.iterations);
  const base::Digest client_key = base::hmac_sha256(base::view(salted), "Client Key");
  const std::string without_proof = "c=biws," + first.substr(0, salt_at);
  const base::Digest stored = base::sha256(base::view(client_key));
  const base::Digest signature = base::hmac_sha256(base::view(stored), bare + ',' + first + ',' + without_proof);
  std::string proof(base::view(client_key));
  for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = char(proof[i] ^ signature[i]);
  return s.step(without_proof + ",p=" + base::base64_encode(proof));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sasl_machines)

BOOST_AUTO_TEST_CASE(the_example_of_rfc_7677_passes) {
  auto s = rfc_server();
  BOOST_TEST(is<Challenge>(s->start(std::nullopt)).data.empty());
  BOOST_TEST(is<NeedCredential>(s->step(kClientFirst)).authcid == "user");
  BOOST_TEST(is<Challenge>(s->on_credential(rfc_credential())).data == kServerFirst);
  BOOST_TEST(is<Challenge>(s->step(kClientFinal)).data == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  const Done done = is<Done>(s->step(""));
  BOOST_TEST(done.authcid == "user");
  BOOST_TEST(done.authzid.empty());
  fails(s->step(""), Reason::out_of_order);
}

BOOST_AUTO_TEST_CASE(every_changed_byte_of_the_final_message_fails) {
  for (std::size_t i = 0; i < kClientFinal.size(); ++i) {
    auto s = rfc_server();
    is<NeedCredential>(s->start(kClientFirst));
    is<Challenge>(s->on_credential(rfc_credential()));
    std::string changed(kClientFinal);
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    is<Failed>(s->step(changed));
  }
}

BOOST_AUTO_TEST_CASE(every_prefix_of_the_scram_messages_fails_or_waits_but_never_logs_in) {
  for (std::size_t n = 0; n < kClientFinal.size(); ++n) {
    auto s = rfc_server();
    is<NeedCredential>(s->start(kClientFirst));
    is<Challenge>(s->on_credential(rfc_credential()));
    is<Failed>(s->step(kClientFinal.substr(0, n)));
  }
  for (std::size_t n = 0; n < kClientFirst.size(); ++n) {
    const Step step = rfc_server()->start(kClientFirst.substr(0, n));
    BOOST_TEST((std::holds_alternative<Failed>(step) || std::holds_alternative<NeedCredential>(step)));
  }
}

BOOST_AUTO_TEST_CASE(scram_refuses_what_its_grammar_forbids) {
  const std::pair<std::string_view, Reason> cases[] = {
      {"", Reason::malformed}, {"n,", Reason::malformed}, {"x,,n=u,r=a", Reason::malformed},
      {"p=tls-unique,,n=u,r=a", Reason::channel_binding}, {"n,,m=x,n=u,r=a", Reason::malformed}, {"n,,n=u", Reason::malformed},
      {"n,,r=a,n=u", Reason::malformed}, {"n,,n=u,r=", Reason::malformed}, {"n,,n=u,r=a b", Reason::malformed},
      {"n,,n=,r=a", Reason::bad_name}, {"n,,n=a=2Db,r=a", Reason::bad_name}, {"n,,n=a=,r=a", Reason::bad_name},
      {"n,,n=a\0b,r=a"sv, Reason::bad_name}, {"n,,n=\xFF,r=a", Reason::bad_name}, {"n,a=,n=u,r=a", Reason::bad_name},
      {"n,b=x,n=u,r=a", Reason::malformed}};
  for (const auto& [text, reason] : cases) {
    BOOST_TEST_CONTEXT(text) fails(server("SCRAM-SHA-256")->start(text), reason);
  }
  auto s = server("SCRAM-SHA-256");
  BOOST_TEST(is<NeedCredential>(s->start("y,a=boss,n=a=2Cb=3Dc,r=x,ext=1")).authcid == "a,b=c");
}

BOOST_AUTO_TEST_CASE(the_binding_must_repeat_the_header_that_came) {
  auto s = rfc_server();
  is<NeedCredential>(s->start("y,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
  is<Challenge>(s->on_credential(rfc_credential()));
  fails(s->step(kClientFinal), Reason::channel_binding);  // says "n,,"
}

BOOST_AUTO_TEST_CASE(the_last_client_message_of_scram_is_empty) {
  auto s = rfc_server();
  is<NeedCredential>(s->start(kClientFirst));
  is<Challenge>(s->on_credential(rfc_credential()));
  is<Challenge>(s->step(kClientFinal));
  fails(s->step("x"), Reason::malformed);
}

BOOST_AUTO_TEST_CASE(scram_logs_in_with_a_stored_credential_and_not_with_another_password) {
  const Credential stored = decode(encode(pencil())).value();
  auto s = server("SCRAM-SHA-256");
  is<Challenge>(scram_login(*s, "lan", "pencil", stored));
  BOOST_TEST(is<Done>(s->step("")).authcid == "lan");
  fails(scram_login(*server("SCRAM-SHA-256"), "lan", "pencils", stored), Reason::wrong_password);
  fails(scram_login(*server("SCRAM-SHA-256"), "lan", "pencil", std::nullopt), Reason::wrong_password);
}

BOOST_AUTO_TEST_CASE(unknown_users_look_like_known_ones) {
  const auto challenge = [](const std::string& user, std::string_view secret) {
    ServerOptions o;
    o.secret = secret;
    o.nonce_text = std::string(24, 'r');
    auto s = std::move(Server::make("SCRAM-SHA-256", std::move(o)).value());
    is<NeedCredential>(s->start("n,,n=" + user + ",r=abc"));
    return is<Challenge>(s->on_credential(std::nullopt)).data;
  };
  BOOST_TEST(challenge("an", "k") == challenge("an", "k"));  // stable
  BOOST_TEST(challenge("an", "k") != challenge("binh", "k"));
  BOOST_TEST(challenge("an", "k") != challenge("an", "other server"));
  auto s = server("SCRAM-SHA-256");
  is<NeedCredential>(s->start("n,,n=an,r=abc"));
  const std::string real = is<Challenge>(s->on_credential(pencil())).data;
  BOOST_TEST(real.size() == challenge("an", "k").size());
  BOOST_TEST(real.substr(real.rfind(",i=")) == challenge("an", "k").substr(real.rfind(",i=")));
}

BOOST_AUTO_TEST_CASE(nonces_differ_between_attempts) {
  const auto first = [] {
    auto s = server("SCRAM-SHA-256");
    is<NeedCredential>(s->start("n,,n=an,r=abc"));
    return is<Challenge>(s->on_credential(pencil())).data;
  };
  BOOST_TEST(first() != first());
}

BOOST_AUTO_TEST_CASE(plain_logs_in_after_the_check_outside) {
  auto s = server("plain");
  BOOST_TEST(is<Challenge>(s->start(std::nullopt)).data.empty());
  BOOST_TEST(is<NeedCredential>(s->step("boss\0lan\0pencil"sv)).authcid == "lan");
  const VerifyPassword job = is<VerifyPassword>(s->on_credential(pencil()));
  BOOST_TEST(verify(job));
  const Done done = is<Done>(s->on_verified(true));
  BOOST_TEST(done.authzid == "boss");
  BOOST_TEST(done.authcid == "lan");
}

BOOST_AUTO_TEST_CASE(plain_with_a_wrong_password_or_an_unknown_user_fails_after_the_same_work) {
  auto s = server("PLAIN");
  is<NeedCredential>(s->start("\0lan\0wrong"sv));
  BOOST_TEST(!verify(is<VerifyPassword>(s->on_credential(pencil()))));
  fails(s->on_verified(false), Reason::wrong_password);

  auto unknown = server("PLAIN");
  is<NeedCredential>(unknown->start("\0nobody\0pencil"sv));
  const VerifyPassword job = is<VerifyPassword>(unknown->on_credential(std::nullopt));
  BOOST_TEST(job.encoded.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
  BOOST_TEST(job.encoded.size() == pencil().argon2.size());
  BOOST_TEST(!verify(job));
  fails(unknown->on_verified(true), Reason::wrong_password);  // even a caller's mistake logs nobody in
}

BOOST_AUTO_TEST_CASE(malformed_plain_messages_fail) {
  const std::pair<std::string_view, Reason> cases[] = {
      {"", Reason::malformed}, {"lan", Reason::malformed}, {"\0lan"sv, Reason::malformed}, {"\0\0pw"sv, Reason::bad_name},
      {"\0lan\0"sv, Reason::malformed}, {"\0lan\0pw\0x"sv, Reason::malformed}, {"\0la\nn\0pw"sv, Reason::bad_name},
      {"a\rb\0lan\0pw"sv, Reason::bad_name}, {"\0lan\0p\x1bw"sv, Reason::malformed}, {"\0\xFF\0pw"sv, Reason::bad_name},
      {"\0lan\0\xC3"sv, Reason::malformed}};
  for (const auto& [text, reason] : cases) fails(server("PLAIN")->start(text), reason);
  fails(server("PLAIN")->start(std::string(1, '\0') + std::string(321, 'a') + '\0' + "pw"), Reason::bad_name);
}

BOOST_AUTO_TEST_CASE(login_asks_for_name_and_password) {
  auto s = server("LOGIN");
  BOOST_TEST(is<Challenge>(s->start(std::nullopt)).data == "Username:");
  BOOST_TEST(is<Challenge>(s->step("lan")).data == "Password:");
  BOOST_TEST(is<NeedCredential>(s->step("pencil")).authcid == "lan");
  BOOST_TEST(verify(is<VerifyPassword>(s->on_credential(pencil()))));
  BOOST_TEST(is<Done>(s->on_verified(true)).authcid == "lan");

  auto with_initial = server("LOGIN");
  BOOST_TEST(is<Challenge>(with_initial->start("lan")).data == "Password:");
  auto nul = server("LOGIN");
  is<Challenge>(nul->start("lan\0root"sv));
  fails(nul->step("pw"), Reason::bad_name);
}

BOOST_AUTO_TEST_CASE(oversize_cancel_and_answers_nobody_asked_for_end_the_attempt) {
  for (std::string_view mechanism : server_mechanisms()) {
    BOOST_TEST_CONTEXT(mechanism) {
      const std::string big(kMaxResponse + 1, 'a');
      fails(server(mechanism)->start(big), Reason::oversize);
      auto later = server(mechanism);
      later->start(std::nullopt);
      fails(later->step(big), Reason::oversize);
      auto cancelled = server(mechanism);
      cancelled->start(std::nullopt);
      fails(cancelled->cancel(), Reason::cancelled);
      fails(cancelled->step("\0lan\0pencil"sv), Reason::out_of_order);
      fails(server(mechanism)->step(""), Reason::out_of_order);
      fails(server(mechanism)->on_credential(pencil()), Reason::out_of_order);
      fails(server(mechanism)->on_verified(true), Reason::out_of_order);
      auto twice = server(mechanism);
      twice->start(std::nullopt);
      fails(twice->start(std::nullopt), Reason::out_of_order);
    }
  }
  BOOST_TEST(!Server::make("CRAM-MD5", {}).has_value());
  BOOST_TEST(!Server::make("", {}).has_value());
}

BOOST_AUTO_TEST_CASE(passwords_are_prepared_as_opaque_strings) {
  BOOST_TEST(prepare_password("Mật khẩu").value() == prepare_password("Ma\xCC\xA3\xCC\x82t kh\xC3\xA2\xCC\x89u").value());
  BOOST_TEST(prepare_password("a\xC2\xA0" "b\xE3\x80\x80" "c").value() == "a b c");
  BOOST_TEST(prepare_password("pass word").value() != prepare_password("Pass word").value());
  for (std::string_view bad : {""sv, "a\0b"sv, "a\tb"sv, "a\x7f"sv, "a\xC2\x85"sv, "\xFF"sv}) BOOST_TEST(!prepare_password(bad).has_value());
}

BOOST_AUTO_TEST_CASE(a_credential_survives_storage_and_damage_is_seen) {
  const std::string text = encode(pencil());
  BOOST_TEST((decode(text).value() == pencil()));
  BOOST_TEST(text.find("pencil") == std::string::npos);
  for (std::size_t n = 0; n < text.size(); ++n) BOOST_TEST(!decode(std::string_view(text).substr(0, n)).has_value());
  BOOST_TEST(!decode('2' + text.substr(1)).has_value());
  BOOST_TEST(!decode(text + '|').has_value());
  Credential greedy = pencil();
  greedy.iterations = 4'000'000'000;
  BOOST_TEST(!decode(encode(greedy)).has_value());
  BOOST_TEST(!make_credential("", kFew).has_value());
}

BOOST_AUTO_TEST_CASE(the_client_speaks_plain_first_and_login_else) {
  auto plain = Client::make("SCRAM-SHA-256 login PLAIN", "u", "p").value();
  BOOST_TEST(plain.mechanism() == "PLAIN");
  BOOST_TEST(plain.initial().value() == "\0u\0p"sv);
  BOOST_TEST(plain.answer("").value() == "\0u\0p"sv);
  BOOST_TEST(!plain.answer("").has_value());
  auto login = Client::make("LOGIN", "u", "p").value();
  BOOST_TEST(!login.initial().has_value());
  BOOST_TEST(login.answer("Username:").value() == "u");
  BOOST_TEST(login.answer("Password:").value() == "p");
  BOOST_TEST(!login.answer("Again:").has_value());
  BOOST_TEST(!Client::make("GSSAPI XOAUTH2", "u", "p").has_value());
  BOOST_TEST(!Client::make("", "u", "p").has_value());
  BOOST_TEST(!Client::make("PLAIN", "u\0x"s, "p").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
