// Rows that can be made again from others: an account's state, a mailbox, a message's hot row. For the repair operations; internal.
#pragma once
#include "store/write_context.hpp"

namespace store {

std::optional<Mailbox> readable_mailbox(const WriteContext& w, AccountId a, MailboxId m);  // nullopt: missing or damaged
std::optional<AccountState> readable_state(const WriteContext& w, AccountId a);
bool is_known(const WriteContext& w, AccountId a);  // the directory has it, or the graveyard: what is left of it belongs to somebody

// The state from the account's mailboxes and messages: one scan of the account.
AccountState rebuild_state(WriteContext& w, AccountId a);
// The mailbox from its name and messages, with a new UIDVALIDITY; without both it is a deleted one. Its counters are 0: the next
// look at it mends them. nullopt: nobody knows the account.
std::optional<Mailbox> rebuild_mailbox(WriteContext& w, AccountId a, MailboxId m);
// The hot row from the details: unread, received now. False: no details, or no account.
bool rebuild_hot(WriteContext& w, const MessageRef& ref);
// Gives the mailbox its row of names, under another name when it is taken.
void name_mailbox(WriteContext& w, AccountId a, Mailbox& m, bool subscribe);
MailboxId recovered_mailbox(WriteContext& w, AccountId a, AccountState& state);  // `Recovered`, made if need be

}  // namespace store
