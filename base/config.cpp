#include "base/config.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/ascii.hpp"
#include "base/config_reader.hpp"
#include "base/domain_name.hpp"

namespace base {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
template <class T>
using Names = std::array<std::pair<std::string_view, T>, 3>;

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kTiB = 1ULL << 40;
constexpr Millis kYear = hours(24 * 366);
constexpr Names<RuleMode> kModes{{{"off", RuleMode::off}, {"observe", RuleMode::observe}, {"enforce", RuleMode::enforce}}};
constexpr Names<Revocation> kRevocations{
    {{"off", Revocation::off}, {"prefer", Revocation::prefer}, {"require", Revocation::require}}};
constexpr Names<RelayTls> kRelayTls{
    {{"off", RelayTls::off}, {"opportunistic", RelayTls::opportunistic}, {"require", RelayTls::require}}};

// std::span deduces nothing from an array of another name, so say the type once here.
template <class T>
std::span<const std::pair<std::string_view, T>> in(const Names<T>& names) { return names; }

bool is_ip_address(const std::string& text) {
  in6_addr buffer{};
  return inet_pton(AF_INET, text.c_str(), &buffer) == 1 || inet_pton(AF_INET6, text.c_str(), &buffer) == 1;
}

Result<std::string> ip_address(std::string_view text) {
  std::string out(text);
  if (!is_ip_address(out)) return fail(Errc::invalid, "must be an IP address");
  return out;
}

Result<std::string> unix_user(std::string_view name) {
  const bool good = !name.empty() && name.size() <= 32 && !is_digit(name[0]) &&
                    std::all_of(name.begin(), name.end(), [](char c) { return is_alnum(c) || c == '_' || c == '-'; });
  if (!good && !name.empty()) return fail(Errc::invalid, "not a user name");
  return std::string(name);
}

Result<std::string> mail_address(std::string_view text) {
  const std::size_t at = text.rfind('@');
  const bool local = at != std::string_view::npos && at > 0 && at <= 64 && std::all_of(text.begin(), text.begin() + std::ptrdiff_t(at), [](char c) { return c > ' ' && c < 127 && std::strchr("<>()[],;:\\\"@", c) == nullptr; });
  if (!local) return fail(Errc::invalid, "not a mail address");
  auto domain = canonical_domain(text.substr(at + 1));
  if (!domain) return domain.error();
  return std::string(text.substr(0, at + 1)) + *domain;
}

// relay = host [":" port] ; host = domain / IPv4 / "[" IPv6 "]"
Result<std::pair<std::string, std::uint16_t>> parse_relay(std::string_view text) {
  std::uint16_t port = 587;
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.rfind(':');
  std::string_view host = text;
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error != std::errc() || stop != end || port == 0) return fail(Errc::invalid, "must be \"host:port\"");
    host = text.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (is_ip_address(std::string(host))) return std::pair{std::string(host), port};
  auto name = canonical_domain(host);
  if (!name) return name.error();
  return std::pair{std::move(*name), port};
}

class Loader {
 public:
  Loader(const toml::table& root, const std::filesystem::path& file)
      : root_(&root, "", "", problems_), directory_(std::filesystem::absolute(file).parent_path()) { out_.file = file; }

  Result<Config> load() {
    read_server();
    read_store();
    read_backup();
    read_smtp();
    read_imap();
    read_small();
    read_encryption();
    read_receipt();
    read_tls();
    read_policy();
    read_retention(root_, directory_, problems_, out_.retention);
    root_.finish();
    check_ports();
    if (!problems_.empty()) return fail(Errc::invalid, problems_.text(out_.file));
    return std::move(out_);
  }

 private:
  Section section(std::string_view name) { return {root_.table(name), std::string(name), directory_, problems_}; }

  void read_server() {
    Section s = section("server");
    s.text("hostname", out_.server.hostname, canonical_domain);
    s.path("data_dir", out_.server.data_dir);
    s.number("threads", out_.server.threads, 0, 256);
    s.text("user", out_.server.user, unix_user);
    std::string level;
    s.text("log_level", level, [this](std::string_view word) -> Result<std::string> {
      const auto parsed = parse_log_level(word);
      if (!parsed) return parsed.error();
      out_.server.log_level = *parsed;
      return std::string(word);
    });
    s.finish();
  }

  void read_store() {
    Section s = section("store");
    StoreConfig& c = out_.store;
    s.size("map_size", c.map_size, 16 * kMiB, 64 * kTiB);
    s.number("max_readers", c.max_readers, 16, 100'000);
    s.number("undelete_days", c.undelete_days, 0, 3650);
    s.duration("collect_every", c.collect_every, seconds(1), hours(24));
    s.size("max_message_size", c.max_message_size, 64 << 10, 1024 * kMiB);  // RFC 5321 4.5.3.1.7: at least 64K octets
    s.size("default_quota", c.default_quota, 0, 64 * kTiB);
    s.finish();
  }

  void read_backup() {
    Section s = section("backup");
    BackupConfig& c = out_.backup;
    s.path("directory", c.directory);
    s.duration("every", c.every, minutes(1), kYear);
    s.number("keep", c.keep, 1, 100'000);
    s.finish();
  }

  void read_smtp() {
    Section s = section("smtp");
    SmtpConfig& c = out_.smtp;
    s.texts("listen", c.listen, ip_address);
    s.number("port", c.port, 0, 65535);
    s.number("submission_port", c.submission_port, 0, 65535);
    s.number("submissions_port", c.submissions_port, 0, 65535);
    s.number("max_recipients", c.max_recipients, 100, 50'000);  // RFC 5321 4.5.3.1.8: "MUST be at least 100"
    s.number("max_connections", c.max_connections, 1, 100'000);
    s.number("max_connections_per_ip", c.max_connections_per_ip, 1, 100'000);
    s.number("max_errors", c.max_errors, 1, 1000);
    s.duration("command_timeout", c.command_timeout, seconds(1), hours(1));
    s.duration("data_timeout", c.data_timeout, seconds(1), hours(1));
    s.durations("retry", c.retry);
    s.duration("queue_lifetime", c.queue_lifetime, minutes(1), kYear);
    read_relay(s, c);
    s.finish();
  }

  void read_relay(Section& s, SmtpConfig& c) {
    std::string relay;
    s.text("relay", relay, [&](std::string_view text) -> Result<std::string> {
      if (text.empty()) return std::string();
      auto parsed = parse_relay(text);
      if (!parsed) return parsed.error();
      c.relay_host = parsed->first;
      c.relay_port = parsed->second;
      return std::string(text);
    });
    s.text("relay_user", c.relay_user);
    s.path("relay_password_file", c.relay_password_file);
    s.choice("relay_tls", c.relay_tls, in(kRelayTls));
    if (c.relay_user.empty() != c.relay_password_file.empty()) {
      s.problem(s.node("relay_user"), "relay_user", "needs relay_password_file, and the other way round");
    }
    const bool local = c.relay_host == "localhost" || c.relay_host == "127.0.0.1" || c.relay_host == "::1";
    if (!c.relay_user.empty() && c.relay_tls != RelayTls::require && !local) {
      s.problem(s.node("relay_tls"), "relay_tls", "must be \"require\" when relay_user is set: a password would go in clear");
    }
  }

  void read_imap() {
    Section s = section("imap");
    ImapConfig& c = out_.imap;
    s.texts("listen", c.listen, ip_address);
    s.number("port", c.port, 0, 65535);
    s.number("imaps_port", c.imaps_port, 0, 65535);
    s.duration("idle_timeout", c.idle_timeout, minutes(30), hours(24));  // RFC 9051 5.4: "MUST be at least 30 minutes"
    s.number("max_connections", c.max_connections, 1, 100'000);
    s.number("max_connections_per_ip", c.max_connections_per_ip, 1, 100'000);
    s.flag("plaintext_loopback", c.plaintext_loopback);
    s.finish();
  }

  void read_http() {
    Section s = section("http");
    HttpConfig& c = out_.http;
    s.texts("listen", c.listen, ip_address);
    s.number("port", c.port, 0, 65535);
    const bool local = std::all_of(c.listen.begin(), c.listen.end(), [](const std::string& a) { return a == "::1" || a.starts_with("127."); });
    c.tls = !local;
    s.flag("tls", c.tls);
    if (!c.tls && !local) s.problem(s.node("tls"), "tls", "must be true where others than this machine can connect: passwords would go in clear");
    s.flag("proxied", c.proxied);
    if (c.proxied && c.tls) s.problem(s.node("proxied"), "proxied", "is for a proxy on this machine that ends TLS: listen on a loopback address, with tls = false");
    s.texts("names", c.names, canonical_domain);
    s.duration("session_idle", c.session_idle, minutes(1), hours(12));
    s.finish();
  }

  void read_small() {
    read_http();
    Section admin = section("admin");
    admin.path("socket", out_.admin.socket);
    admin.flag("sign_in", out_.admin.sign_in);
    constexpr std::size_t kMostPath = 107;  // sockaddr_un.sun_path
    if (out_.admin.socket.native().size() > kMostPath) admin.problem(admin.node("socket"), "socket", "longer than 107 bytes");
    admin.finish();
    Section signature = section("signature");
    signature.choice("revocation", out_.signature.revocation, in(kRevocations));
    signature.number("warn_days", out_.signature.warn_days, 0, 3650);
    signature.flag("two_person", out_.signature.two_person);
    read_algorithms(signature, directory_, problems_, out_.signature.algorithms);
    read_fetching(signature, out_.signature);
    signature.finish();
    Section inspect = section("inspect");
    inspect.number("workers", out_.inspect.workers, 0, 256);
    inspect.size("memory_limit", out_.inspect.memory_limit, 64 * kMiB, kTiB);
    inspect.duration("time_limit", out_.inspect.time_limit, seconds(1), hours(1));
    inspect.path("path", out_.inspect.path);
    inspect.finish();
    Section indexer = section("indexer");
    indexer.duration("interval", out_.indexer.interval, Millis(10), hours(24));
    indexer.finish();
    Section registers = section("registers");
    registers.flag("receipt_notices", out_.registers.receipt_notices);
    registers.finish();
    Section reports = section("reports");
    read_reports(reports, directory_, problems_, out_.reports);
    reports.finish();
    Section exports = section("export");
    exports.path("key", out_.exports.key);
    exports.finish();
    Section quarantine = section("quarantine");
    quarantine.number("keep_days", out_.quarantine.keep_days, 0, 3650);
    quarantine.finish();
    Section audit = section("audit");
    audit.path("key", out_.audit.key);
    audit.path("heads_file", out_.audit.heads_file);
    audit.texts("heads_mail", out_.audit.heads_mail, mail_address);
    audit.duration("heads_every", out_.audit.heads_every, minutes(1), kYear);
    audit.flag("require_reason", out_.audit.require_reason);
    audit.finish();
  }

  // A path is of this directory, as all paths here are; the other two kinds name themselves.
  std::string key_source(std::string_view text) const {
    if (text.empty() || text.starts_with("credential:") || text.starts_with("pkcs11:")) return std::string(text);
    if (text.starts_with("file:")) text.remove_prefix(5);
    return (directory_ / text).string();
  }

  void read_encryption() {
    Section s = section("encryption");
    EncryptionConfig& c = out_.encryption;
    const auto source = [this](std::string_view text) -> Result<std::string> { return key_source(text); };
    s.text("master_key", c.master_key, source);
    s.text("previous_master_key", c.previous_master_key, source);
    std::string index;
    s.text("index", index, [&c](std::string_view word) -> Result<std::string> {
      if (word != "off" && word != "plain") return fail(Errc::invalid, "must be \"off\" or \"plain\"");
      c.index_plain = word == "plain";
      return std::string(word);
    });
    s.finish();
  }

  void read_receipt() {
    Section s = section("receipt");
    ReceiptConfig& c = out_.receipt;
    s.text("key", c.key, [this](std::string_view text) -> Result<std::string> {
      if (text.starts_with("credential:")) return fail(Errc::invalid, "must be a file or a \"pkcs11:...\" URI");
      return key_source(text);
    });
    s.path("certificate", c.certificate);
    s.text("tsa", c.tsa, [](std::string_view text) -> Result<std::string> {
      if (!text.empty() && !text.starts_with("http://")) return fail(Errc::invalid, "must be an http:// address; an answer is signed by itself");
      return std::string(text);
    });
    if (c.key.empty() != c.certificate.empty()) s.problem(nullptr, c.key.empty() ? "key" : "certificate", "is missing: receipts need both");
    s.finish();
  }

  void read_tls() {
    Section s = section("tls");
    s.path("cert", out_.tls.cert);
    s.path("key", out_.tls.key);
    const toml::node* list = s.node("sni");
    if (list != nullptr && !list->is_array_of_tables()) s.problem(list, "sni", "must be [[tls.sni]] tables");
    if (list != nullptr && list->is_array_of_tables()) {
      for (const toml::node& item : *list->as_array()) read_sni(*item.as_table());
    }
    s.finish();
  }

  void read_sni(const toml::table& table) {
    Section s(&table, "tls.sni", directory_, problems_);
    SniCertificate c;
    s.text("name", c.name, canonical_domain);
    s.path("cert", c.cert);
    s.path("key", c.key);
    for (const char* key : {"name", "cert", "key"}) {
      if (!s.has(key)) s.problem(nullptr, key, "is missing");
    }
    s.finish();
    out_.tls.sni.push_back(std::move(c));
  }

  void read_policy() {
    Section s = section("policy");
    s.path("free_providers_file", out_.policy.free_providers_file);
    std::vector<std::string> files;
    s.texts("files", files, [this](std::string_view name) -> Result<std::string> {
      if (name.empty()) return fail(Errc::invalid, "a file's name is empty");
      out_.policy.files.push_back(directory_ / name);
      return std::string(name);
    });
    s.texts("extra_free_providers", out_.policy.extra_free_providers, canonical_domain);
    s.texts("sector_domains", out_.policy.sector_domains, canonical_domain);
    if (const toml::table* rules = s.table("rules")) {
      Section r(rules, "policy.rules", directory_, problems_);
      for (const auto& [key, value] : *rules) {
        RuleMode mode = RuleMode::observe;
        r.choice(key.str(), mode, in(kModes));
        out_.policy.rules[std::string(key.str())] = mode;
      }
    }
    const toml::node* modes = s.node("modes");
    if (modes != nullptr && !modes->is_array_of_tables()) s.problem(modes, "modes", "must be [[policy.modes]] tables");
    if (modes != nullptr && modes->is_array_of_tables()) {
      for (const toml::node& item : *modes->as_array()) read_mode(*item.as_table());
    }
    s.finish();
  }

  void read_mode(const toml::table& table) {
    Section s(&table, "policy.modes", directory_, problems_);
    RuleModeEntry e;
    s.text("rule", e.rule);
    s.choice("mode", e.mode, in(kModes));
    s.text("domain", e.domain, canonical_domain);
    s.text("agency", e.agency);
    std::string day;
    s.text("from", day, [&](std::string_view given) { return read_day(given, [&](Day d) { e.from = d.first; }); });
    s.text("until", day, [&](std::string_view given) { return read_day(given, [&](Day d) { e.until = d.second; }); });
    for (const char* key : {"rule", "mode"}) {
      if (!s.has(key)) s.problem(nullptr, key, "is missing");
    }
    if (e.until && *e.until <= e.from) s.problem(table.get("until"), "until", "is before from");
    s.finish();
    out_.policy.modes.push_back(std::move(e));
  }

  using Day = std::pair<Time, Time>;
  template <class F>
  static Result<std::string> read_day(std::string_view given, F use) {
    const auto day = vietnam_day(given);
    if (!day) return fail(Errc::invalid, "must be a day such as \"2026-11-22\"");
    use(*day);
    return std::string(given);
  }

  struct Bound {
    std::string_view key;
    const std::vector<std::string>* listen;
    std::uint16_t port;
  };

  void check_ports() {
    const std::array bound{Bound{"smtp.port", &out_.smtp.listen, out_.smtp.port},
                           Bound{"smtp.submission_port", &out_.smtp.listen, out_.smtp.submission_port},
                           Bound{"smtp.submissions_port", &out_.smtp.listen, out_.smtp.submissions_port},
                           Bound{"imap.port", &out_.imap.listen, out_.imap.port},
                           Bound{"imap.imaps_port", &out_.imap.listen, out_.imap.imaps_port},
                           Bound{"http.port", &out_.http.listen, out_.http.port}};
    for (std::size_t i = 0; i < bound.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) check_pair(bound[j], bound[i]);
    }
  }

  void check_pair(const Bound& a, const Bound& b) {
    if (a.port == 0 || a.port != b.port) return;
    const bool shared = std::any_of(a.listen->begin(), a.listen->end(), [&](const std::string& address) {
      return std::find(b.listen->begin(), b.listen->end(), address) != b.listen->end();
    });
    if (shared) problems_.add(nullptr, b.key, "the same address and port as " + std::string(a.key));
  }

  Problems problems_;
  Section root_;
  std::filesystem::path directory_;
  Config out_;
};

template <class T>
std::string_view name_of(T value, const Names<T>& names) {
  for (const auto& [name, v] : names) {
    if (v == value) return name;
  }
  return "unknown";
}

}  // namespace

SmtpConfig::SmtpConfig()
    : retry{minutes(5), minutes(15), minutes(30), hours(1), hours(2), hours(4)} {}  // RFC 5321 4.5.4.1: 30 minutes once it drags on

std::string_view to_string(RuleMode mode) { return name_of(mode, kModes); }
std::string_view to_string(Revocation mode) { return name_of(mode, kRevocations); }

// The one place where toml++'s exceptions stop.
Result<toml::table> parse_toml(std::string_view text, const std::filesystem::path& file) {
  try {
    return toml::parse(text, file.string());
  } catch (const toml::parse_error& e) {
    return fail(Errc::invalid, file.string() + ':' + std::to_string(e.source().begin.line) + ": " + std::string(e.description()));
  }
}

Result<Config> parse_config(std::string_view text, const std::filesystem::path& file) {
  const auto table = parse_toml(text, file);
  if (!table) return table.error();
  return Loader(*table, file).load();
}

Result<std::string> read_toml_file(const std::filesystem::path& file) {
  std::ifstream in_file(file, std::ios::binary);
  if (!in_file) return fail(Errc::io, file.string() + ": " + std::strerror(errno));
  std::ostringstream text;
  if (in_file.peek() != std::ifstream::traits_type::eof()) text << in_file.rdbuf();
  if (in_file.bad() || text.bad()) return fail(Errc::io, file.string() + ": cannot be read");
  return text.str();
}

Result<Config> load_config(const std::filesystem::path& file) {
  const auto text = read_toml_file(file);
  if (!text) return text.error();
  return parse_config(*text, file);
}

}  // namespace base
