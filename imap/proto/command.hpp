// Every command a client can send, as plain values that own their text. Made by parse(); each file in imap/commands takes one.
// Mailbox names are decoded and valid, sets normalised, macros expanded, strings that must be UTF-8 are.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "imap/proto/fetch_item.hpp"
#include "imap/proto/flag.hpp"
#include "imap/proto/mailbox_name.hpp"
#include "imap/proto/search_key.hpp"
#include "imap/proto/sequence_set.hpp"
#include "imap/proto/tag.hpp"

namespace imap::proto {

enum class StatusItem : unsigned char {
  messages, recent, uid_next, uid_validity, unseen, deleted, size, highest_mod_seq, append_limit, mailbox_id, deleted_storage,
};
enum class SpecialUse : unsigned char { all, archive, drafts, flagged, junk, sent, trash };  // RFC 6154
std::string_view to_wire(StatusItem item);
std::string_view to_wire(SpecialUse use);  // "\\Sent"

// --- any state ---
struct Capability {};
struct Noop {};
struct Logout {};
struct Id { std::vector<std::pair<std::string, std::optional<std::string>>> params; };  // RFC 2971; empty for NIL
// --- not authenticated ---
struct StartTls {};
struct Authenticate { std::string mechanism; std::optional<std::string> initial; };  // upper case; base64 as sent, "=" is empty
struct Login { std::string user, password; };
// --- authenticated ---
struct Enable { std::vector<std::string> names; };  // upper case
struct Qresync {  // RFC 7162 3.2.5
  base::UidValidity uid_validity{};
  base::ModSeq mod_seq{};
  std::optional<NumberSet> known_uids;
  std::optional<std::pair<NumberSet, NumberSet>> match;  // sequence numbers, their UIDs
};
struct Select { MailboxName mailbox; bool read_only = false; bool condstore = false; std::optional<Qresync> qresync; };
struct Create { MailboxName mailbox; std::vector<SpecialUse> uses; };
struct Delete { MailboxName mailbox; };
struct Rename { MailboxName from, to; };
struct Subscribe { MailboxName mailbox; };
struct Unsubscribe { MailboxName mailbox; };
struct List {  // RFC 9051 6.3.9; reference and patterns are UTF-8 in NFC, patterns may hold % and *
  std::string reference;
  std::vector<std::string> patterns;
  bool extended = false;  // any part of the extended syntax was used
  struct Selection { bool subscribed = false, remote = false, recursive_match = false, special_use = false; } select;
  struct Returns { bool subscribed = false, children = false, special_use = false; std::vector<StatusItem> status; } returns;
};
struct Lsub { std::string reference, pattern; };
struct Namespace {};
struct Status { MailboxName mailbox; std::vector<StatusItem> items; };
struct AppendMessage {  // its bytes are Frame::messages[i]
  std::vector<Flag> flags;
  std::optional<base::Time> date;
  int date_offset = 0;  // minutes, as the client wrote it
  std::uint64_t size = 0;
  bool binary = false;  // literal8: NUL allowed
  bool utf8 = false;    // UTF8 (~{n}): RFC 6855 4
};
struct Append { MailboxName mailbox; std::vector<AppendMessage> messages; };
struct Idle {};
struct GetQuota { std::string root; };
struct GetQuotaRoot { MailboxName mailbox; };
struct SetQuota { std::string root; std::vector<std::pair<std::string, std::uint64_t>> limits; };
// --- selected ---
struct Check {};
struct Close {};
struct Unselect {};
struct Expunge { std::optional<SequenceSet> uids; };  // UID EXPUNGE when set
struct Search { bool uid = false; SearchReturn returns; SearchKey program; };
struct Fetch {
  bool uid = false;
  SequenceSet set;
  std::vector<FetchItem> items;
  std::optional<base::ModSeq> changed_since;
  bool vanished = false;  // RFC 7162 3.2.6; only with uid and changed_since
};
struct Store {
  enum class Mode : unsigned char { replace, add, remove };
  bool uid = false;
  SequenceSet set;
  std::optional<base::ModSeq> unchanged_since;
  Mode mode = Mode::replace;
  bool silent = false;
  std::vector<Flag> flags;
};
struct Copy { bool uid = false; SequenceSet set; MailboxName mailbox; };
struct Move { bool uid = false; SequenceSet set; MailboxName mailbox; };

using Command = std::variant<Capability, Noop, Logout, Id, StartTls, Authenticate, Login, Enable, Select, Create, Delete, Rename,
                             Subscribe, Unsubscribe, List, Lsub, Namespace, Status, Append, Idle, GetQuota, GetQuotaRoot, SetQuota,
                             Check, Close, Unselect, Expunge, Search, Fetch, Store, Copy, Move>;

struct Request {
  Tag tag;
  Command command;
};

}  // namespace imap::proto
