// Responses of the server (RFC 9051 7), each appended to an Out as a whole line unless it says "piece".
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "imap/proto/command.hpp"
#include "imap/proto/out.hpp"

namespace imap::proto {

enum class Condition : unsigned char { ok, no, bad };
// tag "*" for untagged; code without brackets ("READ-WRITE"), empty for none.
void status_line(Out& out, std::string_view tag, Condition c, std::string_view code, std::string_view text);
void bye(Out& out, std::string_view text);
void continuation(Out& out, std::string_view text = {});  // "+ " text; base64 of a SASL challenge goes here as it is

void capability(Out& out, std::span<const std::string_view> names);
void enabled(Out& out, std::span<const std::string_view> names);
void id(Out& out, std::span<const std::pair<std::string_view, std::string_view>> fields);  // empty: NIL
void exists(Out& out, std::uint32_t n);
void recent(Out& out, std::uint32_t n);
void expunge(Out& out, std::uint32_t seq);
void vanished(Out& out, const NumberSet& uids, bool earlier);  // RFC 7162 3.2.10; nothing for an empty set
void flags_line(Out& out, std::span<const std::string_view> flags);  // * FLAGS (...)
void flag_list(Out& out, std::span<const std::string_view> flags);   // piece: (\Seen a)

// Response codes, pieces without brackets.
void permanent_flags_code(Out& out, std::span<const std::string_view> flags, bool new_keywords);
void append_uid_code(Out& out, base::UidValidity validity, const NumberSet& uids);  // RFC 4315
void copy_uid_code(Out& out, base::UidValidity validity, const NumberSet& from, const NumberSet& to);

struct ListEntry {
  std::span<const std::string_view> attributes;   // "\\HasChildren", "\\Sent" ...
  std::string_view mailbox;                       // UTF-8; may be empty (hierarchy separator request) or a non-existing parent
  std::string_view old_name;                      // OLDNAME, RFC 9051 6.3.9.7; empty for none
  bool child_info_subscribed = false;             // CHILDINFO ("SUBSCRIBED"), RFC 5258 3
};
void list(Out& out, const ListEntry& entry, std::string_view verb = "LIST");

struct StatusValue {
  StatusItem item;
  std::uint64_t number = 0;
  std::string_view id;  // MAILBOXID only
};
void status(Out& out, const MailboxName& mailbox, std::span<const StatusValue> values);
void name_space(Out& out, std::string_view personal_prefix, std::optional<std::string_view> others, std::optional<std::string_view> shared);

void search(Out& out, const NumberSet& hits, std::optional<base::ModSeq> mod_seq);  // * SEARCH 2 5 7
// Only what r asks for; ALL, MIN and MAX are left out when nothing was found (RFC 9051 7.3.4).
void esearch(Out& out, std::string_view tag, bool uid, const SearchReturn& r, const NumberSet& hits, std::optional<base::ModSeq> mod_seq);

struct QuotaValue { std::string_view resource; std::uint64_t usage = 0, limit = 0; };
void quota(Out& out, std::string_view root, std::span<const QuotaValue> values);
void quota_root(Out& out, const MailboxName& mailbox, std::string_view root);

// INTERNALDATE with its quotes, day padded (RFC 9051 9: date-time). A piece.
void internal_date(Out& out, base::Time t, int offset_minutes = base::kVietnamOffset);
// The name of a section as asked, for the answer: BODY[1.HEADER.FIELDS (To)]<0>. A piece.
void section(Out& out, const Section& s);

// One FETCH response; items in any order. Bodies may follow a head: exactly n bytes by the caller, then the next item or end().
class FetchWriter {
 public:
  FetchWriter(Out& out, std::uint32_t seq) : out_(out) { out_.raw("* ").number(seq).raw(" FETCH ("); }
  FetchWriter& uid(base::Uid uid) { next("UID ").number(base::raw(uid)); return *this; }
  FetchWriter& flags(std::span<const std::string_view> names);
  FetchWriter& internal_date(base::Time t, int offset_minutes = base::kVietnamOffset);
  FetchWriter& size(std::uint64_t n) { next("RFC822.SIZE ").number(n); return *this; }
  FetchWriter& mod_seq(base::ModSeq m) { next("MODSEQ (").number(base::raw(m)).ch(')'); return *this; }
  FetchWriter& email_id(std::string_view id) { next("EMAILID (").raw(id).ch(')'); return *this; }
  FetchWriter& thread_id(std::string_view id);                            // empty: NIL
  FetchWriter& preview(const std::optional<std::string_view>& text);      // nullopt: NIL (not made yet)
  FetchWriter& save_date(std::optional<base::Time> t);
  FetchWriter& envelope(std::string_view rendered) { next("ENVELOPE ").raw(rendered); return *this; }
  FetchWriter& body(std::string_view rendered) { next("BODY ").raw(rendered); return *this; }
  FetchWriter& body_structure(std::string_view rendered) { next("BODYSTRUCTURE ").raw(rendered); return *this; }
  // RFC822*, BODY[...] and BINARY[...]: name, then the data, a literal (literal8 for BINARY with NUL), or NIL for a missing part.
  FetchWriter& data(const FetchItem& item, std::string_view bytes);
  FetchWriter& data_head(const FetchItem& item, std::uint64_t n, bool literal8 = false);
  FetchWriter& no_data(const FetchItem& item) { name(item).nil(); return *this; }
  FetchWriter& binary_size(const FetchItem& item, std::uint64_t n) { name(item).number(n); return *this; }
  void end() { out_.raw(")\r\n"); }

 private:
  Out& next(std::string_view label);
  Out& name(const FetchItem& item);
  Out& out_;
  bool first_ = true;
};

}  // namespace imap::proto
