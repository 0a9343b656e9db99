// Messages on their way from the command line to the handler that stores them, and back out again: one HTTP body.
//   batch = "CTB1" v n, n*(s mailbox, u8 flags, v n, n*s keyword, u64 date ms, u16 zone, u64 uid, s bytes)       (base/codec.hpp)
// The other end is this program; decode() all the same takes nothing on trust.
#pragma once
#include <span>

#include "tools/transfer/message.hpp"

namespace transfer {

struct BatchMessage {  // views into the batch
  std::string_view mailbox;
  store::SystemFlags flags = 0;
  std::vector<std::string_view> keywords;
  base::Time date{};
  std::int16_t tz_minutes = 0;
  std::uint32_t uid = 0;  // of an export; 0 in an import
  std::string_view bytes;
};

std::string encode(std::span<const BatchMessage> messages);
[[nodiscard]] Result<std::vector<BatchMessage>> decode(std::string_view batch);
BatchMessage view(const Message& m);

inline constexpr std::size_t kBatchMessages = 500;
inline constexpr std::size_t kBatchBytes = 8u << 20;  // a batch ends with the message that reaches it

}  // namespace transfer
