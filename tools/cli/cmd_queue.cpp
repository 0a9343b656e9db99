// congthu queue: outbound mail.
#include "tools/cli/admin_command.hpp"

namespace cli {
namespace {

struct QueueArguments {
  std::vector<std::string> ids;
};

constexpr base::Text kQueueExamples{"congthu queue list\ncongthu queue show 42\ncongthu queue retry 42 43\ncongthu queue hold 42",
                               "congthu queue list\ncongthu queue show 42\ncongthu queue retry 42 43\ncongthu queue hold 42"};

int act(Program& p, const QueueArguments& a, const std::string& verb) {
  Backend backend(p.con, p.config);
  Json rows = Json::array();
  for (const std::string& id : a.ids) {
    const auto reply = backend.call("POST", "/queue/" + encoded(id) + "/" + verb);
    if (!reply) return backend.code();
    rows.push_back({{"id", id}, {"action", verb}, {"changed", reply->value("changed", true)}});
  }
  if (p.con.format != Format::table) show(p.con, titled(p.con, {"id", "action", "changed"}), rows, {{"schema", "congthu.queue_change/1"}, {"queue", rows}});
  else for (const std::string& id : a.ids) p.con.line({"đã xong: {} {}", "done: {} {}"}, verb, printable(id));
  return kDone;
}

}  // namespace

void add_queue(Program& p) {
  auto a = std::make_shared<QueueArguments>();
  CLI::App* g = p.group("queue", {"Hàng đợi thư gửi đi.", "The queue of outgoing mail."}, kQueueExamples);
  p.command(*g, "list", {"Liệt kê.", "List it."}, kQueueExamples, [&p](Console&) {
    return list(p, "/queue", "queue", {"id", "sender", "recipients", "size", "accepted", "next_try", "attempts", "held", "last_error"});
  });
  CLI::App* show = p.command(*g, "show", {"Xem một thư.", "Show one."}, kQueueExamples, [&p, a](Console&) { return show_one(p, "/queue/" + encoded(a->ids.front())); });
  show->add_option("ID", a->ids, p.words({"mã trong hàng đợi", "the queue id"}))->required()->expected(1);
  for (const auto& [verb, text] : {std::pair{"retry", base::Text{"Thử gửi lại ngay.", "Try again now."}}, std::pair{"hold", base::Text{"Giữ lại, không gửi.", "Keep it back."}},
                                   std::pair{"release", base::Text{"Thôi giữ, gửi tiếp.", "Let it go again."}},
                                   std::pair{"drop", base::Text{"Bỏ khỏi hàng đợi, không báo người gửi.", "Remove it without a bounce."}}}) {
    CLI::App* c = p.command(*g, verb, text, kQueueExamples, [&p, a, v = std::string(verb)](Console&) { return act(p, *a, v); });
    c->add_option("ID", a->ids, p.words({"mã trong hàng đợi", "queue ids"}))->required();
  }
}

}  // namespace cli
