// congthu init DIR: a working site in one directory. Everything is made in a directory beside it, which is renamed at the end, so
// DIR is complete or not there; nothing that exists is overwritten.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/config.hpp"
#include "base/domain_name.hpp"
#include "base/net/self_signed.hpp"
#include "base/signing_key.hpp"
#include "store/store.hpp"
#include "tools/cli/program.hpp"
#include "tools/cli/table.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

struct InitArguments {
  std::string dir;
  base::InitOptions options;
};

class Scratch {  // removed again unless kept
 public:
  explicit Scratch(const fs::path& target) : path_((target.string() + ".init-XXXXXX")) {
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  std::string path_;
};

base::Result<void> write_private(const fs::path& file, std::string_view text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return base::fail(base::Errc::io, file.string() + ": " + std::strerror(errno));
  const bool ok = ::write(fd, text.data(), text.size()) == ssize_t(text.size()) && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  if (!ok) return base::fail(base::Errc::io, file.string() + ": " + std::strerror(why));
  return {};
}

// Modes 0700 and 0600 whatever the umask and whoever wrote the file.
void tighten(const fs::path& root) {
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_directory()) fs::permissions(entry.path(), fs::perms::owner_all);
    else fs::permissions(entry.path(), fs::perms::owner_read | fs::perms::owner_write);
  }
  fs::permissions(root, fs::perms::owner_all);
}

base::Result<void> make_store(const fs::path& directory, const std::string& domain) {
  if (::mkdir(directory.c_str(), 0700) != 0) return base::fail(base::Errc::io, directory.string() + ": " + std::strerror(errno));
  auto store = store::Store::open(directory.string());
  if (!store) return store.error();
  store::AddDomain add;
  add.row.name = domain;
  const auto added = (*store)->run(add);
  (*store)->close();
  if (!added) return added.error();
  return {};
}

base::Result<void> build(const fs::path& root, const base::InitOptions& o, const base::Config& config) {
  if (auto ok = write_private(root / "congthu.toml", base::default_config_text(o)); !ok) return ok.error();
  if (auto ok = make_store(root / fs::relative(config.server.data_dir, config.file.parent_path()), o.domain); !ok) return ok.error();
  std::vector<std::string> names{o.domain, config.server.hostname, "localhost"};
  if (o.listen != "0.0.0.0" && o.listen != "::") names.push_back(o.listen);
  if (auto ok = net::make_self_signed((root / "tls").string(), names); !ok) return ok.error();
  const auto key = base::SigningKey::generate();
  if (auto ok = key.save((root / fs::relative(config.exports.key, config.file.parent_path())).string()); !ok) return ok.error();
  if (auto ok = write_private(root / "tls/export-pub.pem", key.public_key().pem()); !ok) return ok.error();
  tighten(root);
  return {};
}

// What stands in the way, or nothing. An empty directory is fine: rename() takes its place.
std::string in_the_way(const fs::path& dir) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(dir, error);
  if (!fs::exists(status)) return {};
  if (!fs::is_directory(status)) return dir.string();
  std::string found;
  int count = 0;
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    if (++count > 5) return found + ", ...";
    found += (found.empty() ? "" : ", ") + entry.path().filename().string();
  }
  return error ? error.message() : found;
}

void next_steps(Console& con, const fs::path& dir, const base::InitOptions& o) {
  const std::string file = (dir / "congthu.toml").string();
  if (con.format != Format::table) {
    const Json whole{{"schema", "congthu.init/1"}, {"directory", dir.string()}, {"config", file}, {"domain", o.domain},
                     {"data_dir", (dir / "data").string()}, {"ca", (dir / "tls/ca.pem").string()}, {"admin_socket", (dir / "admin.sock").string()}};
    std::vector<Column> columns;
    for (const auto& item : whole.items()) columns.push_back({item.key(), item.key()});
    return show(con, columns, Json::array({whole}), whole);
  }
  con.line({"Đã tạo {} cho tên miền {}.\n\nTiếp theo:\n"
            "  congthud --config {}\n"
            "  congthu -c {} account add quantri@{} --name \"Quản trị\" --password-stdin\n"
            "  congthu -c {} alias add postmaster@{} quantri@{}      (mọi tên miền nhận thư phải có địa chỉ postmaster)\n"
            "Máy khách tin cậy chứng thư {}.",
            "Made {} for the domain {}.\n\nNext:\n"
            "  congthud --config {}\n"
            "  congthu -c {} account add admin@{} --name \"Administrator\" --password-stdin\n"
            "  congthu -c {} alias add postmaster@{} admin@{}      (a domain that receives mail must have a postmaster)\n"
            "Clients trust {}."},
           dir.string(), o.domain, file, file, o.domain, file, o.domain, o.domain, (dir / "tls/ca.pem").string());
}

int run(Console& con, const InitArguments& a) {
  base::InitOptions o = a.options;
  const auto domain = base::canonical_domain(o.domain);
  if (!domain) return con.fail(kUsage, con.text({"--domain {}: không phải tên miền ({})", "--domain {}: not a domain name ({})"}, printable(o.domain), domain.error().detail()));
  o.domain = *domain;
  std::error_code error;
  const fs::path dir = fs::weakly_canonical(fs::absolute(a.dir), error);
  if (error || dir.empty() || !dir.has_filename())
    return con.fail(kUsage, con.text({"{}: không dùng làm thư mục được", "{}: cannot be the directory"}, printable(a.dir)));
  const auto config = base::parse_config(base::default_config_text(o), dir / "congthu.toml");
  if (!config) return con.fail(kUsage, con.text({"tham số không dùng được: {}", "an argument cannot be used: {}"}, config.error().detail()));
  if (const std::string found = in_the_way(dir); !found.empty())
    return con.fail(kFailed, con.text({"{} đã có: {}", "{} is there already: {}"}, printable(dir.string()), printable(found)),
                    con.text({"init không ghi đè; chọn thư mục khác hoặc thư mục trống", "init never overwrites; choose another directory or an empty one"}));
  fs::create_directories(dir.parent_path(), error);
  Scratch scratch(dir);
  if (scratch.path().empty())
    return con.fail(kFailed, con.text({"không tạo được thư mục cạnh {}: {}", "cannot make a directory beside {}: {}"}, printable(dir.string()), std::strerror(errno)));
  if (const auto built = build(scratch.path(), o, *config); !built)
    return con.fail(kFailed, con.text({"không tạo được {}: {}", "cannot make {}: {}"}, printable(dir.string()), built.error().detail()));
  if (::rename(scratch.path().c_str(), dir.c_str()) != 0)
    return con.fail(kFailed, con.text({"không đặt được {} vào chỗ: {}", "cannot put {} in its place: {}"}, printable(dir.string()), std::strerror(errno)));
  scratch.keep();
  next_steps(con, dir, o);
  return kDone;
}

}  // namespace

void add_init(Program& p) {
  auto a = std::make_shared<InitArguments>();
  CLI::App* c = p.command(p.app, "init",
      {"Tạo cấu hình, kho thư và chứng thư TLS dùng được ngay trong DIR; không bao giờ ghi đè.",
       "Make a working configuration, store and TLS certificate in DIR; never overwrites."},
      {"congthu init /srv/congthu --domain songla.gov.vn --listen 0.0.0.0\n"
       "congthu init thu --domain songla.gov.vn --smtp-port 2525 --submission-port 2587 --submissions-port 2465 --imap-port 2143 --imaps-port 2993 --plaintext-loopback",
       "congthu init /srv/congthu --domain songla.gov.vn --listen 0.0.0.0\n"
       "congthu init try --domain songla.gov.vn --smtp-port 2525 --submission-port 2587 --submissions-port 2465 --imap-port 2143 --imaps-port 2993 --plaintext-loopback"},
      [a](Console& con) { return run(con, *a); });
  base::InitOptions& o = a->options;
  c->add_option("DIR", a->dir, p.words({"thư mục mới", "the new directory"}))->required();
  c->add_option("--domain", o.domain, p.words({"tên miền thư", "the mail domain"}))->required()->type_name("D");
  c->add_option("--listen", o.listen, p.words({"địa chỉ IP lắng nghe (127.0.0.1)", "IP address to listen on (127.0.0.1)"}))->type_name("ADDR");
  c->add_option("--smtp-port", o.smtp_port, p.words({"cổng nhận thư (25)", "port for mail from servers (25)"}))->type_name("N");
  c->add_option("--submission-port", o.submission_port, p.words({"cổng gửi thư STARTTLS (587)", "submission, STARTTLS (587)"}))->type_name("N");
  c->add_option("--submissions-port", o.submissions_port, p.words({"cổng gửi thư TLS (465)", "submission, TLS (465)"}))->type_name("N");
  c->add_option("--imap-port", o.imap_port, p.words({"cổng IMAP STARTTLS (143)", "IMAP, STARTTLS (143)"}))->type_name("N");
  c->add_option("--imaps-port", o.imaps_port, p.words({"cổng IMAP TLS (993)", "IMAP, TLS (993)"}))->type_name("N");
  c->add_option("--http-port", o.http_port, p.words({"cổng trang báo cáo (0 = tắt)", "reports page (0 = off)"}))->type_name("N");
  c->add_flag("--plaintext-loopback", o.plaintext_loopback,
              p.words({"cho LOGIN không TLS từ chính máy này", "allow LOGIN without TLS from this machine only"}));
}

}  // namespace cli
