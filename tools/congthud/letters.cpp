#include "tools/congthud/letters.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "mime/build.hpp"
#include "mime/summary.hpp"
#include "smtp/proto/received.hpp"
#include "smtp/queue/entry.hpp"
#include "tools/congthud/ingest.hpp"
#include "tools/congthud/routing.hpp"

namespace tools {
namespace {

// An answer has the null reverse-path, so that nothing answers it (RFC 3834 3.3); a recall's failures come back to who asked for it.
std::string return_to(const admin::Letter& letter) {
  if (letter.answer) return smtp::proto::return_path({});
  const auto path = smtp::proto::ReversePath::parse("<" + letter.from + ">", smtp::proto::Utf8::yes);
  return smtp::proto::return_path(path ? *path : smtp::proto::ReversePath());
}

mime::Outgoing outgoing(const store::Snapshot& snapshot, const std::string& hostname, base::Time now, const admin::Letter& letter) {
  mime::Outgoing out;
  const auto address = store::canonical_address(letter.from);
  const auto account = address ? snapshot.account(std::string_view(*address)) : std::nullopt;
  out.from_address = account ? account->address : "postmaster@" + hostname;
  out.from_name = account && !account->name.empty() ? account->name : "Công Thư";
  out.subject = letter.subject;
  out.date = base::rfc5322_date(now);
  out.message_id = base::hex_encode(base::random_bytes(12)) + "@" + hostname;
  out.in_reply_to = letter.in_reply_to;
  out.fields.emplace_back("Auto-Submitted", letter.answer ? "auto-replied" : "auto-generated");  // RFC 3834 5
  out.text = letter.text;
  return out;
}

}  // namespace

base::Result<std::optional<store::SubmitMessage>> make_letter(const store::Snapshot& snapshot, const std::string& hostname, base::Time now,
                                                              const admin::Letter& letter) {
  smtp::Envelope envelope;
  if (!letter.answer) envelope.sender = letter.from;
  std::vector<store::AccountId> accounts;
  mime::Outgoing out = outgoing(snapshot, hostname, now, letter);
  for (const std::string& address : letter.to) {
    const Route to = route(snapshot, address, hostname);
    if (to.accounts.empty() && to.external.empty()) continue;
    out.to.emplace_back("", address);
    for (const store::AccountId a : to.accounts)
      if (std::find(accounts.begin(), accounts.end(), a) == accounts.end()) accounts.push_back(a);
    for (const std::string& external : to.external) envelope.recipients.push_back({external, false, {}});
  }
  if (out.to.empty()) return std::optional<store::SubmitMessage>();
  auto bytes = mime::build_message(out);
  if (!bytes) return bytes.error();
  store::SubmitMessage message;
  for (const store::AccountId account : accounts) {
    store::Delivery d;
    d.account = account;
    d.prefix = return_to(letter);
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
