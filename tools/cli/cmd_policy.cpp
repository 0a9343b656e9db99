// congthu policy test FILE.eml --from A --to B: what the rules would do, nothing is kept.
#include "tools/cli/admin_command.hpp"
#include "tools/cli/input.hpp"

namespace cli {
namespace {

struct PolicyArguments {
  std::string file, from, login, channel;
  std::vector<std::string> to;
};

constexpr base::Text kPolicyExamples{"congthu policy test thu.eml --from an@songla.gov.vn --to ban@example.com\ncat thu.eml | congthu policy test - --from a@example.com --to vanthu@songla.gov.vn --format json",
                               "congthu policy test mail.eml --from an@songla.gov.vn --to friend@example.com\ncat mail.eml | congthu policy test - --from a@example.com --to clerk@songla.gov.vn --format json"};

// Why a rule of a policy file says what it says: "binh-duong-2014: 14/CT-UBND, 1c; issued_by_others".
std::string basis_of(const Json& evidence) {
  std::string out;
  for (const char* key : {"policy", "source", "why", "exception"}) {
    const std::string value = evidence.value(key, "");
    if (!value.empty()) out += (out.empty() ? "" : std::string_view(key) == "source" ? ": " : "; ") + value;
  }
  return out.empty() ? out : " [" + out + "]";
}

Json rows_of(const Console& con, const Json& reply) {
  Json rows = Json::array();
  for (const Json& stage : reply.value("stages", Json::array())) {
    for (const Json& f : stage.value("findings", Json::array())) {
      const Json texts = f.value("text", Json::object());
      rows.push_back({{"stage", stage.value("stage", "")}, {"rule", f.value("rule", "")}, {"mode", f.value("mode", "")}, {"action", f.value("action", "")},
                      {"subject", f.value("subject", "")}, {"text", texts.value(con.lang == base::Lang::vi ? "vi" : "en", "") + basis_of(f.value("evidence", Json::object()))}});
    }
  }
  return rows;
}

int run(Program& p, const PolicyArguments& a) {
  Console& con = p.con;
  const auto message = read_input(a.file);
  if (!message) return cannot_read(con, a.file, message.error());
  std::string to;
  for (const std::string& one : a.to) to += (to.empty() ? "" : ",") + one;
  std::string target = "/policy/test?from=" + encoded(a.from) + "&to=" + encoded(to);
  if (!a.login.empty()) target += "&login=" + encoded(a.login);
  if (!a.channel.empty()) target += "&channel=" + encoded(a.channel);
  Backend backend(con, p.config);
  const auto reply = backend.call("POST", target, *message);
  if (!reply) return backend.code();
  const std::string action = reply->value("action", "");
  const Json rows = rows_of(con, *reply);
  const auto columns = titled(con, {"stage", "rule", "mode", "action", "subject", "text"});
  if (con.format == Format::table) {
    con.line({"Kết quả: {}", "Result: {}"}, action);
    if (reply->contains("reply") && (*reply)["reply"].is_string()) con.line({"Trả lời: {}", "Reply: {}"}, printable((*reply)["reply"].get<std::string>()));
    if (!rows.empty()) con.out += "\n";
  }
  if (con.format != Format::table || !rows.empty()) show(con, columns, rows, *reply);
  return action == "reject" || action == "defer" ? kNegative : kDone;
}

}  // namespace

void add_policy(Program& p) {
  auto a = std::make_shared<PolicyArguments>();
  CLI::App* g = p.group("policy", {"Quy tắc xử lý thư.", "The rules for mail."}, kPolicyExamples);
  CLI::App* c = p.command(*g, "test", {"Thử quy tắc với một thư, không gửi và không lưu gì; 1 nếu thư sẽ bị từ chối.",
                                       "Try the rules on a mail; nothing is sent or kept; 1 if it would be refused."}, kPolicyExamples, [&p, a](Console&) { return run(p, *a); });
  c->add_option("FILE", a->file, p.words({"thư (.eml); - là đầu vào chuẩn", "the mail (.eml); - is standard input"}))->required();
  c->add_option("--from", a->from, p.words({"địa chỉ gửi của phong bì", "envelope sender"}))->required()->type_name("A");
  c->add_option("--to", a->to, p.words({"địa chỉ nhận; lặp lại được", "recipient; repeatable"}))->required()->type_name("B")->expected(1)->take_all();
  c->add_option("--login", a->login, p.words({"người đăng nhập gửi thư", "who is logged in"}))->type_name("L");
  c->add_option("--channel", a->channel, p.words({"submission hoặc inbound", "submission or inbound"}))->type_name("C");
}

}  // namespace cli
