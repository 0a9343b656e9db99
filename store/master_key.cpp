#include "store/master_key.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "store/file.hpp"
#include "store/seal.hpp"

namespace store {
namespace {

using base::Errc;
using base::fail;


// Wraps with AES-256-GCM, as rows are sealed: table and key are fixed, what the caller binds stands in the key's place.
class FileKey final : public MasterKey {
 public:
  explicit FileKey(std::string secret)
      : id_(base::hex_encode(base::view(base::hmac_sha256(secret, "congthu master id 1")).substr(0, 8))), key_(KeyId{}, std::move(secret)) {}
  std::string id() const override { return id_; }
  base::Result<std::string> wrap(std::string_view secret, std::string_view bound) const override { return seal(key_, place(bound), secret); }
  base::Result<std::string> unwrap(std::string_view wrapped, std::string_view bound) const override {
    std::string secret;
    try {
      unseal(key_, place(bound), wrapped, secret);
    } catch (const Failure&) {
      return fail(Errc::denied, "the master key does not open this data key, or the row is damaged");
    }
    return secret;
  }

 private:
  static SealPlace place(std::string_view bound) { return {Table::directory, bound, 0}; }
  std::string id_;
  DataKey key_;
};

// The key is worth all the mail: a file that somebody else can read or exchange is refused, not warned about.
base::Result<void> private_file(int fd, const std::string& path) {
  struct stat info;
  if (::fstat(fd, &info) != 0) return fail(Errc::io, errno_text("stat " + path));
  if (!S_ISREG(info.st_mode)) return fail(Errc::invalid, path + " is not a file");
  if ((info.st_mode & 077) != 0) return fail(Errc::denied, "the master key " + path + " can be read or changed by others: chmod 600 it");
  if (info.st_uid != ::geteuid() && info.st_uid != 0) return fail(Errc::denied, "the master key " + path + " belongs to another user: chown it");
  return {};
}

base::Result<std::string> key_bytes(std::string content, const std::string& path) {
  if (content.size() == kSecretSize) return content;
  const auto decoded = base::hex_decode(base::trim(content));
  base::wipe(content);
  if (decoded && decoded->size() == kSecretSize) return *decoded;
  return fail(Errc::invalid, path + " is not a master key: 32 bytes, raw or as 64 hex digits, are needed (congthu key new makes one)");
}

// `checked`: systemd gives credentials mode 0400 below a directory that only the service may enter, but through its own mount
// and perhaps under root; it vouches for them.
base::Result<std::unique_ptr<MasterKey>> from_file(const std::string& path, bool checked) {
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.fd() < 0)
    return fail(errno == ENOENT ? Errc::not_found : errno == EACCES ? Errc::denied : Errc::io, errno_text("master key " + path));
  if (checked)
    if (auto own = private_file(file.fd(), path); !own) return own.error();
  std::string content(256, '\0');
  const ssize_t n = ::read(file.fd(), content.data(), content.size());
  if (n < 0) return fail(Errc::io, errno_text("read the master key " + path));
  content.resize(std::size_t(n));
  auto secret = key_bytes(std::move(content), path);
  if (!secret) return secret.error();
  return std::unique_ptr<MasterKey>(std::make_unique<FileKey>(*std::move(secret)));
}

base::Result<std::unique_ptr<MasterKey>> from_credential(std::string_view name) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr) return fail(Errc::not_found, "no CREDENTIALS_DIRECTORY: credentials exist only in a systemd unit with LoadCredential=");
  if (name.empty() || name.find('/') != std::string_view::npos || name.starts_with(".")) return fail(Errc::invalid, "name of the credential");
  return from_file(std::string(directory) + "/" + std::string(name), false);
}

}  // namespace

base::Result<std::unique_ptr<MasterKey>> open_master_key(std::string_view where) {
  constexpr std::string_view kFile = "file:", kCredential = "credential:", kToken = "pkcs11:";
  if (where.starts_with(kToken)) return open_token_key(where);
  if (where.starts_with(kCredential)) return from_credential(where.substr(kCredential.size()));
  if (where.starts_with(kFile)) where.remove_prefix(kFile.size());
  if (where.empty()) return fail(Errc::invalid, "no master key is named");
  return from_file(std::string(where), true);
}

base::Result<void> make_master_key(const std::string& path) {
  const OpenFile file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.fd() < 0) return fail(errno == EEXIST ? Errc::exists : Errc::io, errno_text("make the master key " + path));
  std::string line = base::hex_encode(base::random_bytes(kSecretSize)) + "\n";
  const bool whole = ::write(file.fd(), line.data(), line.size()) == ssize_t(line.size()) && ::fsync(file.fd()) == 0;
  base::wipe(line);
  if (whole) return {};
  const base::Error error = fail(Errc::io, errno_text("write the master key " + path));
  ::unlink(path.c_str());
  return error;
}

}  // namespace store
