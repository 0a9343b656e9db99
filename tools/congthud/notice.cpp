#include "tools/congthud/notice.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "mime/structure.hpp"
#include "mime/summary.hpp"
#include "smtp/proto/received.hpp"
#include "smtp/queue/entry.hpp"
#include "tools/congthud/ingest.hpp"
#include "tools/congthud/routing.hpp"

namespace tools {

base::Result<std::optional<store::SubmitMessage>> make_notice(const store::Snapshot& snapshot, const std::string& hostname, base::Time now, const Notice& notice) {
  store::SubmitMessage message;
  smtp::Envelope envelope;  // null sender: it will never be bounced itself
  std::vector<store::AccountId> accounts;
  mime::Outgoing out;
  for (const std::string& address : notice.to) {
    const Route to = route(snapshot, address, hostname);
    if (to.accounts.empty() && to.external.empty()) continue;
    out.to.emplace_back("", address);
    for (const store::AccountId a : to.accounts)
      if (std::find(accounts.begin(), accounts.end(), a) == accounts.end()) accounts.push_back(a);
    for (const std::string& external : to.external) envelope.recipients.push_back({external, false, {}});
  }
  if (out.to.empty()) return std::optional<store::SubmitMessage>();
  out.from_name = "Công Thư";
  out.from_address = "postmaster@" + hostname;
  out.subject = notice.subject;
  out.date = base::rfc5322_date(now);
  out.message_id = base::hex_encode(base::random_bytes(12)) + "@" + hostname;
  out.fields.emplace_back("Auto-Submitted", "auto-generated");  // RFC 3834 5
  out.text = notice.text;
  out.attachments = notice.attachments;
  auto bytes = mime::build_message(out);
  if (!bytes) return bytes.error();
  for (const store::AccountId account : accounts) {
    store::Delivery d;
    d.account = account;
    d.prefix = smtp::proto::return_path(smtp::proto::ReversePath());
    d.internal_date = now;
    message.deliveries.push_back(std::move(d));
  }
  message.outbound = smtp::queue::outbound_for(envelope, now);
  const mime::Structure structure = mime::scan(*bytes);
  message.summary = mime::encode(mime::make_summary(*bytes, structure));
  message.thread_keys = thread_keys(structure.root().header.of(*bytes));
  message.content = store::make_content(*std::move(bytes));
  return std::optional(std::move(message));
}

}  // namespace tools
