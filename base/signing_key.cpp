#include "base/signing_key.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/handle.hpp"

namespace base {
namespace {

using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Bio = Handle<BIO, BIO_free_all>;
using Context = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;

constexpr std::size_t kRaw = 32, kSignature = 64, kMaxPem = 16 * 1024;

void must(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("openssl: ") + what);
}

const unsigned char* octets(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

Bio bio_of(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), int(text.size()))); }

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, std::size_t(size));
}

int no_password(char*, int, int, void*) { return -1; }  // never ask the terminal

std::string raw_public(const EVP_PKEY* key) {
  std::string raw(kRaw, '\0');
  std::size_t size = raw.size();
  must(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size) == 1 && size == kRaw, "Ed25519 public key");
  return raw;
}

}  // namespace

struct SigningKey::Impl {
  explicit Impl(EVP_PKEY* k) : key(k) {}
  Key key;
};

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  if (pem.size() > kMaxPem) return fail(Errc::invalid, "not a public key: too long");
  const Bio bio = bio_of(pem);
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr));
  if (!key) return fail(Errc::invalid, "not a public key in PEM");
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) return fail(Errc::invalid, "not an Ed25519 key");
  return PublicKey(raw_public(key.get()));
}

bool PublicKey::verify(std::string_view message, std::string_view signature) const {
  if (signature.size() != kSignature) return false;
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(raw_), raw_.size()));
  const Context context(EVP_MD_CTX_new());
  must(key && context, "Ed25519 verify");
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message), message.size()) == 1;
}

std::string PublicKey::pem() const {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(raw_), raw_.size()));
  const Bio bio(BIO_new(BIO_s_mem()));
  must(key && bio && PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1, "Ed25519 public key in PEM");
  return text_of(bio.get());
}

std::string PublicKey::fingerprint() const { return hex_encode(view(sha256(raw_))); }

SigningKey SigningKey::generate() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  must(key != nullptr, "Ed25519 key");
  return SigningKey(std::make_shared<const Impl>(key));
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  if (pem.size() > kMaxPem) return fail(Errc::invalid, "not a private key: too long");
  const Bio bio = bio_of(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) return fail(Errc::invalid, "not a private key in PEM, or one with a password");
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) return fail(Errc::invalid, "not an Ed25519 key");
  return SigningKey(std::make_shared<const Impl>(key.release()));
}

Result<SigningKey> SigningKey::load(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail(errno == ENOENT ? Errc::not_found : Errc::io, path + ": " + std::strerror(errno));
  struct stat s {};
  std::string text(kMaxPem + 1, '\0');
  const bool regular = ::fstat(fd, &s) == 0 && S_ISREG(s.st_mode);
  const ssize_t n = regular ? ::read(fd, text.data(), text.size()) : 0;
  ::close(fd);
  if (!regular) return fail(Errc::invalid, path + ": not a regular file");
  if ((s.st_mode & 077) != 0) return fail(Errc::denied, path + ": others may read this key; chmod 600 it");
  if (n < 0) return fail(Errc::io, path + ": cannot be read");
  text.resize(std::size_t(n));
  auto key = from_pem(text);
  wipe(text);
  if (!key) return fail(key.error().code(), path + ": " + key.error().detail());
  return key;
}

Result<void> SigningKey::save(const std::string& path) const {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return fail(errno == EEXIST ? Errc::exists : Errc::io, path + ": " + std::strerror(errno));
  std::string text = pem();
  const bool written = ::write(fd, text.data(), text.size()) == ssize_t(text.size()) && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  wipe(text);
  if (!written) {
    ::unlink(path.c_str());
    return fail(Errc::io, path + ": " + std::strerror(why));
  }
  return {};
}

std::string SigningKey::sign(std::string_view message) const {
  const Context context(EVP_MD_CTX_new());
  std::string signature(kSignature, '\0');
  std::size_t size = signature.size();
  must(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, impl_->key.get()) == 1 &&
              EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, octets(message), message.size()) == 1 && size == kSignature,
          "Ed25519 sign");
  return signature;
}

std::string SigningKey::pem() const {
  const Bio bio(BIO_new(BIO_s_secmem()));
  must(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), impl_->key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "Ed25519 key in PEM");
  return text_of(bio.get());
}

PublicKey SigningKey::public_key() const { return PublicKey(raw_public(impl_->key.get())); }

}  // namespace base
