// Object ids of RFC 8474 as text: a letter, the account, the object, in hex. Unique in the whole server, so that a client with two
// accounts never takes two messages for one. A COPY keeps EMAILID and THREADID because the store keeps its numbers.
#pragma once
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "base/ids.hpp"

namespace imap {

class ObjectId {
 public:
  ObjectId(char letter, base::AccountId account, std::uint64_t object) {
    text_[0] = letter;
    char* at = std::to_chars(text_.data() + 1, text_.data() + text_.size(), base::raw(account), 16).ptr;
    *at++ = '-';
    size_ = std::size_t(std::to_chars(at, text_.data() + text_.size(), object, 16).ptr - text_.data());
  }
  operator std::string_view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 40> text_;
  std::size_t size_ = 0;
};

inline ObjectId email_id(base::AccountId a, base::EmailId id) { return {'M', a, base::raw(id)}; }
inline ObjectId thread_id(base::AccountId a, base::ThreadId id) { return {'T', a, base::raw(id)}; }
inline ObjectId mailbox_id(base::AccountId a, base::MailboxId id) { return {'F', a, base::raw(id)}; }

}  // namespace imap
