#include "policy/receipt/receipt.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "policy/smime/cms_shape.hpp"

namespace policy::receipt {
namespace {

constexpr std::string_view kReceiptSchema = "congthu.receipt/1";

}  // namespace

std::string to_json(const Receipt& r) {
  const nlohmann::ordered_json j = {
      {"schema", kReceiptSchema}, {"id", r.id}, {"accepted", base::rfc3339(r.accepted)}, {"server", r.server}, {"channel", r.channel},
      {"client", r.client}, {"login", r.login}, {"sender", r.sender}, {"recipients", r.recipients}, {"message_id", r.message_id},
      {"size", r.size}, {"received_sha256", r.received_sha256}, {"stored_sha256", r.stored_sha256}};
  return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);  // addresses and Message-ID come from outside
}

base::Result<Receipt> parse_receipt(std::string_view text) try {
  const auto j = nlohmann::json::parse(text);
  if (j.at("schema").get<std::string>() != kReceiptSchema) return base::fail(base::Errc::invalid, "no congthu.receipt/1");
  Receipt r;
  const auto accepted = base::parse_rfc3339(j.at("accepted").get<std::string>());
  if (!accepted) return base::fail(base::Errc::invalid, "receipt: accepted is no time");
  r.accepted = *accepted;
  const auto read = [&j](const char* key) { return j.at(key).get<std::string>(); };
  r.id = read("id");
  r.server = read("server");
  r.channel = read("channel");
  r.client = read("client");
  r.login = read("login");
  r.sender = read("sender");
  r.recipients = j.at("recipients").get<std::vector<std::string>>();
  r.message_id = read("message_id");
  r.size = j.at("size").get<std::uint64_t>();
  r.received_sha256 = read("received_sha256");
  r.stored_sha256 = read("stored_sha256");
  return r;
} catch (const std::exception& e) {
  return base::fail(base::Errc::invalid, std::string("receipt: ") + e.what());
}

base::Result<Receipt> statement_of(std::string_view cms) {
  const smime::CmsShape shape = smime::read_shape(cms);
  const auto content = shape.content ? smime::octets(*shape.content) : std::nullopt;
  if (shape.kind != smime::CmsKind::signed_data || !content) return base::fail(base::Errc::corrupt, "receipt: no signed statement");
  return parse_receipt(*content);
}

bool has_timestamp(std::string_view cms) {
  const smime::CmsShape shape = smime::read_shape(cms);
  return std::any_of(shape.signers.begin(), shape.signers.end(), [](const smime::RawSigner& s) {
    return std::any_of(s.unsigned_attributes.begin(), s.unsigned_attributes.end(), [](const auto& a) { return a.oid == smime::oid_timestamp_token(); });
  });
}

}  // namespace policy::receipt
