// congthu policy test FILE.eml --from A --to B: what the rules would do, nothing is kept.
#include "tools/cli/admin_command.hpp"
#include "tools/cli/input.hpp"
#include "tools/cli/progress.hpp"

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

struct SimulateArguments {
  std::string since, until, agency, rule;
  std::vector<std::string> files, modes;
  std::uint64_t limit = 100;
};

constexpr std::size_t kMostPolicyFile = 1u << 20;

constexpr base::Text kSimulateExamples{
    "congthu policy simulate --since 2026-10-01 --policy etc/policies/binh-duong-2014.toml\n"
    "congthu policy simulate --since 2026-11-01 --mode pdf-duty=enforce --agency svd\n"
    "congthu policy simulate --since 2026-11-01 --policy moi.toml --rule signature-duty --format json",
    "congthu policy simulate --since 2026-10-01 --policy etc/policies/binh-duong-2014.toml\n"
    "congthu policy simulate --since 2026-11-01 --mode pdf-duty=enforce --agency svd\n"
    "congthu policy simulate --since 2026-11-01 --policy new.toml --rule signature-duty --format json"};

int show_simulation(Console& con, const Json& reply) {
  const Json rules = reply.value("rules", Json::array());
  if (con.format != Format::table) return show(con, titled(con, {"agency", "rule", "before", "after", "mails", "differs"}), rules, reply), kDone;
  con.line({"{} thư đã xét lại, {} thư có kết quả khác, {} thư sẽ được quyết định khác\n", "{} mails judged again, {} with another finding, {} that would be decided otherwise\n"},
           std::to_string(reply.value("mails", std::uint64_t(0))), std::to_string(reply.value("differing", std::uint64_t(0))),
           std::to_string(reply.value("decided_otherwise", std::uint64_t(0))));
  show(con, titled(con, {"agency", "rule", "before", "after", "mails"}), rules, {});
  Json rows = Json::array();
  for (const Json& m : reply.value("messages", Json::array())) {
    const Json changes = m.value("changes", Json::array());
    for (const Json& c : changes)
      rows.push_back({{"received", m.value("received", "")}, {"account", m.value("account", "")}, {"mailbox", m.value("mailbox", "")}, {"uid", m.value("uid", 0u)}, {"sender", m.value("sender", "")},
                      {"rule", c.value("rule", "")}, {"before", c.value("before", "")}, {"after", c.value("after", "")}});
  }
  if (rows.empty()) return kDone;
  con.line({"\nNhững thư có kết quả khác:", "\nMails with another finding:"});
  show(con, titled(con, {"received", "account", "mailbox", "uid", "sender", "rule", "before", "after"}), rows, {});
  if (const auto bad = reply.value("unreadable", std::uint64_t(0)); bad > 0) con.note(con.text({"{} thư không đọc được", "{} mails could not be read"}, std::to_string(bad)));
  return kDone;
}

int simulate_policy(Program& p, const SimulateArguments& a) {
  Console& con = p.con;
  Json body = {{"since", a.since}, {"until", a.until}, {"agency", a.agency}, {"rule", a.rule}, {"files", Json::array()}, {"modes", Json::object()}, {"limit", a.limit}};
  for (const std::string& file : a.files) {
    auto text = read_input(file, kMostPolicyFile);
    if (!text) return cannot_read(con, file, text.error());
    body["files"].push_back({{"name", file}, {"text", *std::move(text)}});
  }
  for (const std::string& mode : a.modes) {
    const std::size_t equals = mode.find('=');
    if (equals == std::string::npos)
      return con.fail(kUsage, con.text({"--mode {}: cần dạng QUY_TẮC=off|observe|enforce", "--mode {}: must be RULE=off|observe|enforce"}, printable(mode)));
    body["modes"][mode.substr(0, equals)] = mode.substr(equals + 1);
  }
  if (a.files.empty() && a.modes.empty())
    return con.fail(kUsage, con.text({"chưa cho biết quy tắc đổi thế nào", "nothing says how the rules change"}), con.text({"thêm --policy TỆP hoặc --mode QUY_TẮC=CHẾ_ĐỘ", "add --policy FILE or --mode RULE=MODE"}));
  Backend backend(con, p.config);
  ProgressBar bar(con);
  const auto reply = backend.call("POST", "/policy/simulate", dump(body), [&](const Json& j) {
    bar.update({"xét lại thư", "judging mail again"}, j.value("done", std::uint64_t(0)), j.value("total", std::uint64_t(0)), 0);
  });
  bar.clear();
  return reply ? show_simulation(con, *reply) : backend.code();
}

void add_simulate(Program& p, CLI::App& group) {
  auto a = std::make_shared<SimulateArguments>();
  CLI::App* c = p.command(group, "simulate", {"Xét lại thư đang lưu theo quy tắc sẽ đổi; không ghi gì.", "Judge stored mail again by changed rules; nothing is written."}, kSimulateExamples,
                          [&p, a](Console&) { return simulate_policy(p, *a); });
  c->add_option("--since", a->since, p.words({"thư nhận từ ngày này", "mail received from this day on"}))->required()->type_name("DATE");
  c->add_option("--until", a->until, p.words({"đến hết ngày này", "up to this day"}))->type_name("DATE");
  c->add_option("--policy", a->files, p.words({"tệp quy tắc thay cho các tệp đang dùng; có thể nhiều tệp", "policy file instead of the running ones; may be repeated"}))->type_name("FILE");
  c->add_option("--mode", a->modes, p.words({"chế độ khác của một quy tắc; có thể nhiều lần", "another mode of a rule; may be repeated"}))->type_name("RULE=MODE");
  c->add_option("--agency", a->agency, p.words({"chỉ thư ràng buộc cơ quan này và bên dưới", "only mail that binds this agency or one below"}))->type_name("CODE");
  c->add_option("--rule", a->rule, p.words({"chỉ quy tắc này", "only this rule"}))->type_name("RULE");
  c->add_option("--limit", a->limit, p.words({"liệt kê nhiều nhất bấy nhiêu thư (mặc định 100)", "list at most that many mails (default 100)"}))->type_name("N");
}

struct ExceptionArguments {
  std::string id, rule, agency, address, from, until, approver, reason;
};

int add_policy_exception(Program& p, const ExceptionArguments& a) {
  Console& con = p.con;
  if (a.agency.empty() == a.address.empty())
    return con.fail(kUsage, con.text({"ngoại lệ cho ai?", "an exception for whom?"}), con.text({"thêm --agency hoặc --address", "add --agency or --address"}));
  Json body = {{"rule", a.rule}, {"until", a.until}, {"approver", a.approver}, {"reason", a.reason}};
  for (const auto& [name, words] : {std::pair<const char*, const std::string*>{"agency", &a.agency}, {"address", &a.address}, {"from", &a.from}})
    if (!words->empty()) body[name] = *words;
  return change(p, "POST", "/policy/exceptions", body, a.rule + " " + a.agency + a.address);
}

constexpr base::Text kExceptionExamples{
    "congthu policy exception add --rule pdf-duty --agency so-vi-du --until 2026-12-31 --approver \"Chánh Văn phòng\" --reason \"chưa có máy quét\"\n"
    "congthu policy exception list\ncongthu policy exception remove 5f3a90b1c2d4",
    "congthu policy exception add --rule pdf-duty --agency so-vi-du --until 2026-12-31 --approver \"Head of office\" --reason \"no scanner yet\"\n"
    "congthu policy exception list\ncongthu policy exception remove 5f3a90b1c2d4"};

void add_exceptions(Program& p, CLI::App& group) {
  auto a = std::make_shared<ExceptionArguments>();
  CLI::App* g = p.group(group, "exception", {"Ai được miễn một quy tắc, đến bao giờ, ai cho phép.", "Whom a rule spares, until when, and who allowed it."}, kExceptionExamples);
  p.command(*g, "list", {"Liệt kê (không gồm ngoại lệ trong tệp quy tắc).", "List them (without those of policy files)."}, kExceptionExamples,
            [&p](Console&) { return list(p, "/policy/exceptions", "exceptions", {"id", "rule", "agency", "address", "from", "until", "approver", "reason", "state"}); });
  CLI::App* c = p.command(*g, "add", {"Thêm; có hiệu lực ngay.", "Add one; it counts at once."}, kExceptionExamples, [&p, a](Console&) { return add_policy_exception(p, *a); });
  c->add_option("--rule", a->rule, p.words({"quy tắc", "the rule"}))->required()->type_name("RULE");
  c->add_option("--agency", a->agency, p.words({"cơ quan và bên dưới", "an agency and what is below"}))->type_name("CODE");
  c->add_option("--address", a->address, p.words({"một địa chỉ", "one address"}))->type_name("A");
  c->add_option("--from", a->from, p.words({"từ ngày (mặc định: ngay)", "from this day on (default: now)"}))->type_name("DATE");
  c->add_option("--until", a->until, p.words({"đến hết ngày", "up to this day"}))->required()->type_name("DATE");
  c->add_option("--approver", a->approver, p.words({"ai cho phép", "who allowed it"}))->required();
  c->add_option("--reason", a->reason, p.words({"vì sao", "why"}))->required();
  c = p.command(*g, "remove", {"Bỏ; có hiệu lực ngay.", "Remove one; it counts at once."}, kExceptionExamples, [&p, a](Console&) { return change(p, "DELETE", "/policy/exceptions/" + encoded(a->id), nullptr, a->id); });
  c->add_option("ID", a->id, p.words({"mã trong danh sách", "id in the list"}))->required();
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
  add_simulate(p, *g);
  add_exceptions(p, *g);
}

}  // namespace cli
