// congthu quarantine list|show|save|release|refuse.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/cli/admin_command.hpp"

namespace cli {
namespace {

struct QuarantineArguments {
  std::string id, reason, out;
};

constexpr base::Text kQuarantineExamples{
    "congthu quarantine list\ncongthu quarantine show 12\ncongthu quarantine save 12 thu.eml\n"
    "congthu quarantine release 12\ncongthu quarantine refuse 12 --reason \"thư giả mạo\"",
    "congthu quarantine list\ncongthu quarantine show 12\ncongthu quarantine save 12 mail.eml\n"
    "congthu quarantine release 12\ncongthu quarantine refuse 12 --reason \"forged\""};

std::string quarantine_path(const QuarantineArguments& a, const std::string& more = {}) { return "/quarantine/" + encoded(a.id) + more; }

int decide(Program& p, const QuarantineArguments& a, const char* verb) {
  Json body = Json::object();
  if (!a.reason.empty()) body["reason"] = a.reason;
  return change(p, "POST", quarantine_path(a, std::string("/") + verb), body, a.id);
}

int save(Program& p, const QuarantineArguments& a) {
  Console& con = p.con;
  Backend backend(con, p.config);
  const auto answer = backend.ask("GET", quarantine_path(a, "/content"), {}, true);
  if (!answer) return backend.code();
  if (answer->status != 200) return backend.refused(*answer), backend.code();
  const auto lost = [&] {
    return con.fail(kFailed, con.text({"không ghi được {}: {}", "cannot write {}: {}"}, printable(a.out), std::strerror(errno)), con.text({"chọn tên tệp mới", "choose a new file name"}));
  };
  const int fd = ::open(a.out.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return lost();
  std::string_view rest = answer->bytes;
  bool good = true;
  while (good && !rest.empty()) {
    const ssize_t n = ::write(fd, rest.data(), rest.size());
    good = n > 0;
    if (good) rest.remove_prefix(std::size_t(n));
  }
  const int code = good ? kDone : lost();
  ::close(fd);
  if (code == kDone) con.line({"đã lưu {} byte vào {}; thư chưa tin được, hãy mở cẩn thận", "{} bytes saved to {}; the mail is not to be trusted, open it with care"}, answer->bytes.size(), printable(a.out));
  return code;
}

}  // namespace

void add_quarantine(Program& p) {
  auto a = std::make_shared<QuarantineArguments>();
  CLI::App* g = p.group("quarantine", {"Thư bị quy tắc giữ lại: xem, cho qua, từ chối.", "Mail that a rule holds back: look, release, refuse."}, kQuarantineExamples);
  p.command(*g, "list", {"Liệt kê.", "List it."}, kQuarantineExamples, [&p](Console&) {
    return list(p, "/quarantine", "quarantine", {"id", "received", "expires", "direction", "sender", "recipients", "subject", "rule", "size"});
  });
  const auto id = [&](CLI::App* c) { c->add_option("ID", a->id, p.words({"mã của thư", "id of the mail"}))->required(); };
  CLI::App* c = p.command(*g, "show", {"Một thư (được ghi nhật ký).", "One mail (audited)."}, kQuarantineExamples, [&p, a](Console&) { return show_one(p, quarantine_path(*a)); });
  id(c);
  c = p.command(*g, "save", {"Lưu nguyên văn để xem xét (được ghi nhật ký).", "Save it as it is, to be examined (audited)."}, kQuarantineExamples, [&p, a](Console&) { return save(p, *a); });
  id(c);
  c->add_option("FILE", a->out, p.words({"tệp mới", "a new file"}))->required();
  c = p.command(*g, "release", {"Cho qua: chuyển vào hộp thư như vừa đến.", "Release: deliver it as if it came now."}, kQuarantineExamples, [&p, a](Console&) { return decide(p, *a, "release"); });
  id(c);
  c->add_option("--reason", a->reason, p.words({"lý do, ghi vào nhật ký", "the reason, kept in the audit log"}));
  c = p.command(*g, "refuse", {"Từ chối, báo cho người gửi và người nhận.", "Refuse it, and tell sender and recipients."}, kQuarantineExamples, [&p, a](Console&) { return decide(p, *a, "refuse"); });
  id(c);
  c->add_option("--reason", a->reason, p.words({"lý do, ghi vào nhật ký và thông báo", "the reason, for the audit log and the notices"}))->required();
}

}  // namespace cli
