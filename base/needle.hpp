// How searching compares text (IMAP SEARCH, the full-text index, the command line). RFC 9051 6.4.4 asks for a case-insensitive
// substring; here both sides are folded. A needle without diacritics finds text with and without them (`cong van` finds
// `công văn`); one with diacritics finds only such text, wherever a tone mark was put (hoà = hòa).
// Thread rule: a Needle is immutable; pure.
#pragma once
#include <string>
#include <string_view>

namespace base {

class Needle {
 public:
  explicit Needle(std::string_view utf8);
  bool empty() const { return loose_.empty() && exact_.empty(); }
  const std::string& text() const { return text_; }
  // Text that several needles are looked for in: folded at most once each way, when first asked. The text must outlive it.
  class Haystack {
   public:
    explicit Haystack(std::string_view utf8) : text_(utf8) {}
    Haystack(const Haystack&) = delete;

   private:
    friend class Needle;
    std::string_view text_;
    std::string loose_, tone_, exact_;
    bool has_loose_ = false, has_exact_ = false;
  };
  bool in(Haystack& text) const;
  bool in(std::string_view utf8) const {
    Haystack h(utf8);
    return in(h);
  }

 private:
  std::string text_;
  std::string loose_;  // without case and diacritics
  std::string tone_, exact_;  // empty when the needle has no diacritics
};

}  // namespace base
