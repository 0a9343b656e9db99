// congthu key new|status|enable|rotate|stop|rewrap: encryption at rest.
#include "store/master_key.hpp"
#include "tools/cli/admin_command.hpp"

namespace cli {
namespace {

struct KeyArguments {
  std::string domain, file;
};

constexpr base::Text kKeyExamples{
    "congthu key new /etc/congthu/master.key\n# congthu.toml: [encryption] master_key = \"/etc/congthu/master.key\", khởi động lại congthud\n"
    "congthu key enable songla.gov.vn\ncongthu key status\ncongthu key rotate songla.gov.vn\ncongthu key rewrap",
    "congthu key new /etc/congthu/master.key\n# congthu.toml: [encryption] master_key = \"/etc/congthu/master.key\", restart congthud\n"
    "congthu key enable songla.gov.vn\ncongthu key status\ncongthu key rotate songla.gov.vn\ncongthu key rewrap"};

constexpr base::Text kAbout{
    "Mã hóa thư trên đĩa theo tên miền. Được mã hóa: nội dung, tệp đính kèm, tóm tắt, hàng đợi gửi, sổ công văn. KHÔNG mã hóa: cờ, ngày, cỡ, tên hộp thư "
    "và từ khóa, địa chỉ, nhật ký thay đổi. Chỉ mục tìm kiếm không mã hóa được nên mặc định bị xóa và tắt cho tên miền này (encryption.index). "
    "Mất khóa chủ là mất thư: giữ một bản sao ở nơi khác.",
    "Encryption of mail on disk, by domain. Encrypted: content, attachments, summaries, the outbound queue, register rows. NOT encrypted: flags, dates, sizes, "
    "names of mailboxes and keywords, addresses, the change journal. A search index cannot be encrypted, so for these domains it is removed and off by "
    "default (encryption.index). A lost master key is lost mail: keep a copy elsewhere."};

int make(Console& con, const std::string& file) {
  const auto made = store::make_master_key(file);
  if (!made) return con.fail(kFailed, made.error().detail(), con.text({"chọn một tên tệp chưa có", "choose a file that is not there yet"}));
  con.line({"đã tạo khóa chủ {}; hãy giữ một bản sao ở nơi khác, rồi đặt encryption.master_key trong congthu.toml",
            "made the master key {}; keep a copy elsewhere, then set encryption.master_key in congthu.toml"}, file);
  return kDone;
}

}  // namespace

void add_key(Program& p) {
  auto a = std::make_shared<KeyArguments>();
  CLI::App* g = p.group("key", kAbout, kKeyExamples);
  const auto domain = [&p, a](CLI::App* c) { c->add_option("DOMAIN", a->domain, p.words({"tên miền", "the domain"}))->required(); };
  p.command(*g, "new", {"Tạo một khóa chủ ngẫu nhiên trong tệp mới, quyền 0600.", "Make a random master key in a new file of mode 0600."}, kKeyExamples,
            [a](Console& con) { return make(con, a->file); })
      ->add_option("FILE", a->file, p.words({"tệp chưa có", "a file that is not there yet"}))->required();
  p.command(*g, "status", {"Các khóa: của tên miền nào, dùng cho thư mới, mở được, khóa chủ nào gói.", "The keys: whose, used for new mail, opened, wrapped by which master."},
            kKeyExamples, [&p](Console&) { return list(p, "/keys", "keys", {"domain", "key", "current", "loaded", "created", "master"}); });
  domain(p.command(*g, "enable", {"Mã hóa thư mới của tên miền; thư đã lưu giữ nguyên.", "Encrypt new mail of a domain; what is stored stays as it is."}, kKeyExamples,
                   [&p, a](Console&) { return change(p, "POST", "/keys/" + encoded(a->domain) + "/enable", {}, a->domain); }));
  domain(p.command(*g, "rotate", {"Khóa mới cho thư mới; khóa cũ vẫn đọc thư cũ.", "A new key for new mail; the old ones still read old mail."}, kKeyExamples,
                   [&p, a](Console&) { return change(p, "POST", "/keys/" + encoded(a->domain) + "/rotate", {}, a->domain); }));
  domain(p.command(*g, "stop", {"Không mã hóa thư mới nữa; thư đã mã hóa vẫn đọc được.", "Store new mail plain again; encrypted mail stays readable."}, kKeyExamples,
                   [&p, a](Console&) { return change(p, "POST", "/keys/" + encoded(a->domain) + "/stop", {}, a->domain); }));
  p.command(*g, "rewrap", {"Gói lại mọi khóa bằng khóa chủ đang cấu hình (khóa cũ: encryption.previous_master_key).",
                           "Wrap every key again by the configured master (the old one: encryption.previous_master_key)."}, kKeyExamples,
            [&p](Console&) { return change(p, "POST", "/keys/rewrap", {}, "keys"); });
}

}  // namespace cli
