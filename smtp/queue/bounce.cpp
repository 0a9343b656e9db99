#include "smtp/queue/bounce.hpp"

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "mime/build.hpp"
#include "mime/structure.hpp"
#include "mime/summary.hpp"
#include "smtp/proto/received.hpp"

namespace smtp::queue {
namespace {

std::string status_of(const proto::RecipientResult& r, bool delayed) {
  const std::uint8_t klass = delayed ? 4 : 5;
  if (r.enhanced.present()) return proto::Enhanced{klass, r.enhanced.subject, r.enhanced.detail}.to_string();
  return proto::Enhanced{klass, 0, 0}.to_string();
}

std::string diagnostic_of(const proto::RecipientResult& r) {
  if (r.code == 0) return r.text.empty() ? std::string() : "x-congthu; " + r.text;
  const std::string status = r.enhanced.to_string();
  return "smtp; " + std::to_string(r.code) + " " + (status.empty() ? "" : status + " ") + r.text;
}

std::string body_text(const BounceInput& in) {
  std::string vi = in.delayed ? "Thư của bạn chưa gửi được tới các địa chỉ dưới đây. Máy chủ sẽ tiếp tục gửi đến " + base::rfc5322_date(in.until) +
                                    "; bạn không cần gửi lại.\n"
                              : "Thư của bạn không gửi được tới các địa chỉ dưới đây.\n";
  std::string en = in.delayed ? "Your message has not been delivered to the addresses below yet. It will be tried further; there is no need "
                                "to send it again.\n"
                              : "Your message could not be delivered to the addresses below.\n";
  std::string list;
  for (const Target* t : in.targets) {
    list += "\n  <" + t->result.address + ">\n    ";
    if (t->result.code > 0) list += std::to_string(t->result.code) + " ";
    list += t->result.text + "\n";
  }
  return vi + "\n" + en + list;
}

}  // namespace

base::Result<std::string> make_bounce(const BounceInput& in) {
  mime::Report report;
  mime::Outgoing& m = report.message;
  m.from_name = "Mail Delivery System";
  m.from_address = "MAILER-DAEMON@" + in.hostname;
  m.to.emplace_back("", in.entry.sender);
  m.subject = in.delayed ? "Thư gửi chậm / Delivery delayed" : "Thư không gửi được / Undeliverable";
  m.date = base::rfc5322_date(in.now);
  m.message_id = base::hex_encode(base::random_bytes(12)) + "@" + in.hostname;
  m.fields.emplace_back("Auto-Submitted", "auto-replied");  // RFC 3834 5: nobody answers a machine
  m.text = body_text(in);
  report.reporting_mta = in.hostname;
  report.arrival_date = base::rfc5322_date(in.accepted);
  report.envelope_id = in.entry.envid;
  report.original_header = in.header;
  for (const Target* t : in.targets) {
    mime::ReportRecipient r;
    r.final_recipient = t->result.address;
    r.action = in.delayed ? "delayed" : "failed";
    r.status = status_of(t->result, in.delayed);
    const std::size_t space = in.entry.last_host.find(' ');
    if (t->result.code > 0) r.remote_mta = in.entry.last_host.substr(0, space);
    r.diagnostic = diagnostic_of(t->result);
    report.recipients.push_back(std::move(r));
  }
  return mime::build_report(report);
}

std::optional<store::SubmitMessage> address_bounce(const store::Snapshot& snapshot, const std::string& sender, std::string bytes,
                                                   base::Time now) {
  store::SubmitMessage message;
  store::Resolved to;
  if (snapshot.domain(domain_of(sender))) {
    const auto found = snapshot.resolve(sender);
    if (!found) return std::nullopt;
    to = *found;
  } else {
    to.external.push_back(sender);
  }
  const std::string path = proto::return_path(proto::ReversePath());
  for (const base::AccountId account : to.accounts) {
    store::Delivery d;
    d.account = account;
    d.prefix = path;
    d.internal_date = now;
    message.deliveries.push_back(std::move(d));
  }
  Envelope envelope;  // null sender: it will never be bounced itself
  for (const std::string& address : to.external) envelope.recipients.push_back({address, false, {}});
  message.outbound = outbound_for(envelope, now);
  if (message.deliveries.empty() && message.outbound.empty()) return std::nullopt;
  const mime::Structure structure = mime::scan(bytes);
  message.summary = mime::encode(mime::make_summary(bytes, structure));
  message.content = store::make_content(std::move(bytes));
  return message;
}

}  // namespace smtp::queue
