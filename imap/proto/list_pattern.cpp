#include "imap/proto/list_pattern.hpp"

#include <string>

#include "imap/proto/mailbox_name.hpp"

namespace imap::proto {

base::Result<ListPattern> ListPattern::make(std::string_view reference, std::string_view pattern) {
  std::string text;
  for (const std::string_view part : {reference, pattern}) {
    for (const char c : part) {
      const bool wild = c == '*' || c == '%';
      if (wild && !text.empty() && (text.back() == '*' || text.back() == '%')) {
        if (c == '*') text.back() = '*';  // a run of wildcards is its strongest member
        continue;
      }
      text += c;
      if (text.size() > kMaxBytes) return base::fail(base::Errc::limit, "mailbox pattern is too long");
    }
  }
  text = canonical_name_text(text);
  if (text.size() > kMaxBytes) return base::fail(base::Errc::limit, "mailbox pattern is too long");
  ListPattern p;
  p.size_ = text.size();
  p.literal_.emplace_back();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*' || text[i] == '%') {
      p.wild_.set(i);
      p.star_.set(i, text[i] == '*');
      continue;
    }
    std::uint16_t& row = p.row_[static_cast<unsigned char>(text[i])];
    if (row == 0) {
      row = std::uint16_t(p.literal_.size());
      p.literal_.emplace_back();
    }
    p.literal_[row].set(i);
  }
  return p;
}

ListPattern::Bits ListPattern::step(const Bits& at, char c, bool inbox) const {
  Bits literal = literal_[row_[static_cast<unsigned char>(c)]];
  if (inbox && c >= 'A' && c <= 'Z') literal |= literal_[row_[static_cast<unsigned char>(c + 32)]];
  Bits to = ((at & literal) << 1) | (at & (c == kSeparator ? star_ : wild_));
  return to | ((to & wild_) << 1);  // a wildcard may match nothing; two never stand together
}

ListPattern::Bits ListPattern::run(std::string_view name) const {
  // RFC 9051 5.1: INBOX is case-insensitive, in patterns ("inb%") too.
  const bool inbox = name == "INBOX" || name.starts_with("INBOX/");
  Bits at;
  at.set(0);
  at |= (at & wild_) << 1;
  for (std::size_t i = 0; i < name.size() && at.any(); ++i) at = step(at, name[i], inbox && i < 5);
  return at;
}

bool ListPattern::matches(std::string_view name) const { return run(name).test(size_); }

bool ListPattern::may_match_under(std::string_view prefix) const {
  Bits at = step(run(prefix), kSeparator, false);
  at.reset(size_);  // matched to its end: nothing longer can
  return at.any();
}

}  // namespace imap::proto
