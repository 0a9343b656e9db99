// The full-text index as IMAP SEARCH and the admin's search see it. Thread-safe; both block: pool threads only.
#pragma once
#include "imap/text_index.hpp"
#include "indexer/indexer.hpp"
#include "tools/admin/context.hpp"

namespace tools {

class ImapTextIndex final : public imap::TextIndex {
 public:
  explicit ImapTextIndex(indexer::TextIndex index) : index_(std::move(index)) {}
  std::optional<Proposal> propose(base::AccountId account, base::MailboxId mailbox, Field field, std::string_view needle) override;

 private:
  indexer::TextIndex index_;
};

// {"total","indexed","results":[{"mailbox","uid","date","from","subject","keywords","preview"}]}; hidden messages are left out.
base::Result<admin::Json> search_mail(const store::Store& store, const indexer::TextIndex& index, store::AccountId account,
                                      std::string_view query, std::size_t limit);

// What a caught-up account's index lacks or has too much, as findings "index_missing", "index_stale". With `repair` the thread of
// the indexer builds those accounts anew.
base::Result<std::vector<store::Finding>> check_index(indexer::Indexer& index, bool repair);

}  // namespace tools
