// congthu audit list|show|verify|head|export|mailbox. An export is verified here, without a server: what an auditor has is enough.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "mime/decode.hpp"
#include "mime/structure.hpp"
#include "tools/admin/audit_verify.hpp"
#include "tools/cli/admin_command.hpp"
#include "tools/cli/input.hpp"
#include "tools/cli/progress.hpp"

namespace cli {
namespace {

constexpr std::uint64_t kAuditPage = 5000;

struct AuditArguments {
  std::string who, what, target, from, to, file, out, account;
  std::vector<std::string> heads, keys;
  std::uint64_t limit = 100, seq = 0, after = 0;
};

constexpr base::Text kAuditExamples{
    "congthu audit list --from 2026-11-01 --what search\ncongthu audit show 120\n"
    "congthu audit verify\ncongthu audit verify --head moc.jsonl --key audit-pub.pem\n"
    "congthu audit export nhat-ky.jsonl && congthu audit verify nhat-ky.jsonl --head moc.jsonl\n"
    "congthu audit head >> /media/usb/moc.jsonl\ncongthu audit mailbox an.nguyen@songla.gov.vn",
    "congthu audit list --from 2026-11-01 --what search\ncongthu audit show 120\n"
    "congthu audit verify\ncongthu audit verify --head heads.jsonl --key audit-pub.pem\n"
    "congthu audit export log.jsonl && congthu audit verify log.jsonl --head heads.jsonl\n"
    "congthu audit head >> /media/usb/heads.jsonl\ncongthu audit mailbox an.nguyen@songla.gov.vn"};

std::vector<Column> audit_columns(const Console& con) {
  return {{"seq", con.text({"Số", "No."}), true}, {"at", con.text({"Lúc", "At"})}, {"who", con.text({"Ai", "Who"})}, {"what", con.text({"Việc", "What"})},
          {"target", con.text({"Về", "About"})}, {"detail", con.text({"Chi tiết", "Detail"})}};
}

Json flat(Json rows) {  // for people and spreadsheets: the detail in words
  for (Json& row : rows) {
    if (!row.contains("detail")) continue;
    std::string words;
    if (row["detail"].is_object()) {
      const Json detail = row["detail"];
      for (const auto& [key, value] : detail.items()) words += (words.empty() ? "" : "; ") + key + "=" + cell_text(value);
    } else words = cell_text(row["detail"]);
    row["detail"] = std::move(words);
  }
  return rows;
}

int audit_rows(Program& p, const std::string& target, const char* key) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", target);
  if (!reply) return backend.code();
  show(p.con, audit_columns(p.con), flat(reply->value(key, Json::array())), *reply);
  return kDone;
}

int audit_list(Program& p, const AuditArguments& a) {
  std::string target = "/audit?last=true&limit=" + std::to_string(a.limit);
  const std::pair<const char*, const std::string*> filters[] = {{"who", &a.who}, {"what", &a.what}, {"target", &a.target}, {"from", &a.from}, {"to", &a.to}};
  for (const auto& [name, value] : filters)
    if (!value->empty()) target += std::string("&") + name + "=" + encoded(*value);
  return audit_rows(p, target, "audit");
}

// The decoded leaves of a mail: a mailed head is an attachment in base64.
std::string bodies_of(std::string_view mail) {
  std::string out;
  const mime::Structure structure = mime::scan(mail);
  for (const mime::Part& part : structure.parts)
    if (part.first_child == mime::kNoPart) out += mime::decode(part.body.of(mail), mime::encoding_of(part.encoding)) + "\n";
  return out;
}

// Heads of all files, and the keys that may have signed them. Nothing: reported.
struct Kept {
  std::vector<admin::AuditHead> heads;
  std::vector<base::PublicKey> keys;
};
std::optional<Kept> kept_of(Console& con, const AuditArguments& a, int& code) {
  Kept out;
  for (const std::string& file : a.heads) {
    const auto text = read_input(file);
    if (!text) return code = cannot_read(con, file, text.error()), std::nullopt;
    auto heads = admin::heads_in(*text);
    if (!heads && !text->starts_with("{")) heads = admin::heads_in(bodies_of(*text));
    if (!heads) return code = con.fail(kFailed, printable(file) + ": " + heads.error().detail(), con.text({"cần tệp có các dòng từ congthu audit head, hoặc thư mang dòng ấy", "it takes lines of congthu audit head, or a mail that holds one"})), std::nullopt;
    out.heads.insert(out.heads.end(), heads->begin(), heads->end());
  }
  for (const std::string& file : a.keys) {
    const auto text = read_input(file);
    if (!text) return code = cannot_read(con, file, text.error()), std::nullopt;
    auto key = base::PublicKey::from_pem(*text);
    if (!key) return code = con.fail(kFailed, printable(file) + ": " + key.error().detail()), std::nullopt;
    out.keys.push_back(*std::move(key));
  }
  return out;
}

base::Text words_of(std::string_view code) {
  if (code == "changed") return {"dòng bị sửa", "changed"};
  if (code == "gap") return {"dòng bị xóa", "rows deleted"};
  if (code == "truncated") return {"cuối bị cắt", "end cut off"};
  if (code == "head_missing") return {"thiếu so với mốc đã giữ", "behind a head that was kept"};
  if (code == "head_differs") return {"khác mốc đã giữ", "differs from a head that was kept"};
  if (code == "head_signature" || code == "own_head") return {"chữ ký của mốc sai", "a head's signature is wrong"};
  if (code == "head_key") return {"mốc do khóa khác ký", "a head of another key"};
  if (code == "head_store") return {"mốc của kho khác", "a head of another store"};
  return {"hỏng", "damaged"};
}

int tell_verified(Console& con, const Json& result) {
  const bool ok = result.value("ok", false);
  Json rows = result.value("findings", Json::array());
  for (Json& row : rows) row["kind"] = con.text(words_of(row.value("code", "")));
  const std::vector<Column> columns = {{"seq", con.text({"Số", "No."}), true}, {"code", con.text({"Mã", "Code"})}, {"kind", con.text({"Phát hiện", "Finding"})}, {"detail", con.text({"Chi tiết", "Detail"})}};
  if (con.format != Format::table) return show(con, columns, rows, result), ok ? kDone : kNegative;
  if (!ok) show(con, columns, rows, result);
  else con.line({"nhật ký toàn vẹn: {} dòng, {} mốc đã giữ và {} mốc trong nhật ký đều khớp", "the audit log is whole: {} rows; {} heads kept outside and {} in the log agree"},
                result.value("rows", std::uint64_t(0)), result.value("heads", std::uint64_t(0)), result.value("own_heads", std::uint64_t(0)));
  con.line({"dòng cuối {}, mã băm {}", "last row {}, hash {}"}, result.value("seq", std::uint64_t(0)), result.value("hash", ""));
  if (ok && result.value("heads", std::uint64_t(0)) == 0)
    con.note(con.text({"không có mốc giữ bên ngoài thì không thấy được việc viết lại toàn bộ: --head TỆP", "without a head kept outside, a log that was written anew as a whole is not found: --head FILE"}));
  return ok ? kDone : kNegative;
}

int verify_store(Program& p, const Kept& kept) {
  Json body = {{"heads", Json::array()}, {"keys", Json::array()}};
  for (const auto& head : kept.heads) body["heads"].push_back(dump(admin::to_json(head)));
  for (const auto& key : kept.keys) body["keys"].push_back(key.pem());
  ProgressBar bar(p.con);
  Backend backend(p.con, p.config);
  const auto reply = backend.call("POST", "/audit/verify", dump(body), [&](const Json& j) {
    bar.update({"kiểm tra nhật ký", "verifying the log"}, j.value("done", std::uint64_t(0)), j.value("total", std::uint64_t(0)));
  });
  bar.clear();
  if (!reply) return backend.code();
  return tell_verified(p.con, *reply);
}

bool link_of(const Json& json, const char* seq, const char* hash, store::AuditLink& out) {
  if (!json.is_object() || !json.contains(seq) || !json[seq].is_number_unsigned() || !json.contains(hash) || !json[hash].is_string()) return false;
  const auto bytes = base::hex_decode(json[hash].get<std::string>());
  if (!bytes || bytes->size() != out.hash.size()) return false;
  out.seq = json[seq].get<std::uint64_t>();
  std::copy(bytes->begin(), bytes->end(), out.hash.begin());
  return true;
}

// Line 1 says what comes before; then the rows; the last line is a head over them.
int verify_export(Program& p, const AuditArguments& a, Kept kept) {
  Console& con = p.con;
  std::ifstream file(a.file, std::ios::binary);
  if (!file) return cannot_read(con, a.file, base::fail(base::Errc::not_found, std::strerror(errno)));
  std::string line;
  std::size_t number = 1;
  const auto broken = [&] {
    return con.fail(kFailed, con.text({"{}: dòng {} không phải của một bản xuất nhật ký", "{}: line {} is not of an exported audit log"}, printable(a.file), number),
                    con.text({"tạo bằng: congthu audit export TỆP", "make one: congthu audit export FILE"}));
  };
  std::getline(file, line);
  const Json first = Json::parse(line, nullptr, false);
  store::AuditLink before;
  if (!first.is_object() || !first.contains("schema") || first["schema"] != "congthu.audit_export/1" || !link_of(first, "after", "previous", before)) return broken();
  admin::AuditVerifier verifier(before, std::move(kept.heads), std::move(kept.keys), first.value("store", ""));
  bool closed = false;
  while (std::getline(file, line)) {
    ++number;
    const Json json = Json::parse(line, nullptr, false);
    store::AuditRow row;
    if (closed || !link_of(json, "seq", "hash", row.link)) return broken();
    if (auto head = admin::parse_head(json)) {
      closed = true;
      verifier.add(*std::move(head));
      continue;
    }
    if (!json.contains("row") || !json["row"].is_string()) return broken();
    row.payload = json["row"].get_ref<const std::string&>();
    verifier.row(row);
  }
  if (file.bad()) return cannot_read(con, a.file, base::fail(base::Errc::io, std::strerror(errno)));
  Json out = {{"schema", "congthu.audit_verify/1"}};
  out.update(verifier.finish(std::nullopt));
  if (!closed) {
    out["ok"] = false;
    out["findings"].push_back({{"code", "truncated"}, {"seq", out["seq"]}, {"detail", con.text({"bản xuất không kết thúc bằng một mốc đã ký", "the export does not end with a signed head"})}});
  }
  return tell_verified(con, out);
}

int audit_verify(Program& p, const AuditArguments& a) {
  int code = kDone;
  auto kept = kept_of(p.con, a, code);
  if (!kept) return code;
  return a.file.empty() ? verify_store(p, *kept) : verify_export(p, a, *std::move(kept));
}

int audit_head(Program& p) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("POST", "/audit/head");
  if (!reply) return backend.code();
  // The line is what is kept: the same in every format but CSV.
  if (p.con.format == Format::csv) show_object(p.con, *reply);
  else p.con.out += dump(*reply) + "\n";
  return kDone;
}

class NewFile {
 public:
  explicit NewFile(const std::string& path) : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {}
  ~NewFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  NewFile(const NewFile&) = delete;
  bool open() const { return fd_ >= 0; }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      bytes.remove_prefix(std::size_t(n));
    }
    return true;
  }
  bool sync() const { return ::fsync(fd_) == 0; }

 private:
  int fd_;
};

int audit_export(Program& p, const AuditArguments& a) {
  Console& con = p.con;
  Backend backend(con, p.config);
  const auto begun = backend.call("POST", "/audit/export", dump({{"after", a.after}}));
  if (!begun) return backend.code();
  NewFile file(a.out);
  const auto lost = [&](const char* why) {
    return con.fail(kFailed, con.text({"không ghi được {}: {}", "cannot write {}: {}"}, printable(a.out), why), con.text({"chọn tên tệp mới, ở đĩa còn chỗ", "choose a new file name, on a disk with room"}));
  };
  if (!file.open()) return lost(std::strerror(errno));
  if (!file.write(dump(*begun) + "\n")) return lost(std::strerror(errno));
  std::uint64_t after = a.after, rows = 0;
  ProgressBar bar(con);
  // Rows up to `until` go into the file; false: code says why.
  const auto copy = [&](std::uint64_t until, int& code) {
    while (after < until) {
      const auto page = backend.call("GET", "/audit/rows?after=" + std::to_string(after) + "&limit=" + std::to_string(std::min(kAuditPage, until - after)));
      if (!page) return code = backend.code(), false;
      const Json list = page->value("rows", Json::array());
      if (list.empty()) return true;  // rows are missing: verifying tells
      std::string text;
      bool beyond = false;
      for (const Json& row : list) {
        if (beyond = row.value("seq", until + 1) > until; beyond) break;
        after = row.value("seq", until);
        text += dump(row) + "\n";
        ++rows;
      }
      if (!file.write(text)) return code = lost(std::strerror(errno)), false;
      if (beyond) return true;
      bar.update({"xuất nhật ký", "exporting"}, after, until);
    }
    return true;
  };
  int code = kDone;
  const bool most = copy(begun->value("until", std::uint64_t(0)), code);
  bar.clear();
  if (!most) return code;
  const auto head = backend.call("POST", "/audit/head");
  if (!head) return backend.code();
  if (!copy(head->value("seq", std::uint64_t(0)), code)) return code;  // what came meanwhile belongs to what the head covers
  bar.clear();
  if (!file.write(dump(*head) + "\n") || !file.sync()) return lost(std::strerror(errno));
  if (con.format != Format::table) show_object(con, Json{{"schema", "congthu.audit_exported/1"}, {"file", a.out}, {"rows", rows}, {"seq", after}});
  else con.line({"đã xuất {} dòng vào {}", "{} rows exported to {}"}, rows, printable(a.out));
  return kDone;
}

}  // namespace

void add_audit(Program& p) {
  auto a = std::make_shared<AuditArguments>();
  CLI::App* g = p.group("audit", {"Nhật ký kiểm toán: ai đã làm gì; chuỗi băm không sửa được mà không lộ.", "The audit log: who did what; a chain of hashes that shows every change."}, kAuditExamples);
  CLI::App* c = p.command(*g, "list", {"Những dòng mới nhất khớp.", "The newest rows that match."}, kAuditExamples, [&p, a](Console&) { return audit_list(p, *a); });
  c->add_option("--who", a->who, p.words({"người làm (một phần)", "who did it (a part)"}));
  c->add_option("--what", a->what, p.words({"việc: search, account, account.add ...", "what: search, account, account.add ..."}));
  c->add_option("--target", a->target, p.words({"về ai hoặc cái gì", "about whom or what"}));
  c->add_option("--from", a->from, p.words({"từ ngày", "from this day"}))->type_name("DATE");
  c->add_option("--to", a->to, p.words({"đến ngày", "to this day"}))->type_name("DATE");
  c->add_option("--limit", a->limit, p.words({"số dòng nhiều nhất (100)", "most rows (100)"}))->type_name("N");
  c = p.command(*g, "show", {"Một dòng, với mã băm.", "One row, with its hash."}, kAuditExamples, [&p, a](Console&) { return show_one(p, "/audit/" + std::to_string(a->seq)); });
  c->add_option("NUMBER", a->seq, p.words({"số của dòng", "number of the row"}))->required();
  c = p.command(*g, "verify", {"Tìm mọi sửa đổi, xóa, cắt; 1 nếu có.", "Find every change, deletion, cut; 1 if there is any."}, kAuditExamples, [&p, a](Console&) { return audit_verify(p, *a); });
  c->add_option("FILE", a->file, p.words({"bản xuất của audit export; không có: nhật ký của kho", "an export of audit export; without one: the store's log"}));
  c->add_option("--head", a->heads, p.words({"mốc đã giữ bên ngoài: tệp các dòng, hoặc thư", "heads kept outside: a file of lines, or a mail"}))->type_name("FILE");
  c->add_option("--key", a->keys, p.words({"khóa công khai được phép ký các mốc ấy", "public key that may have signed those heads"}))->type_name("PEM");
  p.command(*g, "head", {"Ký mốc của lúc này, một dòng để giữ bên ngoài.", "Sign the head of this moment: a line to keep outside."}, kAuditExamples, [&p](Console&) { return audit_head(p); });
  c = p.command(*g, "export", {"Xuất nhật ký ra tệp, kiểm tra được không cần máy chủ.", "Export the log to a file that is verified without a server."}, kAuditExamples, [&p, a](Console&) { return audit_export(p, *a); });
  c->add_option("FILE", a->out, p.words({"tệp mới", "a new file"}))->required();
  c->add_option("--after", a->after, p.words({"chỉ các dòng sau số này", "only rows after this number"}))->type_name("N");
  c = p.command(*g, "mailbox", {"Ai đã mở hộp thư này, hoặc đổi quyền vào nó.", "Who opened this mailbox, or changed who may."}, kAuditExamples, [&p, a](Console&) {
    return audit_rows(p, "/accounts/" + encoded(a->account) + "/accesses?limit=" + std::to_string(a->limit), "accesses");
  });
  c->add_option("ACCOUNT", a->account, p.words({"địa chỉ của tài khoản", "the account's address"}))->required();
  c->add_option("--limit", a->limit, p.words({"số dòng nhiều nhất (100)", "most rows (100)"}))->type_name("N");
}

}  // namespace cli
