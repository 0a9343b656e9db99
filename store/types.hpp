// The values that the store keeps about messages and mailboxes, as the rest of the program sees them.
// Thread rule: values. A view inside them (DetailView, MessageView) dies with the transaction it was read in.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/mailbox_name.hpp"
#include "base/result.hpp"

namespace store {

using base::AccountId;
using base::AgencyId;
using base::DomainId;
using base::EmailId;
using base::JournalSeq;
using base::MailboxId;
using base::ModSeq;
using base::QueueId;
using base::raw;
using base::Result;
using base::ThreadId;
using base::Time;
using base::Uid;
using base::UidValidity;

using BlobId = base::Digest;  // SHA-256 of the blob's bytes, or their HMAC under a domain's key

inline constexpr Uid kLastUid = Uid(0xffffffff);
inline constexpr std::size_t kMaxSlice = 5000;        // messages that one operation may touch
inline constexpr std::size_t kMaxKeywords = 64;       // user keywords of one mailbox
inline constexpr std::size_t kMaxKeywordLength = 100;  // bytes
inline constexpr std::size_t kMaxMailboxes = 10000;   // of one account

// RFC 9051 2.3.2, as bits.
using SystemFlags = std::uint8_t;
inline constexpr SystemFlags kSeen = 1, kAnswered = 2, kFlagged = 4, kDeleted = 8, kDraft = 16;
inline constexpr SystemFlags kAllFlags = 31;

// Derived keywords (CONTRACT.md 2): what the policy found. No client verb sets or clears them.
using DerivedBits = std::uint32_t;
inline constexpr DerivedBits kSignatureValid = 1, kSignatureInvalid = 2, kDocumentSignatureValid = 4,
                             kDocumentSignatureInvalid = 8, kDocument = 16;
inline constexpr DerivedBits kHidden = 1u << 31;  // not a keyword: a secrecy stamp was found after delivery, show nothing
struct DerivedName {
  DerivedBits bit;
  std::string_view name;  // "$SignatureValid"
};
inline constexpr std::array<DerivedName, 5> kDerivedNames = {{{kSignatureValid, "$SignatureValid"},
                                                              {kSignatureInvalid, "$SignatureInvalid"},
                                                              {kDocumentSignatureValid, "$DocumentSignatureValid"},
                                                              {kDocumentSignatureInvalid, "$DocumentSignatureInvalid"},
                                                              {kDocument, "$Document"}}};
bool is_derived_keyword(std::string_view name);  // ignoring ASCII case

// What changes about a message, in one fixed row.
struct HotRow {
  SystemFlags flags = 0;
  std::int16_t tz_minutes = base::kVietnamOffset;  // zone of the internal date, kept for FETCH INTERNALDATE
  DerivedBits derived = 0;
  std::uint64_t keywords = 0;  // bit n = the mailbox's user keyword n
  ModSeq modseq{};
  Time internal_date{};
  std::uint64_t size = 0;  // RFC822.SIZE: prefix + content
  EmailId email{};
  ThreadId thread{};
  friend bool operator==(const HotRow&, const HotRow&) = default;
};

using ThreadKey = std::array<unsigned char, 16>;
ThreadKey thread_key(std::string_view message_id);  // of the id without its angle brackets

// One piece of the content, in order. inlined: offset is in the inline bytes; otherwise in blob `id`.
struct Extent {
  bool inlined = true;
  BlobId id{};
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  friend bool operator==(const Extent&, const Extent&) = default;
};

// What never changes about a message. Views of the row.
struct DetailView {
  std::string_view prefix;       // the trace and result fields put before the content
  std::string_view extents;      // encoded, see decode_extents()
  std::string_view thread_keys;  // 16 bytes each, the message's own id first
  std::string_view summary;      // opaque to the store (mime::Summary)
  std::uint64_t content_size = 0;
  // Of an encrypted domain: prefix and summary stand in `sealed`; a Snapshot gives them opened, in bytes that this view shares.
  std::string_view sealed{};
  std::uint64_t prefix_size = 0;
  std::shared_ptr<const std::string> opened{};
  std::uint64_t size() const { return (sealed.empty() ? prefix.size() : prefix_size) + content_size; }
};

struct MessageView {
  MailboxId mailbox{};
  Uid uid{};
  HotRow hot;
  DetailView detail;
};

enum class SpecialUse : std::uint8_t { none, inbox, drafts, sent, junk, trash, archive };  // RFC 6154
std::string_view use_name(SpecialUse use);  // "\\Drafts"; empty for none and inbox

struct Mailbox {
  MailboxId id{};
  std::string name;  // UTF-8, NFC, '/' between levels; "INBOX" in capitals
  UidValidity uid_validity{};
  Uid uid_next = Uid(1);
  ModSeq highest_modseq = ModSeq(1);
  std::uint32_t messages = 0;
  std::uint32_t unseen = 0;
  std::uint32_t deleted = 0;
  std::uint64_t bytes = 0;
  ModSeq expunge_floor{};  // the expunged log holds everything after this; before it, every absent UID counts as vanished
  SpecialUse special = SpecialUse::none;
  bool subscribed = false;  // kept with the name: it outlives the mailbox (RFC 9051 6.3.7)
  Time deleted_at{};        // not zero: deleted, waiting for the collector; never listed
  friend bool operator==(const Mailbox&, const Mailbox&) = default;
};

using base::canonical_mailbox_name;

// Counters of one account; changes with every delivery, so it is not in the directory.
struct AccountState {
  MailboxId next_mailbox = MailboxId(1);
  EmailId next_email = EmailId(1);
  UidValidity next_validity = UidValidity(1);
  std::uint64_t bytes = 0;     // of the messages in mailboxes that are not deleted
  std::uint64_t messages = 0;
  friend bool operator==(const AccountState&, const AccountState&) = default;
};

enum class ChangeKind : std::uint8_t {
  append = 1,     // uids of mailbox: new (deliveries, APPEND, COPY, MOVE targets)
  derived = 3,    // uids: derived bits
  expunge = 4,    // uids gone
  mailbox_created = 5, mailbox_renamed = 6, mailbox_deleted = 7,
  account_created = 8, account_removed = 9,
  record = 10,    // a row of documents, decisions or signatures; name holds table letter and key
  encrypted = 12,  // name: a domain whose mail is sealed from here on
  purge = 11,     // uids destroyed for good, tombstones too: every copy elsewhere has to go
};

struct UidRange {
  Uid first{};
  Uid last{};
  friend bool operator==(const UidRange&, const UidRange&) = default;
};
std::vector<UidRange> to_ranges(const std::vector<Uid>& sorted);

struct Change {  // one row of the journal
  ChangeKind kind{};
  AccountId account{};
  MailboxId mailbox{};
  ModSeq modseq{};
  Time time{};
  std::vector<UidRange> uids;
  std::string name;  // mailbox name or record key
};

struct Outbound {  // one recipient domain's worth of an accepted mail
  std::string envelope;  // opaque to the store
  Time due{};
  std::string prefix;    // put before the content when it is sent; frozen with the entry (QueueUpdate ignores it)
  std::string domain{};  // whose key seals it, where that has one; frozen too
};

// Where the policy and register layers keep their rows. Keys and values are theirs.
enum class RecordTable : std::uint8_t { documents, decisions, signatures, evidence };

struct Put {
  RecordTable table{};
  std::string key;    // 1..480 bytes
  std::string value;  // empty removes the row
  std::string domain{};  // whose key seals the value, where it has one; empty: the owner's of the operation, if any
};

}  // namespace store
