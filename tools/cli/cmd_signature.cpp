// congthu signature recheck; congthu verify --stored.
#include <unistd.h>

#include "policy/core/signature_report.hpp"
#include "tools/cli/admin_command.hpp"
#include "tools/cli/progress.hpp"
#include "tools/cli/stored_verdict.hpp"

namespace cli {
namespace {

struct RecheckArguments {
  std::string since;
  bool dry = false;
};

constexpr base::Text kRecheckExamples{"congthu signature recheck --since 2026-11-01 --dry-run\ncongthu signature recheck --since 2026-11-01",
                                      "congthu signature recheck --since 2026-11-01 --dry-run\ncongthu signature recheck --since 2026-11-01"};

int recheck(Program& p, const RecheckArguments& a) {
  Console& con = p.con;
  Backend backend(con, p.config);
  ProgressBar bar(con);
  const auto progress = [&](const Json& j) {
    bar.update({"xét lại chữ ký", "judging again"}, j.value("done", std::uint64_t(0)), j.value("total", std::uint64_t(0)), 0);
  };
  const auto reply = backend.call("POST", "/signatures/recheck?since=" + encoded(a.since) + (a.dry ? "&dry_run=true" : ""), {}, progress);
  bar.clear();
  if (!reply) return backend.code();
  const auto number = [&](const char* key) { return reply->value(key, std::uint64_t(0)); };
  const Json changes = reply->value("changes", Json::array());
  if (con.format != Format::table || !changes.empty()) show(con, titled(con, {"message", "before", "after"}), changes, *reply);
  if (con.format != Format::table) return number("failed") == 0 ? kDone : kFailed;
  con.line({"{} thư có chữ ký đã được xét lại, {} kết luận đổi, {} còn chờ dữ liệu thu hồi", "{} signed mails judged again, {} verdicts changed, {} wait for revocation data"},
           number("checked"), number("changed"), number("waiting"));
  if (a.dry) con.note(con.text({"chỉ thử: chưa ghi gì", "a trial: nothing was written"}));
  if (number("failed") == 0) return kDone;
  return con.fail(kFailed, con.text({"{} thư không xét lại được", "{} mails could not be judged"}, number("failed")),
                  con.text({"nhật ký của congthud (recheck_failed) nói vì sao", "congthud's log (recheck_failed) says why"}));
}

Json verdict_rows(const Console& con, const Json& reply) {
  Json rows = Json::array();
  const auto add = [&](const std::string& file, const Json& report) {
    const auto verdict = policy::parse_verdict(report.value("verdict", ""));
    std::string reasons;
    for (const Json& r : report.value("reasons", Json::array())) reasons += (reasons.empty() ? "" : "; ") + r.value("text", std::string());
    std::string signers;
    for (const Json& s : report.value("signatures", Json::array())) {
      if (s.contains("signer") && s["signer"].is_object() && s["signer"]["common_name"].is_string())
        signers += (signers.empty() ? "" : "; ") + s["signer"]["common_name"].get<std::string>();
      for (const Json& r : s.value("reasons", Json::array()))
        if (const std::string text = r.value("text", std::string()); reasons.find(text) == std::string::npos) reasons += (reasons.empty() ? "" : "; ") + text;
    }
    rows.push_back({{"file", file}, {"label", verdict ? std::string(policy::label(*verdict).in(con.lang)) : report.value("verdict", "")},
                    {"signer", signers}, {"reasons", reasons}});
  };
  add(con.text({"(thư)", "(mail)"}), reply["report"]);
  for (const Json& a : reply.value("attachments", Json::array())) add(a.value("file", ""), a["report"]);
  return rows;
}

}  // namespace

int show_stored_verdict(Program& p, const std::string& id) {
  Console& con = p.con;
  Backend backend(con, p.config);
  const auto reply = backend.call("GET", "/evidence/" + encoded(id));
  if (!reply) return backend.code();
  const bool valid = reply->contains("report") && (*reply)["report"].value("verdict", "") == "valid";
  show(con, titled(con, {"file", "label", "signer", "reasons"}), verdict_rows(con, *reply), *reply);
  if (con.format == Format::table) {
    con.line({"xét tại thời điểm {}, với dữ liệu đến {}", "judged for {}, with data up to {}"}, reply->value("at", ""), reply->value("decided", ""));
    if (const auto missing = reply->value("objects_missing", std::uint64_t(0)); missing > 0)
      con.note(con.text({"{} dữ liệu đã đi cùng chữ ký hoặc không còn", "{} pieces came with the signature, or are gone"}, missing));
  }
  return valid ? kDone : kNegative;
}

void add_signature(Program& p) {
  auto a = std::make_shared<RecheckArguments>();
  CLI::App* g = p.group("signature", {"Kết luận chữ ký của thư đã lưu.", "Signature verdicts of stored mail."}, kRecheckExamples);
  CLI::App* c = p.command(*g, "recheck",
      {"Xét lại chữ ký của thư từ một ngày, với gốc tin cậy và dữ liệu thu hồi hiện có; từ khóa, sổ và báo cáo đổi theo.",
       "Judge the signatures of mail since a day again, with today's trust and revocation data; keywords, records and reports follow."},
      kRecheckExamples, [&p, a](Console&) { return recheck(p, *a); });
  c->add_option("--since", a->since, p.words({"từ ngày nào (NNNN-TT-NN)", "since which day (YYYY-MM-DD)"}))->type_name("DATE")->required();
  c->add_flag("--dry-run", a->dry, p.words({"chỉ nói điều gì sẽ đổi", "only say what would change"}));
}

}  // namespace cli
