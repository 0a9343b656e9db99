// Strong types for every identifier that crosses a folder. An id of one kind never converts to another by accident.
// Value 0 is "none" in all of them: UIDs (RFC 9051 2.3.1.1), UIDVALIDITY and mod-sequences (RFC 7162 3.1) start at 1.
#pragma once
#include <cstdint>
#include <type_traits>

namespace base {

enum class DomainId : std::uint32_t {};
enum class AgencyId : std::uint32_t {};
enum class AccountId : std::uint64_t {};
enum class MailboxId : std::uint32_t {};     // unique inside its account, never reused; RFC 8474 MAILBOXID is made of both
enum class Uid : std::uint32_t {};           // RFC 9051 2.3.1.1
enum class UidValidity : std::uint32_t {};
enum class ModSeq : std::uint64_t {};        // RFC 7162: at most 63 bits
enum class EmailId : std::uint64_t {};       // RFC 8474 EMAILID, unique inside its account; a COPY keeps it
enum class ThreadId : std::uint64_t {};      // RFC 8474 THREADID, the EmailId of the thread's first message
enum class QueueId : std::uint64_t {};       // an outbound envelope
enum class JournalSeq : std::uint64_t {};    // position in the change journal

template <class Id>
  requires std::is_enum_v<Id>
constexpr auto raw(Id id) {
  return static_cast<std::underlying_type_t<Id>>(id);
}

}  // namespace base
