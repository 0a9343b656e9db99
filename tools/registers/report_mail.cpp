// Reports that other servers and readers send about our mail.
#include <algorithm>

#include "base/ascii.hpp"
#include "mime/decode.hpp"
#include "mime/header.hpp"
#include "tools/registers/arrivals.hpp"

namespace registers {
namespace {

constexpr std::size_t kMaxReport = 64 * 1024;  // bytes of one part that are read
constexpr std::size_t kMaxNews = 200;

std::string bracketed(std::string_view value) {
  const std::size_t open = value.find('<'), close = value.find('>', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) return std::string(base::trim(value));
  return std::string(value.substr(open + 1, close - open - 1));
}

std::string field_of(std::string_view block, std::string_view name) {
  const auto field = mime::find(block, name);
  return field ? mime::unfold(field->raw_value) : std::string{};
}

// "rfc822; nguoi.nhan@vidu.vn" (RFC 3464 2.1.2); RFC 6533 adds "utf-8".
std::string address_in(std::string_view value) {
  const std::size_t semicolon = value.find(';');
  if (semicolon != std::string_view::npos) value.remove_prefix(semicolon + 1);
  return bracketed(base::trim(value));
}

// Blocks of fields with empty lines between them: first of the message, then one for each recipient.
std::vector<std::string_view> blocks_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\r\n\r\n"), text.find("\n\n"));
    const std::string_view block = text.substr(0, end == std::string_view::npos ? text.size() : end + 1);
    if (!base::trim(block).empty()) out.push_back(block);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end);
    while (text.starts_with('\r') || text.starts_with('\n')) text.remove_prefix(1);
  }
  return out;
}

std::optional<Receipt> receipt_in(std::string_view action) {
  const std::string word = base::lower_ascii(base::trim(action));
  if (word == "failed") return Receipt::refused;
  if (word == "delivered") return Receipt::delivered;
  return std::nullopt;  // delayed, relayed, expanded: nothing is known of the mailbox
}

void read_delivery(std::string_view text, Report& out) {
  for (const std::string_view block : blocks_of(text)) {
    const auto receipt = receipt_in(field_of(block, "Action"));
    if (!receipt || out.news.size() >= kMaxNews) continue;
    // ORCPT: the address that we wrote to, where the other side rewrote it.
    for (const std::string_view name : {"Original-Recipient", "Final-Recipient"})
      if (std::string address = address_in(field_of(block, name)); !address.empty())
        out.news.push_back({std::move(address), *receipt, "dsn", field_of(block, "Status") + " " + field_of(block, "Diagnostic-Code")});
  }
}

// RFC 8098 3.2.6: "manual-action/MDN-sent-manually; displayed". Other types say that nobody read it.
void read_disposition(std::string_view text, Report& out) {
  const std::string disposition = base::lower_ascii(field_of(text, "Disposition"));
  const std::size_t semicolon = disposition.find(';');
  if (semicolon == std::string::npos) return;
  std::string_view type = base::trim(std::string_view(disposition).substr(semicolon + 1));
  type = type.substr(0, type.find('/'));
  if (type != "displayed") return;
  out.message_id = bracketed(field_of(text, "Original-Message-ID"));
  for (const std::string_view name : {"Original-Recipient", "Final-Recipient"})
    if (std::string address = address_in(field_of(text, name)); !address.empty()) out.news.push_back({std::move(address), Receipt::read, "mdn", {}});
}

}  // namespace

std::optional<Report> read_report(std::string_view content, const mime::Structure& structure) {
  const mime::Part& root = structure.root();
  if (!root.is_multipart() || root.subtype != "report") return std::nullopt;  // RFC 6522 3
  Report out;
  std::string original;
  for (const mime::Part& part : structure.parts) {
    if (part.parent != 0) continue;
    const std::string kind = part.type + "/" + part.subtype;
    const bool header = kind == "message/rfc822" || kind == "message/global" || kind == "text/rfc822-headers" || kind == "message/global-headers";
    if (kind != "message/delivery-status" && kind != "message/global-delivery-status" && kind != "message/disposition-notification" &&
        kind != "message/global-disposition-notification" && !header)
      continue;
    const std::string text = mime::decode(part.body.of(content), mime::encoding_of(part.encoding), kMaxReport);
    if (header) original = bracketed(field_of(std::string_view(text).substr(0, text.find("\r\n\r\n")), "Message-ID"));
    else if (kind.find("disposition") == std::string::npos) read_delivery(text, out);
    else read_disposition(text, out);
  }
  if (out.message_id.empty()) out.message_id = std::move(original);
  if (out.message_id.empty() || out.news.empty()) return std::nullopt;
  return out;
}

}  // namespace registers
