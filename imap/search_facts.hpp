// The facts of one stored message, each fetched when a key first asks: the row at once, the header's bytes by its stored range,
// the decoded text by scanning the content once. Holds views of the snapshot: lives inside one slice of a scan.
#pragma once
#include <optional>
#include <string>

#include "imap/search_plan.hpp"
#include "store/snapshot.hpp"

namespace imap {

class StoredFacts final : public Facts {
 public:
  static constexpr std::size_t kMaxText = std::size_t(8) << 20;  // decoded text of one message that is searched

  StoredFacts(const store::Snapshot& snapshot, store::AccountId account, const store::MessageView& message)
      : snapshot_(snapshot), account_(account), message_(message) {}
  store::Uid uid() override { return message_.uid; }
  const store::HotRow& row() override { return message_.hot; }
  bool any_field(std::string_view lower_name, const std::function<bool(std::string_view raw)>& f) override;
  Needle::Haystack& header_text() override;
  Needle::Haystack& body_text() override;

 private:
  std::string_view header();
  const store::Snapshot& snapshot_;
  store::AccountId account_;
  const store::MessageView& message_;
  std::optional<std::string> header_;
  std::string header_decoded_, body_decoded_;
  std::optional<Needle::Haystack> header_folded_, body_folded_;
};

// A message of which only the row is at hand, for programs that need no more.
class RowFacts final : public Facts {
 public:
  RowFacts(store::Uid uid, const store::HotRow& row) : uid_(uid), row_(row) {}
  store::Uid uid() override { return uid_; }
  const store::HotRow& row() override { return row_; }
  bool any_field(std::string_view, const std::function<bool(std::string_view)>&) override { return false; }
  Needle::Haystack& header_text() override { return none_; }
  Needle::Haystack& body_text() override { return none_; }

 private:
  store::Uid uid_;
  const store::HotRow& row_;
  Needle::Haystack none_{{}};
};

}  // namespace imap
