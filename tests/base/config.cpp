#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/config.hpp"

using namespace base;
using namespace std::string_view_literals;

namespace {

const std::filesystem::path kFile = "/srv/ct/congthu.toml";

Config good(std::string_view text) {
  auto c = parse_config(text, kFile);
  BOOST_REQUIRE_MESSAGE(c.has_value(), (c ? "" : c.error().detail()));
  return *c;
}

std::string problems(std::string_view text) {
  const auto c = parse_config(text, kFile);
  return c ? "" : c.error().detail();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config)

BOOST_AUTO_TEST_CASE(an_empty_file_gives_the_defaults) {
  const Config c = good("");
  BOOST_TEST(c.smtp.port == 25);
  BOOST_TEST(c.store.undelete_days == 30u);
  BOOST_TEST(c.store.max_message_size == 50ULL << 20);
  BOOST_TEST(c.server.data_dir == "/srv/ct/data");
  BOOST_TEST(c.admin.socket == "/srv/ct/admin.sock");
  BOOST_TEST(c.tls.key == "/srv/ct/tls/key.pem");
  BOOST_TEST(c.smtp.relay_password_file.empty());
  BOOST_TEST((c.signature.revocation == Revocation::prefer));
  BOOST_TEST(c.smtp.retry.size() == 6u);
}

BOOST_AUTO_TEST_CASE(every_key_is_read) {
  const Config c = good(R"(
[server]
hostname = "Mail.SongLa.gov.vn"
data_dir = "/var/lib/ct"
threads = 3
user = "congthu"
log_level = "debug"
[store]
map_size = "2TiB"
max_readers = 99
undelete_days = 7
max_message_size = 20971520
default_quota = "0"
[smtp]
listen = ["192.0.2.1", "2001:db8::1"]
port = 2525
submission_port = 0
submissions_port = 4465
max_recipients = 200
max_connections = 10
max_connections_per_ip = 5
max_errors = 4
relay = "[2001:db8::2]:26"
relay_user = "u"
relay_password_file = "../relay.pw"
relay_tls = "require"
command_timeout = "10s"
data_timeout = "20s"
retry = ["1m", "2h"]
queue_lifetime = "2d"
[imap]
listen = ["127.0.0.1"]
port = 1143
imaps_port = 1993
idle_timeout = "1h"
max_connections = 11
max_connections_per_ip = 6
plaintext_loopback = true
[http]
listen = ["::1"]
port = 8080
tls = true
names = ["bao-cao.songla.gov.vn"]
session_idle = "5m"
[admin]
socket = "run/a.sock"
[tls]
cert = "c.pem"
key = "/k.pem"
[[tls.sni]]
name = "IMAP.songla.gov.vn"
cert = "i.pem"
key = "i-key.pem"
[policy]
rules = { "free-provider" = "enforce", "late" = "off", "x" = "observe" }
free_providers_file = "free.txt"
files = ["policies/a.toml", "/etc/b.toml"]
extra_free_providers = ["Example.COM"]
sector_domains = ["thuế.vn"]
[[policy.modes]]
rule = "late"
mode = "enforce"
domain = "Songla.gov.vn"
agency = "snv"
from = "2026-01-01"
until = "2026-03-31"
[signature]
revocation = "require"
[[signature.algorithms]]
from = "2031-01-01"
rsa_bits = 3072
digests = ["sha384"]
[inspect]
workers = 1
memory_limit = "128MiB"
time_limit = "3s"
path = "/usr/lib/congthu-inspect"
[indexer]
interval = "500ms"
)");
  BOOST_TEST(c.server.hostname == "mail.songla.gov.vn");
  BOOST_TEST(c.server.data_dir == "/var/lib/ct");
  BOOST_TEST(c.server.threads == 3u);
  BOOST_TEST(c.server.user == "congthu");
  BOOST_TEST((c.server.log_level == LogLevel::debug));
  BOOST_TEST(c.store.map_size == 2ULL << 40);
  BOOST_TEST(c.store.max_readers == 99u);
  BOOST_TEST(c.store.undelete_days == 7u);
  BOOST_TEST(c.store.max_message_size == 20ULL << 20);
  BOOST_TEST(c.store.default_quota == 0u);
  BOOST_TEST((c.smtp.listen == std::vector<std::string>{"192.0.2.1", "2001:db8::1"}));
  BOOST_TEST(c.smtp.port == 2525);
  BOOST_TEST(c.smtp.submission_port == 0);
  BOOST_TEST(c.smtp.submissions_port == 4465);
  BOOST_TEST(c.smtp.max_recipients == 200u);
  BOOST_TEST(c.smtp.max_connections == 10u);
  BOOST_TEST(c.smtp.max_connections_per_ip == 5u);
  BOOST_TEST(c.smtp.max_errors == 4u);
  BOOST_TEST(c.smtp.relay_host == "2001:db8::2");
  BOOST_TEST(c.smtp.relay_port == 26);
  BOOST_TEST(c.smtp.relay_user == "u");
  BOOST_TEST(c.smtp.relay_password_file == "/srv/relay.pw");
  BOOST_TEST((c.smtp.command_timeout == std::chrono::seconds(10)));
  BOOST_TEST((c.smtp.data_timeout == std::chrono::seconds(20)));
  BOOST_TEST((c.smtp.retry == std::vector<Millis>{std::chrono::minutes(1), std::chrono::hours(2)}));
  BOOST_TEST((c.smtp.queue_lifetime == std::chrono::hours(48)));
  BOOST_TEST(c.imap.port == 1143);
  BOOST_TEST(c.imap.imaps_port == 1993);
  BOOST_TEST((c.imap.idle_timeout == std::chrono::hours(1)));
  BOOST_TEST(c.imap.max_connections == 11u);
  BOOST_TEST(c.imap.max_connections_per_ip == 6u);
  BOOST_TEST(c.imap.plaintext_loopback);
  BOOST_TEST(c.http.listen.at(0) == "::1");
  BOOST_TEST(c.http.port == 8080);
  BOOST_TEST((c.http.tls && !c.http.proxied && c.http.names.at(0) == "bao-cao.songla.gov.vn" && c.http.session_idle == std::chrono::minutes(5)));
  BOOST_TEST(c.admin.socket == "/srv/ct/run/a.sock");
  BOOST_TEST(c.tls.cert == "/srv/ct/c.pem");
  BOOST_TEST(c.tls.key == "/k.pem");
  BOOST_REQUIRE(c.tls.sni.size() == 1u);
  BOOST_TEST(c.tls.sni[0].name == "imap.songla.gov.vn");
  BOOST_TEST(c.tls.sni[0].key == "/srv/ct/i-key.pem");
  BOOST_TEST((c.policy.rules == decltype(c.policy.rules){
                                    {"free-provider", RuleMode::enforce}, {"late", RuleMode::off}, {"x", RuleMode::observe}}));
  BOOST_TEST_REQUIRE(c.policy.modes.size() == 1u);
  const RuleModeEntry& mode = c.policy.modes[0];
  BOOST_TEST((mode.rule == "late" && mode.mode == RuleMode::enforce && mode.domain == "songla.gov.vn" && mode.agency == "snv"));
  BOOST_TEST((mode.from == *parse_rfc3339("2026-01-01T00:00:00+07:00") && mode.until == *parse_rfc3339("2026-04-01T00:00:00+07:00")));
  BOOST_TEST(c.policy.free_providers_file == "/srv/ct/free.txt");
  BOOST_TEST((c.policy.files == std::vector<std::filesystem::path>{"/srv/ct/policies/a.toml", "/etc/b.toml"}));
  BOOST_TEST(c.policy.extra_free_providers.at(0) == "example.com");
  BOOST_TEST(c.policy.sector_domains.at(0).starts_with("xn--"));
  BOOST_TEST((c.signature.revocation == Revocation::require));
  BOOST_TEST_REQUIRE(c.signature.algorithms.size() == 1u);
  const AlgorithmRow& row = c.signature.algorithms[0];
  BOOST_TEST((row.from == *parse_rfc3339("2031-01-01T00:00:00+07:00") && row.rsa_bits == 3072 && row.ec_bits == 256));
  BOOST_TEST(row.digests.at(0) == "sha384");
  BOOST_TEST(c.inspect.workers == 1u);
  BOOST_TEST(c.inspect.memory_limit == 128ULL << 20);
  BOOST_TEST((c.inspect.time_limit == std::chrono::seconds(3)));
  BOOST_TEST(c.inspect.path == "/usr/lib/congthu-inspect");
  BOOST_TEST((c.indexer.interval == Millis(500)));
}

BOOST_AUTO_TEST_CASE(all_problems_are_reported_with_line_and_key_in_order) {
  const std::string text = problems(R"([smtp]
port = 70000
relay_password = "x"
listen = ["localhost", 5]
[imap]
idle_timeout = "5m"
plaintext_loopback = "yes"
[nonsense]
[policy]
rules = { late = "maybe" }
)");
  const std::string_view want =
      "/srv/ct/congthu.toml:2: smtp.port: must be between 0 and 65535\n"
      "/srv/ct/congthu.toml:3: smtp.relay_password: passwords never stand in this file; name a file that holds it\n"
      "/srv/ct/congthu.toml:4: smtp.listen: \"localhost\": must be an IP address\n"
      "/srv/ct/congthu.toml:4: smtp.listen: must be a list of strings\n"
      "/srv/ct/congthu.toml:6: imap.idle_timeout: must be between 30m and 1d\n"
      "/srv/ct/congthu.toml:7: imap.plaintext_loopback: must be true or false\n"
      "/srv/ct/congthu.toml:8: nonsense: unknown key\n"
      "/srv/ct/congthu.toml:10: policy.rules.late: must be one of off, observe, enforce";
  BOOST_TEST(text == want);
}

BOOST_AUTO_TEST_CASE(wrong_types_and_ranges_are_named) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"server = 1", ":1: server: must be a table"},
      {"[server]\nhostname = \"a b\"", "server.hostname: domain:"},
      {"[server]\nhostname = 5", "server.hostname: must be a string"},
      {"[server]\nthreads = \"2\"", "server.threads: must be an integer between 0 and 256"},
      {"[http]\nlisten = [\"192.0.2.7\"]\ntls = false", ":3: http.tls: must be true where others"},
      {"[http]\nlisten = [\"192.0.2.7\"]\nproxied = true", ":3: http.proxied: is for a proxy on this machine"},
      {"[server]\nthreads = 2.0", "server.threads: must be an integer"},
      {"[server]\nthreads = -1", "server.threads: must be between"},
      {"[server]\nuser = \"a b\"", "server.user: not a user name"},
      {"[server]\nlog_level = \"loud\"", "server.log_level: must be one of"},
      {"[server]\ndata_dir = \"a\\u0000b\"", "server.data_dir: must not hold a NUL"},
      {"[store]\nmap_size = \"1kB\"", "store.map_size: must be between 16MiB and 64TiB"},
      {"[store]\nmap_size = \"big\"", "store.map_size: does not start with a number"},
      {"[store]\nmap_size = true", "store.map_size: must be a size"},
      {"[smtp]\nmax_recipients = 99", "smtp.max_recipients"},
      {"[smtp]\ncommand_timeout = 5", "smtp.command_timeout: must be a duration"},
      {"[smtp]\nretry = []", "smtp.retry: must not be empty"},
      {"[smtp]\nretry = [\"5\"]", "smtp.retry: \"5\": needs a unit"},
      {"[smtp]\nretry = \"5m\"", "smtp.retry: must be a list"},
      {"[smtp]\nrelay = \"host:0\"", "smtp.relay"},
      {"[smtp]\nrelay = \"host:99999\"", "smtp.relay"},
      {"[smtp]\nrelay_user = \"u\"", "needs relay_password_file"},
      {"[smtp]\nrelay = \"r.vn\"\nrelay_user = \"u\"\nrelay_password_file = \"p\"\nrelay_tls = \"off\"", "in clear"},
      {"[tls]\nsni = 1", "tls.sni: must be [[tls.sni]] tables"},
      {"[policy]\nmodes = 1", "policy.modes: must be [[policy.modes]] tables"},
      {"[[policy.modes]]\nrule = \"x\"", "policy.modes.mode: is missing"},
      {"[[policy.modes]]\nrule = \"x\"\nmode = \"off\"\nfrom = \"1/2/2026\"", "policy.modes.from: must be a day"},
      {"[[policy.modes]]\nrule = \"x\"\nmode = \"off\"\nfrom = \"2026-02-02\"\nuntil = \"2026-02-01\"", "policy.modes.until: is before from"},
      {"[[tls.sni]]\nname = \"a.vn\"", "tls.sni.cert: is missing"},
      {"[imap]\nport = 25", "imap.port: the same address and port as smtp.port"},
      {"[policy]\nsector_domains = [\"a..b\"]", "policy.sector_domains: \"a..b\": domain: empty label"},
      {"[server]\nhostname = \"a\nb\"", "congthu.toml:2:"},
      {"[server]\n[server]", "congthu.toml:2:"},
      {"\xFF\xFE", "congthu.toml:1:"},
      {"[[[[[[[[", "congthu.toml:1:"},
  };
  for (const auto& [text, want] : cases) BOOST_TEST(problems(text).find(want) != std::string::npos, text << " gives " << problems(text));
}

BOOST_AUTO_TEST_CASE(every_prefix_of_a_file_is_answered) {
  const std::string text = default_config_text({.domain = "songla.gov.vn"});
  for (std::size_t n = 0; n < text.size(); n += 7) {
    const auto c = parse_config(text.substr(0, n), kFile);
    BOOST_TEST((c.has_value() || !c.error().detail().empty()));
  }
}

BOOST_AUTO_TEST_CASE(what_init_writes_loads_and_says_what_was_asked) {
  InitOptions o;
  o.domain = "songla.gov.vn";
  o.listen = "127.0.0.2";
  o.smtp_port = 2025;
  o.submission_port = 2587;
  o.submissions_port = 2465;
  o.imap_port = 2143;
  o.imaps_port = 2993;
  o.http_port = 2080;
  o.plaintext_loopback = true;
  const Config c = good(default_config_text(o));
  BOOST_TEST(c.server.hostname == "mail.songla.gov.vn");
  BOOST_TEST((c.smtp.listen == std::vector<std::string>{"127.0.0.2"}));
  BOOST_TEST((c.imap.listen == c.smtp.listen));
  BOOST_TEST(c.smtp.port == 2025);
  BOOST_TEST(c.smtp.submission_port == 2587);
  BOOST_TEST(c.smtp.submissions_port == 2465);
  BOOST_TEST(c.imap.port == 2143);
  BOOST_TEST(c.imap.imaps_port == 2993);
  BOOST_TEST(c.http.port == 2080);
  BOOST_TEST(c.imap.plaintext_loopback);
}

// Each "# key = value" line of the template shows the default: uncommenting them all changes nothing.
BOOST_AUTO_TEST_CASE(the_commented_lines_of_the_template_are_true) {
  std::string text;
  std::istringstream lines(default_config_text({.domain = "songla.gov.vn"}));
  for (std::string line; std::getline(lines, line);) {
    const bool example = line.find("relay") != std::string::npos || line.find("sni") != std::string::npos ||
                         line.find(".example.vn") != std::string::npos || line.find("tls/imap") != std::string::npos;
    const bool shown = line.starts_with("# ") && line.find(" = ") != std::string::npos && line.find("user = ") == std::string::npos;
    text += (shown && !example ? line.substr(2) : line.starts_with("# [") && !example ? line.substr(2) : line) + '\n';
  }
  const Config shown = good(text);
  const Config defaults = good("");
  BOOST_TEST(text.find("\nmap_size") != std::string::npos);
  BOOST_TEST((!shown.http.tls && !good("[http]\nlisten = [\"127.0.0.2\", \"::1\"]").http.tls && good("[http]\nlisten = [\"192.0.2.7\"]").http.tls));
  BOOST_TEST(shown.store.map_size == defaults.store.map_size);
  BOOST_TEST(shown.store.max_readers == defaults.store.max_readers);
  BOOST_TEST(shown.store.default_quota == defaults.store.default_quota);
  BOOST_TEST(shown.store.max_message_size == defaults.store.max_message_size);
  BOOST_TEST((shown.smtp.retry == defaults.smtp.retry));
  BOOST_TEST((shown.smtp.queue_lifetime == defaults.smtp.queue_lifetime));
  BOOST_TEST((shown.smtp.command_timeout == defaults.smtp.command_timeout));
  BOOST_TEST((shown.smtp.data_timeout == defaults.smtp.data_timeout));
  BOOST_TEST(shown.smtp.max_errors == defaults.smtp.max_errors);
  BOOST_TEST((shown.imap.idle_timeout == defaults.imap.idle_timeout));
  BOOST_TEST(shown.inspect.memory_limit == defaults.inspect.memory_limit);
  BOOST_TEST((shown.inspect.time_limit == defaults.inspect.time_limit));
  BOOST_TEST((shown.indexer.interval == defaults.indexer.interval));
  BOOST_TEST((shown.policy.rules.at("free-provider") == RuleMode::enforce));
  BOOST_TEST_REQUIRE(shown.policy.modes.size() == 1u);
  BOOST_TEST(shown.policy.modes[0].agency == "so-vi-du");
  BOOST_TEST_REQUIRE(shown.retention.size() == 1u);
  BOOST_TEST(shown.retention[0].keep_days == 3650u);
}

BOOST_AUTO_TEST_CASE(a_domain_cannot_leave_its_quotes) {
  const auto c = parse_config(default_config_text({.domain = "x\"\n[evil]\n\\"}), kFile);
  BOOST_REQUIRE(!c.has_value());
  BOOST_TEST(c.error().detail().find("server.hostname") != std::string::npos);
  BOOST_TEST(c.error().detail().find("evil:") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read_say_why) {
  const auto missing = load_config("/nonexistent/congthu.toml");
  BOOST_REQUIRE(!missing.has_value());
  BOOST_TEST((missing.error().code() == Errc::io));
  BOOST_TEST(missing.error().detail() == "/nonexistent/congthu.toml: No such file or directory");
  const auto directory = load_config("/tmp");
  BOOST_REQUIRE(!directory.has_value());
  BOOST_TEST((directory.error().code() == Errc::io));
}

BOOST_AUTO_TEST_CASE(a_file_is_loaded_relative_to_itself) {
  const auto dir = std::filesystem::temp_directory_path() / "congthu-config-test";
  std::filesystem::create_directories(dir);
  std::ofstream(dir / "congthu.toml") << default_config_text({.domain = "songla.gov.vn"});
  const auto c = load_config(dir / "congthu.toml");
  std::filesystem::remove_all(dir);
  BOOST_REQUIRE(c.has_value());
  BOOST_TEST(c->server.data_dir == dir / "data");
}

BOOST_AUTO_TEST_CASE(retention_classes_are_read_and_wrong_ones_named_by_line) {
  const Config c = good(R"([[retention]]
name = "cong-van"
mailboxes = ["inbox", "Hồ sơ/*", "\\Trash"]
kinds = ["CV", "QĐ", "Nghị quyết"]
domains = ["SongLa.gov.vn"]
agencies = ["snv"]
keep_days = 3650
expire_days = 3650
[[retention]]
name = "rac"
mailboxes = ["\\Junk"]
expire_days = 30
)");
  BOOST_REQUIRE(c.retention.size() == 2u);
  const RetentionClass first{"cong-van", {"INBOX", "Hồ sơ/*", "\\Trash"}, {"CV", "QĐ", "Nghị quyết"}, {"songla.gov.vn"}, {"snv"}, 3650, 3650};
  BOOST_TEST((c.retention[0] == first));
  BOOST_TEST(c.retention[1].keep_days == 0u);
  const auto one = [](std::string_view lines) { return problems("[[retention]]\nname = \"a\"\n" + std::string(lines)); };
  BOOST_TEST(one("keep_days = 10\nexpire_days = 9\n").find(":4: retention.expire_days: is less than keep_days") != std::string::npos, one("keep_days = 10\nexpire_days = 9\n"));
  BOOST_TEST(one("mailboxes = []\n").find(":1: retention.keep_days: is missing, and so is expire_days") != std::string::npos, one("mailboxes = []\n"));
  BOOST_TEST(one("keep_days = 0\n").find(":3: retention.keep_days: must be between 1 and 36500") != std::string::npos);
  BOOST_TEST(one("expire_days = 36501\n").find(":3: retention.expire_days") != std::string::npos);
  BOOST_TEST(one("keep_days = 1\nkinds = [\"ABC\"]\n").find(":4: retention.kinds: \"ABC\": no such document kind") != std::string::npos);
  BOOST_TEST(one("keep_days = 1\nmailboxes = [\"\\\\Spam\"]\n").find(":4: retention.mailboxes: \"\\Spam\": no such special use") != std::string::npos, one("keep_days = 1\nmailboxes = [\"\\\\Spam\"]\n"));
  BOOST_TEST(one("keep_days = 1\nmailboxes = [\"a//b\"]\n").find(":4: retention.mailboxes") != std::string::npos);
  BOOST_TEST(one("keep_days = 1\nkeep = 3\n").find(":4: retention.keep: unknown key") != std::string::npos);
  BOOST_TEST(one("keep_days = 1\n[[retention]]\nname = \"a\"\nkeep_days = 1\n").find(":5: retention.name: there are two") != std::string::npos);
  BOOST_TEST(problems("[[retention]]\nkeep_days = 1\n").find(":1: retention.name: is missing") != std::string::npos);
  BOOST_TEST(problems("[retention]\nname = \"a\"\n").find(":1: retention: must be [[retention]] tables") != std::string::npos, problems("[retention]\nname = \"a\"\n"));
}

BOOST_AUTO_TEST_SUITE_END()
