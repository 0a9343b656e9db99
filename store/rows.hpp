// Encoding and decoding of the stored rows; their grammar stands in README.md. Decoders throw Failure(corrupt) on a row that
// breaks it: such a row is damage, never input. Internal to the store.
#pragma once
#include <string>
#include <string_view>

#include "store/directory.hpp"
#include "store/env.hpp"
#include "store/types.hpp"

namespace store {

inline constexpr std::size_t kHotSize = 56;
using HotBytes = std::array<char, kHotSize>;
HotBytes encode_hot(const HotRow& row);
HotRow decode_hot(std::string_view bytes);
inline std::string_view view(const HotBytes& b) { return {b.data(), b.size()}; }

// Of an encrypted domain the row has version 2 and says what is `sealed` (prefix and summary, envelope) as it is stored.
std::string encode_detail(const DetailView& detail);
DetailView decode_detail(std::string_view bytes);  // views into bytes

std::string encode_mailbox(const Mailbox& row);
Mailbox decode_mailbox(MailboxId id, std::string_view bytes);
std::string encode_state(const AccountState& row);
AccountState decode_state(std::string_view bytes);

struct NameRow {
  MailboxId mailbox{};  // 0: only a subscription
  bool subscribed = false;
  std::string_view name;
};
std::string encode_name(const NameRow& row);
NameRow decode_name(std::string_view bytes);

std::string encode_change(const Change& row);
Change decode_change(std::string_view bytes);

struct QueueBytes {  // the queue's row
  Time due{}, accepted{};
  std::string_view prefix, extents, envelope;
  std::uint64_t content_size = 0;
  std::string_view sealed{};  // prefix and envelope
  std::uint64_t prefix_size = 0;
};
std::string encode_queue(const QueueBytes& row);
QueueBytes decode_queue(std::string_view bytes);

std::string encode_domain(const Domain& row);
Domain decode_domain(std::string_view name, std::string_view bytes);
std::string encode_agency(const Agency& row);
Agency decode_agency(AgencyId id, std::string_view bytes);
std::string encode_account(const Account& row);
Account decode_account(AccountId id, std::string_view bytes);
std::string encode_address(const Address& row);
Address decode_address(std::string_view address, std::string_view bytes);

}  // namespace store
