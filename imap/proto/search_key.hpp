// The tree of a SEARCH program (RFC 9051 6.4.4). `all_of` is a parenthesised list and the top; depth is capped when parsed.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "imap/proto/sequence_set.hpp"

namespace imap::proto {

struct SearchKey {
  enum class Kind : unsigned char {
    all_of, or_, not_,                                    // keys
    all,
    answered, deleted, draft, flagged, seen, recent,      // UNSEEN, OLD and so on become not_ of these
    new_,                                                 // RFC 3501: RECENT UNSEEN
    keyword,                                              // text
    bcc, body, cc, from, subject, text, to,               // text, UTF-8
    header,                                               // field, text
    before, on, since, sent_before, sent_on, sent_since,  // date
    save_date_supported, saved_before, saved_on, saved_since,  // RFC 8514
    larger, smaller,                                      // number, octets
    older, younger,                                       // number, seconds (RFC 5032)
    mod_seq,                                              // number; the entry name is read and ignored (RFC 7162 3.1.5)
    email_id, thread_id,                                  // text
    sequence, uid,                                        // set
  };
  Kind kind = Kind::all;
  std::string field;
  std::string text;
  std::uint64_t number = 0;
  std::chrono::year_month_day date{};
  std::vector<SequenceSet> set;  // one element for sequence and uid
  std::vector<SearchKey> keys;
  bool operator==(const SearchKey& other) const = default;
};

struct SearchReturn {  // RFC 9051 6.4.4: RETURN (...); RETURN () means ALL
  bool asked = false;  // answer with ESEARCH
  bool min = false, max = false, all = false, count = false, save = false;
  friend bool operator==(const SearchReturn&, const SearchReturn&) = default;
};

// True when some key satisfies f: does the tree need mod-sequences, dates, bodies ...
template <class F>
bool any_key(const SearchKey& key, F&& f) {
  if (f(key)) return true;
  for (const SearchKey& child : key.keys)
    if (any_key(child, f)) return true;
  return false;
}

}  // namespace imap::proto
