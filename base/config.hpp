// The one configuration file, congthu.toml: read once at start and at SIGHUP, checked whole. Every error names line and key,
// and all of them are reported, not only the first. Relative paths are relative to the file. It never holds a password.
// Used by tools (which hands each folder the struct it needs).
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/lang.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace base {

using Millis = std::chrono::milliseconds;

enum class RuleMode : unsigned char { off, observe, enforce };
enum class Revocation : unsigned char { off, prefer, require };
enum class RelayTls : unsigned char { off, opportunistic, require };

std::string_view to_string(RuleMode mode);
std::string_view to_string(Revocation mode);

struct ServerConfig {
  std::string hostname = "localhost";  // EHLO name and authserv-id; canonical
  std::filesystem::path data_dir = "data";
  unsigned threads = 0;  // network threads; 0 = one per processor
  std::string user;      // privileges are dropped to this user once the ports are bound; empty = stay
  LogLevel log_level = LogLevel::info;
};

struct StoreConfig {
  std::uint64_t map_size = 1ULL << 40;  // address space, not disk
  unsigned max_readers = 1024;
  unsigned undelete_days = 30;
  Millis collect_every = std::chrono::seconds(60);
  std::uint64_t max_message_size = 50ULL << 20;
  std::uint64_t default_quota = 5ULL << 30;  // 0 = none
};

struct BackupConfig {
  std::filesystem::path directory;            // empty = no backups by schedule
  Millis every = std::chrono::hours(24);
  unsigned keep = 14;                         // generations
};

struct SmtpConfig {
  std::vector<std::string> listen{"127.0.0.1", "::1"};  // IP addresses
  std::uint16_t port = 25;                              // a port of 0 is not opened
  std::uint16_t submission_port = 587;
  std::uint16_t submissions_port = 465;
  unsigned max_recipients = 1000;  // RFC 5321 4.5.3.1.8 asks for at least 100
  unsigned max_connections = 1000;
  unsigned max_connections_per_ip = 50;
  unsigned max_errors = 20;
  std::string relay_host;  // smarthost; empty = deliver to the MX
  std::uint16_t relay_port = 587;
  std::string relay_user;
  std::filesystem::path relay_password_file;
  RelayTls relay_tls = RelayTls::require;
  Millis command_timeout = std::chrono::minutes(5);  // RFC 5321 4.5.3.2.7
  Millis data_timeout = std::chrono::minutes(3);     // RFC 5321 4.5.3.2.5: between two blocks of data
  std::vector<Millis> retry;                         // waits between attempts; the last one repeats
  Millis queue_lifetime = std::chrono::hours(24 * 5);
  SmtpConfig();
};

struct ImapConfig {
  std::vector<std::string> listen{"127.0.0.1", "::1"};
  std::uint16_t port = 143;
  std::uint16_t imaps_port = 993;
  Millis idle_timeout = std::chrono::minutes(30);  // RFC 9051 5.4: at least 30 minutes
  unsigned max_connections = 4000;
  unsigned max_connections_per_ip = 200;
  bool plaintext_loopback = false;  // LOGIN without TLS from 127.0.0.0/8 and ::1 only
};

// The reports page, with /health and /metrics.
struct HttpConfig {
  std::vector<std::string> listen{"127.0.0.1"};
  std::uint16_t port = 0;
  bool tls = false;                // [tls]'s certificates; always, unless every address is a loopback one
  bool proxied = false;            // a proxy on this machine ends TLS: browsers come by https
  std::vector<std::string> names;  // that the page answers to, besides server.hostname and the addresses
  Millis session_idle = std::chrono::minutes(30);
};

struct AdminConfig {
  std::filesystem::path socket = "admin.sock";
  bool sign_in = false;  // every user of this machine may connect and sign in with a mail account that has a role
};

struct SniCertificate {
  std::string name;  // canonical
  std::filesystem::path cert;
  std::filesystem::path key;
};

struct TlsConfig {
  std::filesystem::path cert = "tls/cert.pem";
  std::filesystem::path key = "tls/key.pem";
  std::vector<SniCertificate> sni;
};

// A rule's mode for a part of the site or of time: an agency's entry (its own or of the nearest above it) beats a domain's, that
// beats [policy.rules]; among equals the later one counts.
struct RuleModeEntry {
  std::string rule;
  RuleMode mode = RuleMode::observe;
  std::string domain, agency;  // canonical; the agency's code. Empty: every one
  Time from{};                 // the first day's start (Asia/Ho_Chi_Minh)
  std::optional<Time> until;   // the end of the last day
};

struct PolicyConfig {
  std::map<std::string, RuleMode, std::less<>> rules;  // only what the file names; the policy folder knows the defaults
  std::vector<RuleModeEntry> modes;
  std::vector<std::filesystem::path> files;            // exchange rules (base/exchange_policy.hpp); a later one beats an earlier one
  std::filesystem::path free_providers_file;           // empty = the built-in list
  std::vector<std::string> extra_free_providers;       // canonical
  std::vector<std::string> sector_domains;             // canonical
};

// How long mail stays, and when the server removes it. An empty list of mailboxes, kinds, domains or agencies means all; a class
// covers what fits each of its lists. Days count from the internal date; 0 = not asked for.
struct RetentionClass {
  std::string name;
  std::vector<std::string> mailboxes;  // canonical name, "NAME/*" = what is below it, "\\Trash" = the one with that special use
  std::vector<std::string> kinds;      // abbreviation or name of the document kind: "CV", "QĐ", "Luật"
  std::vector<std::string> domains;    // canonical
  std::vector<std::string> agencies;   // codes; those below are covered too
  unsigned keep_days = 0;
  unsigned expire_days = 0;
  friend bool operator==(const RetentionClass&, const RetentionClass&) = default;
};
// What `kinds` may name; policy/document knows more about each (a test compares the two).
const std::vector<std::string_view>& retention_kinds();

// From that day on a signature needs these to be more than weak, by the time it is judged for (policy/trust/algorithms.hpp).
struct AlgorithmRow {
  Time from{};                       // the day's start (Asia/Ho_Chi_Minh)
  int rsa_bits = 2048;
  int ec_bits = 256;
  std::vector<std::string> digests;  // of signature_digests(); empty = all of them
};
const std::vector<std::string_view>& signature_digests();

struct SignatureConfig {
  Revocation revocation = Revocation::prefer;
  std::vector<AlgorithmRow> algorithms;
  bool fetch = true;                             // CRLs and OCSP answers over HTTP, from where certificates say
  std::string fetch_proxy;                       // "http://host:port"; empty = none
  std::vector<std::string> fetch_private_hosts;  // lower case; may have addresses inside the network
  Millis fetch_timeout = std::chrono::seconds(30);
  std::uint64_t fetch_limit = 32ULL << 20;       // of one CRL
  Millis pending_limit = std::chrono::hours(24);  // then a verdict that waits for data is final
  unsigned warn_days = 30;           // before the end of a trusted certificate, or of a revocation list's word
  bool two_person = false;           // another administrator confirms each change of what is trusted
};

struct InspectConfig {
  unsigned workers = 2;
  std::uint64_t memory_limit = 512ULL << 20;
  Millis time_limit = std::chrono::seconds(30);
  std::filesystem::path path;  // of congthu-inspect; empty = beside congthud
};

struct IndexerConfig {
  Millis interval = std::chrono::seconds(2);
};

struct ExportConfig {
  std::filesystem::path key = "tls/export-key.pem";  // Ed25519, signs the manifests of exports
};

// The audit log: the key that signs its heads, and the outside reader who keeps them.
struct AuditConfig {
  std::filesystem::path key = "tls/audit-key.pem";  // Ed25519
  std::filesystem::path heads_file;                 // heads are added to it; empty = none
  std::vector<std::string> heads_mail;              // addresses
  Millis heads_every = std::chrono::hours(24);
  bool require_reason = false;                      // of a search in somebody's mailbox
};

// Mail that the policy holds back.
struct QuarantineConfig {
  unsigned keep_days = 30;  // then it is refused; 0 = it stays until somebody decides
};

// Signed receipts of accepted mail; off without a key.
struct ReceiptConfig {
  std::string key;                    // a PEM file or a "pkcs11:..." URI
  std::filesystem::path certificate;  // PEM, the signer's own first
  std::string tsa;                    // "http://..." of a time-stamping authority (RFC 3161); empty = none
};

struct RegistersConfig {
  bool receipt_notices = false;  // tell who sends a document that it came, and its number
};

// A report that the server makes and mails by itself, of the period that has ended.
enum class ReportPeriod : unsigned char { month, quarter, half, year };
struct ReportSchedule {
  std::string name;    // what was sent is remembered by it
  std::string report, by, table, agency;
  ReportPeriod period = ReportPeriod::month;
  unsigned day = 2, hour = 7;         // of the period's next month, Vietnam time; later when the server was down
  std::vector<std::string> formats;   // csv, json, xlsx, html, pdf
  std::vector<std::string> readers;   // addresses; of this site or of official domains, unless it is public
  Lang lang = Lang::vi;
  bool for_all = false;               // its public edition
};

// What reports count by. Days as "2026-09-02".
struct ReportsConfig {
  unsigned active_days = 1;               // a mailbox is active that sent or newly read mail on so many working days of the period
  std::vector<std::string> holidays;      // no working days, though not on a weekend
  std::vector<std::string> working_days;  // working days, though on a weekend
  std::uint64_t public_least = 5;         // a count of persons below it is merged with others in what is published
  std::vector<ReportSchedule> schedule;
  std::vector<std::filesystem::path> tables;  // of indicators (base/indicators.hpp), beside the built-in ones; one with the same id replaces it
};

// Encryption at rest. master_key: a file, "credential:NAME" (systemd) or a "pkcs11:..." URI; empty = none.
struct EncryptionConfig {
  std::string master_key, previous_master_key;
  bool index_plain = false;  // keep a search index, which is not encrypted, of encrypted domains too
};

struct Config {
  std::filesystem::path file;  // where it was read from
  ServerConfig server;
  StoreConfig store;
  BackupConfig backup;
  SmtpConfig smtp;
  ImapConfig imap;
  HttpConfig http;
  AdminConfig admin;
  TlsConfig tls;
  PolicyConfig policy;
  SignatureConfig signature;
  InspectConfig inspect;
  IndexerConfig indexer;
  ExportConfig exports;
  AuditConfig audit;
  QuarantineConfig quarantine;
  ReceiptConfig receipt;
  EncryptionConfig encryption;
  RegistersConfig registers;
  ReportsConfig reports;
  std::vector<RetentionClass> retention;
};

// The error's detail holds one line per problem: "congthu.toml:12: smtp.port: must be between 0 and 65535".
[[nodiscard]] Result<Config> load_config(const std::filesystem::path& file);
// The same from text; file gives the name for messages and the directory for relative paths.
[[nodiscard]] Result<Config> parse_config(std::string_view text, const std::filesystem::path& file);

// What `congthu init` asks for. Ports as on its command line.
struct InitOptions {
  std::string domain;
  std::string hostname{};  // empty = "mail." + domain
  std::string listen = "127.0.0.1";
  std::uint16_t smtp_port = 25;
  std::uint16_t submission_port = 587;
  std::uint16_t submissions_port = 465;
  std::uint16_t imap_port = 143;
  std::uint16_t imaps_port = 993;
  std::uint16_t http_port = 0;
  bool plaintext_loopback = false;
};

// A complete, commented congthu.toml; parse_config() of it succeeds when the domain and the address are good.
std::string default_config_text(const InitOptions& options);

}  // namespace base
