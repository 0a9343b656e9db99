#include "tools/cli/importer.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <thread>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "tools/cli/admin_command.hpp"
#include "tools/cli/progress.hpp"
#include "tools/transfer/batch.hpp"

namespace cli {
namespace {

using transfer::Message;

constexpr std::size_t kListed = 1000;  // problems that are named; the others are counted
constexpr int kTries = 6;              // of a batch that a busy server did not take

struct Count {
  std::uint64_t imported = 0, present = 0, removed = 0, skipped = 0, left_out = 0, bytes = 0;
};

class Import {
 public:
  Import(Program& p, const ImportOptions& o) : con_(p.con), o_(o), backend_(p.con, p.config) {}

  int run(const OpenSource& open) {
    if (!begin()) return backend_.code();
    auto source = open(limits_, [this](const std::vector<transfer::ImapShape>& shapes) { return known(shapes); });
    if (!source) return cannot_open(source.error());
    bool whole = make_mailboxes(**source) && carry(**source);
    bar_.clear();
    seconds_ = bar_.seconds();
    whole = end() && whole;
    return report(whole);
  }

 private:
  std::string path(const std::string& more) const { return "/accounts/" + encoded(o_.account) + "/imports" + more; }
  std::string path_of(const std::string& more) const { return path("/" + std::to_string(id_) + more); }

  bool begin() {
    backend_.about(o_.account);
    const auto reply = backend_.call("POST", path(""), Json{{"source", o_.kind}, {"from", o_.from}}.dump(-1, ' ', false, Json::error_handler_t::replace));
    if (!reply) return false;
    id_ = reply->value("import", std::uint64_t(0));
    limits_.message = reply->value("max_message_size", limits_.message);
    return true;
  }

  int cannot_open(const base::Error& error) {
    failure_ = error.detail();
    end();
    return con_.fail(kFailed, con_.text({"không đọc được nguồn: {}", "the source cannot be read: {}"}, printable(error.detail())),
                     con_.text({"kiểm tra đường dẫn, loại nguồn và quyền đọc", "check the path, the kind of source and the permissions"}));
  }

  void left_out(const std::string& mailbox, const std::string& origin, const std::string& what) {
    ++counts_[mailbox].left_out;
    if (problems_.size() < kListed) problems_.push_back({origin, what});
    else ++more_problems_;
  }

  std::string target_of(const std::string& name) const {
    if (o_.into.empty()) return name;
    return name == "INBOX" || name.empty() ? o_.into : o_.into + "/" + name;
  }

  // Source name -> name in the account; empty: refused, and said once.
  bool make_mailboxes(const transfer::Source& source) {
    for (const transfer::Folder& f : source.folders()) {
      if (targets_.contains(f.name)) continue;
      Json body = {{"name", target_of(f.name)}};
      if (o_.into.empty()) body["special"] = special_word(f.special);
      const auto answer = backend_.ask("POST", path_of("/mailboxes"), body.dump(-1, ' ', false, Json::error_handler_t::replace));
      if (!answer) return false;
      if (answer->status == 200) {
        targets_[f.name] = answer->body.value("name", "");
      } else if (answer->code() == "invalid" || answer->code() == "limit") {
        targets_[f.name] = "";
        left_out(f.name, con_.text({"hộp thư \"{}\"", "mailbox \"{}\""}, printable(f.name).substr(0, 200)), answer->text());
      } else {
        backend_.refused(*answer);
        return false;
      }
    }
    return true;
  }

  static std::string special_word(store::SpecialUse use) {
    switch (use) {
      case store::SpecialUse::drafts: return "drafts";
      case store::SpecialUse::sent: return "sent";
      case store::SpecialUse::junk: return "junk";
      case store::SpecialUse::trash: return "trash";
      case store::SpecialUse::archive: return "archive";
      case store::SpecialUse::none:
      case store::SpecialUse::inbox: break;
    }
    return "";
  }

  void tell_progress(const transfer::Source& source) {
    bar_.update({"đang nhập", "importing"}, source.done(), source.total(), source.counts_bytes() ? source.done() : 0, handled_);
  }

  bool carry(transfer::Source& source) {
    for (;;) {
      auto item = source.next();
      if (!item) {
        failure_ = item.error().detail();
        return flush(source);
      }
      if (!*item) return flush(source);
      if (const auto* s = std::get_if<transfer::Skipped>(&**item)) {
        using Why = transfer::Skipped::Why;
        Count& count = counts_[s->mailbox];
        (s->why == Why::present ? count.present : s->why == Why::removed ? count.removed : count.skipped) += s->messages;
        handled_ += s->messages;
      } else if (const auto* p = std::get_if<transfer::Problem>(&**item)) {
        left_out("", p->origin, p->what);
      } else {
        take(std::get<Message>(*std::move(*item)));
      }
      const bool full = batch_.size() >= transfer::kBatchMessages || batch_bytes_ >= transfer::kBatchBytes;
      if (full && (!flush(source) || stopped_)) return !stopped_;
      tell_progress(source);
    }
  }

  void take(Message m) {
    const auto target = targets_.find(m.mailbox);
    if (target == targets_.end() || target->second.empty()) {
      ++counts_[m.mailbox].left_out;
      ++silent_;  // the mailbox was named already
      return;
    }
    batch_bytes_ += m.bytes.size();
    batch_.push_back(std::move(m));
  }

  // Sends what is there; messages that a busy server did not take are tried again. False: the import cannot go on.
  bool flush(transfer::Source& source) {
    for (int round = 1; !batch_.empty(); ++round) {
      std::vector<transfer::BatchMessage> views;
      for (const Message& m : batch_) {
        views.push_back(transfer::view(m));
        views.back().mailbox = targets_.at(m.mailbox);
      }
      std::string target = path_of("/messages?ignore_quota=") + (o_.ignore_quota ? "true" : "false");
      target += o_.restore_removed ? "&restore_removed=true" : "";
      const auto reply = backend_.call("POST", target, transfer::encode(views));
      if (!reply) return false;
      const Json results = reply->value("results", Json::array());
      if (results.size() != batch_.size()) {
        failure_ = con_.text({"máy chủ trả lời không hiểu được", "the server's answer makes no sense"});
        return false;
      }
      batch_ = settle(results, round == kTries);
      if (!batch_.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(100 << round));
      tell_progress(source);
    }
    batch_bytes_ = 0;
    return !stopped_;
  }

  // Counts; gives back what is to be tried again.
  std::vector<Message> settle(const Json& results, bool last) {
    std::vector<Message> again;
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      Message& m = batch_[i];
      const Json& r = results[i];
      const std::string state = r.is_string() ? r.get<std::string>() : r.is_object() ? r.value("state", "") : "";
      const std::string text = r.is_object() ? r.value("text", "") : "";
      Count& count = counts_[m.mailbox];
      if (state == "busy" && !last) {
        again.push_back(std::move(m));
        continue;
      }
      ++handled_;
      if (state == "imported") ++count.imported, count.bytes += m.bytes.size();
      else if (state == "present") ++count.present;
      else if (state == "removed") ++count.removed;
      else {
        if (state == "over_quota") stopped_ = true;
        left_out(m.mailbox, m.origin, text.empty() ? state : text);
      }
    }
    return again;
  }

  base::Result<std::vector<transfer::ImapKnown>> known(const std::vector<transfer::ImapShape>& shapes);

  Json totals() const {
    Count all;
    for (const auto& [name, c] : counts_) {
      all.imported += c.imported, all.present += c.present, all.removed += c.removed;
      all.skipped += c.skipped, all.left_out += c.left_out, all.bytes += c.bytes;
    }
    return json_of(all);
  }
  static Json json_of(const Count& c) {
    return {{"imported", c.imported}, {"present", c.present}, {"removed", c.removed}, {"skipped", c.skipped}, {"left_out", c.left_out}, {"bytes", c.bytes}};
  }

  bool end() {
    if (backend_.code() != kDone) return false;
    Json body = totals();
    if (!failure_.empty()) body["failure"] = failure_;
    return backend_.call("POST", path_of("/end"), body.dump(-1, ' ', false, Json::error_handler_t::replace)).has_value();
  }

  int report(bool whole) {
    const Json all = totals();
    for (const auto& [origin, what] : problems_) con_.note(con_.text({"bỏ lại: {}: {}", "left out: {}: {}"}, printable(origin), printable(what)));
    if (more_problems_ > 0) con_.note(con_.text({"và {} mục khác", "and {} more"}, more_problems_));
    const std::string summary = con_.text({"đã nhập {}, đã có sẵn {}, đã bị xóa hay chuyển đi từ trước {}, bỏ lại {}", "imported {}, there already {}, removed or moved since {}, left out {}"},
                                          all["imported"].get<std::uint64_t>(), all["present"].get<std::uint64_t>(), all["removed"].get<std::uint64_t>(),
                                          all["left_out"].get<std::uint64_t>());
    const std::string again = con_.text({"chạy lại lệnh này để tiếp tục: thư đã nhập không bị nhập lần nữa", "run the command again to go on: what was imported is not imported twice"});
    if (backend_.code() != kDone) return con_.note(summary + "; " + again), backend_.code();
    if (!failure_.empty()) return con_.fail(kFailed, con_.text({"dừng giữa chừng: {} ({})", "stopped: {} ({})"}, printable(failure_), summary), again);
    if (stopped_)
      return con_.fail(kFailed, con_.text({"hết hạn mức của {} ({})", "the quota of {} is used up ({})"}, o_.account, summary),
                       con_.text({"nâng hạn mức: congthu account set {} --quota ..., hoặc dùng --ignore-quota; rồi chạy lại", "raise it: congthu account set {} --quota ..., or use --ignore-quota; then run this again"}, o_.account));
    if (!whole || all["left_out"].get<std::uint64_t>() > 0) return con_.fail(kFailed, summary, con_.text({"xem các mục đã nêu", "see what was listed"}));
    show_result(all, summary);
    return kDone;
  }

  void show_result(const Json& all, const std::string& summary) {
    Json rows = Json::array();
    for (const auto& [name, c] : counts_) {
      Json row = {{"mailbox", targets_.contains(name) && !targets_.at(name).empty() ? targets_.at(name) : name}};
      row.update(json_of(c));
      rows.push_back(std::move(row));
    }
    Json whole = {{"schema", "congthu.import/1"}, {"account", o_.account}, {"source", o_.kind}, {"from", o_.from}};
    whole.update(all);
    whole["seconds"] = std::round(seconds_ * 1000) / 1000;
    whole["mailboxes"] = rows;
    if (con_.format == Format::table) con_.out += summary + con_.text({" ({:.1f} giây)", " ({:.1f} seconds)"}, seconds_) + "\n\n";
    show(con_, titled(con_, {"mailbox", "imported", "present", "removed", "skipped", "bytes"}), rows, whole);
  }

  Console& con_;
  const ImportOptions& o_;
  Backend backend_;
  std::uint64_t id_ = 0;
  transfer::Limits limits_;
  std::map<std::string, std::string> targets_;
  std::map<std::string, Count> counts_;
  std::vector<Message> batch_;
  std::size_t batch_bytes_ = 0;
  std::vector<std::pair<std::string, std::string>> problems_;
  std::uint64_t more_problems_ = 0, silent_ = 0, handled_ = 0;
  std::string failure_;  // why the source ended early
  bool stopped_ = false;
  double seconds_ = 0;
  ProgressBar bar_{con_};
};

base::Result<std::vector<transfer::ImapKnown>> Import::known(const std::vector<transfer::ImapShape>& shapes) {
  using transfer::ImapKnown;
  std::vector<ImapKnown> out(shapes.size(), ImapKnown::absent);
  Json list = Json::array();
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto target = targets_.find(shapes[i].mailbox);
    if (target == targets_.end() || target->second.empty()) continue;
    const auto second = std::chrono::floor<std::chrono::seconds>(shapes[i].date).time_since_epoch().count();
    Json one = {{"mailbox", target->second}, {"second", std::uint64_t(second)}, {"size", shapes[i].size}};
    if (!shapes[i].header.empty()) one["header"] = base::hex_encode(base::view(base::sha256(shapes[i].header)));
    list.push_back(std::move(one));
    asked.push_back(i);
  }
  if (list.empty()) return out;
  const auto reply = backend_.call("POST", path_of("/known"), Json{{"messages", std::move(list)}}.dump());
  if (!reply) return base::fail(base::Errc::internal, "the server did not say what it has");
  const Json known = reply->value("known", Json::array());
  if (known.size() != asked.size()) return base::fail(base::Errc::internal, "the server's answer makes no sense");
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (known[i] == "present") out[asked[i]] = ImapKnown::present;
    if (known[i] == "removed" && !o_.restore_removed) out[asked[i]] = ImapKnown::removed;
  }
  return out;
}

}  // namespace

int run_import(Program& p, const ImportOptions& options, const OpenSource& open) { return Import(p, options).run(open); }

}  // namespace cli
