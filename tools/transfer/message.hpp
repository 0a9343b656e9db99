// What an import brings and an export takes away: one message with what is known about it, and what went wrong with another.
// Values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "store/types.hpp"

namespace transfer {

using base::Errc;
using base::fail;
using base::Result;

struct Message {
  std::string mailbox;  // UTF-8, '/' between levels, as the source has it: the store decides whether it is a name
  std::string bytes;    // CRLF
  store::SystemFlags flags = 0;
  std::vector<std::string> keywords;
  base::Time date{};    // internal date, never 0: the identity of a message holds it
  std::int16_t tz_minutes = base::kVietnamOffset;
  std::string origin;   // "Sent.mbox, byte 1234": for people
};

// One message (or file, or folder) that was left out. The import goes on.
struct Problem {
  std::string origin, what;
};

// Messages that the source itself marks as gone, or that need not be fetched.
struct Skipped {
  enum class Why : unsigned char { deleted, present, removed };  // at the source · in the store · from the store, by their owner
  std::string mailbox;
  std::uint64_t messages = 0;
  Why why = Why::deleted;
};

using Item = std::variant<Message, Problem, Skipped>;

struct Folder {
  std::string name;
  store::SpecialUse special = store::SpecialUse::none;
};

struct Limits {
  std::uint64_t message = 50u << 20;
  std::size_t folders = store::kMaxMailboxes;
  std::size_t depth = 64;  // of directories
};

// A place that mail comes from. Used by one thread; blocks while it reads.
class Source {
 public:
  virtual ~Source() = default;
  virtual const std::vector<Folder>& folders() const = 0;  // all of them, empty ones too; known once the source is open
  // The next message or problem; nothing at the end. An error ends the import: the source cannot go on.
  [[nodiscard]] virtual Result<std::optional<Item>> next() = 0;
  virtual std::uint64_t total() const = 0;  // units of work: bytes, or messages where sizes are not known before
  virtual std::uint64_t done() const = 0;
  virtual bool counts_bytes() const { return true; }
};

bool usable_keyword(std::string_view keyword);  // an IMAP flag-keyword that the store takes; verdict names are none
void add_keyword(Message& m, std::string_view keyword);  // drops what is not usable, and repetitions

// Bare LF becomes CRLF; what is CRLF already stays, a lone CR too. `bytes` unchanged when there is nothing to do.
void make_crlf(std::string& bytes);

// The time that a message itself names: its topmost Received field, else Date; nothing when neither can be read.
std::optional<base::Time> date_in(std::string_view bytes);

}  // namespace transfer
