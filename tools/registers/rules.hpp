// The only writers of the table `documents`: rules that run in the transaction of a delivery or a change, so that register numbers have
// no gaps and two mails with one document make one row. Values; made by any thread, run by the store's writer.
#pragma once
#include <memory>

#include "store/operations.hpp"
#include "tools/registers/row.hpp"

namespace registers {

// What happened to one recipient's copy. A state never goes back: refused and read are last, but a read copy was not refused.
enum class Receipt : unsigned char { sent, delivered, refused, read };
std::string_view word(Receipt receipt);

// Enters documents: a new row gets the next number of its agency, direction and year (of the commit, in Vietnam); a document that is
// there already is the same row. Local recipients are delivered by the same commit, the others sent.
store::RecordRule enter(std::vector<Arrival> arrivals);

// A later word about copies of outgoing documents: from our queue (`id`), a report on a mail, or the mailbox it lies in.
// `by`: smtp, dsn, mdn, seen.
struct News {
  std::string address;  // recipient
  Receipt receipt{};
  std::string by, detail;
};
store::RecordRule news_of_queue(store::QueueId id, std::vector<News> news, bool last);  // last: the entry is gone
store::RecordRule news_of_mail(std::string message_id, std::vector<News> news);
struct SeenCopy {
  store::AccountId account{};
  store::EmailId email{};
  std::vector<std::string> addresses;  // that lead to the account
};
store::RecordRule news_of_copies(std::vector<SeenCopy> copies);

// Verdicts of attached files (hex digest -> verdict) that were judged again.
store::RecordRule judged_again(std::vector<std::pair<std::string, std::string>> verdicts);

// What became of the notice that a document came: sent, or there was nobody to send it to.
store::RecordRule notice_sent(std::string row_key, bool sent, base::Time at);

// A change by a person. `change` gives the row back changed, nullopt where nothing changes, or why it cannot be. not_found: no such row.
using RowChange = std::function<base::Result<std::optional<Json>>(Json row)>;
store::RecordRule change_row(Place place, RowChange change);

}  // namespace registers
