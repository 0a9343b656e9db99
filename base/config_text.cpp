// The congthu.toml that `congthu init` writes: every key, what is not asked for at its default and commented out.
#include "base/config.hpp"

namespace base {
namespace {

constexpr std::string_view kTemplate = R"toml(# Configuration of Công Thư. Relative paths start at this file's directory. Check it with: congthu config check
# A key behind "#" shows its default. Passwords never stand in this file.

[server]
hostname = @HOSTNAME@      # the name in EHLO, in Received and Authentication-Results fields
data_dir = "data"
# threads = 0               # network threads; 0 = one per processor
# user = "congthu"          # when started as root: become this user once the ports are bound
# log_level = "info"        # debug, info, warn, error, off

[store]
# map_size = "1TiB"         # address space of the database, not disk
# max_readers = 1024
# undelete_days = 30        # expunged mail can be brought back for so long
# collect_every = "60s"     # how often what nobody can ask for any more is removed
# max_message_size = "50MiB"
# default_quota = "5GiB"    # of an account; 0 = none

[backup]
# directory = "/srv/backup/congthu"   # backups of the store by schedule; none without it
# every = "1d"
# keep = 14                 # so many generations; older ones are forgotten

[smtp]
listen = [@LISTEN@]
port = @SMTP_PORT@                 # mail from other servers; a port of 0 is not opened
submission_port = @SUBMISSION_PORT@     # STARTTLS
submissions_port = @SUBMISSIONS_PORT@    # TLS from the first byte
# max_recipients = 1000
# max_connections = 1000
# max_connections_per_ip = 50
# max_errors = 20           # wrong commands before the connection is closed
# command_timeout = "5m"
# data_timeout = "3m"
# retry = ["5m", "15m", "30m", "1h", "2h", "4h"]   # waits between attempts; the last one repeats
# queue_lifetime = "5d"     # then the sender gets a bounce
# relay = "relay.example.vn:587"   # send everything outbound through this host instead of to the MX
# relay_user = ""
# relay_password_file = ""  # holds only the password
# relay_tls = "require"     # off, opportunistic, require

[imap]
listen = [@LISTEN@]
port = @IMAP_PORT@                # STARTTLS
imaps_port = @IMAPS_PORT@          # TLS from the first byte
plaintext_loopback = @PLAINTEXT@ # LOGIN without TLS, from 127.0.0.0/8 and ::1 only
# idle_timeout = "30m"
# max_connections = 4000
# max_connections_per_ip = 200

[http]
listen = [@LISTEN@]
port = @HTTP_PORT@                  # reports page, /health, /metrics; 0 = off
# tls = false               # the certificates of [tls]; always true unless it listens on 127.0.0.0/8 and ::1 only
# proxied = false           # true: a proxy on this machine ends TLS for it
# names = []                # names that browsers may know the page by, besides server.hostname
# session_idle = "30m"      # who does nothing for so long signs in again

[admin]
socket = "admin.sock"
# sign_in = false           # true: every user of this machine may connect, and signs in with a mail account
#                           # that has a role: congthu role grant, congthu --as ACCOUNT

[tls]
cert = "tls/cert.pem"
key = "tls/key.pem"
# [[tls.sni]]               # another certificate for clients that ask for another name
# name = "imap.example.vn"
# cert = "tls/imap.pem"
# key = "tls/imap-key.pem"

[policy]
# files = []                # exchange rules as data, such as etc/policies/nd-30-2020.toml; a later file beats an earlier one
# free_providers_file = ""  # one domain a line; the built-in list otherwise
# extra_free_providers = []
# sector_domains = []       # official mail systems outside gov.vn that officials may use
# [policy.rules]            # off, observe, enforce; what is not named keeps its own default
# free-provider = "enforce"
# [[policy.modes]]          # for a domain, or an agency and what is below it, or some days only
# rule = "sender-identity"
# mode = "observe"
# agency = "so-vi-du"
# from = "2026-01-01"
# until = "2026-03-31"

# [[retention]]             # how long mail stays; as many as there are kinds of mail (see tools/congthud/README.md)
# name = "cong-van"
# mailboxes = ["INBOX", "Sent"]   # "X/*": below X; "\\\\Trash", "\\\\Junk": by special use; none = all
# kinds = ["CV", "QĐ"]      # of the documents attached; none = any mail
# domains = []              # none = all; so do agencies, each with those below it
# agencies = []
# keep_days = 3650          # whatever users do, the content stays so long
# expire_days = 4000        # the server expunges what is older

[registers]
# receipt_notices = false   # tell agencies that send a document that it came, and its number in the register

[reports]
# active_days = 1           # a mailbox is active when it sent or newly read mail on so many working days of the period
# holidays = []             # no working days: "2026-09-02", ...; without them Monday to Friday
# working_days = []         # Saturdays and Sundays that are worked, as the year's decree says
# public_least = 5          # counts of persons below it are merged with others in what is published
# tables = []               # files of indicators (etc/reports) beside the built-in ones; one with the same id replaces it

# [[reports.schedule]]      # made and mailed by the server, as many as there are readers' wishes
# name = "bao-cao-thang"
# report = "mailboxes"      # as congthu report names them; by, table and agency as there
# period = "last-month"     # last-quarter, last-half, last-year
# day = 2                   # of the month after it (1-28), at hour = 7
# formats = ["pdf", "xlsx"] # csv, json, html
# readers = ["vanphong@example.gov.vn"]
# public = false            # true: the public edition, without persons

[signature]
# revocation = "prefer"     # require, prefer, off
# fetch = true              # CRLs and OCSP answers over HTTP, from where the certificates say; only from public addresses
# fetch_private_hosts = []  # hosts inside the network that may be asked too, e.g. "ocsp.ca.gov.vn"
# fetch_proxy = ""          # "http://proxy:3128"; it then resolves names, and needs rules of its own
# fetch_timeout = "30s"
# fetch_limit = "32MiB"     # of one CRL
# pending_limit = "24h"     # how long a verdict may wait for data
# warn_days = 30            # before the end of a trusted certificate or revocation list: trust list, metrics and log warn
# two_person = false        # true: each change of what is trusted waits until another administrator confirms it
# [[signature.algorithms]]  # what a signature needs to be more than weak, from a day on; SHA-1 and MD5 are weak always
# from = "2031-01-01"
# rsa_bits = 3072           # 2048 before any such row
# ec_bits = 256             # P-256, P-384, P-521; Ed25519 counts as 256
# digests = []              # sha256, sha384, sha512, sha512-256, sha3-256, sha3-384, sha3-512; none = all of these

[inspect]
# workers = 2               # processes that open attachments
# memory_limit = "512MiB"   # of each
# time_limit = "30s"        # for one attachment
# path = ""                 # of congthu-inspect; beside congthud otherwise

[indexer]
# interval = "2s"

[export]
# key = "tls/export-key.pem"   # signs what `congthu mailbox export` writes; tls/export-pub.pem is for those who check it

[quarantine]                # mail that an enforced rule holds back: congthu quarantine list
# keep_days = 30            # then it is refused, with a notice to those of this site; 0 = it stays until somebody decides

[audit]                       # who did what; a chain of hashes, its heads signed
# key = "tls/audit-key.pem"   # made when first needed; congthu audit head shows the public key
# heads_file = ""             # heads are added to this file: on a disk that this server's administrators cannot change
# heads_mail = []             # and mailed to these readers, for congthu audit verify --head FILE
# heads_every = "24h"
# require_reason = false      # true: congthu search needs --reason

[receipt]                   # the server's signed word that it accepted a mail: congthu receipt list
# key = ""                  # a PEM file of mode 0600, or "pkcs11:token=T;object=O?module-path=M&pin-source=FILE"; RSA or EC
# certificate = ""          # PEM: the certificate of that key, then its issuers
# tsa = ""                  # http:// address of a time-stamping authority (RFC 3161); none: receipts without its time-stamp

[encryption]                # of the mail of chosen domains, on disk: congthu key enable DOMAIN
# master_key = ""           # a file of mode 0600 (congthu key new FILE), "credential:NAME" of systemd, or
#                           # "pkcs11:token=T;object=O?module-path=M&pin-source=FILE". Keep a copy elsewhere: without it the mail is lost
# previous_master_key = ""  # while the keys are moved to a new one: congthu key rewrap
# index = "off"             # off: no search index of encrypted domains, SEARCH reads the mail (exact, slower);
#                           # plain: an index that holds the words of their mail unencrypted
)toml";

// TOML basic string: whatever the caller passes cannot leave its quotes.
std::string toml_string(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (byte < 0x20 || byte == 0x7f) ((out += "\\u00") += digits[byte >> 4]) += digits[byte & 15];
    else out += c;
  }
  return out + '"';
}

void replace_all(std::string& text, std::string_view mark, const std::string& value) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
    text.replace(at, mark.size(), value);
  }
}

}  // namespace

std::string default_config_text(const InitOptions& options) {
  std::string out(kTemplate);
  replace_all(out, "@SMTP_PORT@", std::to_string(options.smtp_port));
  replace_all(out, "@SUBMISSION_PORT@", std::to_string(options.submission_port));
  replace_all(out, "@SUBMISSIONS_PORT@", std::to_string(options.submissions_port));
  replace_all(out, "@IMAP_PORT@", std::to_string(options.imap_port));
  replace_all(out, "@IMAPS_PORT@", std::to_string(options.imaps_port));
  replace_all(out, "@HTTP_PORT@", std::to_string(options.http_port));
  replace_all(out, "@PLAINTEXT@", options.plaintext_loopback ? "true" : "false");
  replace_all(out, "@LISTEN@", toml_string(options.listen));
  replace_all(out, "@HOSTNAME@", toml_string(options.hostname.empty() ? "mail." + options.domain : options.hostname));
  return out;
}

}  // namespace base
