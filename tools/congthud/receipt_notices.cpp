#include "tools/congthud/receipt_notices.hpp"

#include "base/log.hpp"
#include "policy/core/reason.hpp"
#include "tools/congthud/letters.hpp"
#include "tools/registers/query.hpp"

namespace tools {
namespace {

std::string row_words(const registers::Json& row, base::Lang lang) {
  const bool vi = lang == base::Lang::vi;
  std::string out;
  const auto add = [&](const char* in_vi, const char* in_en, const std::string& value) {
    if (!value.empty()) out += std::string("  ") + (vi ? in_vi : in_en) + ": " + value + "\n";
  };
  add("Số, ký hiệu", "Number", registers::text(row, "number"));
  add("Ngày văn bản", "Dated", registers::text(row, "date"));
  add("Cơ quan ban hành", "Issuer", registers::text(row, "issuer"));
  add("Trích yếu", "Title", registers::text(row, "title"));
  add("Tệp", "File", registers::text(row, "file"));
  const std::string agency = registers::text(row, "agency_name");
  add("Cơ quan nhận", "Received by", agency.empty() ? registers::text(row, "agency") : agency);
  add("Số đến", "Number in the register", std::to_string(row.value("register_number", 0u)) + "/" + std::to_string(row.value("register_year", 0u)));
  add("Nhận lúc", "Received at", registers::text(row, "at"));
  if (const auto verdict = policy::parse_verdict(registers::text(row, "verdict"))) add("Chữ ký số", "Signature", std::string(policy::label(*verdict).in(lang)));
  return out;
}

admin::Letter letter_about(const registers::Json& row, const registers::Json& notice) {
  admin::Letter letter;
  letter.answer = true;
  const registers::Json to = row.value("to", registers::Json::array());
  if (!to.empty() && to.front().is_string()) letter.from = to.front().get<std::string>();
  letter.to = {registers::text(notice, "to")};
  letter.in_reply_to = registers::text(notice, "message_id");
  const std::string number = registers::text(row, "number");
  letter.subject = "Đã nhận văn bản " + (number.empty() ? registers::text(row, "file") : number);
  letter.text = "Văn bản sau đây đã đến và được vào sổ văn bản đến.\n\n" + row_words(row, base::Lang::vi) +
                "\nThe following document has arrived and was entered into the register of incoming documents.\n\n" + row_words(row, base::Lang::en) +
                "\nThư này do máy chủ tự động gửi. / This message was sent automatically.\n";
  return letter;
}

}  // namespace

base::Result<void> ReceiptNotices::run_once() {
  std::vector<std::string> waiting;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    waiting = registers::notices_due(*snapshot);
  }
  bool queued = false;
  for (const std::string& key : waiting) {
    const auto told = tell(key);
    if (!told) return told.error();
    queued = queued || *told;
  }
  if (queued && queue_changed_) queue_changed_();
  return {};
}

base::Result<bool> ReceiptNotices::tell(const std::string& key) {
  const base::Time now = clock_.now();
  std::optional<store::SubmitMessage> message;
  {
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    const auto row = registers::stored_row(*snapshot, key);
    const registers::Json notice = row ? row->value("receipt_notice", registers::Json()) : registers::Json();
    if (notice.is_object()) {
      auto made = make_letter(*snapshot, hostname_, now, letter_about(*row, notice));
      if (!made) base::log_warn("receipt_notice_not_sent", {{"row", registers::to_string(registers::place_of(*row))}, {"error", made.error()}});
      else message = *std::move(made);
    }
  }
  const bool sent = message.has_value(), outbound = sent && !message->outbound.empty();
  store::RecordRule rule = registers::notice_sent(key, sent, now);
  if (!sent) {
    const auto done = store_.run(store::ApplyRules{{std::move(rule)}});
    if (!done) return done.error();
    return false;
  }
  message->rules.push_back(std::move(rule));
  if (const auto done = store_.run(*std::move(message)); !done) return done.error();
  return outbound;
}

}  // namespace tools
