// Reads the tokens of RFC 9051 9 from one command. The first failure sticks: later reads give empty values and the caller
// checks ok() at the end (loops check it each turn). Internal to the parsers.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "imap/proto/chars.hpp"
#include "imap/proto/mailbox_name.hpp"
#include "imap/proto/parse.hpp"
#include "imap/proto/sequence_set.hpp"

namespace imap::proto {

class Cursor {
 public:
  Cursor(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  bool ok() const { return !failed_; }
  const base::Error& error() const { return error_; }
  const Limits& limits() const { return limits_; }
  void fail(const char* why) { fail(base::fail(base::Errc::invalid, why)); }
  void fail(base::Error error);

  bool at_end() const { return failed_ || at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool accept(char c);
  void expect(char c);
  void sp() { expect(' '); }
  bool accept_word(std::string_view word);  // whole word, any case; REQUIRES: word of atom characters
  void expect_word(std::string_view word);
  bool accept_text(std::string_view text);  // exactly these bytes, any case

  std::string_view atom();
  std::string atom_upper();
  std::string string();                 // quoted / literal
  std::string astring();
  std::string utf8_string();            // astring that must be UTF-8
  std::optional<std::string> nstring(); // NIL / string
  std::string list_mailbox();           // LIST pattern, decoded, NFC
  std::string reference();              // mailbox position of LIST, wildcards allowed, decoded, NFC
  std::optional<MailboxName> mailbox();
  std::optional<SequenceSet> sequence_set();
  std::uint32_t number();
  std::uint32_t nz_number();
  std::uint64_t number64();             // at most 63 bits
  std::string_view take_while(bool (*is)(char));

  // "(" item *(SP item) ")" with at most limits().max_items items; `may_be_empty` also takes "()".
  template <class F>
  void list(bool may_be_empty, F&& item) {
    expect('(');
    if (may_be_empty && accept(')')) return;
    for (std::size_t n = 1; ok(); ++n) {
      if (n > limits_.max_items) return fail(base::fail(base::Errc::limit, "list is too long"));
      item();
      if (accept(')')) return;
      sp();
    }
  }

 private:
  std::string quoted();
  std::string literal();
  std::string decode_name_text(std::string text);
  std::string_view text_;
  const Limits& limits_;
  std::size_t at_ = 0;
  bool failed_ = false;
  base::Error error_;
};

}  // namespace imap::proto
