// A SEARCH program (RFC 9051 6.4.4) made ready for one mailbox: message sets resolved to UIDs, keywords to bits, dates to days,
// needles folded, and the keys of every AND and OR in order of what they cost, so that a message is read only when the cheap
// keys have not decided. Matching asks a Facts object, which fetches lazily. Immutable after make(): any pool thread may match.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imap/flag_names.hpp"
#include "imap/proto/mailbox_view.hpp"
#include "imap/proto/search_key.hpp"
#include "imap/search_text.hpp"
#include "imap/text_index.hpp"
#include "store/types.hpp"

namespace imap {

// What a key looks at: the row of flags, dates and sizes; the header's bytes; the whole decoded message.
enum class SearchCost : unsigned char { row, header, text };

// One message as the matcher sees it.
class Facts {
 public:
  virtual ~Facts() = default;
  virtual store::Uid uid() = 0;
  virtual const store::HotRow& row() = 0;
  // Calls f with the decoded value of every root header field of that name (lower case) until it returns true.
  virtual bool any_field(std::string_view lower_name, const std::function<bool(std::string_view raw)>& f) = 0;
  virtual Needle::Haystack& header_text() = 0;  // all root header fields, decoded
  virtual Needle::Haystack& body_text() = 0;    // text parts, names of attachments
};

class SearchPlan {
 public:
  struct Context {
    store::AccountId account{};
    const proto::MailboxView& view;
    const FlagNames& flags;
    base::Time now{};
  };
  // Errc::invalid: a sequence number that the mailbox does not have.
  [[nodiscard]] static base::Result<SearchPlan> make(const proto::SearchKey& program, const Context& context);

  // UIDs that can match at all, from sets that stand in the top AND; the view's UIDs otherwise.
  const proto::NumberSet& within() const { return within_; }
  SearchCost cost() const { return top_.cost; }
  bool uses_mod_seq() const { return uses_mod_seq_; }

  bool matches(Facts& facts) const { return match(top_, facts); }

  // Asks the index once for every text key; called before matching, on a pool thread.
  void ask(TextIndex& index, store::AccountId account, store::MailboxId mailbox) { ask(top_, index, account, mailbox); }

 private:
  using Kind = proto::SearchKey::Kind;
  struct Node {
    Kind kind = Kind::all;
    SearchCost cost = SearchCost::row;
    std::uint64_t number = 0;                 // size, keyword bit, mod-sequence, object id
    std::int64_t from = 0, until = 0;         // days or milliseconds, half open
    store::SystemFlags flag = 0;
    store::DerivedBits derived = 0;
    std::string field;                        // lower case
    std::optional<Needle> needle;
    std::optional<TextIndex::Proposal> proposal;
    proto::NumberSet uids;
    std::vector<Node> keys;
  };
  SearchPlan() = default;
  static base::Result<Node> build(const proto::SearchKey& key, const Context& context);
  static base::Result<Node> build_group(const proto::SearchKey& key, const Context& context);
  static Node build_leaf(const proto::SearchKey& key, const Context& context);
  static bool build_row_leaf(Node& node, const proto::SearchKey& key, const Context& context);
  static bool build_date_leaf(Node& node, const proto::SearchKey& key, const Context& context);
  static void build_text_leaf(Node& node, const proto::SearchKey& key);
  static bool match(const Node& node, Facts& facts);
  static bool match_row(const Node& node, Facts& facts);
  static bool match_header(const Node& node, Facts& facts);
  static bool match_text(const Node& node, Facts& facts);
  static void ask(Node& node, TextIndex& index, store::AccountId account, store::MailboxId mailbox);

  Node top_;
  proto::NumberSet within_;
  bool uses_mod_seq_ = false;
};

}  // namespace imap
