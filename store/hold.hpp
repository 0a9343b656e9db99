// Legal holds: what stops every final deletion below an account, an agency (and the agencies below it), or of the messages that a
// document number or a search names. Whatever a user does, the content stays as a tombstone that the collector passes over; a
// purge and the removal of the account or agency are refused. Placing and lifting take a reason and a case number; who does it
// writes the audit row in the same commit. A document or search hold is evaluated by somebody who can read mail (tools):
// HoldMessages records what matched; until all that was there is looked at, nothing at all is destroyed.
// Thread rule: the operations as all others; the questions need a snapshot.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/env.hpp"
#include "store/function_ref.hpp"
#include "store/types.hpp"

namespace store {

class WriteContext;
struct MessageRef;

inline constexpr std::string_view kHoldConsumer = "holds";  // of the journal: how far new mail was matched

enum class HoldScope : std::uint8_t { everything = 1, account, agency, document, search };

struct Hold {
  std::string name;  // 1..100 bytes, the key
  HoldScope scope{};
  AccountId account{};  // account; search and document: 0 = all accounts
  AgencyId agency{};
  std::string text;  // document number, or query
  std::string reason, case_number, who;
  Time placed{};
  bool lifting = false;   // has no effect any more; the collector removes what it recorded
  bool matched = false;   // document, search: all that was there when it was placed has been looked at
  std::string position;   // of that walk: the key of the next message, opaque to others
  bool by_text() const { return scope == HoldScope::document || scope == HoldScope::search; }
};

struct AddHold {
  using Outcome = bool;  // false: it is there, identical
  Hold row;              // placed, lifting, matched and position are ignored
  Result<Outcome> apply(WriteContext& w) const;
};
struct LiftHold {
  using Outcome = bool;
  std::string name;
  Result<Outcome> apply(WriteContext& w) const;
};
struct HeldMessage {
  AccountId account{};
  MailboxId mailbox{};
  Uid uid{};
  friend bool operator==(const HeldMessage&, const HeldMessage&) = default;
};
struct HoldMessages {  // messages and tombstones; what is gone is ignored, and so is a hold that is
  using Outcome = bool;
  std::string name;
  std::vector<HeldMessage> messages;    // at most kMaxSlice
  std::optional<std::string> position;  // where the first walk goes on; "" = it is done
  Result<Outcome> apply(WriteContext& w) const;
};

std::optional<Hold> find_hold(const Txn& txn, std::string_view name);
std::vector<Hold> list_holds(const Txn& txn);  // by name
void for_each_held(const Txn& txn, std::string_view name, FunctionRef<bool(const HeldMessage&)> f);

// --- internal to the store --------------------------------------------------------------------------------------------------
bool is_message_held(const Txn& txn, const MessageRef& ref);     // by a document or search hold
bool holds_messages_of(const Txn& txn, AccountId a);             // any such below the account
bool is_agency_held(const Txn& txn, AgencyId id);                // or one above it
void copy_holds(WriteContext& w, const MessageRef& from, const MessageRef& to);
void keep_agency_holds(WriteContext& w, AccountId a, AgencyId before, AgencyId after);  // what was held stays so when the account moves
// What was expunged before this time has been matched; the collector destroys nothing that is younger. Time::max(): all of it.
Time matched_until(const Txn& txn);
std::size_t forget_lifted(WriteContext& w, std::size_t at_most);  // rows removed

}  // namespace store
